# METADATA
# title: A package that installs security updates by itself is there
# description: |
#   Most break-ins use flaws for which an update was out for weeks. Whoever updates
#   the host by other means can waive this; whether the package is set up is not
#   judged. In a container the image is what is updated.
# related_resources:
#   - description: Debian Wiki, UnattendedUpgrades
#     ref: https://wiki.debian.org/UnattendedUpgrades
# custom:
#   id: PKG0021
#   severity: low
#   remediation: |
#     On Debian and Ubuntu run `apt-get install unattended-upgrades` and
#     `dpkg-reconfigure unattended-upgrades`; on Red Hat `dnf install dnf-automatic`
#     and `systemctl enable --now dnf-automatic-install.timer`.
#   references:
#     nist-800-53-r5: ["SI-2"]
package policies.host.packages.automatic_updates

import future.keywords.not

subject contains ["packages"] if {
	input.packages.manager in ["dpkg", "rpm"]
	not input.os.container == true
}

fail contains {"path": ["packages", "installed"], "want": "unattended-upgrades or dnf-automatic"} if {
	input.packages.manager in ["dpkg", "rpm"]
	not updater
}

updater if {
	some name in ["unattended-upgrades", "dnf-automatic", "dnf5-plugin-automatic", "yum-cron", "cron-apt"]
	input.packages.installed[name]
}
