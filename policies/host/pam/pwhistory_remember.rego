# METADATA
# title: The last 24 passwords are remembered
# description: |
#   With a short memory, a user comes back to the old password in a few steps.
# related_resources:
#   - description: pam_pwhistory(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_pwhistory.8.html
# custom:
#   id: PAM0018
#   severity: low
#   remediation: |
#     Set `remember=24` on the line of pam_pwhistory in the password stack (in its
#     profile in /usr/share/pam-configs, then `pam-auth-update`; on Red Hat and
#     where the module reads it in /etc/security/pwhistory.conf).
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.3.1"]
#     cis-rhel-9-v2.0.0: ["5.3.3.3.1"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.3.1"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.3.1"]
#     nist-800-53-r5: ["IA-5(1)"]
#   parameters:
#     remembered_passwords:
#       type: number
#       default: 24
#       description: Old passwords that must be remembered.
package policies.host.pam.pwhistory_remember

import future.keywords.not

subject contains ["pam", "modules", "pam_pwhistory"] if some _ in input.pam.modules.pam_pwhistory

fail contains {"path": ["pam", "modules", "pam_pwhistory", i, "options", "remember"], "want": want} if {
	least := data.parameters.remembered_passwords
	want := sprintf("%d or more", [least])
	some i, line in input.pam.modules.pam_pwhistory
	not enough(line.options.remember)
}

enough(n) if n >= data.parameters.remembered_passwords
