# METADATA
# title: auditd takes the kernel's events and writes them down
# description: |
#   With `local_events = no` auditd does not listen to the kernel, and with `write_logs = no`
#   (or `log_format = NOLOG`) nothing stays on the host: all rules count for nothing. A host
#   that only passes events on to another one at once can waive it.
# related_resources:
#   - description: auditd.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/auditd.conf.5.html
# custom:
#   id: AUD0048
#   severity: medium
#   remediation: |
#     Set `local_events = yes` and `write_logs = yes`, and a `log_format` other than NOLOG, in
#     /etc/audit/auditd.conf, and restart auditd (`service auditd restart` on Red Hat).
#   references:
#     cis-debian-12-v1.1.0: ["6.2.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.1.2"]
#     cis-rhel-9-v2.0.0: ["6.3.1.4"]
#     disa-stig-rhel-9: ["RHEL-09-653105"]
#     nist-800-53-r5: ["AU-2", "AU-12"]
package policies.host.audit.recording

import future.keywords.not

subject contains ["audit", "config"] if {
	input.audit.config
	not input.os.container == true
}

fail contains {"path": ["audit", "config", key], "want": "yes"} if {
	some key in ["local_events", "write_logs"]
	input.audit.config[key] == "no"
}
