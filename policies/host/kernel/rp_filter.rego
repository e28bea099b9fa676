# METADATA
# title: Packets with an impossible sender are dropped
# description: |
#   Without the check, a packet that claims an inside address is taken from outside, past
#   rules that go by the sender. The kernel takes the higher of `all` and the interface;
#   2 (loose) suits hosts with several ways out.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0025
#   severity: low
#   parameters:
#     strict_rp_filter:
#       type: boolean
#       default: false
#       description: Answers must leave by the interface that the packet came in by (1); loose (2) is not enough.
#   remediation: |
#     Set `net.ipv4.conf.all.rp_filter = 1`, `net.ipv4.conf.default.rp_filter = 1` and
#     `net.ipv4.conf.*.rp_filter = 1` in /etc/sysctl.d/60-merlon.conf and run
#     `sysctl --system`; on a host with several ways out 2, where that is enough. Some
#     container networks need 0 on interfaces of their own; waive it there.
#   references:
#     cis-debian-12-v1.1.0: ["3.3.7"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.7"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.7"]
#     cis-rhel-9-v2.0.0: ["3.3.7"]
#     disa-stig-rhel-9: ["RHEL-09-253035", "RHEL-09-253050"]
#     gitlab-os: ["net.ipv4.rp_filter"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.rp_filter

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv4"] if {
	input.sysctl.interfaces.ipv4.all.rp_filter >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", "all", "rp_filter"], "want": "1 or 2, or that on each interface"} if {
	not input.sysctl.interfaces.ipv4.all.rp_filter in [1, 2]
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["all", "lo"]
	not settings.rp_filter in [1, 2]
}

# What one line turns off at boot, the other has to turn on: the kernel's own value is 0.
fail contains {"subject": ["sysctl", "interfaces", "ipv4"], "path": ["sysctl", "boot", key], "want": "1 or 2"} if {
	some key, other in {
		"net.ipv4.conf.all.rp_filter": "net.ipv4.conf.default.rp_filter",
		"net.ipv4.conf.default.rp_filter": "net.ipv4.conf.all.rp_filter",
	}
	input.sysctl.boot[key] == 0
	not input.sysctl.boot[other] in [1, 2]
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", name, "rp_filter"], "want": 1} if {
	data.parameters.strict_rp_filter == true
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["default", "lo"]
	settings.rp_filter == 2
}

fail contains {"subject": ["sysctl", "interfaces", "ipv4"], "path": ["sysctl", "boot", "net.ipv4.conf.all.rp_filter"], "want": 1} if {
	data.parameters.strict_rp_filter == true
	input.sysctl.boot["net.ipv4.conf.all.rp_filter"] == 2
}
