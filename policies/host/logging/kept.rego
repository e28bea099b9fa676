# METADATA
# title: Logs outlive a restart
# description: |
#   A journal in memory is gone with the next restart, and with it what an
#   intruder did. The journal counts where journald keeps it on disk:
#   Storage=persistent, or auto with the folder /var/log/journal. So does rsyslog
#   where it runs and writes logins to a file.
# related_resources:
#   - description: journald.conf(5)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/journald.conf.html
# custom:
#   id: LOG0002
#   severity: medium
#   remediation: |
#     Put `Storage=persistent` under `[Journal]` in
#     /etc/systemd/journald.conf.d/storage.conf, and run `systemctl restart
#     systemd-journald` and `journalctl --flush`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.1.4", "6.1.2.4"]
#     cis-ubuntu-22.04-v2.0.0: ["6.2.1.1.5"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.1.4", "6.1.2.4"]
#     cis-rhel-9-v2.0.0: ["6.2.1.4", "6.2.2.4"]
#     nist-800-53-r5: ["AU-4", "AU-9"]
package policies.host.logging.kept

import future.keywords.not

subject contains ["logging", "journald", "storage"] if {
	input.logging.journald.installed == true
	machine
}

fail contains {"path": ["logging", "journald", "storage"], "want": "persistent"} if {
	input.logging.journald.installed == true
	not on_disk
	not written
	not elsewhere
}

on_disk if input.logging.journald.storage == "persistent"

on_disk if {
	input.logging.journald.storage == "auto"
	input.logging.journald.directory == true
}

written if {
	input.services.units["rsyslog.service"].active == "active"
	some action in input.logging.rsyslog.actions
	action.reached == true
	action.authpriv == true
	action.type == "omfile"
	not fleeting(action.file)
}

# A terminal keeps nothing, and memory is empty after the restart.
fleeting(file) if strings.any_prefix_match(file, ["/dev/", "/run/", "/var/run/"])

# Whether syslog-ng does is not read.
elsewhere if input.logging.shippers["syslog-ng"].ships == true

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
