# METADATA
# title: No program hands out capabilities that make it root, but those that are known
# description: |
#   A file capability is set-uid in small: with cap_setuid, cap_dac_override,
#   cap_sys_admin and their like whoever starts an interpreter, tar or gdb is root, and
#   a search for set-uid programs finds nothing. Capabilities that open ports, send raw
#   packets or lock memory are passed over, and file systems that are mounted nosuid. It
#   needs a walk over all local file systems, and is not part of the default baseline.
# related_resources:
#   - description: capabilities(7)
#     ref: https://man7.org/linux/man-pages/man7/capabilities.7.html
# custom:
#   id: WLK0006
#   severity: high
#   parameters:
#     capable_programs:
#       type: list
#       description: "Programs that may hold such capabilities, /bin and /sbin written as /usr/bin and /usr/sbin."
#       default: [/usr/bin/newuidmap, /usr/bin/newgidmap, /usr/sbin/suexec, /usr/bin/systemd-detect-virt,
#         /usr/lib/snapd/snap-confine, /usr/libexec/snapd/snap-confine, /usr/libexec/sssd/krb5_child,
#         /usr/libexec/sssd/ldap_child, /usr/libexec/sssd/selinux_child, /usr/libexec/sssd/sssd_pam]
#   remediation: |
#     See which package it belongs to (`dpkg -S FILE`, `rpm -qf FILE`). Run `setcap -r FILE`,
#     or give the service that needs it `AmbientCapabilities=`; or add it to the parameter
#     `capable_programs` in the baseline.
#   references:
#     cis-debian-12-v1.1.0: ["7.1.13"]
#     cis-ubuntu-22.04-v2.0.0: ["7.1.13"]
#     cis-ubuntu-24.04-v1.0.0: ["7.1.13"]
#     cis-rhel-9-v2.0.0: ["7.1.13"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.walk.capabilities

import future.keywords.not

subject contains ["walk", "capabilities"] if input.walk

fail contains {"subject": ["walk", "capabilities"], "path": ["walk", "capabilities", file, "holds", i], "want": "none that makes it root"} if {
	some file, found in input.walk.capabilities
	not found.nosuid == true
	not found.program in data.parameters.capable_programs
	some i, name in found.holds
	name in {
		"all", "cap_chown", "cap_dac_override", "cap_dac_read_search", "cap_fowner", "cap_setgid", "cap_setuid", "cap_setfcap",
		"cap_sys_admin", "cap_sys_module", "cap_sys_ptrace", "cap_sys_rawio", "cap_mac_override", "cap_mknod", "cap_bpf", "cap_perfmon",
	}
}
