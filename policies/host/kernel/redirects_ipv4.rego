# METADATA
# title: ICMP redirects are not accepted over IPv4
# description: |
#   A neighbour who can send a redirect puts himself between this host and others. The
#   kernel accepts one where `all` or the interface says so, and on an interface that
#   forwards only where both do. So 0 for `all` is not enough on a host that does not
#   forward.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0021
#   severity: medium
#   remediation: |
#     Set `net.ipv4.conf.all.accept_redirects = 0`,
#     `net.ipv4.conf.default.accept_redirects = 0` and `net.ipv4.conf.*.accept_redirects
#     = 0` in /etc/sysctl.d/60-merlon.conf and run `systemctl restart systemd-sysctl`
#     (`sysctl --system` before procps 4 does not know the pattern).
#   references:
#     cis-debian-12-v1.1.0: ["3.3.5"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.5"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.5"]
#     cis-rhel-9-v2.0.0: ["3.3.5"]
#     disa-stig-rhel-9: ["RHEL-09-253015", "RHEL-09-253040"]
#     gitlab-os: ["net.ipv4.accept_redirects"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.redirects_ipv4

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv4"] if {
	input.sysctl.interfaces.ipv4.all.accept_redirects >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", "all", "accept_redirects"], "want": 0} if {
	input.sysctl.interfaces.ipv4.all.accept_redirects == 1
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["all", "lo"]
	not settings.forwarding == 1
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", "all", "accept_redirects"], "want": 0} if {
	input.sysctl.interfaces.ipv4.all.accept_redirects == 1
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["all", "lo"]
	settings.accept_redirects == 1
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", name, "accept_redirects"], "want": 0} if {
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["all", "lo"]
	settings.accept_redirects == 1
	not settings.forwarding == 1
}

fail contains {"subject": ["sysctl", "interfaces", "ipv4"], "path": ["sysctl", "boot", key], "want": 0} if {
	some key in ["net.ipv4.conf.all.accept_redirects", "net.ipv4.conf.default.accept_redirects"]
	input.sysctl.boot[key] == 1
}
