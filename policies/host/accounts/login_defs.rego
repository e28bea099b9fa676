# METADATA
# title: Defaults for new accounts and passwords
# description: |
#   What /etc/login.defs sets is judged; a host whose login.defs is missing or empty
#   is not.
# related_resources:
#   - description: login.defs(5)
#     ref: https://man7.org/linux/man-pages/man5/login.defs.5.html
# custom:
#   family: true
package policies.host.accounts.login_defs

import future.keywords.not

subject contains ["accounts", "login_defs", key] if {
	some key, _ in data.tables.host.accounts.login_defs
	some _ in input.accounts.login_defs
}

fail contains {"path": ["accounts", "login_defs", key], "want": want} if {
	some key, row in data.tables.host.accounts.login_defs
	want := row.want
	input.accounts
	not accepted(row, input.accounts.login_defs[key])
}

accepted(row, value) if value in row.accept

accepted(row, value) if {
	is_number(value)
	value >= row.min
	value <= row.max
}
