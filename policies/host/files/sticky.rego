# METADATA
# title: Folders that everybody writes to
# description: |
#   A folder that others cannot write to needs no sticky bit, and passes.
# related_resources:
#   - description: chmod(1), restricted deletion flag
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   family: true
package policies.host.files.sticky

import future.keywords.not

subject contains ["files", folder] if {
	some folder, _ in data.tables.host.files.sticky
	input.files[folder].exists == true
}

fail contains {"path": ["files", folder, "owner"], "want": "root"} if {
	some folder, _ in data.tables.host.files.sticky
	input.files[folder].exists == true
	not input.files[folder].uid == 0
}

# 0002: others may write; 1000: the sticky bit.
fail contains {"path": ["files", folder, "mode"], "want": "1777"} if {
	some folder, _ in data.tables.host.files.sticky
	input.files[folder].exists == true
	not bits.and(input.files[folder].perm, 2) == 0
	not bits.and(input.files[folder].perm, 512) == 512
}
