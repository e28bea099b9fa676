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
	wide(scoped)
	scoped.settings[key] == row.refused
}

# A group that needs no password.
fail contains {"subject": ["sudo", "defaults", "authenticate"], "path": ["sudo", "defaults", "exempt_group"], "want": "no such group"} if {
	is_string(input.sudo.defaults.exempt_group)
}

fail contains {"subject": ["sudo", "defaults", "authenticate"], "path": ["sudo", "scoped_defaults", i, "settings", "exempt_group"], "want": "no such group"} if {
	some i, scoped in input.sudo.scoped_defaults
	is_string(scoped.settings.exempt_group)
}

# The newer name of !tty_tickets.
fail contains {"subject": ["sudo", "defaults", "tty_tickets"], "path": ["sudo", "defaults", "timestamp_type"], "want": "tty"} if {
	input.sudo.defaults.timestamp_type == "global"
}

fail contains {"subject": ["sudo", "defaults", "tty_tickets"], "path": ["sudo", "scoped_defaults", i, "settings", "timestamp_type"], "want": "tty"} if {
	some i, scoped in input.sudo.scoped_defaults
	scoped.settings.timestamp_type == "global"
}

# Of commands a setting may be what a few of them need; ALL is no few.
wide(scoped) if scoped.scope in ["user", "host", "runas"]

wide(scoped) if {
	scoped.scope == "command"
	"ALL" in scoped.names
}
