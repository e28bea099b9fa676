# METADATA
# title: ICMP redirects are not accepted over IPv6
# description: |
#   A neighbour who can send a redirect puts himself between this host and others. Each
#   interface's own value counts, unless it forwards; `default` is what new interfaces
#   start with, and `all` has no effect.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0022
#   severity: medium
#   remediation: |
#     Set `net.ipv6.conf.default.accept_redirects = 0`,
#     `net.ipv6.conf.all.accept_redirects = 0` and `net.ipv6.conf.*.accept_redirects =
#     0` in /etc/sysctl.d/60-merlon.conf and run `systemctl restart systemd-sysctl`
#     (`sysctl --system` before procps 4 does not know the pattern).
#   references:
#     cis-debian-12-v1.1.0: ["3.3.5"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.5"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.5"]
#     cis-rhel-9-v2.0.0: ["3.3.5"]
#     disa-stig-rhel-9: ["RHEL-09-254015", "RHEL-09-254035"]
#     gitlab-os: ["net.ipv6.accept_redirects"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.redirects_ipv6

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv6"] if {
	input.sysctl.interfaces.ipv6.all.accept_redirects >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv6", name, "accept_redirects"], "want": 0} if {
	some name, settings in input.sysctl.interfaces.ipv6
	not name in ["all", "lo"]
	settings.accept_redirects == 1
	not settings.forwarding == 1
	not settings.disable_ipv6 == 1
}

fail contains {"subject": ["sysctl", "interfaces", "ipv6"], "path": ["sysctl", "boot", "net.ipv6.conf.default.accept_redirects"], "want": 0} if {
	input.sysctl.boot["net.ipv6.conf.default.accept_redirects"] == 1
}
