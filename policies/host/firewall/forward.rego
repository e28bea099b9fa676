# METADATA
# title: Traffic through the host is denied unless a rule allows it
# description: |
#   A host that forwards packets for anybody is a way into the networks behind it:
#   those of its containers and virtual machines, a private network, a VPN. Hosts that
#   do not forward are not judged; over IPv4 a host forwards what comes in through an
#   interface of which `forwarding` is 1, whatever `ip_forward` says.
# related_resources:
#   - description: nft(8)
#     ref: https://man7.org/linux/man-pages/man8/nft.8.html
# custom:
#   id: FWL0002
#   severity: medium
#   remediation: |
#     Deny by default in the forward hook: `ufw default deny routed`, `policy drop` in
#     the forward chain of /etc/nftables.conf and `systemctl reload nftables`, or
#     `iptables -P FORWARD DROP` and the same in /etc/iptables/rules.v4; firewalld
#     does so by itself. Allow what is to pass before. Or switch forwarding off:
#     `net.ipv4.ip_forward = 0` and, where it is of one interface,
#     `net.ipv4.conf.NAME.forwarding = 0`.
#   references:
#     cis-debian-12-v1.1.0: ["4.2.7", "4.3.8", "4.4.2.1", "4.4.3.1"]
#     cis-ubuntu-22.04-v2.0.0: ["4.1.7", "4.2.8", "4.3.2.1", "4.3.3.1"]
#     cis-ubuntu-24.04-v1.0.0: ["4.2.7", "4.3.8", "4.4.2.1", "4.4.3.1"]
#     cis-rhel-9-v2.0.0: ["4.3.3"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.firewall.forward

import future.keywords.not

subject contains ["firewall", "forward", "ipv4"] if {
	input.firewall
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["default", "lo"]
	settings.forwarding == 1
	not input.os.container == true
}

subject contains ["firewall", "forward", "ipv6"] if {
	input.firewall
	input.sysctl.interfaces.ipv6.all.forwarding == 1
	not input.os.container == true
}

fail contains {"path": ["firewall", "forward", family, "default"], "want": "drop"} if {
	some family in ["ipv4", "ipv6"]
	input.firewall.forward[family]["default"] == "accept"
}
