# METADATA
# title: Keywords of sshd
# description: |
#   The value in effect is judged, for the global part and for each Match block:
#   a block can loosen what the global part forbids.
# related_resources:
#   - description: sshd_config(5)
#     ref: https://man.openbsd.org/sshd_config
# custom:
#   family: true
package policies.host.sshd.keywords

import future.keywords.not

subject contains ["sshd", key] if {
	input.sshd.installed == true
	some key, _ in data.tables.host.sshd.keywords
}

fail contains {"subject": ["sshd", key], "path": ["sshd", "contexts", m, key], "want": want} if {
	some key, row in data.tables.host.sshd.keywords
	want := row.want
	some m, c in input.sshd.contexts
	value := c[key]
	not value in row.accept
	own(m, key, value)
}

# Every sshd has these keywords; others depend on how it was built.
fail contains {"subject": ["sshd", key], "path": ["sshd", "contexts", "global", key], "want": want} if {
	some key, row in data.tables.host.sshd.keywords
	want := row.want
	row.required == true
	not input.sshd.contexts.global[key]
}

# own is true of the global part, and of a Match block that says otherwise: what a
# block inherits is mended in the global part.
own("global", _, _)

own(m, key, value) if {
	m != "global"
	not input.sshd.contexts.global[key] == value
}
