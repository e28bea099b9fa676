# METADATA
# title: Old passwords are refused to root too
# description: |
#   root's own password, and those that root sets for others, come back otherwise.
# related_resources:
#   - description: pam_pwhistory(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_pwhistory.8.html
# custom:
#   id: PAM0019
#   severity: low
#   remediation: |
#     Put `enforce_for_root` on the line of pam_pwhistory in the password stack,
#     or into /etc/security/pwhistory.conf where the module reads it.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.3.2"]
#     cis-rhel-9-v2.0.0: ["5.3.3.3.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.3.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.3.2"]
#     nist-800-53-r5: ["IA-5(1)"]
package policies.host.pam.pwhistory_root

import future.keywords.not

subject contains ["pam", "modules", "pam_pwhistory"] if some _ in input.pam.modules.pam_pwhistory

fail contains {"path": ["pam", "modules", "pam_pwhistory", i, "options", "enforce_for_root"], "want": true} if {
	some i, line in input.pam.modules.pam_pwhistory
	not line.options.enforce_for_root == true
}
