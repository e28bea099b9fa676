# METADATA
# title: Only root changes what systemd starts as root
# description: |
#   Whoever may write to a program that a service starts as root, or to a folder above
#   it, is root when it starts next. Services that run as another user are passed over,
#   and so are programs in /usr/bin and its kin, whose folders another control judges.
#   The first word of each command counts, and the script that an interpreter is given;
#   units that are masked do not. Access lists (setfacl) are not seen.
# related_resources:
#   - description: systemd.service(5)
#     ref: https://man7.org/linux/man-pages/man5/systemd.service.5.html
# custom:
#   id: SVC0043
#   severity: high
#   remediation: |
#     Run `chown root:root FILE` and `chmod go-w FILE` for what is named, or give the
#     service a `User=` of its own with `systemctl edit UNIT`.
#   references:
#     nist-800-53-r5: ["AC-3", "AC-6", "CM-6"]
package policies.host.trusted.unit_programs

import future.keywords.not

subject contains ["trusted", "programs"] if input.trusted.programs

fail contains {"subject": ["trusted", "programs"], "path": ["trusted", "programs", file, "owner"], "want": "root"} if {
	some file, stat in input.trusted.programs
	not stat.uid == 0
}

# 0002: others may write.
fail contains {"subject": ["trusted", "programs"], "path": ["trusted", "programs", file, "mode"], "want": "no write by others"} if {
	some file, stat in input.trusted.programs
	not bits.and(stat.perm, 2) == 0
}

# 0020: a group may write. Debian's staff is meant to.
fail contains {"subject": ["trusted", "programs"], "path": ["trusted", "programs", file, "mode"], "want": "no write by a group"} if {
	some file, stat in input.trusted.programs
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
	not stat.group == "staff"
}
