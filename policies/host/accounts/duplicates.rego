# METADATA
# title: Names and numbers of accounts
# description: |
#   Lines of /etc/passwd and /etc/group are judged.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
#   - description: group(5)
#     ref: https://man7.org/linux/man-pages/man5/group.5.html
# custom:
#   family: true
package policies.host.accounts.duplicates

import future.keywords.not

subject contains ["accounts", key] if {
	some key, _ in data.tables.host.accounts.duplicates
	input.accounts[key]
}

fail contains {"path": ["accounts", key, which], "want": want} if {
	some key, row in data.tables.host.accounts.duplicates
	want := row.want
	some which, _ in input.accounts[key]
}
