# METADATA
# title: Auditing from the first process on
# description: |
#   Each kernel command line that the boot loader offers is judged, but for
#   single-user mode. Where no loader's entries are found (a container, a kernel
#   that is loaded from outside), nothing is.
# related_resources:
#   - description: Linux kernel documentation, command-line parameters
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html
# custom:
#   family: true
package policies.host.boot.audit

import future.keywords.not

subject contains ["boot", "entries", name] if {
	not input.os.container == true
	some name, _ in data.tables.host.boot.audit
	some entry in input.boot.entries
	entry.recovery == false
}

fail contains {"subject": ["boot", "entries", name], "path": ["boot", "entries", i, "args", name], "want": want} if {
	some name, row in data.tables.host.boot.audit
	want := row.want
	some i, entry in input.boot.entries
	entry.recovery == false
	not enough(entry.args[name], row.min)
}

enough(value, least) if to_number(value) >= least

# The kernel takes audit=on too.
enough("on", 1)
