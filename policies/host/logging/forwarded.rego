# METADATA
# title: rsyslog gets what journald has
# description: |
#   Where rsyslog runs, people look into its files, and it is what sends logs
#   away. It gets them from journald, by ForwardToSyslog= and the socket that
#   imuxsock reads, or by reading the journal itself (imjournal); with neither its
#   files stay empty.
# related_resources:
#   - description: journald.conf(5)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/journald.conf.html
#   - description: rsyslog.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/rsyslog.conf.5.html
# custom:
#   id: LOG0004
#   severity: medium
#   remediation: |
#     Put `ForwardToSyslog=yes` under `[Journal]` in
#     /etc/systemd/journald.conf.d/syslog.conf and run `systemctl restart
#     systemd-journald`; in rsyslog.conf load imuxsock without
#     `SysSock.Use="off"`, or imjournal, and run `systemctl restart rsyslog`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.3.3"]
#     cis-rhel-9-v2.0.0: ["6.2.3.3"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.3.3"]
#     nist-800-53-r5: ["AU-4", "AU-9"]
package policies.host.logging.forwarded

import future.keywords.not

subject contains ["logging", "journald", "forward_to_syslog"] if applies

fail contains {"path": ["logging", "journald", "forward_to_syslog"], "want": true} if {
	applies
	not input.logging.journald.forward_to_syslog == true
	not reads_journal
}

fail contains {"path": ["logging", "rsyslog", "local_socket"], "want": true, "subject": ["logging", "journald", "forward_to_syslog"]} if {
	applies
	not input.logging.rsyslog.local_socket == true
	not reads_journal
}

applies if {
	input.logging.journald.installed == true
	input.logging.rsyslog.installed == true
	input.services.units["rsyslog.service"].active == "active"
}

reads_journal if {
	some module in input.logging.rsyslog.modules
	module == "imjournal"
}
