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
#   parameters:
#     password_days:
#       type: number
#       default: 365
#       description: Days that a password lasts at most; more than 365 are never fine.
#     strict_umask:
#       type: boolean
#       default: false
#       description: New files must be closed to the group too (077).
package policies.host.accounts.login_defs

import future.keywords.not

subject contains ["accounts", "login_defs", key] if {
	some key, _ in data.tables.host.accounts.login_defs
	some _ in input.accounts.login_defs
}

fail contains {"path": ["accounts", "login_defs", key], "want": want} if {
	input.accounts
	some key, row in data.tables.host.accounts.login_defs
	want := row.want
	not accepted(row, input.accounts.login_defs[key])
}

# PAM's modules read the first line of a key.
fail contains {"subject": ["accounts", "login_defs", key], "path": ["accounts", "login_defs_first", key], "want": want} if {
	some key, row in data.tables.host.accounts.login_defs
	want := row.want
	value := input.accounts.login_defs_first[key]
	not accepted(row, value)
}

fail contains {"path": ["accounts", "login_defs", "PASS_MAX_DAYS"], "want": want} if {
	most := data.parameters.password_days
	want := sprintf("%d or fewer", [most])
	input.accounts.login_defs.PASS_MAX_DAYS <= 365
	input.accounts.login_defs.PASS_MAX_DAYS > most
}

fail contains {"path": ["accounts", "login_defs", "UMASK"], "want": "077"} if {
	data.parameters.strict_umask == true
	input.accounts.login_defs.UMASK in ["027", "0027", "037", "0037", "067", "0067", 27, 37, 67]
}

accepted(row, value) if value in row.accept

accepted(row, value) if {
	is_number(value)
	value >= row.min
	value <= row.max
}
