# METADATA
# title: No update waits for a restart
# description: |
#   An update of the kernel or of a library that everything uses is not in force
#   until the restart; the flaw that it mends is open until then. Debian's and
#   Ubuntu's packages leave /run/reboot-required. On Red Hat only the kernel is
#   judged, by another control.
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

subject contains ["updates", "reboot_required"] if {
	input.updates.apt.installed == true
	not input.os.container == true
}

fail contains {"path": ["updates", "reboot_required"], "want": false} if {
	input.updates.apt.installed == true
	not input.updates.reboot_required == false
}
