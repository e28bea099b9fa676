# METADATA
# title: Limits of sshd
# description: |
#   The value in effect is judged, for the global part and for each Match block.
# related_resources:
#   - description: sshd_config(5)
#     ref: https://man.openbsd.org/sshd_config
# custom:
#   family: true
package policies.host.sshd.limits

import future.keywords.not

subject contains ["sshd", key] if {
	input.sshd.installed == true
	some key, _ in data.tables.host.sshd.limits
}

fail contains {"subject": ["sshd", key], "path": ["sshd", "contexts", m, key], "want": want} if {
	some key, row in data.tables.host.sshd.limits
	want := row.want
	some m, c in input.sshd.contexts
	value := c[key]
	outside(row, value)
	own(m, key, value)
}

# Every sshd has these keywords; others came with a later version.
fail contains {"subject": ["sshd", key], "path": ["sshd", "contexts", "global", key], "want": want} if {
	some key, row in data.tables.host.sshd.limits
	want := row.want
	row.required == true
	not input.sshd.contexts.global[key]
}

outside(row, value) if value < row.min

outside(row, value) if value > row.max

own("global", _, _)

own(m, key, value) if {
	m != "global"
	not input.sshd.contexts.global[key] == value
}
