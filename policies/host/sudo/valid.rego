# METADATA
# title: sudo's policy has no syntax error
# description: |
#   sudo passes over what it cannot parse, or refuses everybody: rules that take
#   rights away may not be in force.
# related_resources:
#   - description: visudo(8)
#     ref: https://www.sudo.ws/docs/man/visudo.man/
# custom:
#   id: SUD0001
#   severity: medium
#   remediation: |
#     Run `visudo -c` to see file and line, and mend it with `visudo -f FILE`.
#   references:
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.sudo.valid

import future.keywords.not

subject contains ["sudo", "valid"] if is_boolean(input.sudo.valid)

fail contains {"path": ["sudo", "valid"], "want": true} if input.sudo.valid == false
