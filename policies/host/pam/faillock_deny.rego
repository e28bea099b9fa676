# METADATA
# title: An account is locked after five failures at most
# description: |
#   Each failure more is a guess more before the lock. 0 never locks. Lines of
#   pam_faillock are judged with faillock.conf and their own arguments.
# related_resources:
#   - description: faillock.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/faillock.conf.5.html
# custom:
#   id: PAM0005
#   severity: medium
#   remediation: |
#     Set `deny = 5` (or less) in /etc/security/faillock.conf, and take `deny=`
#     off the lines of pam_faillock. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.1.1"]
#     cis-rhel-9-v2.0.0: ["5.3.3.1.1"]
#     nist-800-53-r5: ["AC-7"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-411045"]
#     disa-stig-rhel-9: ["RHEL-09-411075"]
#   parameters:
#     lock_attempts:
#       type: number
#       default: 5
#       description: Failures after which an account may be locked at the latest.
package policies.host.pam.faillock_deny

import future.keywords.not

subject contains ["pam", "modules", "pam_faillock"] if some _ in input.pam.modules.pam_faillock

fail contains {"path": ["pam", "modules", "pam_faillock", i, "options", "deny"], "want": want} if {
	most := data.parameters.lock_attempts
	want := sprintf("1 to %d", [most])
	some i, line in input.pam.modules.pam_faillock
	line.type == "auth"
	not few(line.options.deny)
}

few(n) if {
	n >= 1
	n <= data.parameters.lock_attempts
}
