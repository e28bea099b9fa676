# METADATA
# title: What GNOME does with media that are plugged in
# description: |
#   This is what users have who choose nothing themselves.
# related_resources:
#   - description: GNOME System Administration Guide, dconf profiles and databases
#     ref: https://help.gnome.org/admin/system-admin-guide/stable/dconf-profiles.html.en
# custom:
#   family: true
package policies.host.gdm.media

import future.keywords.not

subject contains ["gdm", "session", key] if {
	input.gdm.installed == true
	some key, _ in data.tables.host.gdm.media
}

fail contains {"subject": ["gdm", "session", key], "path": ["gdm", "session", name, "value"], "want": want} if {
	input.gdm.installed == true
	some key, row in data.tables.host.gdm.media
	some name, want in row.want
	not input.gdm.session[name].value == want
}
