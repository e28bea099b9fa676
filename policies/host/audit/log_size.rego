# METADATA
# title: Audit logs have room before they are rotated
# description: |
#   A small log is full after minutes of noise, and an intruder who makes noise pushes out
#   the events that tell of the break-in. The size is in megabytes.
# related_resources:
#   - description: auditd.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/auditd.conf.5.html
# custom:
#   id: AUD0010
#   severity: low
#   parameters:
#     audit_log_megabytes: {type: number, default: 8, description: "Megabytes that an audit log has at least before it is rotated."}
#   remediation: |
#     Set `max_log_file = 8`, or the size that this site has decided on, in
#     /etc/audit/auditd.conf and run `systemctl kill --signal HUP auditd` (`service auditd
#     reload` on Red Hat).
#   references:
#     cis-debian-12-v1.1.0: ["6.2.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.2.1"]
#     cis-rhel-9-v2.0.0: ["6.3.2.1"]
#     nist-800-53-r5: ["AU-4"]
package policies.host.audit.log_size

import future.keywords.not

subject contains ["audit", "config", "max_log_file"] if {
	input.audit.config
	not input.os.container == true
}

fail contains {"path": ["audit", "config", "max_log_file"], "want": want} if {
	least := data.parameters.audit_log_megabytes
	want := sprintf("%d or more", [least])
	input.audit.config
	not input.audit.config.max_log_file >= least
}

# 0 sets no limit.
fail contains {"path": ["audit", "config", "max_log_file"], "want": "a number"} if {
	input.audit.config
	not is_number(input.audit.config.max_log_file)
}
