# METADATA
# title: Algorithms of sshd
# description: |
#   The list in effect is judged, element by element; what a Match block adds to
#   the global list is judged too.
# related_resources:
#   - description: sshd_config(5)
#     ref: https://man.openbsd.org/sshd_config
# custom:
#   family: true
package policies.host.sshd.algorithms

import future.keywords.not

subject contains ["sshd", key] if {
	input.sshd.installed == true
	some key, _ in data.tables.host.sshd.algorithms
}

fail contains {"subject": ["sshd", key], "path": ["sshd", "contexts", m, key, i], "want": want} if {
	some key, row in data.tables.host.sshd.algorithms
	want := row.want
	some m, c in input.sshd.contexts
	some i, name in c[key]
	regex.match(row.weak, name)
	own(m, key, name)
}

fail contains {"subject": ["sshd", key], "path": ["sshd", "contexts", "global", key], "want": want} if {
	some key, row in data.tables.host.sshd.algorithms
	want := row.want
	not input.sshd.contexts.global[key]
}

own("global", _, _)

own(m, key, name) if {
	m != "global"
	not name in input.sshd.contexts.global[key]
}
