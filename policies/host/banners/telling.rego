# METADATA
# title: Banners that tell what the system is
# description: |
#   A banner tells by a sequence that agetty replaces (\s, \m, \r, \v, \S), by the
#   name that os-release gives the system, or by the release of the kernel. The
#   sequences do nothing in /etc/motd.
# related_resources:
#   - description: agetty(8), ISSUE FILES
#     ref: https://man7.org/linux/man-pages/man8/agetty.8.html
# custom:
#   family: true
package policies.host.banners.telling

import future.keywords.not

subject contains ["banners", "files", file] if {
	some file, _ in data.tables.host.banners.telling
	input.banners.files[file].exists == true
}

fail contains {"path": ["banners", "files", file, "escapes", i], "want": "no sequence that tells of the system"} if {
	some file, row in data.tables.host.banners.telling
	row.expands == true
	some i, _ in input.banners.files[file].escapes
}

# agetty shows what lies in /etc/issue.d with /etc/issue.
fail contains {"subject": ["banners", "files", "/etc/issue"], "path": ["banners", "files", file, "escapes", i], "want": "no sequence that tells of the system"} if {
	some file, banner in input.banners.files
	startswith(file, "/etc/issue.d/")
	some i, _ in banner.escapes
}

fail contains {"path": ["banners", "files", file, "text"], "want": "no name of the system"} if {
	parts := split(input.os.pretty_name, " (")
	some file, _ in data.tables.host.banners.telling
	contains(input.banners.files[file].text, parts[0])
}

fail contains {"path": ["banners", "files", file, "text"], "want": "no release of the kernel"} if {
	some file, _ in data.tables.host.banners.telling
	contains(input.banners.files[file].text, input.kernel.release)
}
