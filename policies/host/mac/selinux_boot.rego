# METADATA
# title: SELinux enforces its policy from the next boot on
# description: |
#   What was turned on by hand (setenforce) is gone with the next boot.
# related_resources:
#   - description: selinux(8)
#     ref: https://man7.org/linux/man-pages/man8/selinux.8.html
# custom:
#   id: MAC0006
#   severity: medium
#   remediation: |
#     Set `SELINUX=enforcing` in /etc/selinux/config. Where the machine ran
#     without SELinux until now, boot it as permissive once, so that files get
#     their labels.
#   references:
#     cis-rhel-9-v2.0.0: ["1.3.1.4", "1.3.1.5"]
#     disa-stig-rhel-9: ["RHEL-09-431010"]
#     nist-800-53-r5: ["AC-3", "SI-6"]
package policies.host.mac.selinux_boot

import future.keywords.not

subject contains ["mac", "selinux", "boot_mode"] if {
	input.mac.selinux.configured == true
	not input.os.container == true
	not input.mac.apparmor.enabled == true
}

fail contains {"path": ["mac", "selinux", "boot_mode"], "want": "enforcing"} if {
	input.mac.selinux.configured == true
	not input.mac.selinux.boot_mode == "enforcing"
}
