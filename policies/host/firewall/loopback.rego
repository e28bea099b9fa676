# METADATA
# title: The firewall leaves the host's traffic to itself alone
# description: |
#   Services on one host talk over the loopback interface: the resolver, the mail
#   queue, the database. A default deny without a rule for it breaks them in ways that
#   are hard to find, and the firewall is then switched off in a hurry.
# related_resources:
#   - description: nft(8)
#     ref: https://man7.org/linux/man-pages/man8/nft.8.html
# custom:
#   id: FWL0004
#   severity: low
#   remediation: |
#     Accept loopback first of all: `iif "lo" accept` at the head of the input chain in
#     /etc/nftables.conf (and `oif "lo" accept` where output is denied), or
#     `iptables -I INPUT -i lo -j ACCEPT`, and the same for ip6tables. ufw and firewalld
#     do so by themselves.
#   references:
#     cis-debian-12-v1.1.0: ["4.2.4", "4.3.6", "4.4.2.2", "4.4.3.2"]
#     cis-ubuntu-22.04-v2.0.0: ["4.1.4", "4.2.6", "4.3.2.2", "4.3.3.2"]
#     cis-ubuntu-24.04-v1.0.0: ["4.2.4", "4.3.6", "4.4.2.2", "4.4.3.2"]
#     cis-rhel-9-v2.0.0: ["4.2.2", "4.3.4"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.firewall.loopback

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

fail contains {"path": ["firewall", "input", family, "loopback"], "want": "accept"} if {
	some family in ["ipv4", "ipv6"]
	input.firewall.input[family].loopback in ["drop", "reject"]
}
