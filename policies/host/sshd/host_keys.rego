# METADATA
# title: Only root reads sshd's private host keys
# description: |
#   Whoever has a copy of a host key can pose as this server to everyone who trusts
#   it, and read or change their sessions. Group ssh_keys, for Red Hat's
#   ssh-keysign, may read.
# related_resources:
#   - description: sshd(8), FILES
#     ref: https://man.openbsd.org/sshd#FILES
# custom:
#   id: SSH0026
#   severity: high
#   remediation: |
#     Run `chown root:root` and `chmod 0600` on the key. Where others could read it,
#     take it for known: make a new one with `ssh-keygen -A` after removing it, and
#     restart sshd.
#   references:
#     cis-debian-12-v1.1.0: ["5.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.1.2"]
#     cis-rhel-9-v2.0.0: ["5.1.2"]
#     disa-stig-rhel-9: ["RHEL-09-255120"]
#     nist-800-53-r5: ["AC-3", "SC-12"]
package policies.host.sshd.host_keys

import future.keywords.not

subject contains ["sshd", "host_keys", key] if {
	some key, f in input.sshd.host_keys
	f.exists == true
}

fail contains {"path": ["sshd", "host_keys", key, "uid"], "want": 0} if {
	some key, f in input.sshd.host_keys
	not f.uid == 0
}

# 0037: all of others, and write and execute of the group.
fail contains {"path": ["sshd", "host_keys", key, "mode"], "want": "0600"} if {
	some key, f in input.sshd.host_keys
	not bits.and(f.perm, 31) == 0
}

# 0040: read of the group.
fail contains {"path": ["sshd", "host_keys", key, "mode"], "want": "0600"} if {
	some key, f in input.sshd.host_keys
	not bits.and(f.perm, 32) == 0
	not f.group == "ssh_keys"
}
