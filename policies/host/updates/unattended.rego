# METADATA
# title: unattended-upgrades is turned on
# description: |
#   The package alone does nothing: apt's periodic settings say whether lists are
#   fetched and updates installed, and apt-daily-upgrade.timer starts it. Judged
#   where the package is there.
# related_resources:
#   - description: Debian Wiki, UnattendedUpgrades
#     ref: https://wiki.debian.org/UnattendedUpgrades
# custom:
#   id: UPD0007
#   severity: medium
#   remediation: |
#     Run `dpkg-reconfigure -plow unattended-upgrades` (it writes
#     `APT::Periodic::Update-Package-Lists "1";` and
#     `APT::Periodic::Unattended-Upgrade "1";` into
#     /etc/apt/apt.conf.d/20auto-upgrades), and `systemctl enable --now
#     apt-daily.timer apt-daily-upgrade.timer`.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.2.1"]
#     nist-800-53-r5: ["SI-2"]
package policies.host.updates.unattended

import future.keywords.not

subject contains ["packages", "installed", "unattended-upgrades"] if applies

fail contains {"path": ["updates", "apt", "settings", name], "want": "1", "subject": ["packages", "installed", "unattended-upgrades"]} if {
	applies
	some name in ["apt::periodic::update-package-lists", "apt::periodic::unattended-upgrade"]
	not on(name)
}

fail contains {"path": ["updates", "apt", "settings", "apt::periodic::enable"], "want": "1", "subject": ["packages", "installed", "unattended-upgrades"]} if {
	applies
	input.updates.apt.settings["apt::periodic::enable"] in {false, 0}
}

fail contains {"path": ["services", "units", "apt-daily-upgrade.timer", "active"], "want": "active", "subject": ["packages", "installed", "unattended-upgrades"]} if {
	applies
	not input.services.units["apt-daily-upgrade.timer"].active == "active"
}

applies if {
	input.packages.installed["unattended-upgrades"]
	machine
}

on(name) if {
	value := input.updates.apt.settings[name]
	not value in {false, 0, ""}
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
