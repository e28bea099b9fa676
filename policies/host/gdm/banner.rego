# METADATA
# title: GDM shows a banner at the login screen
# description: |
#   A warning that every visitor has seen is what some courts and contracts ask
#   for. It keeps nobody out. Where `banner_text` gives the words of this site they
#   must be in it; a run of blanks or line ends counts as one blank.
# related_resources:
#   - description: GNOME System Administration Guide, Display a text banner on the login screen
#     ref: https://help.gnome.org/admin/system-admin-guide/stable/login-banner.html.en
# custom:
#   id: GDM0001
#   severity: low
#   remediation: |
#     Set `banner-message-enable=true` and `banner-message-text='...'`, the text in
#     quotes, in the group `[org/gnome/login-screen]`: on Debian and Ubuntu in
#     /etc/gdm3/greeter.dconf-defaults, and run `systemctl reload gdm3`; on Red Hat in
#     /etc/dconf/db/gdm.d/99-merlon, with the lines `user-db:user`, `system-db:gdm` and
#     `file-db:/usr/share/gdm/greeter-dconf-defaults` in /etc/dconf/profile/gdm, and
#     run `umask 022; dconf update`. Where Debian or Ubuntu has a profile of its own for
#     the greeter in /etc/dconf/profile, put the lines into a database that it names.
#   references:
#     cis-debian-12-v1.1.0: ["1.7.2"]
#     cis-ubuntu-22.04-v2.0.0: ["1.7.2"]
#     cis-ubuntu-24.04-v1.0.0: ["1.7.2"]
#     cis-rhel-9-v2.0.0: ["1.8.2"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-271010"]
#     disa-stig-rhel-9: ["RHEL-09-271010"]
#     nist-800-53-r5: ["AC-8"]
#   parameters:
#     banner_text:
#       type: string
#       default: ""
#       description: "Words that must be in the banner, each run of blanks as one; empty: banners are not judged by their words."
package policies.host.gdm.banner

import future.keywords.not

subject contains ["gdm", "greeter"] if input.gdm.installed == true

fail contains {"path": ["gdm", "greeter", "banner_message_enable", "value"], "want": true} if {
	input.gdm.installed == true
	not input.gdm.greeter.banner_message_enable.value == true
}

fail contains {"path": ["gdm", "greeter", "banner_message_text", "value"], "want": "a text"} if {
	input.gdm.installed == true
	not regex.match(`[^ ]`, input.gdm.greeter.banner_message_text.value)
}

fail contains {"path": ["gdm", "greeter", "banner_message_text", "value"], "want": want} if {
	input.gdm.installed == true
	want := data.parameters.banner_text
	not contains(input.gdm.greeter.banner_message_text.value, want)
}
