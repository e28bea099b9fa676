# METADATA
# title: cron runs where it is installed
# description: |
#   Updates, backups, the rotation of logs and checks of files are often started
#   by cron; while it is stopped, they do not happen and nobody is told.
# related_resources:
#   - description: cron(8)
#     ref: https://man7.org/linux/man-pages/man8/cron.8.html
# custom:
#   id: CRO0001
#   severity: low
#   remediation: |
#     Run `systemctl enable --now cron` (on Red Hat `crond`), or remove the
#     package where timers do its work.
#   references:
#     cis-debian-12-v1.1.0: ["2.4.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["2.4.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["2.4.1.1"]
#     cis-rhel-9-v2.0.0: ["2.4.1.1"]
#     nist-800-53-r5: ["CM-6"]
package policies.host.cron.runs

import future.keywords.not

subject contains ["cron", "cron"] if {
	input.cron.cron == true
	machine
}

fail contains {"path": ["services", "units"], "want": "cron.service or crond.service, enabled and active", "subject": ["cron", "cron"]} if {
	input.cron.cron == true
	not kept
}

kept if {
	some name in ["cron.service", "crond.service"]
	input.services.units[name].active == "active"
	input.services.units[name].enabled in {"enabled", "static", "generated"}
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
