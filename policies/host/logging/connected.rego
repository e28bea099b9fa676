# METADATA
# title: The log host takes what rsyslog sends
# description: |
#   Where the log host cannot be reached, or refuses the certificate, rsyslog keeps
#   messages for a while and then drops them, and nobody hears of it. For each rule
#   that sends by TCP there is a connection to its port at the time of the scan; of
#   UDP nobody can tell. Ports other than 514, 601, 1514, 2514, 5140, 5514, 6514,
#   10514 and 20514 are not asked for, and the answer is unknown.
# related_resources:
#   - description: rsyslog.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/rsyslog.conf.5.html
# custom:
#   id: LOG0018
#   severity: medium
#   remediation: |
#     See with `journalctl -u rsyslog` why the action is suspended: the log host's
#     name, its port, a firewall between, the certificates. Mend it and run
#     `systemctl restart rsyslog`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.3.6"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.3.6"]
#     cis-rhel-9-v2.0.0: ["6.2.3.6"]
#     nist-800-53-r5: ["AU-4(1)", "AU-5"]
package policies.host.logging.connected

import future.keywords.not

subject contains ["logging", "rsyslog"] if {
	input.services.units["rsyslog.service"].active == "active"
	some action in input.logging.rsyslog.actions
	by_tcp(action)
}

fail contains {"path": ["logging", "rsyslog", "actions", i, "connected"], "want": true} if {
	some i, action in input.logging.rsyslog.actions
	by_tcp(action)
	not action.connected == true
}

by_tcp(action) if {
	action.type in {"omfwd", "omrelp"}
	action.protocol == "tcp"
	action.reached == true
	not action.loopback == true
}
