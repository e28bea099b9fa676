# METADATA
# title: The directory of the audit logs is closed to others
# description: |
#   Whoever may write there deletes the logs, whatever their own modes are.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   id: AUD0045
#   severity: medium
#   remediation: |
#     Run `chown root /var/log/audit` and `chmod 0750 /var/log/audit`.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.4.4"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.4.4"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.4.4"]
#     cis-rhel-9-v2.0.0: ["6.3.4.1"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-653060"]
#     disa-stig-rhel-9: ["RHEL-09-653085"]
#     nist-800-53-r5: ["AU-9"]
package policies.host.audit.log_folder

import future.keywords.not

subject contains ["audit", "files", "log_folder"] if {
	not input.os.container == true
	some f in input.audit.files.log_folder
	f.exists == true
}

fail contains {"subject": ["audit", "files", "log_folder"], "path": ["audit", "files", "log_folder", file, "mode"], "want": "0750 or less"} if {
	some file, f in input.audit.files.log_folder
	f.exists == true
	not bits.and(f.perm, 23) == 0
}

fail contains {"subject": ["audit", "files", "log_folder"], "path": ["audit", "files", "log_folder", file, "owner"], "want": "root"} if {
	some file, f in input.audit.files.log_folder
	f.exists == true
	not f.uid == 0
}

# 0050: the group may read, and is not that of the logs.
fail contains {"subject": ["audit", "files", "log_folder"], "path": ["audit", "files", "log_folder", file, "group"], "want": "root"} if {
	some file, f in input.audit.files.log_folder
	f.exists == true
	not f.gid == 0
	not f.group == input.audit.config.log_group
}
