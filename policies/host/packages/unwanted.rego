# METADATA
# title: Programs that nobody should run any more
# description: |
#   Installed packages are judged, by the names that Debian, Ubuntu, Red Hat and
#   Alpine give them. What was removed with its configuration left behind is not
#   installed.
# related_resources:
#   - description: dpkg-query(1)
#     ref: https://man7.org/linux/man-pages/man1/dpkg-query.1.html
# custom:
#   family: true
package policies.host.packages.unwanted

import future.keywords.not

subject contains ["packages", key] if {
	input.packages.installed
	some key, _ in data.tables.host.packages.unwanted
}

fail contains {"subject": ["packages", key], "path": ["packages", "installed", name], "want": "not installed"} if {
	some key, row in data.tables.host.packages.unwanted
	some name in row.names
	input.packages.installed[name]
}
