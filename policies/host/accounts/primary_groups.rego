# METADATA
# title: Each user's primary group exists
# description: |
#   A gid without a group becomes somebody's by chance when a group with that number
#   is made, and with it the user's files.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: ACC0013
#   severity: low
#   remediation: |
#     Make the group with `groupadd -g GID NAME`, or give the user another with
#     `usermod -g GROUP NAME`.
#   references:
#     cis-debian-12-v1.1.0: ["7.2.3"]
#     cis-ubuntu-22.04-v2.0.0: ["7.2.3"]
#     cis-ubuntu-24.04-v1.0.0: ["7.2.3"]
#     cis-rhel-9-v2.0.0: ["7.2.3"]
#     disa-stig-rhel-9: ["RHEL-09-411045"]
#     nist-800-53-r5: ["AC-2", "IA-4"]
package policies.host.accounts.primary_groups

import future.keywords.not

subject contains ["accounts", "users"] if {
	input.accounts.users
	input.accounts.groups
}

fail contains {"path": ["accounts", "users", name, "gid"], "want": "a group of /etc/group"} if {
	some name, user in input.accounts.users
	gid := user.gid
	not gid in gids
}

gids contains gid if {
	some group in input.accounts.groups
	gid := group.gid
}
