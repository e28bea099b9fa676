# METADATA
# title: Only root changes what root's cron jobs run
# description: |
#   Whoever may write to a program that root's job starts, or to a folder above
#   it, is root when it runs next. Of the jobs of root in /etc/crontab,
#   /etc/anacrontab, /etc/cron.d and root's own crontab the first word of each
#   command counts, the script that an interpreter is given, and what lies in the
#   folder that run-parts is given, where they are full paths or lie where a `cd`
#   went; what a script runs in its turn is not followed. Folders of PATH in
#   crontabs count too. Access lists (setfacl) are not seen.
# related_resources:
#   - description: crontab(5)
#     ref: https://man7.org/linux/man-pages/man5/crontab.5.html
# custom:
#   id: CRO0008
#   severity: high
#   remediation: |
#     Run `chown root:root FILE` and `chmod go-w FILE` for what is named, or
#     move the program to /usr/local/sbin; let the job run as the user who owns
#     it where root is not needed.
#   references:
#     nist-800-53-r5: ["AC-3", "AC-6", "CM-6"]
package policies.host.cron.programs

import future.keywords.not

subject contains ["cron", "programs"] if input.cron.programs

fail contains {"path": ["cron", "programs", file, "owner"], "want": "root"} if {
	some file, stat in input.cron.programs
	stat.exists == true
	not stat.uid == 0
}

# 0002: others write; the sticky bit (1000) keeps them from root's files in a folder.
fail contains {"path": ["cron", "programs", file, "mode"], "want": "no write by others"} if {
	some file, stat in input.cron.programs
	stat.exists == true
	not bits.and(stat.perm, 2) == 0
	not sticky(stat)
}

# 0020: a group writes. Debian's staff is meant to.
fail contains {"path": ["cron", "programs", file, "mode"], "want": "no write by a group"} if {
	some file, stat in input.cron.programs
	stat.exists == true
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
	not stat.group == "staff"
	not sticky(stat)
}

# The sticky bit keeps nobody from making what is not there: a program of the job, or,
# where the folder stands in PATH, any.
fail contains {"path": ["cron", "programs", folder, "mode"], "want": "no write by others"} if {
	some folder, stat in input.cron.programs
	sticky(stat)
	not bits.and(stat.perm, 2) == 0
	open_place(folder)
}

open_place(folder) if {
	some file, stat in input.cron.programs
	within(file, folder)
	stat.exists == false
}

open_place(folder) if not used(folder)

used(folder) if {
	some file, _ in input.cron.programs
	within(file, folder)
}

# within is true of what lies right in a folder.
within(file, folder) if {
	prefix := concat("", [folder, "/"])
	startswith(file, prefix)
	not contains(trim_prefix(file, prefix), "/")
}

sticky(stat) if {
	stat.type == "directory"
	bits.and(stat.perm, 512) == 512
}
