# METADATA
# title: Ageing of the passwords that there are
# description: |
#   Accounts with a password that counts are judged, by /etc/shadow.
# related_resources:
#   - description: shadow(5)
#     ref: https://man7.org/linux/man-pages/man5/shadow.5.html
# custom:
#   family: true
package policies.host.accounts.ageing

import future.keywords.not

subject contains ["accounts", "users", key] if {
	some key, _ in data.tables.host.accounts.ageing
	input.accounts.users
}

fail contains {"subject": ["accounts", "users", key], "path": ["accounts", "users", name, key], "want": want} if {
	some key, row in data.tables.host.accounts.ageing
	want := row.want
	some name, user in input.accounts.users
	user.password == "set"
	not within(user[key], row)
}

within(n, row) if {
	n >= row.min
	n <= row.max
}
