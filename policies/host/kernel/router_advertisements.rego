# METADATA
# title: Router advertisements are not accepted
# description: |
#   Whoever is on the same network can send one, and becomes the way to everywhere. On
#   hosts that take their address or their route from a router this cannot be had; waive
#   it there, and let the switch guard against others (RA guard). Each interface goes by
#   its own value; 1 does not count on one that forwards.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0054
#   severity: low
#   remediation: |
#     Give the host a fixed address and route, then set `net.ipv6.conf.all.accept_ra =
#     0`, `net.ipv6.conf.default.accept_ra = 0` and `net.ipv6.conf.*.accept_ra = 0` in
#     /etc/sysctl.d/60-merlon.conf and run `systemctl restart systemd-sysctl` (`sysctl
#     --system` before procps 4 does not know the pattern).
#   references:
#     cis-debian-12-v1.1.0: ["3.3.11"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.11"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.11"]
#     cis-rhel-9-v2.0.0: ["3.3.11"]
#     disa-stig-rhel-9: ["RHEL-09-254010", "RHEL-09-254030"]
#     gitlab-os: ["net.ipv6.accept_ra"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.router_advertisements

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv6"] if {
	input.sysctl.interfaces.ipv6.all.accept_ra >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv6", name, "accept_ra"], "want": 0} if {
	some name, settings in input.sysctl.interfaces.ipv6
	not name in ["all", "lo"]
	settings.accept_ra == 2
	not settings.disable_ipv6 == 1
}

fail contains {"path": ["sysctl", "interfaces", "ipv6", name, "accept_ra"], "want": 0} if {
	some name, settings in input.sysctl.interfaces.ipv6
	not name in ["all", "lo"]
	settings.accept_ra == 1
	not settings.disable_ipv6 == 1
	not settings.forwarding == 1
}

fail contains {"subject": ["sysctl", "interfaces", "ipv6"], "path": ["sysctl", "boot", key], "want": 0} if {
	some key in ["net.ipv6.conf.all.accept_ra", "net.ipv6.conf.default.accept_ra"]
	input.sysctl.boot[key] > 0
}
