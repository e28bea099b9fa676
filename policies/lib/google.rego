# METADATA
# description: Functions that the controls for Google Cloud share.
package lib.google

import future.keywords.not

# everyone is true of a member that is anyone at all, or anyone with a Google account.
everyone(member) if member in {"allAuthenticatedUsers", "allUsers"}

# basic is true of the roles that hold nearly every right in a project.
basic(role) if role in {"roles/editor", "roles/owner"}

# opens is true of an allow or layer4_configs block that covers a TCP port.
opens(block, _) if lower(block.protocol) == "all"

opens(block, _) if lower(block.ip_protocol) == "all"

opens(block, _) if {
	tcp(block)
	not lists_ports(block)
}

opens(block, port) if {
	tcp(block)
	port in block.ports
}

opens(block, port) if {
	tcp(block)
	some range in block.ports
	ends := split(range, "-")
	to_number(ends[0]) <= port
	port <= to_number(ends[1])
}

tcp(block) if lower(block.protocol) == "tcp"

tcp(block) if lower(block.ip_protocol) == "tcp"

tcp(block) if block.protocol == 6

tcp(block) if block.ip_protocol == 6

lists_ports(block) if {
	some _ in block.ports
}
