# METADATA
# title: Files that hold secrets
# description: |
#   Owner and mode are judged of what the path leads to. The group may read where it
#   is root's, or one that is named in the table. Access lists (setfacl) are not seen.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   family: true
package policies.host.files.secret

import future.keywords.not

subject contains ["files", file] if {
	some file, _ in data.tables.host.files.secret
	input.files[file].exists == true
}

fail contains {"path": ["files", file, "owner"], "want": "root"} if {
	some file, _ in data.tables.host.files.secret
	stat := input.files[file]
	stat.exists == true
	not stat.uid == 0
}

# 0007: others may do anything.
fail contains {"path": ["files", file, "mode"], "want": want} if {
	some file, row in data.tables.host.files.secret
	want := row.want
	stat := input.files[file]
	stat.exists == true
	not bits.and(stat.perm, 7) == 0
}

# 0070: the group may do anything.
fail contains {"path": ["files", file, "mode"], "want": want} if {
	some file, row in data.tables.host.files.secret
	want := row.want
	stat := input.files[file]
	stat.exists == true
	not bits.and(stat.perm, 56) == 0
	not stat.group in row.groups
}

# 0020: the group may write, whichever it is.
fail contains {"path": ["files", file, "mode"], "want": want} if {
	some file, row in data.tables.host.files.secret
	want := row.want
	stat := input.files[file]
	stat.exists == true
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
}
