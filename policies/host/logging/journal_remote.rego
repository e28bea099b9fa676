# METADATA
# title: Nothing takes journals from other hosts
# description: |
#   systemd-journal-remote writes to disk what strangers send, by default without
#   asking who they are. A log host sets `log_host`.
# related_resources:
#   - description: systemd-journal-remote.service(8)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/systemd-journal-remote.service.html
# custom:
#   id: LOG0011
#   severity: medium
#   remediation: |
#     Run `systemctl disable --now systemd-journal-remote.socket
#     systemd-journal-remote.service`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.2.1.4"]
#     cis-ubuntu-22.04-v2.0.0: ["6.2.1.2.4"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.2.1.4"]
#     cis-rhel-9-v2.0.0: ["6.2.2.1.4"]
#     nist-800-53-r5: ["CM-7", "AU-9"]
#   parameters:
#     log_host:
#       type: boolean
#       default: false
#       description: This host takes logs from others.
package policies.host.logging.journal_remote

import future.keywords.not

subject contains ["services", "units", "systemd-journal-remote.socket"] if {
	input.services.units["systemd-journal-remote.socket"]
	not data.parameters.log_host == true
}

fail contains {"path": ["services", "units", name, "active"], "want": "inactive", "subject": ["services", "units", "systemd-journal-remote.socket"]} if {
	some name in ["systemd-journal-remote.socket", "systemd-journal-remote.service"]
	input.services.units[name].active == "active"
}

fail contains {"path": ["services", "units", name, "enabled"], "want": "disabled", "subject": ["services", "units", "systemd-journal-remote.socket"]} if {
	some name in ["systemd-journal-remote.socket", "systemd-journal-remote.service"]
	input.services.units[name].enabled in {"enabled", "enabled-runtime"}
}
