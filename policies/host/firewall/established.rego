# METADATA
# title: Answers to the host's own connections are let in
# description: |
#   Where answers are dropped, updates, name service and logging to another host fail,
#   and the firewall is switched off to make them work. Following connections also
#   spares rules by source port, which let in whoever sends from port 53.
# related_resources:
#   - description: nft(8)
#     ref: https://man7.org/linux/man-pages/man8/nft.8.html
# custom:
#   id: FWL0005
#   severity: low
#   remediation: |
#     Put `ct state established,related accept` near the head of the input chain in
#     /etc/nftables.conf and run `systemctl reload nftables`, or
#     `iptables -I INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`, and the
#     same for ip6tables. ufw and firewalld do so by themselves.
#   references:
#     cis-debian-12-v1.1.0: ["4.3.7", "4.4.2.3", "4.4.3.3"]
#     cis-ubuntu-22.04-v2.0.0: ["4.2.7", "4.3.2.3", "4.3.3.3"]
#     cis-ubuntu-24.04-v1.0.0: ["4.3.7", "4.4.2.3", "4.4.3.3"]
#     cis-rhel-9-v2.0.0: ["4.3.2"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.firewall.established

import future.keywords.not

subject contains ["firewall", "input", "ipv4"] if {
	input.firewall
	not input.os.container == true
}

subject contains ["firewall", "input", "ipv6"] if {
	input.firewall
	input.network.ipv6 == true
	not input.os.container == true
}

fail contains {"path": ["firewall", "input", family, "established"], "want": "accept"} if {
	some family in ["ipv4", "ipv6"]
	input.firewall.input[family].established in ["drop", "reject"]
	not family in silent
}

# Told to leave IPv6 alone, ufw lets nothing of it out either: there are no answers.
silent contains "ipv6" if {
	input.firewall.ufw.enabled == true
	input.firewall.ufw.ipv6 == false
	input.firewall.output.ipv6["default"] in ["drop", "reject"]
}
