# METADATA
# title: Only root writes to the public host keys
# description: |
#   sshd shows these to clients, and certificates are made for them. Whoever can put
#   another there has a key of theirs taken for the host's by who goes by the file.
# related_resources:
#   - description: sshd(8), FILES
#     ref: https://man.openbsd.org/sshd#FILES
# custom:
#   id: FIL0053
#   severity: low
#   remediation: |
#     Run `chown root:root /etc/ssh/ssh_host_*_key.pub` and
#     `chmod 0644 /etc/ssh/ssh_host_*_key.pub`.
#   references:
#     cis-debian-12-v1.1.0: ["5.1.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.1.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.1.3"]
#     cis-rhel-9-v2.0.0: ["5.1.3"]
#     disa-stig-rhel-9: ["RHEL-09-255125"]
#     nist-800-53-r5: ["AC-3", "SC-8"]
package policies.host.files.public_host_keys

import future.keywords.not

# What ssh-keygen -A makes. Going over all files would ask of each whether it is known.
keys := {
	"/etc/ssh/ssh_host_dsa_key.pub",
	"/etc/ssh/ssh_host_ecdsa_key.pub",
	"/etc/ssh/ssh_host_ed25519_key.pub",
	"/etc/ssh/ssh_host_rsa_key.pub",
}

subject contains ["files", file] if {
	some file in keys
	input.files[file].exists == true
}

fail contains {"path": ["files", file, "owner"], "want": "root"} if {
	some file in keys
	not input.files[file].uid == 0
}

# 0022: the group, or others, may write.
fail contains {"path": ["files", file, "mode"], "want": "0644 or less"} if {
	some file in keys
	not bits.and(input.files[file].perm, 18) == 0
}
