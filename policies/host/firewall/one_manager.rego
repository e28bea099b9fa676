# METADATA
# title: One program manages the firewall
# description: |
#   ufw, firewalld, nftables and netfilter-persistent each take the rules for their
#   own: nftables.conf begins by flushing those of the others, and which one is loaded
#   last decides what holds. Rules that somebody relies on vanish at a reload.
# related_resources:
#   - description: ufw(8)
#     ref: https://manpages.debian.org/bookworm/ufw/ufw.8.en.html
#   - description: firewalld(1)
#     ref: https://firewalld.org/documentation/man-pages/firewalld.html
# custom:
#   id: FWL0008
#   severity: low
#   remediation: |
#     Keep one and switch the others off: `ufw disable`, and
#     `systemctl disable --now UNIT` for firewalld.service, nftables.service,
#     netfilter-persistent.service, iptables.service or ip6tables.service. Then load the
#     rules of the one that stays again.
#   references:
#     cis-debian-12-v1.1.0: ["4.1.1", "4.2.2", "4.3.2", "4.3.3", "4.4.1.2", "4.4.1.3"]
#     cis-ubuntu-22.04-v2.0.0: ["4.1.2", "4.2.2", "4.2.3", "4.3.1.2", "4.3.1.3"]
#     cis-ubuntu-24.04-v1.0.0: ["4.1.1", "4.2.2", "4.3.2", "4.3.3", "4.4.1.2", "4.4.1.3"]
#     cis-rhel-9-v2.0.0: ["4.1.2"]
#     nist-800-53-r5: ["SC-7", "CM-7"]
package policies.host.firewall.one_manager

import future.keywords.not

subject contains ["services", "units"] if {
	input.services
	input.firewall
	not input.os.container == true
}

# Each is on, where one before it in this order is on too.
fail contains {"subject": ["services", "units"], "path": ["services", "units", "firewalld.service", "enabled"], "want": "disabled, where ufw is on"} if {
	on("firewalld.service")
	ufw
}

fail contains {"subject": ["services", "units"], "path": ["services", "units", name, "enabled"], "want": "disabled, where ufw is on"} if {
	ufw
	some name in scripts
	on(name)
}

fail contains {"subject": ["services", "units"], "path": ["services", "units", name, "enabled"], "want": "disabled, where firewalld is on"} if {
	on("firewalld.service")
	some name in scripts
	on(name)
}

fail contains {"subject": ["services", "units"], "path": ["services", "units", name, "enabled"], "want": "disabled, where nftables.service is on"} if {
	on("nftables.service")
	some name in ["netfilter-persistent.service", "iptables.service", "ip6tables.service"]
	on(name)
}

scripts := {"nftables.service", "netfilter-persistent.service", "iptables.service", "ip6tables.service"}

on(name) if input.services.units[name].enabled in ["enabled", "enabled-runtime"]

# ufw's unit is on wherever the package is; its own file says whether it does a thing.
ufw if {
	on("ufw.service")
	input.firewall.ufw.enabled == true
}
