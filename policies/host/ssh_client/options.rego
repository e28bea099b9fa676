# METADATA
# title: Options of the ssh client
# description: |
#   Judged is what holds for every host, or for all but some; blocks for certain
#   hosts are not.
# related_resources:
#   - description: ssh_config(5)
#     ref: https://man.openbsd.org/ssh_config
# custom:
#   family: true
package policies.host.ssh_client.options

import future.keywords.not

subject contains ["ssh_client", key] if {
	input.ssh_client.installed == true
	some key, _ in data.tables.host.ssh_client.options
}

fail contains {"subject": ["ssh_client", key], "path": ["ssh_client", "contexts", m, key], "want": want} if {
	some key, row in data.tables.host.ssh_client.options
	want := row.want
	some m, c in input.ssh_client.contexts
	c.wide == true
	value := c[key]
	value != want
	own(m, key, value)
}

own("global", _, _)

own(m, key, value) if {
	m != "global"
	not input.ssh_client.contexts.global[key] == value
}
