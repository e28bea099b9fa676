# METADATA
# title: A locked account stays locked for a quarter of an hour at least
# description: |
#   The shorter the lock, the more guesses a day. 0 keeps it locked until an
#   administrator opens it, which lets anybody lock others out.
# related_resources:
#   - description: faillock.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/faillock.conf.5.html
# custom:
#   id: PAM0006
#   severity: low
#   parameters:
#     lock_until_unlocked:
#       type: boolean
#       default: false
#       description: A locked account stays locked until an administrator opens it.
#   remediation: |
#     Set `unlock_time = 900` in /etc/security/faillock.conf, and take
#     `unlock_time=` off the lines of pam_faillock. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.1.2"]
#     cis-rhel-9-v2.0.0: ["5.3.3.1.2"]
#     nist-800-53-r5: ["AC-7"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-411045"]
#     disa-stig-rhel-9: ["RHEL-09-411090"]
package policies.host.pam.faillock_unlock

import future.keywords.not

subject contains ["pam", "modules", "pam_faillock"] if some _ in input.pam.modules.pam_faillock

fail contains {"path": ["pam", "modules", "pam_faillock", i, "options", "unlock_time"], "want": "0, or 900 or more"} if {
	some i, line in input.pam.modules.pam_faillock
	line.type == "auth"
	not long(line.options.unlock_time)
}

fail contains {"path": ["pam", "modules", "pam_faillock", i, "options", "unlock_time"], "want": 0} if {
	data.parameters.lock_until_unlocked == true
	some i, line in input.pam.modules.pam_faillock
	line.type == "auth"
	line.options.unlock_time >= 900
}

long(0)

long(seconds) if seconds >= 900
