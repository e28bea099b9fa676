# METADATA
# title: Nothing else below /etc can be written by everybody
# description: |
#   Any account, that of a web application included, changes what it finds there, and
#   programs of root read nearly all of it. Files that have a control of their own, such
#   as /etc/passwd, are judged there. Links are passed over. Access lists (setfacl) are
#   not seen.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   id: FIL0055
#   severity: high
#   remediation: |
#     Run `chmod o-w FILE` for what is named. See what was changed in it first.
#   references:
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.trusted.etc_open

import future.keywords.not

subject contains ["trusted", "etc"] if input.trusted.etc

# 0002: others may write.
fail contains {"subject": ["trusted", "etc"], "path": ["trusted", "etc", file, "mode"], "want": "no write by others"} if {
	some file, stat in input.trusted.etc
	not single(file)
	stat.type in {"file", "directory"}
	not bits.and(stat.perm, 2) == 0
}

# single is true of what controls of its own judge.
single(file) if input.files[file]

single(file) if input.banners.files[file]

single(file) if input.cron.files[file]

single(file) if input.cron.scripts[file]

single(file) if startswith(file, "/etc/ssh/ssh_host_")
