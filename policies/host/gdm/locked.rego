# METADATA
# title: Settings of GNOME that users cannot change
# description: |
#   A lock in a database of the system keeps users' own values from counting. A line
#   with a blank or a carriage return at its end locks nothing.
# related_resources:
#   - description: GNOME System Administration Guide, Lock down specific settings
#     ref: https://help.gnome.org/admin/system-admin-guide/stable/dconf-lockdown.html.en
# custom:
#   family: true
package policies.host.gdm.locked

import future.keywords.not

subject contains ["gdm", "session", key] if {
	input.gdm.installed == true
	some key, _ in data.tables.host.gdm.locked
}

fail contains {"subject": ["gdm", "session", key], "path": ["gdm", "session", name, "locked"], "want": true} if {
	input.gdm.installed == true
	some key, row in data.tables.host.gdm.locked
	some name in row.keys
	not input.gdm.session[name].locked == true
}
