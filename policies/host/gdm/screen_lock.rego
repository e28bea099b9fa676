# METADATA
# title: GNOME locks the screen of a session that is left alone
# description: |
#   Whoever walks up to an open session is its user, with the keys and tokens that are
#   unlocked in it. This is what users have who choose nothing themselves; a value of
#   another type than the key's (`900` in place of `uint32 900`) does not count.
# related_resources:
#   - description: GNOME System Administration Guide, Lock the screen when the user is idle
#     ref: https://help.gnome.org/admin/system-admin-guide/stable/desktop-lockscreen.html.en
# custom:
#   id: GDM0003
#   severity: medium
#   remediation: |
#     Write into /etc/dconf/db/local.d/99-merlon: `idle-delay=uint32 900` in the group
#     `[org/gnome/desktop/session]`, `lock-enabled=true` and `lock-delay=uint32 5` in
#     `[org/gnome/desktop/screensaver]`, `disable-lock-screen=false` in
#     `[org/gnome/desktop/lockdown]`. See that /etc/dconf/profile/user has the lines
#     `user-db:user` and `system-db:local`, in this order and before other databases,
#     and run `umask 022; dconf update` (package dconf-cli, on Red Hat dconf). A new
#     profile holds from a user's next login.
#   references:
#     cis-debian-12-v1.1.0: ["1.7.4"]
#     cis-ubuntu-22.04-v2.0.0: ["1.7.4"]
#     cis-ubuntu-24.04-v1.0.0: ["1.7.4"]
#     cis-rhel-9-v2.0.0: ["1.8.4"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-271025"]
#     disa-stig-rhel-9: ["RHEL-09-271065"]
#     nist-800-53-r5: ["AC-11"]
#   parameters:
#     screen_idle_seconds:
#       type: number
#       default: 900
#       description: The most seconds without input until the screen goes blank.
#     screen_lock_seconds:
#       type: number
#       default: 5
#       description: The most seconds from the blank screen to the lock.
package policies.host.gdm.screen_lock

import future.keywords.not

subject contains ["gdm", "session"] if input.gdm.installed == true

fail contains {"path": ["gdm", "session", "idle_delay", "value"], "want": want} if {
	input.gdm.installed == true
	most := data.parameters.screen_idle_seconds
	want := sprintf("1 to %d", [most])
	not short(input.gdm.session.idle_delay.value)
}

fail contains {"path": ["gdm", "session", "lock_enabled", "value"], "want": true} if {
	input.gdm.installed == true
	not input.gdm.session.lock_enabled.value == true
}

fail contains {"path": ["gdm", "session", "lock_delay", "value"], "want": want} if {
	input.gdm.installed == true
	most := data.parameters.screen_lock_seconds
	want := sprintf("%d or less", [most])
	not input.gdm.session.lock_delay.value <= most
}

fail contains {"path": ["gdm", "session", "disable_lock_screen", "value"], "want": false} if {
	input.gdm.installed == true
	not input.gdm.session.disable_lock_screen.value == false
}

short(seconds) if {
	seconds > 0
	seconds <= data.parameters.screen_idle_seconds
}
