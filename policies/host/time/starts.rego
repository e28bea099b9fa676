# METADATA
# title: The time daemon starts with the next boot
# description: |
#   What was started by hand is not there after the next restart, and the clock
#   runs away unseen.
# related_resources:
#   - description: systemctl(1)
#     ref: https://man7.org/linux/man-pages/man1/systemctl.1.html
# custom:
#   id: TIM0004
#   severity: low
#   remediation: |
#     Run `systemctl enable UNIT` for the daemon that runs.
#   references:
#     cis-debian-12-v1.1.0: ["2.3.2.2", "2.3.3.3"]
#     cis-ubuntu-22.04-v2.0.0: ["2.3.2.2", "2.3.3.3"]
#     cis-ubuntu-24.04-v1.0.0: ["2.3.2.2", "2.3.3.3"]
#     disa-stig-rhel-9: ["RHEL-09-252015"]
#     nist-800-53-r5: ["AU-8"]
package policies.host.time.starts

import future.keywords.not

subject contains ["time", daemon] if {
	not input.os.container == true
	some daemon in ["chrony", "timesyncd", "ntp"]
	runs(daemon)
}

fail contains {"path": ["services", "units", unit, "enabled"], "want": "enabled", "subject": ["time", daemon]} if {
	some pair in daemon_units
	daemon := pair[0]
	unit := pair[1]
	input.services.units[unit].active == "active"
	not boots(daemon)
}

boots(daemon) if {
	some pair in daemon_units
	pair[0] == daemon
	input.services.units[pair[1]].enabled in {"enabled", "static", "generated"}
}

# The daemons, as the section time calls them, and their units.
daemon_units := {
	["chrony", "chrony.service"],
	["chrony", "chronyd.service"],
	["timesyncd", "systemd-timesyncd.service"],
	["ntp", "ntp.service"],
	["ntp", "ntpd.service"],
	["ntp", "ntpsec.service"],
}

runs(daemon) if {
	some pair in daemon_units
	pair[0] == daemon
	input.services.units[pair[1]].active == "active"
}
