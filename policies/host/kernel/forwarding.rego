# METADATA
# title: The host passes no packets on
# description: |
#   A host in two networks that forwards is a way around the firewall between them.
#   Routers, and hosts of containers or virtual machines, must: say so in the baseline.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0055
#   severity: low
#   parameters:
#     router:
#       type: boolean
#       default: false
#       description: This host passes packets on, as routers and hosts of containers or virtual machines do.
#   remediation: |
#     Set `net.ipv4.ip_forward = 0` and `net.ipv6.conf.all.forwarding = 0` in
#     /etc/sysctl.d/60-merlon.conf and run `sysctl --system`. Where one interface is
#     named, take out what sets it (`IPForward=`, `IPv4Forwarding=` or `IPMasquerade=`
#     of systemd-networkd) and set its `forwarding` to 0.
#   references:
#     cis-debian-12-v1.1.0: ["3.3.1"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.1"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.1"]
#     cis-rhel-9-v2.0.0: ["3.3.1"]
#     disa-stig-rhel-9: ["RHEL-09-253075", "RHEL-09-254025"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.forwarding

import future.keywords.not

subject contains ["sysctl", "runtime", "net.ipv4.ip_forward"] if {
	not data.parameters.router == true
	_ = input.sysctl.runtime["net.ipv4.ip_forward"]
	not input.os.container == true
}

subject contains ["sysctl", "interfaces", "ipv6"] if {
	not data.parameters.router == true
	input.sysctl.interfaces.ipv6.all.forwarding >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "runtime", "net.ipv4.ip_forward"], "want": 0} if {
	input.sysctl.runtime["net.ipv4.ip_forward"] == 1
}

# Each interface decides for what comes in through it; ip_forward only sets them all.
fail contains {"subject": ["sysctl", "runtime", "net.ipv4.ip_forward"], "path": ["sysctl", "interfaces", "ipv4", name, "forwarding"], "want": 0} if {
	not input.sysctl.runtime["net.ipv4.ip_forward"] == 1
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["default", "lo"]
	settings.forwarding == 1
}

fail contains {"subject": ["sysctl", "runtime", "net.ipv4.ip_forward"], "path": ["sysctl", "boot", key], "want": 0} if {
	some key in ["net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"]
	input.sysctl.boot[key] == 1
}

fail contains {"path": ["sysctl", "interfaces", "ipv6", name, "forwarding"], "want": 0} if {
	some name, settings in input.sysctl.interfaces.ipv6
	name != "lo"
	settings.forwarding == 1
}

fail contains {"subject": ["sysctl", "interfaces", "ipv6"], "path": ["sysctl", "boot", "net.ipv6.conf.all.forwarding"], "want": 0} if {
	input.sysctl.boot["net.ipv6.conf.all.forwarding"] == 1
}
