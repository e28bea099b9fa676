# METADATA
# title: The configuration of the audit system is root's alone
# description: |
#   Whoever writes there turns auditing off, and whoever reads there sees what is not
#   recorded.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   id: AUD0046
#   severity: medium
#   remediation: |
#     Run `chown -R root:root /etc/audit` and `chmod -R g-w,o-rwx /etc/audit`.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.4.5", "6.2.4.6", "6.2.4.7"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.4.5", "6.3.4.6", "6.3.4.7"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.4.5", "6.2.4.6", "6.2.4.7"]
#     cis-rhel-9-v2.0.0: ["6.3.4.5", "6.3.4.6", "6.3.4.7"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-653065", "UBTU-22-653070", "UBTU-22-653075"]
#     disa-stig-rhel-9: ["RHEL-09-232103", "RHEL-09-232104", "RHEL-09-653110", "RHEL-09-653115"]
#     nist-800-53-r5: ["AU-9", "AU-12(1)"]
package policies.host.audit.configuration

import future.keywords.not

subject contains ["audit", "files", "configuration"] if {
	not input.os.container == true
	some f in input.audit.files.configuration
	f.exists == true
}

fail contains {"subject": ["audit", "files", "configuration"], "path": ["audit", "files", "configuration", file, "mode"], "want": "0640 or less"} if {
	some file, f in input.audit.files.configuration
	f.exists == true
	not bits.and(f.perm, 23) == 0
}

fail contains {"subject": ["audit", "files", "configuration"], "path": ["audit", "files", "configuration", file, "owner"], "want": "root"} if {
	some file, f in input.audit.files.configuration
	f.exists == true
	not f.uid == 0
}

fail contains {"subject": ["audit", "files", "configuration"], "path": ["audit", "files", "configuration", file, "group"], "want": "root"} if {
	some file, f in input.audit.files.configuration
	f.exists == true
	not f.gid == 0
}
