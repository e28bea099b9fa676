# METADATA
# title: Services that nobody should run any more
# description: |
#   A unit is judged to run where it is active, or where the next boot starts it. In
#   a container without systemd there is nothing to judge; on a host without it, the
#   answer is unknown.
# related_resources:
#   - description: systemctl(1)
#     ref: https://man7.org/linux/man-pages/man1/systemctl.1.html
# custom:
#   family: true
package policies.host.services.unwanted

import future.keywords.not

subject contains ["services", key] if {
	input.services
	not input.os.container == true
	some key, _ in data.tables.host.services.unwanted
}

subject contains ["services", key] if {
	input.os.init == "systemd"
	input.services
	some key, _ in data.tables.host.services.unwanted
}

fail contains {"subject": ["services", key], "path": ["services", "units", name, "enabled"], "want": "disabled"} if {
	some key, row in data.tables.host.services.unwanted
	some name in row.units
	starts(input.services.units[name])
}

fail contains {"subject": ["services", key], "path": ["services", "units", name, "active"], "want": "inactive"} if {
	some key, row in data.tables.host.services.unwanted
	some name in row.units
	input.services.units[name].active == "active"
	not starts(input.services.units[name])
}

# starts is true of a unit that the next boot starts.
starts(unit) if unit.enabled in ["enabled", "enabled-runtime"]

starts(unit) if unit.wanted == true
