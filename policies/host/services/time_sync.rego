# METADATA
# title: The clock is kept right
# description: |
#   With a wrong clock, logs of several hosts cannot be put in order, and
#   certificates, tickets and one-time codes count when they should not. In a
#   container the clock is the host's. Guest tools of a hypervisor are not seen.
# related_resources:
#   - description: systemd-timesyncd.service(8)
#     ref: https://man7.org/linux/man-pages/man8/systemd-timesyncd.service.8.html
# custom:
#   id: SVC0021
#   severity: low
#   remediation: |
#     Run `systemctl enable --now systemd-timesyncd`, or install chrony.
#   references:
#     cis-debian-12-v1.1.0: ["2.3.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["2.3.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["2.3.1.1"]
#     cis-rhel-9-v2.0.0: ["2.3.1"]
#     disa-stig-rhel-9: ["RHEL-09-252010", "RHEL-09-252015"]
#     nist-800-53-r5: ["AU-8"]
package policies.host.services.time_sync

import future.keywords.not

subject contains ["services"] if {
	input.services
	not input.os.container == true
}

fail contains {"path": ["services", "units"], "want": "an active systemd-timesyncd, chrony or ntp"} if {
	input.services
	not kept
}

kept if {
	some name in [
		"systemd-timesyncd.service", "chrony.service", "chronyd.service", "ntp.service",
		"ntpd.service", "ntpsec.service", "openntpd.service", "ntpd-rs.service", "phc2sys.service", "timemaster.service",
	]
	input.services.units[name].active == "active"
}
