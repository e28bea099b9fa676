# METADATA
# title: What pam_pwquality asks of a new password
# description: |
#   The options in effect are judged: the files in pwquality.conf.d, over them
#   pwquality.conf, over that the module's arguments.
# related_resources:
#   - description: pwquality.conf(5)
#     ref: https://manpages.debian.org/bookworm/libpwquality-common/pwquality.conf.5.en.html
# custom:
#   family: true
#   parameters:
#     password_length:
#       type: number
#       default: 14
#       description: Characters that a new password has at least; fewer than 14 are never enough.
#     changed_characters:
#       type: number
#       default: 2
#       description: Characters in which a new password differs from the old one at least; fewer than 2 are never enough.
package policies.host.pam.pwquality

import future.keywords.not

subject contains ["pam", "modules", "pam_pwquality", key] if {
	some key, _ in data.tables.host.pam.pwquality
	some _ in input.pam.modules.pam_pwquality
}

fail contains {"subject": ["pam", "modules", "pam_pwquality", key], "path": ["pam", "modules", "pam_pwquality", i, "options", key], "want": want} if {
	some key, row in data.tables.host.pam.pwquality
	want := row.want
	some i, line in input.pam.modules.pam_pwquality
	not within(line.options[key], row)
}

fail contains {"subject": ["pam", "modules", "pam_pwquality", "minlen"], "path": ["pam", "modules", "pam_pwquality", i, "options", "minlen"], "want": want} if {
	least := data.parameters.password_length
	want := sprintf("%d or more", [least])
	some i, line in input.pam.modules.pam_pwquality
	line.options.minlen >= 14
	line.options.minlen < least
}

fail contains {"subject": ["pam", "modules", "pam_pwquality", "difok"], "path": ["pam", "modules", "pam_pwquality", i, "options", "difok"], "want": want} if {
	least := data.parameters.changed_characters
	want := sprintf("%d or more", [least])
	some i, line in input.pam.modules.pam_pwquality
	line.options.difok >= 2
	line.options.difok < least
}

within(n, row) if {
	n >= row.min
	n <= row.max
}
