# METADATA
# title: SELinux's helpers for desktops are not on servers
# description: |
#   Installed packages are judged, on Red Hat and its kin.
# related_resources:
#   - description: selinux(8)
#     ref: https://man7.org/linux/man-pages/man8/selinux.8.html
# custom:
#   family: true
package policies.host.mac.selinux_tools

import future.keywords.not

subject contains ["packages", "installed", name] if {
	input.packages.manager == "rpm"
	some name, _ in data.tables.host.mac.selinux_tools
}

fail contains {"path": ["packages", "installed", name], "want": want} if {
	input.packages.manager == "rpm"
	some name, row in data.tables.host.mac.selinux_tools
	want := row.want
	input.packages.installed[name]
}
