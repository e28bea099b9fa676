# METADATA
# title: logrotate is started every day
# description: |
#   Rules for rotation do nothing by themselves. systemd starts logrotate by
#   logrotate.timer; the script in /etc/cron.daily counts where there is no such
#   timer, as Debian leaves the work to the timer where systemd runs.
# related_resources:
#   - description: logrotate(8)
#     ref: https://man7.org/linux/man-pages/man8/logrotate.8.html
# custom:
#   id: LOG0014
#   severity: low
#   remediation: |
#     Run `systemctl enable --now logrotate.timer`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.3.8"]
#     cis-rhel-9-v2.0.0: ["6.2.3.8"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.3.8"]
#     nist-800-53-r5: ["AU-4"]
package policies.host.logging.logrotate_runs

import future.keywords.not

subject contains ["logging", "logrotate"] if {
	input.logging.logrotate.installed == true
	machine
}

fail contains {"path": ["services", "units", "logrotate.timer", "active"], "want": "active", "subject": ["logging", "logrotate"]} if {
	input.logging.logrotate.installed == true
	not input.services.units["logrotate.timer"].active == "active"
	not by_cron
}

by_cron if {
	input.logging.logrotate.cron == true
	not input.services.units["logrotate.timer"]
	some name in ["cron.service", "crond.service"]
	input.services.units[name].active == "active"
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
