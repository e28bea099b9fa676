# METADATA
# title: Flags of sudo
# description: |
#   Defaults for everyone are judged, and those for some users, hosts or run-as
#   users; those for single commands are not.
# related_resources:
#   - description: sudoers(5), SUDOERS OPTIONS
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   family: true
package policies.host.sudo.flags

import future.keywords.not

subject contains ["sudo", "defaults", key] if {
	input.sudo.installed == true
	some key, _ in data.tables.host.sudo.flags
}

fail contains {"path": ["sudo", "defaults", key], "want": want} if {
	some key, row in data.tables.host.sudo.flags
	want := row.want
	input.sudo.defaults[key] == row.refused
}

fail contains {"subject": ["sudo", "defaults", key], "path": ["sudo", "scoped_defaults", i, "settings", key], "want": want} if {
	some key, row in data.tables.host.sudo.flags
	want := row.want
	some i, scoped in input.sudo.scoped_defaults
	scoped.scope in ["user", "host", "runas"]
	scoped.settings[key] == row.refused
}
