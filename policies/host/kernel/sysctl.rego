# METADATA
# title: Kernel parameters
# description: |
#   The running value is judged, and the value that the next boot sets where a
#   file sets one. In a container the kernel is the host's, and nothing is judged.
# related_resources:
#   - description: Linux kernel documentation, sysctl
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/sysctl/index.html
# custom:
#   family: true
package policies.host.kernel.sysctl

import future.keywords.not

# A kernel that has not the key is judged where that means less protection.
subject contains ["sysctl", "runtime", key] if {
	input.sysctl.runtime
	not input.os.container == true
	some key, row in data.tables.host.kernel.sysctl
	row.required == true
}

subject contains ["sysctl", "runtime", key] if {
	not input.os.container == true
	some key, row in data.tables.host.kernel.sysctl
	not row.required == true
	_ = input.sysctl.runtime[key]
}

fail contains {"path": ["sysctl", "runtime", key], "want": want} if {
	input.sysctl
	some key, row in data.tables.host.kernel.sysctl
	want := row.want
	not input.sysctl.runtime[key] in row.accept
}

fail contains {"subject": ["sysctl", "runtime", key], "path": ["sysctl", "boot", key], "want": want} if {
	some key, row in data.tables.host.kernel.sysctl
	want := row.want
	value := input.sysctl.boot[key]
	not value in row.accept
}
