# METADATA
# title: The clock has a source
# description: |
#   A time daemon without a server, a pool or a reference clock lets the clock run
#   away, and with it logs, certificates and one-time codes. Only the daemon that
#   runs is judged; servers that DHCP names count for systemd-timesyncd, and so do
#   those that its distribution built in. Where `time_servers` names those of this
#   site, others are refused. A clock of the hypervisor (`refclock PHC /dev/ptp0`)
#   is a source; one with `noselect` is none, and neither is the host's own clock.
#   With `-x` chronyd leaves the clock alone.
# related_resources:
#   - description: chrony.conf(5)
#     ref: https://chrony-project.org/doc/4.4/chrony.conf.html
#   - description: timesyncd.conf(5)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/timesyncd.conf.html
# custom:
#   id: TIM0001
#   severity: medium
#   remediation: |
#     Name servers: `server HOST iburst` in /etc/chrony/sources.d/site.sources
#     (Red Hat: /etc/chrony.conf), or `NTP=HOST` under `[Time]` in
#     /etc/systemd/timesyncd.conf.d/servers.conf; take `noselect` off it, and `-x` out
#     of /etc/default/chrony (Red Hat: /etc/sysconfig/chronyd); then restart the daemon.
#   references:
#     cis-debian-12-v1.1.0: ["2.3.2.1", "2.3.3.1"]
#     cis-ubuntu-22.04-v2.0.0: ["2.3.2.1", "2.3.3.1"]
#     cis-ubuntu-24.04-v1.0.0: ["2.3.2.1", "2.3.3.1"]
#     cis-rhel-9-v2.0.0: ["2.3.2"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-252010"]
#     disa-stig-rhel-9: ["RHEL-09-252020"]
#     nist-800-53-r5: ["AU-8"]
#   parameters:
#     time_servers:
#       type: list
#       default: []
#       description: "Servers and pools that may give the time, and no others; empty: any may."
package policies.host.time.sources

import future.keywords.not

subject contains ["time", daemon] if {
	not input.os.container == true
	some daemon in ["chrony", "timesyncd", "ntp"]
	runs(daemon)
	input.time[daemon].installed == true
}

fail contains {"path": ["time", daemon, "sources"], "want": "a server, a pool or a clock"} if {
	some daemon in ["chrony", "timesyncd", "ntp"]
	input.time[daemon].installed == true
	not fed(input.time[daemon])
}

fail contains {"path": ["time", "chrony", "sets_clock"], "want": true} if {
	input.time.chrony.installed == true
	input.time.chrony.sets_clock == false
}

fail contains {"path": ["time", daemon, "sources", i, "name"], "want": "a server of this site"} if {
	some _ in data.parameters.time_servers
	some daemon in ["chrony", "timesyncd", "ntp"]
	some i, source in input.time[daemon].sources
	not source.kind == "refclock"
	not source.name in data.parameters.time_servers
}

fed(daemon) if {
	some source in daemon.sources
	source.used == true
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
