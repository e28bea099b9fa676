# METADATA
# title: su asks members of the group for a password
# description: |
#   With trust, whoever takes over the account of a member is root without a further
#   step.
# related_resources:
#   - description: pam_wheel(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_wheel.8.html
# custom:
#   id: PAM0026
#   severity: high
#   remediation: |
#     Take `trust` off the line of pam_wheel that is named, or the line out; where
#     a password is a burden, give the one command by sudo. It holds at once.
#   references:
#     nist-800-53-r5: ["AC-6", "IA-11"]
package policies.host.pam.wheel_trust

import future.keywords.not

subject contains ["pam", "modules", "pam_wheel"] if some _ in input.pam.modules.pam_wheel

fail contains {"path": ["pam", "modules", "pam_wheel", i, "options", "trust"], "want": false} if {
	some i, line in input.pam.modules.pam_wheel
	line.type == "auth"
	line.options.trust == true
}
