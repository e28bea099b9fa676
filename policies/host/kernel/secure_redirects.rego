# METADATA
# title: ICMP redirects of the gateway are not accepted either
# description: |
#   With secure_redirects, a redirect counts where it names a known gateway; whoever
#   speaks for the gateway's address can send one. The kernel goes by it where `all` or
#   the interface says so.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0053
#   severity: low
#   remediation: |
#     Set `net.ipv4.conf.all.secure_redirects = 0`,
#     `net.ipv4.conf.default.secure_redirects = 0` and `net.ipv4.conf.*.secure_redirects
#     = 0` in /etc/sysctl.d/60-merlon.conf and run `systemctl restart systemd-sysctl`
#     (`sysctl --system` before procps 4 does not know the pattern).
#   references:
#     cis-debian-12-v1.1.0: ["3.3.6"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.6"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.6"]
#     cis-rhel-9-v2.0.0: ["3.3.6"]
#     gitlab-os: ["net.ipv4.secure_redirects"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.secure_redirects

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv4"] if {
	input.sysctl.interfaces.ipv4.all.secure_redirects >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", name, "secure_redirects"], "want": 0} if {
	some name, settings in input.sysctl.interfaces.ipv4
	name != "lo"
	settings.secure_redirects == 1
}

fail contains {"subject": ["sysctl", "interfaces", "ipv4"], "path": ["sysctl", "boot", key], "want": 0} if {
	some key in ["net.ipv4.conf.all.secure_redirects", "net.ipv4.conf.default.secure_redirects"]
	input.sysctl.boot[key] == 1
}
