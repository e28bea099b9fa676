# METADATA
# title: Kernel parameters
# description: |
#   The running value is judged, and the value that the next boot sets where a
#   file sets one.
# related_resources:
#   - description: Linux kernel documentation, sysctl
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/sysctl/index.html
# custom:
#   family: true
package policies.host.kernel.sysctl

import future.keywords.not

subject contains ["sysctl", "runtime", key] if {
	some key, _ in data.tables.host.kernel.sysctl
	input.sysctl
}

fail contains {"path": ["sysctl", "runtime", key], "want": want} if {
	some key, row in data.tables.host.kernel.sysctl
	want := row.want
	input.sysctl
	not input.sysctl.runtime[key] in row.accept
}

fail contains {"subject": ["sysctl", "runtime", key], "path": ["sysctl", "boot", key], "want": want} if {
	some key, row in data.tables.host.kernel.sysctl
	want := row.want
	value := input.sysctl.boot[key]
	not value in row.accept
}
