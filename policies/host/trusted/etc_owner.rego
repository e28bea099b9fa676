# METADATA
# title: Only root changes what else root believes below /etc
# description: |
#   Units, start-up files of shells, PAM's stacks, jobs, rules of udev, sources of
#   packages: whoever owns such a file, or may write to it as a group, is root as soon
#   as it is used. Files that have a control of their own, such as /etc/passwd, are judged
#   there. Folders of applications below /etc are passed over.
# related_resources:
#   - description: chown(1)
#     ref: https://man7.org/linux/man-pages/man1/chown.1.html
# custom:
#   id: FIL0056
#   severity: high
#   remediation: |
#     Run `chown root:root FILE` and `chmod go-w FILE` for what is named. See what was
#     changed in it first.
#   references:
#     nist-800-53-r5: ["AC-3", "AC-6", "CM-6"]
package policies.host.trusted.etc_owner

import future.keywords.not

subject contains ["trusted", "etc"] if input.trusted.etc

fail contains {"subject": ["trusted", "etc"], "path": ["trusted", "etc", file, "owner"], "want": "root"} if {
	some file, stat in input.trusted.etc
	not single(file)
	closed(stat)
	not stat.uid == 0
}

# 0020: a group may write.
fail contains {"subject": ["trusted", "etc"], "path": ["trusted", "etc", file, "mode"], "want": "no write by a group"} if {
	some file, stat in input.trusted.etc
	not single(file)
	closed(stat)
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
}

# What everybody may write is another control's, and may lie in a folder of an application.
closed(stat) if bits.and(stat.perm, 2) == 0

# single is true of what controls of its own judge.
single(file) if input.files[file]

single(file) if input.banners.files[file]

single(file) if input.cron.files[file]

single(file) if input.cron.scripts[file]

single(file) if startswith(file, "/etc/ssh/ssh_host_")
