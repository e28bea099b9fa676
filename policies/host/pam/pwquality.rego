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

within(n, row) if {
	n >= row.min
	n <= row.max
}
