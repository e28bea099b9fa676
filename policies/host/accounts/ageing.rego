# METADATA
# title: Ageing of the passwords that there are
# description: |
#   Accounts with a password that counts are judged, by /etc/shadow.
# related_resources:
#   - description: shadow(5)
#     ref: https://man7.org/linux/man-pages/man5/shadow.5.html
# custom:
#   family: true
#   parameters:
#     password_days:
#       type: number
#       default: 365
#       description: Days that a password lasts at most; more than 365 are never fine.
#     inactive_days:
#       type: number
#       default: 45
#       description: Days after which an account must close at the latest.
package policies.host.accounts.ageing

import future.keywords.not

subject contains ["accounts", "users", key] if {
	input.accounts.users
	some key, _ in data.tables.host.accounts.ageing
}

fail contains {"subject": ["accounts", "users", key], "path": ["accounts", "users", name, key], "want": want} if {
	some key, row in data.tables.host.accounts.ageing
	want := row.want
	some name, user in input.accounts.users
	user.password == "set"
	not within(user[key], row)
}

fail contains {"subject": ["accounts", "users", "max_days"], "path": ["accounts", "users", name, "max_days"], "want": want} if {
	most := data.parameters.password_days
	want := sprintf("%d or fewer", [most])
	some name, user in input.accounts.users
	user.password == "set"
	user.max_days <= 365
	user.max_days > most
}

fail contains {"subject": ["accounts", "users", "inactive_days"], "path": ["accounts", "users", name, "inactive_days"], "want": want} if {
	most := data.parameters.inactive_days
	want := sprintf("%d or fewer", [most])
	some name, user in input.accounts.users
	user.password == "set"
	user.inactive_days <= 45
	user.inactive_days > most
}

within(n, row) if {
	n >= row.min
	n <= row.max
}
