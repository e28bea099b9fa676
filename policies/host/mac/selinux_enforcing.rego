# METADATA
# title: SELinux enforces its policy
# description: |
#   In permissive mode SELinux logs what it would refuse, and refuses nothing;
#   disabled, it does neither.
# related_resources:
#   - description: selinux(8)
#     ref: https://man7.org/linux/man-pages/man8/selinux.8.html
# custom:
#   id: MAC0005
#   severity: medium
#   remediation: |
#     Run `setenforce 1` where it is permissive. Where it is disabled, set
#     `SELINUX=permissive` in /etc/selinux/config, take `selinux=0` off the
#     kernel's command line, reboot so that files get their labels, and then set
#     `SELINUX=enforcing`.
#   references:
#     cis-rhel-9-v2.0.0: ["1.3.1.4", "1.3.1.5"]
#     disa-stig-rhel-9: ["RHEL-09-431010"]
#     nist-800-53-r5: ["AC-3", "SI-6"]
package policies.host.mac.selinux_enforcing

import future.keywords.not

subject contains ["mac", "selinux", "mode"] if {
	input.mac.selinux.configured == true
	not input.os.container == true
	not input.mac.apparmor.enabled == true
}

fail contains {"path": ["mac", "selinux", "mode"], "want": "enforcing"} if {
	input.mac.selinux.configured == true
	not input.mac.selinux.mode == "enforcing"
}
