# METADATA
# title: The lists of packages are of these days
# description: |
#   A host whose lists are old does not know of updates, and a scanner that asks
#   it for updates gets none. The newest of apt's or dnf's folders and stamps
#   counts.
# related_resources:
#   - description: apt.conf(5)
#     ref: https://manpages.debian.org/bookworm/apt/apt.conf.5.en.html
# custom:
#   id: UPD0010
#   severity: low
#   remediation: |
#     Run `apt-get update` (on Red Hat `dnf makecache`), and see why it does not
#     happen daily: `systemctl status apt-daily.timer` or `dnf-makecache.timer`.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.2.1"]
#     nist-800-53-r5: ["SI-2"]
#   parameters:
#     lists_days:
#       type: number
#       default: 14
#       description: Days that may have passed.
package policies.host.updates.lists_fresh

import future.keywords.not

subject contains ["updates", "lists_age"] if applies

fail contains {"path": ["updates", "lists_age"], "want": want} if {
	applies
	days := data.parameters.lists_days
	want := sprintf("%d days or fewer", [days])
	not input.updates.lists_age <= days
}

applies if {
	input.updates.apt.installed == true
	machine
}

applies if {
	input.updates.dnf.installed == true
	machine
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
