# METADATA
# title: The firewall comes back at the next boot
# description: |
#   Rules typed in by hand are gone after a restart, mostly at night and after an
#   update, and nobody notices that the host stands open. Judged where the running
#   rules deny by default, for IPv4 and IPv6 apart: something that loads such rules
#   must be on at boot. Of programs whose settings are not read (Shorewall, ferm, CSF, Proxmox),
#   that they are on counts.
# related_resources:
#   - description: nft(8)
#     ref: https://man7.org/linux/man-pages/man8/nft.8.html
#   - description: ufw(8)
#     ref: https://manpages.debian.org/bookworm/ufw/ufw.8.en.html
# custom:
#   id: FWL0007
#   severity: medium
#   remediation: |
#     Use what made the rules: `ufw enable`; `systemctl enable firewalld`; or write
#     the running rules with `nft list ruleset` to /etc/nftables.conf, below a line
#     `flush ruleset`, and `systemctl enable nftables`; or install iptables-persistent
#     and run `netfilter-persistent save`. On Red Hat, iptables.service loads the rules
#     of IPv4 alone, and ip6tables.service those of IPv6.
#   references:
#     cis-debian-12-v1.1.0: ["4.2.3", "4.3.9", "4.3.10", "4.4.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["4.1.3", "4.2.9", "4.2.10", "4.3.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["4.2.3", "4.3.9", "4.3.10", "4.4.1.1"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-251015"]
#     disa-stig-rhel-9: ["RHEL-09-251015"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.firewall.boot

import future.keywords.not

subject contains ["firewall", "boot", "ipv4"] if {
	input.firewall.input.ipv4["default"] in ["drop", "reject"]
	not input.os.container == true
}

subject contains ["firewall", "boot", "ipv6"] if {
	input.firewall.input.ipv6["default"] in ["drop", "reject"]
	input.network.ipv6 == true
	not input.os.container == true
}

fail contains {"path": ["firewall", "boot", family], "want": "ufw, firewalld, nftables or netfilter-persistent that is on at boot and denies"} if {
	input.firewall
	some family in ["ipv4", "ipv6"]
	not family in loaded
}

# enabled is true of a unit that the next boot starts.
enabled(unit) if unit.enabled in ["enabled", "enabled-runtime", "alias"]

loaded contains family if {
	input.firewall.ufw.enabled == true
	input.firewall.ufw.incoming in ["drop", "reject"]
	enabled(input.services.units["ufw.service"])
	some family in ["ipv4", "ipv6"]
}

# Told to leave IPv6 alone, ufw drops it all but on loopback.
loaded contains "ipv6" if {
	input.firewall.ufw.enabled == true
	input.firewall.ufw.ipv6 == false
	enabled(input.services.units["ufw.service"])
}

loaded contains family if {
	enabled(input.services.units["firewalld.service"])
	input.firewall.firewalld.target in ["default", "drop", "reject"]
	some family in ["ipv4", "ipv6"]
}

loaded contains family if {
	enabled(input.services.units["nftables.service"])
	some family in ["ipv4", "ipv6"]
	input.firewall.boot.nftables[family] in ["drop", "reject"]
}

loaded contains family if {
	some family, unit in {"ipv4": "iptables.service", "ipv6": "ip6tables.service"}
	some name in ["netfilter-persistent.service", unit]
	enabled(input.services.units[name])
	input.firewall.boot.iptables[family]["default"] in ["drop", "reject"]
}

loaded contains family if {
	some name in others
	enabled(input.services.units[name])
	some family in ["ipv4", "ipv6"]
}

others := {
	"shorewall.service", "shorewall6.service", "shorewall-lite.service", "ferm.service", "csf.service", "lfd.service",
	"firehol.service", "foomuuri.service", "arno-iptables-firewall.service", "vuurmuur.service", "ipfire.service",
	"pve-firewall.service", "proxmox-firewall.service",
}
