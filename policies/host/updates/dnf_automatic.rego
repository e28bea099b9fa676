# METADATA
# title: dnf-automatic is turned on, and installs updates
# description: |
#   The package alone does nothing. dnf-automatic.timer does what automatic.conf
#   says, which by default is to fetch updates and leave them;
#   dnf-automatic-install.timer installs them. Judged where the package is there.
# related_resources:
#   - description: DNF Automatic
#     ref: https://dnf.readthedocs.io/en/latest/automatic.html
# custom:
#   id: UPD0009
#   severity: medium
#   remediation: |
#     Run `systemctl enable --now dnf-automatic-install.timer`, or set
#     `apply_updates = yes` in /etc/dnf/automatic.conf and enable
#     dnf-automatic.timer.
#   references:
#     cis-rhel-9-v2.0.0: ["1.2.2.1"]
#     nist-800-53-r5: ["SI-2"]
package policies.host.updates.dnf_automatic

import future.keywords.not

subject contains ["packages", "installed", name] if {
	some name in ["dnf-automatic", "dnf5-plugin-automatic"]
	applies(name)
}

fail contains {"path": ["services", "units"], "want": "an active dnf-automatic timer that installs", "subject": ["packages", "installed", name]} if {
	some name in ["dnf-automatic", "dnf5-plugin-automatic"]
	applies(name)
	not installs
}

applies(name) if {
	input.packages.installed[name]
	machine
}

installs if input.services.units["dnf-automatic-install.timer"].active == "active"

installs if {
	input.updates.dnf.apply_updates == true
	some name in ["dnf-automatic.timer", "dnf5-automatic.timer"]
	input.services.units[name].active == "active"
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
