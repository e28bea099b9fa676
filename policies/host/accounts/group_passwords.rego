# METADATA
# title: No group has a password
# description: |
#   Whoever knows a group's password becomes a member with newgrp, without being
#   listed anywhere.
# related_resources:
#   - description: gshadow(5)
#     ref: https://man7.org/linux/man-pages/man5/gshadow.5.html
# custom:
#   id: ACC0012
#   severity: low
#   remediation: |
#     Remove it with `gpasswd -r GROUP`, and list the members instead.
#   references:
#     nist-800-53-r5: ["AC-2", "IA-5"]
package policies.host.accounts.group_passwords

import future.keywords.not

subject contains ["accounts", "groups"] if input.accounts.groups

fail contains {"path": ["accounts", "groups", name, "password"], "want": false} if {
	some name, group in input.accounts.groups
	group.password == true
}
