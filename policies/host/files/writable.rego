# METADATA
# title: Files that decide who is root
# description: |
#   Owner and mode are judged of what the path leads to. Root's group may write, and
#   so may a group that is named in the table. Access lists (setfacl) are not seen.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   family: true
package policies.host.files.writable

import future.keywords.not

subject contains ["files", file] if {
	some file, _ in data.tables.host.files.writable
	input.files[file].exists == true
}

fail contains {"path": ["files", file, "owner"], "want": "root"} if {
	some file, _ in data.tables.host.files.writable
	stat := input.files[file]
	stat.exists == true
	not stat.uid == 0
}

# 0002: others may write.
fail contains {"path": ["files", file, "mode"], "want": "no write by others"} if {
	some file, _ in data.tables.host.files.writable
	stat := input.files[file]
	stat.exists == true
	not bits.and(stat.perm, 2) == 0
}

# 0020: the group may write.
fail contains {"path": ["files", file, "mode"], "want": "no write by a group"} if {
	some file, row in data.tables.host.files.writable
	stat := input.files[file]
	stat.exists == true
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
	not stat.group in row.groups
}
