# METADATA
# title: sshd proves its identity with a key that cannot be computed
# description: |
#   Who computes the private key from the public one can pose as this host to everyone
#   who knows it. Of the keys that sshd uses, RSA keys must have `rsa_host_key_bits`, and
#   none may be a DSA key, which has 1024.
# related_resources:
#   - description: sshd_config(5), HostKey
#     ref: https://man.openbsd.org/sshd_config#HostKey
# custom:
#   id: SSH0033
#   severity: medium
#   remediation: |
#     Make a new key in place of the one that is named: `rm FILE FILE.pub`, then
#     `ssh-keygen -q -N '' -t rsa -b 3072 -f FILE` (in place of a DSA key none is needed:
#     take its HostKey line away), and run `systemctl restart ssh` (`sshd` on Red Hat).
#     Clients that know the old key must be given the new one.
#   references:
#     nist-800-53-r5: ["SC-12", "SC-13"]
#   parameters:
#     rsa_host_key_bits:
#       type: number
#       default: 2048
#       description: Bits that RSA host keys must have at least; for use beyond 2030 it is 3072.
package policies.host.sshd.host_key_size

import future.keywords.not

subject contains ["sshd", "host_keys", key] if {
	some key in input.sshd.contexts.global.hostkey
	input.sshd.host_keys[key].exists == true
	is_string(input.sshd.host_keys[key].algorithm)
}

fail contains {"path": ["sshd", "host_keys", key, "bits"], "want": want} if {
	least := data.parameters.rsa_host_key_bits
	want := sprintf("%d or more", [least])
	some key in input.sshd.contexts.global.hostkey
	input.sshd.host_keys[key].bits < least
}

fail contains {"path": ["sshd", "host_keys", key, "algorithm"], "want": "no ssh-dss"} if {
	some key in input.sshd.contexts.global.hostkey
	input.sshd.host_keys[key].algorithm == "ssh-dss"
}
