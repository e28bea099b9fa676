# METADATA
# title: The kernel mitigates the processor's flaws
# description: |
#   Where the kernel says "Vulnerable", code in one process, or one guest, can read
#   the memory of others by way of the processor. On a guest it may be the
#   hypervisor that withholds the microcode.
# related_resources:
#   - description: Linux kernel documentation, hardware vulnerabilities
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/hw-vuln/index.html
# custom:
#   id: KRN0052
#   severity: low
#   remediation: |
#     Take `mitigations=off` and the like off the kernel's command line, install the
#     microcode (intel-microcode or amd64-microcode on Debian, microcode_ctl on Red
#     Hat) and the latest kernel, and reboot. On a guest, ask whoever runs the
#     hypervisor.
#   references:
#     nist-800-53-r5: ["SI-2", "SC-39"]
package policies.host.kernel.vulnerabilities

import future.keywords.not

subject contains ["kernel", "vulnerabilities", flaw] if {
	not input.os.container == true
	some flaw, _ in input.kernel.vulnerabilities
}

fail contains {"path": ["kernel", "vulnerabilities", flaw], "want": "a mitigation"} if {
	some flaw, words in input.kernel.vulnerabilities
	startswith(words, "Vulnerable")
}
