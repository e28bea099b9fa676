# METADATA
# title: What auditd does when room runs out
# description: |
#   Values are those of auditd.conf, and auditd's own defaults where it is silent. To stop a
#   system for its records is a choice: a site that would rather go on excludes such a row.
# related_resources:
#   - description: auditd.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/auditd.conf.5.html
# custom:
#   family: true
package policies.host.audit.config

import future.keywords.not

subject contains ["audit", "config", key] if {
	input.audit.config
	not input.os.container == true
	some key, _ in data.tables.host.audit.config
}

fail contains {"path": ["audit", "config", key], "want": want} if {
	input.audit.config
	some key, row in data.tables.host.audit.config
	want := row.want
	not input.audit.config[key] in row.values
}
