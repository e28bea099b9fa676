# METADATA
# title: Packets from elsewhere with a loopback address are dropped
# description: |
#   Services trust 127.0.0.1. Linux drops packets that come with such an address from
#   another interface by itself, and those of IPv6 always; where route_localnet is on,
#   it does not for IPv4, and only the firewall stands before them.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: FWL0006
#   severity: medium
#   remediation: |
#     Set `net.ipv4.conf.all.route_localnet = 0`, and 0 for the interfaces that have
#     it, in /etc/sysctl.d/60-merlon.conf and run `sysctl --system`; where it is
#     needed, put `iif != "lo" ip saddr 127.0.0.0/8 drop` at the head of the input
#     chain in /etc/nftables.conf, or `ufw deny in from 127.0.0.0/8`.
#   references:
#     cis-debian-12-v1.1.0: ["4.2.4", "4.3.6", "4.4.2.2", "4.4.3.2"]
#     cis-ubuntu-22.04-v2.0.0: ["4.1.4", "4.2.6", "4.3.2.2", "4.3.3.2"]
#     cis-ubuntu-24.04-v1.0.0: ["4.2.4", "4.3.6", "4.4.2.2", "4.4.3.2"]
#     cis-rhel-9-v2.0.0: ["4.2.2", "4.3.4"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.firewall.spoofed_loopback

import future.keywords.not

subject contains ["firewall", "input", "ipv4"] if {
	input.firewall
	input.sysctl.interfaces.ipv4
	not input.os.container == true
}

fail contains {"path": ["firewall", "input", "ipv4", "spoofed"], "want": "drop"} if {
	input.firewall.input.ipv4.spoofed == "accept"
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["lo", "default"]
	settings.route_localnet == 1
}
