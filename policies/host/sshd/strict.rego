# METADATA
# title: Keywords of sshd that strict sites set
# description: |
#   The value in effect is judged, for the global part and for each Match block.
# related_resources:
#   - description: sshd_config(5)
#     ref: https://man.openbsd.org/sshd_config
# custom:
#   family: true
package policies.host.sshd.strict

import future.keywords.not

subject contains ["sshd", key] if {
	input.sshd.installed == true
	some key, _ in data.tables.host.sshd.strict
}

fail contains {"path": ["sshd", "contexts", m, key], "want": want, "subject": ["sshd", key]} if {
	some key, row in data.tables.host.sshd.strict
	want := row.want
	some m, c in input.sshd.contexts
	value := c[key]
	value != want
	own(m, key, value)
}

# Every sshd has these keywords; others depend on how it was built.
fail contains {"path": ["sshd", "contexts", "global", key], "want": want, "subject": ["sshd", key]} if {
	some key, row in data.tables.host.sshd.strict
	want := row.want
	row.required == true
	not input.sshd.contexts.global[key]
}

# What a block inherits is mended in the global part.
own("global", _, _)

own(m, key, value) if {
	m != "global"
	not input.sshd.contexts.global[key] == value
}
