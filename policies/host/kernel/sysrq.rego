# METADATA
# title: Not every SysRq key works
# description: |
#   With 1, whoever has a keyboard or a serial console kills every process, the screen
#   lock among them, and dumps registers and memory. Distributions allow a few keys
#   that sync and remount disks or reboot.
# related_resources:
#   - description: Linux kernel documentation, SysRq
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/sysrq.html
# custom:
#   id: KRN0059
#   severity: low
#   remediation: |
#     Set `kernel.sysrq = 176` (sync, remount read-only, reboot) or 0 in
#     /etc/sysctl.d/60-merlon.conf and run `sysctl --system`.
#   references:
#     nist-800-53-r5: ["AC-3", "CM-7"]
package policies.host.kernel.sysrq

import future.keywords.not

subject contains ["sysctl", "runtime", "kernel.sysrq"] if {
	_ = input.sysctl.runtime["kernel.sysrq"]
	not input.os.container == true
}

fail contains {"path": ["sysctl", "runtime", "kernel.sysrq"], "want": "0, or a sum of single keys"} if {
	input.sysctl.runtime["kernel.sysrq"] == 1
}

fail contains {"subject": ["sysctl", "runtime", "kernel.sysrq"], "path": ["sysctl", "boot", "kernel.sysrq"], "want": "0, or a sum of single keys"} if {
	input.sysctl.boot["kernel.sysrq"] == 1
}
