# METADATA
# title: The lowest memory cannot be mapped
# description: |
#   Where page zero can be mapped, a null pointer in the kernel runs the attacker's code.
#   The kernel's own value is 65536, and 32768 on ARM.
# related_resources:
#   - description: Linux kernel documentation, vm sysctl
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/sysctl/vm.html
# custom:
#   id: KRN0013
#   severity: low
#   parameters:
#     mmap_min_addr:
#       type: number
#       default: 32768
#       description: The least that vm.mmap_min_addr may be. GitLab's advice for hosts sets 4096, which is less than the kernel's own value.
#   remediation: |
#     Set `vm.mmap_min_addr = 65536` in /etc/sysctl.d/60-merlon.conf and run
#     `sysctl --system`.
#   references:
#     gitlab-os: ["vm.mmap_min_addr"]
#     nist-800-53-r5: ["SI-16"]
package policies.host.kernel.mmap_min_addr

import future.keywords.not

subject contains ["sysctl", "runtime"] if {
	input.sysctl.runtime
	not input.os.container == true
}

fail contains {"path": ["sysctl", "runtime", "vm.mmap_min_addr"], "want": want} if {
	least := data.parameters.mmap_min_addr
	want := sprintf("%d or more", [least])
	input.sysctl
	not input.sysctl.runtime["vm.mmap_min_addr"] >= least
}

fail contains {"subject": ["sysctl", "runtime"], "path": ["sysctl", "boot", "vm.mmap_min_addr"], "want": want} if {
	least := data.parameters.mmap_min_addr
	want := sprintf("%d or more", [least])
	input.sysctl.boot["vm.mmap_min_addr"] < least
}
