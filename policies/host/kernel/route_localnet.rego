# METADATA
# title: Neighbours cannot reach services on loopback
# description: |
#   With route_localnet, a packet from the network may go to 127.0.0.1, where services
#   listen that trust whoever reaches them. The kernel allows it where `all` or the
#   interface says so; some container networks set it.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0026
#   severity: medium
#   remediation: |
#     Set `net.ipv4.conf.all.route_localnet = 0` in /etc/sysctl.d/60-merlon.conf, and 0
#     for the interface that is named, and run `sysctl --system`. Where kube-proxy or
#     Docker needs it, see that their rules drop such packets from outside, and waive it.
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.route_localnet

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv4"] if {
	input.sysctl.interfaces.ipv4.all.route_localnet >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", name, "route_localnet"], "want": 0} if {
	some name, settings in input.sysctl.interfaces.ipv4
	name != "lo"
	settings.route_localnet == 1
}

fail contains {"subject": ["sysctl", "interfaces", "ipv4"], "path": ["sysctl", "boot", key], "want": 0} if {
	some key in ["net.ipv4.conf.all.route_localnet", "net.ipv4.conf.default.route_localnet"]
	input.sysctl.boot[key] == 1
}
