# METADATA
# title: GDM does not list who can log in
# description: |
#   The login screen shows the names of accounts to whoever stands before it: half of
#   what a guesser needs, and who works here.
# related_resources:
#   - description: GNOME System Administration Guide, Disable the user list on the login screen
#     ref: https://help.gnome.org/admin/system-admin-guide/stable/login-userlist-disable.html.en
# custom:
#   id: GDM0002
#   severity: low
#   remediation: |
#     Set `disable-user-list=true` in the group `[org/gnome/login-screen]`: on Debian and
#     Ubuntu in /etc/gdm3/greeter.dconf-defaults, and run `systemctl reload gdm3`; on Red
#     Hat in /etc/dconf/db/gdm.d/99-merlon, with the lines `user-db:user`,
#     `system-db:gdm` and `file-db:/usr/share/gdm/greeter-dconf-defaults` in
#     /etc/dconf/profile/gdm, and run `umask 022; dconf update`. Where Debian or Ubuntu
#     has a profile of its own for the greeter in /etc/dconf/profile, put the line into a
#     database that it names.
#   references:
#     cis-debian-12-v1.1.0: ["1.7.3"]
#     cis-ubuntu-22.04-v2.0.0: ["1.7.3"]
#     cis-ubuntu-24.04-v1.0.0: ["1.7.3"]
#     cis-rhel-9-v2.0.0: ["1.8.3"]
#     disa-stig-rhel-9: ["RHEL-09-271115"]
#     nist-800-53-r5: ["CM-6"]
package policies.host.gdm.user_list

import future.keywords.not

subject contains ["gdm", "greeter"] if input.gdm.installed == true

fail contains {"path": ["gdm", "greeter", "disable_user_list", "value"], "want": true} if {
	input.gdm.installed == true
	not input.gdm.greeter.disable_user_list.value == true
}
