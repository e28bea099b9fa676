# METADATA
# title: SELinux has the targeted policy, or a stricter one
# description: |
#   A policy of another name confines a few services only, or is one that nobody
#   maintains. Debian's own is called default.
# related_resources:
#   - description: selinux(8)
#     ref: https://man7.org/linux/man-pages/man8/selinux.8.html
# custom:
#   id: MAC0007
#   severity: medium
#   remediation: |
#     Set `SELINUXTYPE=targeted` (on Debian `default`) in /etc/selinux/config, run `touch /.autorelabel`
#     and reboot.
#   references:
#     cis-rhel-9-v2.0.0: ["1.3.1.3"]
#     disa-stig-rhel-9: ["RHEL-09-431015"]
#     nist-800-53-r5: ["AC-3"]
package policies.host.mac.selinux_type

import future.keywords.not

subject contains ["mac", "selinux", "type"] if {
	input.mac.selinux.configured == true
	not input.os.container == true
	not input.mac.apparmor.enabled == true
}

fail contains {"path": ["mac", "selinux", "type"], "want": "targeted, default or mls"} if {
	input.mac.selinux.configured == true
	not input.mac.selinux.type in {"targeted", "default", "mls"}
}
