# METADATA
# title: No update waits for a restart
# description: |
#   An update of the kernel or of a library that everything uses is not in force
#   until the restart; the flaw that it mends is open until then. Ubuntu's packages
#   leave /run/reboot-required where update-notifier-common is installed; on Debian
#   only the kernel's do, by unattended-upgrades or reboot-notifier. Without these,
#   and on Red Hat, only the kernel is judged, by another control.
# related_resources:
#   - description: Debian Policy, signalling a reboot
#     ref: https://www.debian.org/doc/debian-policy/ch-opersys.html#signaling-that-a-reboot-is-required
# custom:
#   id: UPD0011
#   severity: medium
#   remediation: |
#     Restart the host; /run/reboot-required.pkgs names the packages that ask
#     for it.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.2.1"]
#     cis-rhel-9-v2.0.0: ["1.2.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.2.1"]
#     nist-800-53-r5: ["SI-2"]
package policies.host.updates.restart

import future.keywords.not

subject contains ["updates", "reboot_required"] if told

fail contains {"path": ["updates", "reboot_required"], "want": false} if {
	told
	not input.updates.reboot_required == false
}

told if {
	apt
	input.updates.reboot_required == true
}

# Those whose scripts leave the file behind.
told if {
	apt
	some name in ["update-notifier-common", "unattended-upgrades", "reboot-notifier"]
	input.packages.installed[name]
}

apt if {
	input.updates.apt.installed == true
	not input.os.container == true
}
