# METADATA
# title: Users' crontabs are read and written by their users only
# description: |
#   Command lines in crontabs hold passwords often enough, and whoever changes one
#   runs programs as its user.
# related_resources:
#   - description: crontab(1)
#     ref: https://man7.org/linux/man-pages/man1/crontab.1.html
# custom:
#   id: CRO0010
#   severity: medium
#   remediation: |
#     Run `chmod 0600 FILE`, and `chown USER FILE` where it belongs to somebody
#     else; edit crontabs with `crontab -e` only.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.host.cron.crontabs

import future.keywords.not

subject contains ["cron", "crontabs"] if input.cron.crontabs

# 0077: the group or others do anything.
fail contains {"path": ["cron", "crontabs", file, "mode"], "want": "0600"} if {
	some file, stat in input.cron.crontabs
	not bits.and(stat.perm, 63) == 0
}

fail contains {"path": ["cron", "crontabs", file, "owner"], "want": user} if {
	some file, stat in input.cron.crontabs
	user := stat.user
	not stat.owner in {user, "root"}
}
