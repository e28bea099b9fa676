# METADATA
# title: root is locked after failed logins too
# description: |
#   root is the one account that is known to exist everywhere. A lock of a minute
#   stops guessing and does not keep an administrator out. An account without a
#   password needs none.
# related_resources:
#   - description: faillock.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/faillock.conf.5.html
# custom:
#   id: PAM0007
#   severity: low
#   remediation: |
#     Set `even_deny_root` and `root_unlock_time = 60` in
#     /etc/security/faillock.conf. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.1.3"]
#     cis-rhel-9-v2.0.0: ["5.3.3.1.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.1.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.1.3"]
#     disa-stig-rhel-9: ["RHEL-09-411080"]
#     nist-800-53-r5: ["AC-7"]
package policies.host.pam.faillock_root

import future.keywords.not

subject contains ["pam", "modules", "pam_faillock"] if some _ in input.pam.modules.pam_faillock

fail contains {"path": ["pam", "modules", "pam_faillock", i, "options", "even_deny_root"], "want": true} if {
	some i, line in input.pam.modules.pam_faillock
	line.type == "auth"
	not line.options.even_deny_root == true
}

fail contains {"path": ["pam", "modules", "pam_faillock", i, "options", "root_unlock_time"], "want": "0, or 60 or more"} if {
	some i, line in input.pam.modules.pam_faillock
	line.type == "auth"
	line.options.even_deny_root == true
	line.options.root_unlock_time > 0
	line.options.root_unlock_time < 60
}
