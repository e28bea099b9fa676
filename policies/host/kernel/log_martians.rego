# METADATA
# title: Packets with impossible addresses are logged
# description: |
#   Spoofed packets are a sign of an attack from nearby, or of a broken network. The
#   kernel logs them where `all` or the interface says so.
# related_resources:
#   - description: Linux kernel documentation, IP sysctl
#     ref: https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
# custom:
#   id: KRN0028
#   severity: low
#   remediation: |
#     Set `net.ipv4.conf.all.log_martians = 1` and `net.ipv4.conf.default.log_martians =
#     1` in /etc/sysctl.d/60-merlon.conf and run `sysctl --system`.
#   references:
#     cis-debian-12-v1.1.0: ["3.3.9"]
#     cis-ubuntu-22.04-v2.0.0: ["3.3.9"]
#     cis-ubuntu-24.04-v1.0.0: ["3.3.9"]
#     cis-rhel-9-v2.0.0: ["3.3.9"]
#     disa-stig-rhel-9: ["RHEL-09-253025", "RHEL-09-253030"]
#     nist-800-53-r5: ["AU-12", "SC-7"]
package policies.host.kernel.log_martians

import future.keywords.not

subject contains ["sysctl", "interfaces", "ipv4"] if {
	input.sysctl.interfaces.ipv4.all.log_martians >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "interfaces", "ipv4", "all", "log_martians"], "want": "1, or that on each interface"} if {
	not input.sysctl.interfaces.ipv4.all.log_martians == 1
	some name, settings in input.sysctl.interfaces.ipv4
	not name in ["all", "lo"]
	not settings.log_martians == 1
}

fail contains {"subject": ["sysctl", "interfaces", "ipv4"], "path": ["sysctl", "boot", "net.ipv4.conf.all.log_martians"], "want": 1} if {
	input.sysctl.boot["net.ipv4.conf.all.log_martians"] == 0
	not input.sysctl.boot["net.ipv4.conf.default.log_martians"] == 1
}
