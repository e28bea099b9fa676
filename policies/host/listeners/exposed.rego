# METADATA
# title: Services that strangers must not reach
# description: |
#   A socket counts that listens on the network, where the firewall lets somebody
#   through whom no rule names: neither loopback alone nor a port that is closed to
#   strangers fails. Docker's published ports are followed past the input rules. A
#   firewall in front of the host is not seen.
# related_resources:
#   - description: ss(8)
#     ref: https://man7.org/linux/man-pages/man8/ss.8.html
# custom:
#   family: true
package policies.host.listeners.exposed

import future.keywords.not

subject contains ["listeners", key] if {
	input.listeners
	not input.os.container == true
	some key, _ in data.tables.host.listeners.exposed
}

fail contains {"subject": ["listeners", key], "path": ["listeners", "sockets", name, "service"], "want": "loopback, or a firewall before it"} if {
	some key, row in data.tables.host.listeners.exposed
	some name, socket in input.listeners.sockets
	socket.service in row.services
	socket.scope in ["all", "address"]
	some family in socket.families
	some range in input.firewall.input[family][socket.protocol]
	range.first <= socket.port
	range.last >= socket.port
}
