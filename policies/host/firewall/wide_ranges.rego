# METADATA
# title: No rule opens a great part of all ports
# description: |
#   A rule that lets everybody in to tens of thousands of ports is a default deny in
#   name only: a service that starts to listen there is open at once. Passive FTP, RTP
#   and node ports take a few thousand at most. Judged where the rest is denied.
# related_resources:
#   - description: nft(8)
#     ref: https://man7.org/linux/man-pages/man8/nft.8.html
# custom:
#   id: FWL0003
#   severity: medium
#   remediation: |
#     Replace the rule by ones for the ports that are in use (`ss -Hlntup` lists them),
#     and restrict its sources where they are known.
#   references:
#     cis-debian-12-v1.1.0: ["4.2.6", "4.4.2.4", "4.4.3.4"]
#     cis-ubuntu-22.04-v2.0.0: ["4.1.6", "4.3.2.4", "4.3.3.4"]
#     cis-ubuntu-24.04-v1.0.0: ["4.2.6", "4.4.2.4", "4.4.3.4"]
#     cis-rhel-9-v2.0.0: ["4.2.1"]
#     nist-800-53-r5: ["SC-7", "CM-7"]
package policies.host.firewall.wide_ranges

import future.keywords.not

subject contains ["firewall", "input", "ipv4"] if {
	input.firewall.input.ipv4["default"] in ["drop", "reject"]
	not input.os.container == true
}

subject contains ["firewall", "input", "ipv6"] if {
	input.firewall.input.ipv6["default"] in ["drop", "reject"]
	input.network.ipv6 == true
	not input.os.container == true
}

fail contains {"subject": ["firewall", "input", family], "path": ["firewall", "input", family, protocol, i], "want": "rules for the ports in use"} if {
	some family in ["ipv4", "ipv6"]
	some protocol in ["tcp", "udp"]
	some i, range in input.firewall.input[family][protocol]
	range.last - range.first >= 20000
}
