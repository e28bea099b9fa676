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
#     `net.ipv6.conf.all.accept_redirects = 0` and `net.ipv6.conf.*.accept_redirects = 0`
#     in /etc/sysctl.d/60-merlon.conf and run `sysctl --system`.
#   references:
#     cis-debian-12-v1.1.0: ["3.3.5"]
#     disa-stig-rhel-9: ["RHEL-09-254015"]
#     nist-800-53-r5: ["SC-7"]
package policies.host.kernel.redirects_ipv6

import future.keywords.not

subject contains ["sysctl", "runtime"] if {
	input.sysctl.runtime["net.ipv6.conf.all.accept_redirects"] >= 0
	not input.os.container == true
}

fail contains {"path": ["sysctl", "runtime", key], "want": 0} if {
	some key, value in input.sysctl.runtime
	interface(key)
	value == 1
	not set_for(key, ".forwarding")
	not set_for(key, ".disable_ipv6")
}

fail contains {"subject": ["sysctl", "runtime"], "path": ["sysctl", "boot", key], "want": 0} if {
	some key in ["net.ipv6.conf.default.accept_redirects"]
	input.sysctl.boot[key] == 1
}

# interface is true of the key of an interface that packets come in by, or will.
interface(key) if {
	startswith(key, "net.ipv6.conf.")
	endswith(key, ".accept_redirects")
	not key in ["net.ipv6.conf.all.accept_redirects", "net.ipv6.conf.lo.accept_redirects"]
}

# set_for is true where the same interface has another setting at 1.
set_for(key, setting) if {
	other := replace(key, ".accept_redirects", setting)
	input.sysctl.runtime[other] == 1
}
