# METADATA
# title: rsyslog runs where it is installed
# description: |
#   A host with rsyslog is expected to have its files, and to send them away;
#   while it is stopped both lack what happens now.
# related_resources:
#   - description: rsyslogd(8)
#     ref: https://man7.org/linux/man-pages/man8/rsyslogd.8.html
# custom:
#   id: LOG0005
#   severity: medium
#   remediation: |
#     Run `systemctl enable --now rsyslog`, or remove the package where journald
#     alone keeps the logs.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.3.1", "6.1.3.2"]
#     cis-rhel-9-v2.0.0: ["6.2.3.1", "6.2.3.2"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.3.1", "6.1.3.2"]
#     disa-stig-rhel-9: ["RHEL-09-652020"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-652010"]
#     nist-800-53-r5: ["AU-4", "AU-9"]
package policies.host.logging.rsyslog_running

import future.keywords.not

subject contains ["services", "units", "rsyslog.service"] if {
	input.logging.rsyslog.installed == true
	machine
}

fail contains {"path": ["services", "units", "rsyslog.service", "active"], "want": "active"} if {
	input.logging.rsyslog.installed == true
	not input.services.units["rsyslog.service"].active == "active"
}

fail contains {"path": ["services", "units", "rsyslog.service", "enabled"], "want": "enabled"} if {
	input.logging.rsyslog.installed == true
	input.services.units["rsyslog.service"].active == "active"
	not input.services.units["rsyslog.service"].enabled in {"enabled", "static", "generated"}
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
