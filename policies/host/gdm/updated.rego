# METADATA
# title: dconf's databases hold what their keyfiles say, and users may read them
# description: |
#   GNOME reads the database, not the files that it is made of. Who edits these and
#   does not run `dconf update`, whose mistake in one of them makes it fail, or whose
#   umask keeps the database from everybody but root, has settings and locks that look
#   right and do nothing. Only the keys that Merlon knows are compared.
# related_resources:
#   - description: dconf(1), update
#     ref: https://man.archlinux.org/man/dconf.1.en
# custom:
#   id: GDM0010
#   severity: medium
#   remediation: |
#     Run `umask 022; dconf update` (package dconf-cli, on Red Hat dconf) and mend what it
#     complains of: strings stand in quotes, numbers that are not signed are written
#     `uint32 900`, and nothing may follow a value. Where users may not read the database
#     run `chmod 755 /etc/dconf /etc/dconf/db` and `chmod 644` on it: dconf leaves its
#     mode as it is.
#   references:
#     nist-800-53-r5: ["CM-6"]
package policies.host.gdm.updated

import future.keywords.not

subject contains ["gdm", "databases", name] if some name, _ in input.gdm.databases

fail contains {"path": ["gdm", "databases", name, "updated"], "want": true} if {
	some name, database in input.gdm.databases
	database.updated == false
}

fail contains {"path": ["gdm", "databases", name, "readable"], "want": true} if {
	some name, database in input.gdm.databases
	database.readable == false
}
