# METADATA
# title: Only root changes the folders of programs
# description: |
#   Whoever may write to /usr/bin, or to a folder above it, replaces a program that root
#   runs. Debian's group staff may write below /usr/local.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   id: FIL0057
#   severity: critical
#   remediation: |
#     Run `chown root:root FOLDER` and `chmod 0755 FOLDER` for what is named. Where a
#     recursive chmod or chown went astray, what lies below is wrong too: reinstall
#     the packages, or the host.
#   references:
#     nist-800-53-r5: ["AC-3", "CM-5(6)", "CM-6"]
package policies.host.trusted.folders

import future.keywords.not

subject contains ["trusted", "folders"] if input.trusted.folders

fail contains {"subject": ["trusted", "folders"], "path": ["trusted", "folders", folder, "owner"], "want": "root"} if {
	some folder, stat in input.trusted.folders
	not stat.uid == 0
}

# 0002: others may write.
fail contains {"subject": ["trusted", "folders"], "path": ["trusted", "folders", folder, "mode"], "want": "no write by others"} if {
	some folder, stat in input.trusted.folders
	not bits.and(stat.perm, 2) == 0
}

# 0020: a group may write.
fail contains {"subject": ["trusted", "folders"], "path": ["trusted", "folders", folder, "mode"], "want": "no write by a group"} if {
	some folder, stat in input.trusted.folders
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
	not stat.group == "staff"
}
