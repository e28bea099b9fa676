# METADATA
# title: Audit logs are closed to all but root and the group of the logs
# description: |
#   They tell who has done what, and sometimes what was typed. The group is that of
#   `log_group`.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   id: AUD0044
#   severity: medium
#   remediation: |
#     Run `chmod 0640 /var/log/audit/*.log*` and `chown root /var/log/audit/*.log*`; set
#     `log_group = root` or adm in /etc/audit/auditd.conf.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.4.1", "6.2.4.2", "6.2.4.3"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.4.1", "6.3.4.2", "6.3.4.3"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.4.1", "6.2.4.2", "6.2.4.3"]
#     cis-rhel-9-v2.0.0: ["6.3.4.2", "6.3.4.3", "6.3.4.4"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-653045", "UBTU-22-653050", "UBTU-22-653055"]
#     disa-stig-rhel-9: ["RHEL-09-653080", "RHEL-09-653090"]
#     nist-800-53-r5: ["AU-9"]
package policies.host.audit.log_files

import future.keywords.not

subject contains ["audit", "files", "logs"] if {
	not input.os.container == true
	some f in input.audit.files.logs
	f.exists == true
}

fail contains {"subject": ["audit", "files", "logs"], "path": ["audit", "files", "logs", file, "mode"], "want": "0640 or less"} if {
	some file, f in input.audit.files.logs
	f.exists == true
	not bits.and(f.perm, 95) == 0
}

fail contains {"subject": ["audit", "files", "logs"], "path": ["audit", "files", "logs", file, "owner"], "want": "root"} if {
	some file, f in input.audit.files.logs
	f.exists == true
	not f.uid == 0
}

fail contains {"subject": ["audit", "files", "logs"], "path": ["audit", "files", "logs", file, "group"], "want": "root"} if {
	some file, f in input.audit.files.logs
	f.exists == true
	not f.gid == 0
	not f.group == input.audit.config.log_group
}
