# METADATA
# title: Memory protections that the kernel is built with or told
# description: |
#   The running kernel is judged: what it was booted with, and where that says
#   nothing what it was built with.
# related_resources:
#   - description: Linux kernel documentation, command-line parameters
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html
# custom:
#   family: true
package policies.host.boot.memory

import future.keywords.not

subject contains ["kernel", "cmdline", name] if {
	input.kernel.cmdline
	not input.os.container == true
	some name, _ in data.tables.host.boot.memory
}

fail contains {"path": ["kernel", "cmdline", name], "want": want} if {
	input.kernel
	some name, row in data.tables.host.boot.memory
	want := row.want
	not on(name, row)
}

on(name, row) if input.kernel.cmdline[name] in row.accept

on(name, row) if {
	not input.kernel.cmdline[name]
	some option in row.built
	input.boot.kernel_config[option] == true
}
