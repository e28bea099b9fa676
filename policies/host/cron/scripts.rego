# METADATA
# title: Only root changes the scripts that cron runs each hour, day, week and month
# description: |
#   Files in /etc/cron.hourly, cron.daily, cron.weekly, cron.monthly and
#   cron.yearly are run as root, and those in /etc/cron.d say what is. The folders
#   themselves are judged by controls of their own (FIL).
# related_resources:
#   - description: cron(8)
#     ref: https://man7.org/linux/man-pages/man8/cron.8.html
# custom:
#   id: CRO0009
#   severity: high
#   remediation: |
#     Run `chown root:root FILE` and `chmod go-w FILE` for what is named. See
#     what was changed in it first.
#   references:
#     cis-debian-12-v1.1.0: ["2.4.1.3", "2.4.1.4", "2.4.1.5", "2.4.1.6", "2.4.1.7"]
#     cis-ubuntu-22.04-v2.0.0: ["2.4.1.3", "2.4.1.4", "2.4.1.5", "2.4.1.6", "2.4.1.7"]
#     cis-ubuntu-24.04-v1.0.0: ["2.4.1.3", "2.4.1.4", "2.4.1.5", "2.4.1.6", "2.4.1.7"]
#     cis-rhel-9-v2.0.0: ["2.4.1.3", "2.4.1.4", "2.4.1.5", "2.4.1.6", "2.4.1.7"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.cron.scripts

import future.keywords.not

subject contains ["cron", "scripts"] if input.cron.scripts

fail contains {"path": ["cron", "scripts", file, "owner"], "want": "root"} if {
	some file, stat in input.cron.scripts
	stat.exists == true
	not stat.uid == 0
}

# 0002: others write; the sticky bit (1000) keeps them from root's files in a folder.
fail contains {"path": ["cron", "scripts", file, "mode"], "want": "no write by others"} if {
	some file, stat in input.cron.scripts
	stat.exists == true
	not bits.and(stat.perm, 2) == 0
	not sticky(stat)
}

# 0020: a group writes. Debian's staff is meant to.
fail contains {"path": ["cron", "scripts", file, "mode"], "want": "no write by a group"} if {
	some file, stat in input.cron.scripts
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
