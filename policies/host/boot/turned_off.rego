# METADATA
# title: Protections that an entry of the boot loader turns off
# description: |
#   Each kernel command line of the next boot is judged. The running kernel's is
#   judged by another control: the two differ after an edit, until the reboot.
# related_resources:
#   - description: Linux kernel documentation, command-line parameters
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html
# custom:
#   family: true
package policies.host.boot.turned_off

import future.keywords.not

subject contains ["boot", "entries", key] if {
	not input.os.container == true
	some key, _ in data.tables.host.boot.turned_off
	some _ in input.boot.entries
}

fail contains {"subject": ["boot", "entries", key], "path": ["boot", "entries", i, "args", name], "want": want} if {
	some key, row in data.tables.host.boot.turned_off
	want := row.want
	some name, refused in row.refused
	some i, entry in input.boot.entries
	value := entry.args[name]
	value in refused
}

# Whatever it is set to turns it on, but for a few words.
fail contains {"subject": ["boot", "entries", key], "path": ["boot", "entries", i, "args", name], "want": want} if {
	some key, row in data.tables.host.boot.turned_off
	want := row.want
	some name, allowed in row.allowed
	some i, entry in input.boot.entries
	value := entry.args[name]
	not value in allowed
}

# A list of modules that has none of these.
fail contains {"subject": ["boot", "entries", key], "path": ["boot", "entries", i, "args", name], "want": want} if {
	some key, row in data.tables.host.boot.turned_off
	want := row.want
	some name, words in row.one_of
	some i, entry in input.boot.entries
	value := entry.args[name]
	not names(value, words)
}

names(value, words) if {
	some word in words
	contains(value, word)
}
