# METADATA
# title: sudo's password counts for a quarter of an hour at most
# description: |
#   As long as it counts, whoever finds the terminal unlocked, and each program that
#   runs in it, is root. A negative number counts for ever. Where nothing is set,
#   sudo's own 5 minutes hold, or 15 on Debian.
# related_resources:
#   - description: sudoers(5), timestamp_timeout
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0012
#   severity: medium
#   parameters:
#     sudo_minutes:
#       type: number
#       default: 15
#       description: Minutes that a password of sudo counts for at most; more than 15 are never fine.
#   remediation: |
#     Put `Defaults timestamp_timeout=15` or less into /etc/sudoers.d/merlon with
#     `visudo -f`, and take out what sets more.
#   references:
#     cis-debian-12-v1.1.0: ["5.2.6"]
#     cis-ubuntu-22.04-v2.0.0: ["5.2.6"]
#     cis-ubuntu-24.04-v1.0.0: ["5.2.6"]
#     cis-rhel-9-v2.0.0: ["5.2.6"]
#     disa-stig-rhel-9: ["RHEL-09-432015"]
#     nist-800-53-r5: ["IA-11"]
package policies.host.sudo.timestamp

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "defaults", "timestamp_timeout"], "want": "0 to 15"} if too_long(input.sudo.defaults.timestamp_timeout)

fail contains {"path": ["sudo", "scoped_defaults", i, "settings", "timestamp_timeout"], "want": "0 to 15"} if {
	some i, scoped in input.sudo.scoped_defaults
	too_long(scoped.settings.timestamp_timeout)
}

fail contains {"path": ["sudo", "defaults", "timestamp_timeout"], "want": want} if {
	most := data.parameters.sudo_minutes
	want := sprintf("%d or fewer", [most])
	longer(input.sudo.defaults.timestamp_timeout, most)
}

fail contains {"path": ["sudo", "scoped_defaults", i, "settings", "timestamp_timeout"], "want": want} if {
	most := data.parameters.sudo_minutes
	want := sprintf("%d or fewer", [most])
	some i, scoped in input.sudo.scoped_defaults
	longer(scoped.settings.timestamp_timeout, most)
}

# Without a setting it is 5 minutes, and 15 on Debian.
fail contains {"path": ["sudo", "defaults", "timestamp_timeout"], "want": want} if {
	most := data.parameters.sudo_minutes
	want := sprintf("%d or fewer", [most])
	most < 5
	input.sudo.installed == true
	not said
}

fail contains {"path": ["sudo", "defaults", "timestamp_timeout"], "want": want} if {
	most := data.parameters.sudo_minutes
	want := sprintf("%d or fewer", [most])
	most < 15
	input.os.id in ["debian", "ubuntu"]
	input.sudo.installed == true
	not said
}

said if _ = input.sudo.defaults.timestamp_timeout

longer(minutes, most) if {
	to_number(minutes) <= 15
	to_number(minutes) > most
}

# A fraction comes as text; a flag, as !timestamp_timeout is, means 0.
too_long(minutes) if to_number(minutes) < 0

too_long(minutes) if to_number(minutes) > 15
