# METADATA
# title: Groups that are as good as root
# description: |
#   Members are judged, and users whose primary group it is. Members of
#   `allowed_members` are passed over, and so is root.
# related_resources:
#   - description: group(5)
#     ref: https://man7.org/linux/man-pages/man5/group.5.html
# custom:
#   family: true
#   parameters:
#     allowed_members:
#       type: list
#       default: []
#       description: Users who may be in these groups, such as the account that runs CI jobs.
package policies.host.accounts.strong_groups

import future.keywords.not

subject contains ["accounts", "groups", key] if {
	some key, _ in data.tables.host.accounts.strong_groups
	input.accounts.groups[key]
}

fail contains {"path": ["accounts", "groups", key, "members", i], "want": "no member"} if {
	some key, _ in data.tables.host.accounts.strong_groups
	some i, name in input.accounts.groups[key].members
	not name in data.parameters.allowed_members
	name != "root"
}

fail contains {"subject": ["accounts", "groups", key], "path": ["accounts", "users", name, "gid"], "want": "another group"} if {
	some key, _ in data.tables.host.accounts.strong_groups
	some name, user in input.accounts.users
	user.gid == input.accounts.groups[key].gid
	not name in data.parameters.allowed_members
	name != "root"
}
