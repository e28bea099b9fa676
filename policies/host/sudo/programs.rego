# METADATA
# title: What sudo lets run as root can be written by root alone
# description: |
#   Who may write a program that a rule names, or a folder above it, puts another one in
#   its place, and the rule runs that as root.
# related_resources:
#   - description: sudoers(5)
#     ref: https://man7.org/linux/man-pages/man5/sudoers.5.html
# custom:
#   id: SUD0017
#   severity: high
#   remediation: |
#     Move the program into a folder of root's, such as /usr/local/sbin, or make it and
#     the folders above it root's: `chown root:root FILE && chmod go-w FILE`.
#   references:
#     nist-800-53-r5: ["AC-3", "AC-6", "CM-5(6)"]
package policies.host.sudo.programs

import future.keywords.not

subject contains ["sudo", "programs"] if {
	input.sudo.installed == true
	some _ in input.sudo.programs
}

fail contains {"path": ["sudo", "programs", file, "owner"], "want": "root"} if {
	some file, stat in input.sudo.programs
	stat.exists == true
	not stat.uid == 0
}

# 0002: others write; the sticky bit (1000) keeps them from root's files in a folder.
fail contains {"path": ["sudo", "programs", file, "mode"], "want": "no write by others"} if {
	some file, stat in input.sudo.programs
	stat.exists == true
	not bits.and(stat.perm, 2) == 0
	not sticky(stat)
}

# 0020: a group writes. Debian's staff is meant to.
fail contains {"path": ["sudo", "programs", file, "mode"], "want": "no write by a group"} if {
	some file, stat in input.sudo.programs
	stat.exists == true
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
	not stat.group == "staff"
	not sticky(stat)
}

sticky(stat) if {
	stat.type == "directory"
	bits.and(stat.perm, 512) == 512
}
