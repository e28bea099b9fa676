# METADATA
# title: One daemon keeps the clock
# description: |
#   Two of them pull the clock to and fro.
# related_resources:
#   - description: chrony, FAQ
#     ref: https://chrony-project.org/faq.html
# custom:
#   id: TIM0002
#   severity: low
#   remediation: |
#     Run `systemctl disable --now UNIT` for the one that is not wanted.
#   references:
#     cis-debian-12-v1.1.0: ["2.3.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["2.3.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["2.3.1.1"]
#     cis-rhel-9-v2.0.0: ["2.3.1"]
#     nist-800-53-r5: ["AU-8"]
package policies.host.time.one_daemon

import future.keywords.not

subject contains ["services", "units"] if {
	not input.os.container == true
	some pair in daemon_units
	input.services.units[pair[1]]
}

fail contains {"path": ["services", "units", second, "active"], "want": "inactive", "subject": ["services", "units"]} if {
	some a in daemon_units
	some b in daemon_units
	a[0] < b[0]
	input.services.units[a[1]].active == "active"
	second := b[1]
	input.services.units[second].active == "active"
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
