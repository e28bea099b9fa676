# METADATA
# title: Who writes banners
# description: |
#   Owner and mode are judged of what the path leads to: /etc/motd is a link on
#   some systems.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   family: true
package policies.host.banners.mode

import future.keywords.not

subject contains ["banners", "files", file] if {
	some file, _ in data.tables.host.banners.mode
	input.banners.files[file].exists == true
}

fail contains {"path": ["banners", "files", file, "owner"], "want": "root"} if {
	some file, _ in data.tables.host.banners.mode
	input.banners.files[file].exists == true
	not input.banners.files[file].uid == 0
}

# 0022: the group or others write.
fail contains {"path": ["banners", "files", file, "mode"], "want": "0644"} if {
	some file, _ in data.tables.host.banners.mode
	input.banners.files[file].exists == true
	not bits.and(input.banners.files[file].perm, 18) == 0
}
