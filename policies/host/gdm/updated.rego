# METADATA
# title: dconf's databases hold what their keyfiles say
# description: |
#   GNOME reads the database, not the files that it is made of. Who edits these and
#   does not run `dconf update`, or whose mistake in one of them makes it fail, has
#   settings that look right and do nothing. Only the keys that Merlon knows are
#   compared.
# related_resources:
#   - description: dconf(1), update
#     ref: https://man.archlinux.org/man/dconf.1.en
# custom:
#   id: GDM0010
#   severity: medium
#   remediation: |
#     Run `umask 022; dconf update` (package dconf-cli, on Red Hat dconf) and mend what it
#     complains of: strings stand in quotes, numbers that are not signed are written
#     `uint32 900`, and nothing may follow a value.
#   references:
#     nist-800-53-r5: ["CM-6"]
package policies.host.gdm.updated

import future.keywords.not

subject contains ["gdm", "databases", name] if some name, _ in input.gdm.databases

fail contains {"path": ["gdm", "databases", name, "updated"], "want": true} if {
	some name, database in input.gdm.databases
	not database.updated == true
}
