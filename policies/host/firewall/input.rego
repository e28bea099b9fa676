# METADATA
# title: Incoming traffic is denied unless a rule allows it
# description: |
#   Without a firewall that denies by default, every service that starts to listen is
#   open to everybody the moment it does: a debug port, a database, whatever an
#   intruder brings along. The kernel's rules are followed, whichever program made
#   them; a final rule that drops or rejects counts as much as a policy. A rule that
#   lets in all that comes through an interface with a default route does not, nor one
#   that lets in all from a source port, 53 say, which who sends chooses.
# related_resources:
#   - description: nft(8)
#     ref: https://man7.org/linux/man-pages/man8/nft.8.html
# custom:
#   id: FWL0001
#   severity: medium
#   parameters:
#     deny_outgoing: {type: boolean, default: false, description: "The site lists what its hosts may connect to: outgoing traffic must be denied by default too."}
#   remediation: |
#     Allow what is needed first, SSH above all, then deny the rest. With ufw:
#     `ufw allow OpenSSH`, `ufw default deny incoming`, `ufw enable`. With firewalld:
#     see that the default zone's target is not ACCEPT, and
#     `systemctl enable --now firewalld`. With nftables: `policy drop` in the input
#     chain of an `inet` table in /etc/nftables.conf, and
#     `systemctl enable --now nftables`. Where the network in front of the host does
#     it (a cloud's security group), waive the finding and name that.
#   references:
#     cis-debian-12-v1.1.0: ["4.2.1", "4.2.3", "4.2.5", "4.2.7", "4.3.1", "4.3.4", "4.3.5", "4.3.8", "4.4.2.1", "4.4.3.1"]
#     cis-ubuntu-22.04-v2.0.0: ["4.1.1", "4.1.3", "4.1.5", "4.1.7", "4.2.1", "4.2.4", "4.2.5", "4.2.8", "4.3.2.1", "4.3.3.1"]
#     cis-ubuntu-24.04-v1.0.0: ["4.2.1", "4.2.3", "4.2.5", "4.2.7", "4.3.1", "4.3.4", "4.3.5", "4.3.8", "4.4.2.1", "4.4.3.1"]
#     cis-rhel-9-v2.0.0: ["4.1.1", "4.3.1", "4.3.3"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-251010", "UBTU-22-251015", "UBTU-22-251020"]
#     disa-stig-rhel-9: ["RHEL-09-251015", "RHEL-09-251020"]
#     gitlab-os: ["firewall"]
#     nist-800-53-r5: ["SC-7", "SC-7(5)"]
package policies.host.firewall.input

import future.keywords.not

subject contains ["firewall", "input", "ipv4"] if {
	input.firewall
	not input.os.container == true
}

# Where no interface has an IPv6 address, nobody arrives by it.
subject contains ["firewall", "input", "ipv6"] if {
	input.firewall
	input.network.ipv6 == true
	not input.os.container == true
}

fail contains {"path": ["firewall", "input", family, "default"], "want": "drop"} if {
	some family in ["ipv4", "ipv6"]
	input.firewall.input[family]["default"] == "accept"
}

fail contains {"subject": ["firewall", "input", family], "path": ["firewall", "output", family, "default"], "want": "drop"} if {
	data.parameters.deny_outgoing == true
	some family in ["ipv4", "ipv6"]
	input.firewall.output[family]["default"] == "accept"
}
