# METADATA
# title: Services that only a host of that role needs
# description: |
#   A service is judged to run where its unit is active, or where the next boot
#   starts it. Name in `roles` what a host is for, by the last part of the
#   policy's name; it is not judged there. In a container without systemd there is
#   nothing to judge; on a host without it, the answer is unknown.
# related_resources:
#   - description: systemctl(1)
#     ref: https://man7.org/linux/man-pages/man1/systemctl.1.html
# custom:
#   family: true
#   parameters:
#     roles:
#       type: list
#       default: []
#       one_of: [autofs, dhcp, dns, dnsmasq, ftp, ldap, imap, nfs, samba, proxy, web]
#       description: What the host is for.
package policies.host.services.roles

import future.keywords.not

subject contains ["services", key] if {
	input.services
	not input.os.container == true
	some key, _ in data.tables.host.services.roles
	not key in data.parameters.roles
}

subject contains ["services", key] if {
	input.os.init == "systemd"
	input.services
	some key, _ in data.tables.host.services.roles
	not key in data.parameters.roles
}

fail contains {"subject": ["services", key], "path": ["services", "units", name, "enabled"], "want": "disabled"} if {
	some key, row in data.tables.host.services.roles
	some name in row.units
	boots(input.services.units[name])
}

fail contains {"subject": ["services", key], "path": ["services", "units", name, "active"], "want": "inactive"} if {
	some key, row in data.tables.host.services.roles
	some name in row.units
	input.services.units[name].active == "active"
	not boots(input.services.units[name])
}

# boots is true of a unit that the next boot starts.
boots(unit) if unit.enabled in ["enabled", "enabled-runtime"]

boots(unit) if unit.wanted == true
