# METADATA
# title: The programs of the audit system are root's alone to change
# description: |
#   Whoever may write to them decides what auditing shows.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   id: AUD0047
#   severity: medium
#   remediation: |
#     Run `chown root:root` and `chmod 0755` on the program, and see with `dpkg --verify` or
#     `rpm -V audit` whether it was changed.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.4.8", "6.2.4.9", "6.2.4.10"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.4.8", "6.3.4.9", "6.3.4.10"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.4.8", "6.2.4.9", "6.2.4.10"]
#     cis-rhel-9-v2.0.0: ["6.3.4.8", "6.3.4.9", "6.3.4.10"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-232035", "UBTU-22-232110"]
#     disa-stig-rhel-9: ["RHEL-09-232035", "RHEL-09-232220", "RHEL-09-232225"]
#     nist-800-53-r5: ["AU-9"]
package policies.host.audit.tools

import future.keywords.not

subject contains ["audit", "files", "tools"] if {
	not input.os.container == true
	some f in input.audit.files.tools
	f.exists == true
}

fail contains {"subject": ["audit", "files", "tools"], "path": ["audit", "files", "tools", file, "mode"], "want": "0755 or less"} if {
	some file, f in input.audit.files.tools
	f.exists == true
	not bits.and(f.perm, 18) == 0
}

fail contains {"subject": ["audit", "files", "tools"], "path": ["audit", "files", "tools", file, "owner"], "want": "root"} if {
	some file, f in input.audit.files.tools
	f.exists == true
	not f.uid == 0
}

fail contains {"subject": ["audit", "files", "tools"], "path": ["audit", "files", "tools", file, "group"], "want": "root"} if {
	some file, f in input.audit.files.tools
	f.exists == true
	not f.gid == 0
}
