# METADATA
# title: Memory protections that only the command line gives
# description: |
#   The command line that the running kernel was booted with is judged.
# related_resources:
#   - description: Linux kernel documentation, command-line parameters
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html
# custom:
#   family: true
package policies.host.boot.slabs

import future.keywords.not

subject contains ["kernel", "cmdline", name] if {
	input.kernel.cmdline
	not input.os.container == true
	some name, _ in data.tables.host.boot.slabs
}

fail contains {"path": ["kernel", "cmdline", name], "want": want} if {
	input.kernel
	some name, row in data.tables.host.boot.slabs
	want := row.want
	not input.kernel.cmdline[name] in row.accept
}
