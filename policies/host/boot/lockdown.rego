# METADATA
# title: Under Secure Boot the kernel is locked down
# description: |
#   Secure Boot only holds where root cannot change the kernel that was verified: by
#   a module of its own, through /dev/mem or by kexec.
# related_resources:
#   - description: kernel_lockdown(7)
#     ref: https://man7.org/linux/man-pages/man7/kernel_lockdown.7.html
# custom:
#   id: BOO0014
#   severity: low
#   remediation: |
#     Boot the distribution's own signed kernel, which locks itself down under
#     Secure Boot, or add `lockdown=integrity` to the kernel's command line.
#   references:
#     nist-800-53-r5: ["SI-7", "CM-14"]
package policies.host.boot.lockdown

import future.keywords.not

subject contains ["kernel", "lockdown"] if {
	input.boot.secure_boot == true
	input.kernel
	not input.os.container == true
}

fail contains {"path": ["kernel", "lockdown"], "want": "integrity or confidentiality"} if {
	input.boot.secure_boot == true
	not input.kernel.lockdown in {"integrity", "confidentiality"}
}
