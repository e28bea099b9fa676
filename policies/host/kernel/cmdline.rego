# METADATA
# title: The kernel's command line
# description: |
#   The command line that the running kernel was booted with is judged. In a
#   container it is the host's, and nothing is judged.
# related_resources:
#   - description: Linux kernel documentation, command-line parameters
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html
# custom:
#   family: true
package policies.host.kernel.cmdline

import future.keywords.not

subject contains ["kernel", "cmdline", name] if {
	input.kernel.cmdline
	not input.os.container == true
	some name, _ in data.tables.host.kernel.cmdline
}

fail contains {"path": ["kernel", "cmdline", name], "want": want} if {
	some name, row in data.tables.host.kernel.cmdline
	want := row.want
	value := input.kernel.cmdline[name]
	value in row.refused
}

# Whatever it is set to turns it on, but for a few words.
fail contains {"path": ["kernel", "cmdline", name], "want": want} if {
	some name, row in data.tables.host.kernel.cmdline
	want := row.want
	row.allowed
	value := input.kernel.cmdline[name]
	not value in row.allowed
}
