# METADATA
# title: unattended-upgrades takes security updates
# description: |
#   It installs only what its list of origins lets in. Where security updates were taken
#   out of the list, or the list is of another release, it runs each day, installs
#   nothing and complains of nothing. Judged where the package is there.
# related_resources:
#   - description: Debian Wiki, UnattendedUpgrades
#     ref: https://wiki.debian.org/UnattendedUpgrades
# custom:
#   id: UPD0014
#   severity: medium
#   remediation: |
#     On Debian put `Unattended-Upgrade::Origins-Pattern {
#     "origin=Debian,codename=${distro_codename}-security,label=Debian-Security"; };`
#     into /etc/apt/apt.conf.d/60merlon, on Ubuntu `Unattended-Upgrade::Allowed-Origins {
#     "${distro_id}:${distro_codename}-security"; };`. `unattended-upgrade --dry-run
#     --debug` shows the origins that are allowed.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.2.1"]
#     nist-800-53-r5: ["SI-2"]
package policies.host.updates.unattended_security

import future.keywords.not

subject contains ["packages", "installed", "unattended-upgrades"] if applies

fail contains {"path": ["updates", "apt", "unattended_security"], "want": true, "subject": ["packages", "installed", "unattended-upgrades"]} if {
	applies
	not input.updates.apt.unattended_security == true
}

applies if {
	input.packages.installed["unattended-upgrades"]
	machine
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
