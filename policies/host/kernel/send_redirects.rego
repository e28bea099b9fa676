# METADATA
# title: A host that forwards sends no ICMP redirects
# description: |
#   Redirects tell a neighbour of other routers, and are only of use on a plain router.
#   The kernel sends them where `all` or the interface says so; a host that does not
#   forward sends none, and is not judged. Interfaces of single containers (veth, cali,
#   lxc) are left out.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0027
#   severity: low
#   remediation: |
#     Set `net.ipv4.conf.all.send_redirects = 0`, `net.ipv4.conf.default.send_redirects
#     = 0` and `net.ipv4.conf.*.send_redirects = 0` in /etc/sysctl.d/60-merlon.conf and
#     run `systemctl restart systemd-sysctl` (`sysctl --system` before procps 4 does not
#     know the pattern).
#   references:
#     cis-debian-12-v1.1.0: ["3.3.2"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.2"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.2"]
#     cis-rhel-9-v2.0.0: ["3.3.2"]
#     disa-stig-rhel-9: ["RHEL-09-253065", "RHEL-09-253070"]
#     gitlab-os: ["net.ipv4.send_redirects"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.send_redirects

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv4"] if {
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["default", "lo"]
	settings.forwarding == 1
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", name, "send_redirects"], "want": 0} if {
	some name, settings in input.sysctl.interfaces.ipv4
	not regex.match(`^(lo$|veth|cali|lxc)`, name)
	settings.send_redirects == 1
}

fail contains {"subject": ["sysctl", "interfaces", "ipv4"], "path": ["sysctl", "boot", key], "want": 0} if {
	some key in ["net.ipv4.conf.all.send_redirects", "net.ipv4.conf.default.send_redirects"]
	input.sysctl.boot[key] == 1
}
