# METADATA
# title: Only the administrators of this site are in the groups of administrators
# description: |
#   Members of sudo, wheel and admin become root by rules that distributions ship, and
#   members of adm read the logs. Judged where `administrators` names who may be in them.
# related_resources:
#   - description: group(5)
#     ref: https://man7.org/linux/man-pages/man5/group.5.html
# custom:
#   id: ACC0033
#   severity: medium
#   remediation: |
#     Take the user out with `gpasswd -d NAME GROUP`, or name it under `administrators`.
#   references:
#     nist-800-53-r5: ["AC-2", "AC-6"]
#   parameters:
#     administrators:
#       type: list
#       default: []
#       description: "Users who may be in the groups sudo, wheel, admin and adm; empty: these groups are not judged."
package policies.host.accounts.administrators

import future.keywords.not

subject contains ["accounts", "groups"] if {
	some _ in data.parameters.administrators
	input.accounts.groups
}

fail contains {"path": ["accounts", "groups", group, "members", i], "want": "an administrator"} if {
	some _ in data.parameters.administrators
	some group in groups
	some i, name in input.accounts.groups[group].members
	stranger(name)
}

fail contains {"subject": ["accounts", "groups"], "path": ["accounts", "users", name, "gid"], "want": "another group"} if {
	some _ in data.parameters.administrators
	some group in groups
	some name, user in input.accounts.users
	user.gid == input.accounts.groups[group].gid
	stranger(name)
}

groups := ["sudo", "wheel", "admin", "adm"]

stranger(name) if {
	not name in ["root", "adm", "syslog", "daemon"]
	not name in data.parameters.administrators
}
