# METADATA
# title: Only root is in group 0
# description: |
#   Much that belongs to root is open to its group, so another group with gid 0, or
#   a person whose primary group it is, gets more than was meant.
# related_resources:
#   - description: group(5)
#     ref: https://man7.org/linux/man-pages/man5/group.5.html
# custom:
#   id: ACC0010
#   severity: medium
#   remediation: |
#     Give the group another number with `groupmod -g GID NAME`, or the user another
#     primary group with `usermod -g GROUP NAME`.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.2.2", "5.4.2.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.2.2", "5.4.2.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.2.2", "5.4.2.3"]
#     cis-rhel-9-v2.0.0: ["5.4.2.2", "5.4.2.3"]
#     nist-800-53-r5: ["AC-2", "AC-6"]
package policies.host.accounts.gid_zero

import future.keywords.not

subject contains ["accounts", "gid_zero"] if input.accounts.gid_zero

fail contains {"path": ["accounts", "gid_zero", i], "want": "root"} if {
	some i, name in input.accounts.gid_zero
	name != "root"
}

# Red Hat has sync, shutdown, halt and operator in group 0; none of them logs in.
fail contains {"subject": ["accounts", "gid_zero"], "path": ["accounts", "users", name, "gid"], "want": "another group"} if {
	some name, user in input.accounts.users
	user.gid == 0
	user.login == true
	user.uid != 0
}
