# METADATA
# title: systemd-boot lets nobody edit an entry
# description: |
#   Whoever reaches the console adds init=/bin/sh to an entry and is root without a
#   password. systemd-boot has no passwords; its editor can only be switched off.
# related_resources:
#   - description: loader.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/loader.conf.5.html
# custom:
#   id: BOO0015
#   severity: medium
#   remediation: |
#     Set `editor no` in loader/loader.conf on the boot partition; the finding names the
#     file. It holds from the next boot on.
#   references:
#     nist-800-53-r5: ["AC-3", "AC-6"]
package policies.host.boot.editor

import future.keywords.not

subject contains ["boot", "editor"] if {
	input.boot.loader == "systemd-boot"
	not input.os.container == true
}

fail contains {"path": ["boot", "editor"], "want": false} if {
	input.boot.loader == "systemd-boot"
	not input.boot.editor == false
}
