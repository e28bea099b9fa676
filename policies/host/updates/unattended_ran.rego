# METADATA
# title: unattended-upgrades ran within the last days
# description: |
#   What is set up can still fail: no room in /boot, a broken package, a mirror
#   that is gone. The time of its stamp and of its log tell when it last ran to
#   the end.
# related_resources:
#   - description: Debian Wiki, UnattendedUpgrades
#     ref: https://wiki.debian.org/UnattendedUpgrades
# custom:
#   id: UPD0008
#   severity: medium
#   remediation: |
#     Run `unattended-upgrade --debug` and mend what it complains of; see
#     /var/log/unattended-upgrades/unattended-upgrades.log.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.2.1"]
#     nist-800-53-r5: ["SI-2"]
#   parameters:
#     unattended_days:
#       type: number
#       default: 7
#       description: Days that may have passed.
package policies.host.updates.unattended_ran

import future.keywords.not

subject contains ["packages", "installed", "unattended-upgrades"] if applies

fail contains {"path": ["updates", "unattended_age"], "want": want, "subject": ["packages", "installed", "unattended-upgrades"]} if {
	applies
	days := data.parameters.unattended_days
	want := sprintf("%d days or fewer", [days])
	not input.updates.unattended_age <= days
}

applies if {
	input.packages.installed["unattended-upgrades"]
	machine
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
