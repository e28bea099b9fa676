# METADATA
# title: Services that strangers must not reach
# description: |
#   A socket counts that listens on the network, where the firewall lets somebody
#   through whom no rule names: neither loopback alone nor a port that is closed to
#   strangers fails, unless a rule redirects another to it. Ports that a rule sends on to
#   a container count too, by the port there, also where nothing listens for them on the
#   host itself (Docker without its userland proxy). A
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
	family in families
	some range in input.firewall.input[family][socket.protocol]
	reaches(range, socket)
}

fail contains {"subject": ["listeners", key], "path": ["firewall", "input", family, protocol, i, "service"], "want": "published on 127.0.0.1, or a rule before it"} if {
	some key, row in data.tables.host.listeners.exposed
	some family in families
	family in forwards
	some protocol in ["tcp", "udp"]
	some i, range in input.firewall.input[family][protocol]
	range.service in row.services
}

families contains "ipv4"

# Where no interface has an IPv6 address beyond its link's, no stranger arrives by it.
families contains "ipv6" if input.network.ipv6_global == true

# Only a host that forwards sends on what comes in.
forwards contains "ipv4" if {
	some settings in input.sysctl.interfaces.ipv4
	settings.forwarding == 1
}

forwards contains "ipv6" if input.sysctl.interfaces.ipv6.all.forwarding == 1

# Of ports that a rule redirects, the one that it redirects to is reached; of one that
# goes on to a container, nothing of this host (Docker's proxy listens there).
reaches(range, socket) if {
	not range.port
	not range.service
	range.first <= socket.port
	range.last >= socket.port
}

reaches(range, socket) if range.port == socket.port
