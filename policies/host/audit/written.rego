# METADATA
# title: auditd writes its records to the disk
# description: |
#   With `write_logs = no` every rule can be in place and nothing is kept: records go to
#   plugins at most, and are lost where those or the network fail.
# related_resources:
#   - description: auditd.conf(5), write_logs
#     ref: https://man7.org/linux/man-pages/man5/auditd.conf.5.html
# custom:
#   id: AUD0061
#   severity: medium
#   remediation: |
#     Set `write_logs = yes` in /etc/audit/auditd.conf and run
#     `systemctl kill --signal HUP auditd` (`service auditd reload` on Red Hat).
#   references:
#     disa-stig-rhel-9: ["RHEL-09-653105"]
#     nist-800-53-r5: ["AU-4", "AU-12"]
package policies.host.audit.written

import future.keywords.not

subject contains ["audit", "config", "write_logs"] if {
	input.audit.config
	not input.os.container == true
}

fail contains {"path": ["audit", "config", "write_logs"], "want": "yes"} if {
	input.audit.config
	not input.audit.config.write_logs == "yes"
}
