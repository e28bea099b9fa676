# METADATA
# title: rsyslog is installed
# description: |
#   Some sites keep and send logs by rsyslog everywhere, and their tools expect its
#   files. Where journald alone keeps the logs this is not needed, so that it is part
#   of the STIG baselines only.
# related_resources:
#   - description: rsyslogd(8)
#     ref: https://man7.org/linux/man-pages/man8/rsyslogd.8.html
# custom:
#   id: LOG0017
#   severity: low
#   remediation: |
#     Run `dnf install rsyslog` or `apt-get install rsyslog`, and `systemctl enable
#     --now rsyslog`.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-652010", "RHEL-09-652020"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-652010"]
#     nist-800-53-r5: ["AU-4"]
package policies.host.logging.rsyslog_installed

import future.keywords.not

subject contains ["logging", "rsyslog"] if {
	input.logging.rsyslog
	machine
}

fail contains {"path": ["logging", "rsyslog", "installed"], "want": true} if {
	input.logging.rsyslog
	not input.logging.rsyslog.installed == true
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
