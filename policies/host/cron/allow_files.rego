# METADATA
# title: Files that say who may have jobs
# description: |
#   Owner and mode are judged where the file is there. Debian and Ubuntu give
#   cron.allow the group crontab, and at.deny the group daemon, to read.
# related_resources:
#   - description: crontab(1)
#     ref: https://man7.org/linux/man-pages/man1/crontab.1.html
# custom:
#   family: true
package policies.host.cron.allow_files

import future.keywords.not

subject contains ["cron", "files", file] if {
	some file, _ in data.tables.host.cron.allow_files
	input.cron.files[file].exists == true
}

fail contains {"path": ["cron", "files", file, "owner"], "want": "root"} if {
	some file, _ in data.tables.host.cron.allow_files
	input.cron.files[file].exists == true
	not input.cron.files[file].uid == 0
}

# 0022: the group or others write.
fail contains {"path": ["cron", "files", file, "mode"], "want": "0640 or 0644"} if {
	some file, _ in data.tables.host.cron.allow_files
	input.cron.files[file].exists == true
	not bits.and(input.cron.files[file].perm, 18) == 0
}
