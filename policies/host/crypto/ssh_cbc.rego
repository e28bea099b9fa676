# METADATA
# title: The system-wide crypto policy has no CBC cipher for SSH
# description: |
#   In CBC mode an attacker on the path can recover parts of what is typed. Red Hat's
#   DEFAULT leaves these ciphers out for SSH, LEGACY and some modules bring them back, for
#   the client too.
# related_resources:
#   - description: crypto-policies(7)
#     ref: https://man.archlinux.org/man/crypto-policies.7
# custom:
#   id: CRY0007
#   severity: low
#   remediation: |
#     Put the line `cipher@SSH = -*-CBC` into
#     /etc/crypto-policies/policies/modules/NO-SSHCBC.pmod, run
#     `update-crypto-policies --set DEFAULT:NO-SSHCBC` (with the policy and the modules that
#     `update-crypto-policies --show` names), and run `systemctl reload sshd`.
#   references:
#     cis-rhel-9-v2.0.0: ["1.6.5"]
#     nist-800-53-r5: ["SC-8", "SC-13"]
package policies.host.crypto.ssh_cbc

import future.keywords.not

subject contains ["crypto"] if input.crypto.installed == true

fail contains {"path": ["crypto", "scopes", scope, "cipher", i], "want": "CTR, GCM or ChaCha20"} if {
	some scope in ["openssh", "openssh-client", "openssh-server", "libssh"]
	some i, name in input.crypto.scopes[scope].cipher
	endswith(name, "-CBC")
}

# A back-end without a list has that of all.
fail contains {"path": ["crypto", "scopes", "all", "cipher", i], "want": "CTR, GCM or ChaCha20"} if {
	some scope in ["openssh-client", "openssh-server"]
	not input.crypto.scopes[scope].cipher
	not input.crypto.scopes.openssh.cipher
	some i, name in input.crypto.scopes.all.cipher
	endswith(name, "-CBC")
}
