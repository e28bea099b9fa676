# METADATA
# title: The newest installed kernel is the one that runs
# description: |
#   A newer kernel below /boot mends flaws that the running one still has. Kernels
#   of the same kind are compared (cloud, real-time, generic); an update that
#   keeps the release's name is not seen.
# related_resources:
#   - description: uname(1)
#     ref: https://man7.org/linux/man-pages/man1/uname.1.html
# custom:
#   id: UPD0012
#   severity: medium
#   remediation: |
#     Restart the host. Where it starts the old kernel again, see GRUB_DEFAULT
#     in /etc/default/grub, or `grubby --default-kernel`.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.2.1"]
#     cis-rhel-9-v2.0.0: ["1.2.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.2.1"]
#     nist-800-53-r5: ["SI-2"]
package policies.host.updates.kernel

import future.keywords.not

subject contains ["updates", "kernel"] if {
	input.updates.kernel.newest
	not input.os.container == true
}

fail contains {"path": ["updates", "kernel", "running"], "want": want} if {
	want := input.updates.kernel.newest
	not input.updates.kernel.running == want
}
