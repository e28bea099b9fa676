# METADATA
# title: Only approved services listen on the network
# description: |
#   What listens and is not on the site's list was forgotten, came with a package, or
#   was brought along by an intruder. Without a list, everything is approved but inetd's
#   small services (echo, discard, daytime, chargen, time), which nobody needs and which
#   serve attacks on others. Ports that the kernel hands out by itself are not judged
#   for UDP: mostly a client waits there for an answer.
# related_resources:
#   - description: ss(8)
#     ref: https://man7.org/linux/man-pages/man8/ss.8.html
# custom:
#   id: NET0030
#   severity: low
#   parameters:
#     approved_services: {type: list, default: [any], description: "Protocol and port of what may listen on the network (tcp/22, udp/123); [any] approves everything."}
#   remediation: |
#     Stop what is not needed (`systemctl disable --now UNIT`), bind it to 127.0.0.1, or
#     add it to the parameter `approved_services` in the baseline.
#   references:
#     cis-debian-12-v1.1.0: ["2.1.22", "4.2.6", "4.4.2.4", "4.4.3.4"]
#     cis-rhel-9-v2.0.0: ["2.1.22", "4.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["2.1.22", "4.1.6", "4.3.2.4", "4.3.3.4"]
#     cis-ubuntu-24.04-v1.0.0: ["2.1.22", "4.2.6", "4.4.2.4", "4.4.3.4"]
#     gitlab-os: ["firewall"]
#     nist-800-53-r5: ["CM-7"]
package policies.host.listeners.approved

import future.keywords.not

subject contains ["listeners", "sockets"] if {
	input.listeners
	not input.os.container == true
}

fail contains {"subject": ["listeners", "sockets"], "path": ["listeners", "sockets", name, "service"], "want": "a service that is approved"} if {
	not "any" in data.parameters.approved_services
	some name, socket in input.listeners.sockets
	socket.scope in ["all", "address"]
	not socket.service in data.parameters.approved_services
	not passing(socket)
}

fail contains {"subject": ["listeners", "sockets"], "path": ["listeners", "sockets", name, "service"], "want": "a service that is approved"} if {
	some name, socket in input.listeners.sockets
	socket.scope in ["all", "address"]
	socket.service in small
	not socket.service in data.parameters.approved_services
}

small := {
	"tcp/7", "udp/7", "tcp/9", "udp/9", "tcp/13", "udp/13",
	"tcp/17", "udp/17", "tcp/19", "udp/19", "tcp/37", "udp/37",
}

passing(socket) if {
	socket.protocol == "udp"
	socket.port >= 32768
}
