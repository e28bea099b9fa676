# METADATA
# title: Algorithms that ssh uses
# description: |
#   The lists in the system's configuration of ssh, which count for every host or for
#   all but some. A block for single old hosts is passed over.
# related_resources:
#   - description: ssh_config(5), Ciphers
#     ref: https://man.openbsd.org/ssh_config#Ciphers
# custom:
#   family: true
package policies.host.ssh_client.algorithms

import future.keywords.not

subject contains ["ssh_client", key] if {
	input.ssh_client.installed == true
	some key, _ in data.tables.host.ssh_client.algorithms
}

fail contains {"subject": ["ssh_client", key], "path": ["ssh_client", "contexts", m, key, i], "want": want} if {
	some key, row in data.tables.host.ssh_client.algorithms
	want := row.want
	some m, c in input.ssh_client.contexts
	c.wide == true
	some i, name in c[key]
	regex.match(row.weak, name)
	not startswith(c[key][0], "-")
	own(m, key, name)
}

own("global", _, _)

own(m, key, name) if {
	m != "global"
	not name in input.ssh_client.contexts.global[key]
}
