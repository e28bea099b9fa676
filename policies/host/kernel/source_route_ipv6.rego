# METADATA
# title: Packets that bring their own route are refused over IPv6
# description: |
#   With a route in the packet, a sender passes by firewalls and reaches networks behind
#   this host that should be closed to him. The kernel takes the lower of `all` and the
#   interface: 0 or less for `all` is enough.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0024
#   severity: low
#   remediation: |
#     Set `net.ipv6.conf.all.accept_source_route = 0` and
#     `net.ipv6.conf.default.accept_source_route = 0` in /etc/sysctl.d/60-merlon.conf and
#     run `sysctl --system`.
#   references:
#     cis-debian-12-v1.1.0: ["3.3.8"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.8"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.8"]
#     cis-rhel-9-v2.0.0: ["3.3.8"]
#     disa-stig-rhel-9: ["RHEL-09-254020", "RHEL-09-254040"]
#     gitlab-os: ["net.ipv6.accept_source_route"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.source_route_ipv6

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv6"] if {
	is_number(input.sysctl.interfaces.ipv6.all.accept_source_route)
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv6", "all", "accept_source_route"], "want": 0} if {
	input.sysctl.interfaces.ipv6.all.accept_source_route > 0
	some name, settings in input.sysctl.interfaces.ipv6
	not name in ["all", "lo"]
	settings.accept_source_route > 0
}

fail contains {"subject": ["sysctl", "interfaces", "ipv6"], "path": ["sysctl", "boot", "net.ipv6.conf.all.accept_source_route"], "want": 0} if {
	input.sysctl.boot["net.ipv6.conf.all.accept_source_route"] > 0
	not input.sysctl.boot["net.ipv6.conf.default.accept_source_route"] <= 0
}
