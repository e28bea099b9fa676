# METADATA
# title: The system-wide crypto policy is not LEGACY, nor as weak
# description: |
#   LEGACY brings back algorithms that are broken or nearly so, for every program of the
#   system: an attacker on the path can read or forge what such a connection carries. A
#   module can do the same to another policy, so what it came to is judged too: protocols
#   before TLS 1.2, RC4, DES, ciphers that do not encrypt, keys of fewer than 2048 bits.
# related_resources:
#   - description: update-crypto-policies(8)
#     ref: https://man.archlinux.org/man/update-crypto-policies.8
# custom:
#   id: CRY0001
#   severity: medium
#   remediation: |
#     Run `update-crypto-policies --set DEFAULT`, with the modules behind it that are
#     needed and allow nothing of this (`DEFAULT:NO-SHA1`), and restart the system or its
#     services. Give the one old peer that needs more its own configuration.
#   references:
#     cis-rhel-9-v2.0.0: ["1.6.1"]
#     nist-800-53-r5: ["SC-8", "SC-13"]
package policies.host.crypto.policy

import future.keywords.not

subject contains ["crypto"] if input.crypto.installed == true

fail contains {"path": ["crypto", at, "policy"], "want": "DEFAULT, FUTURE or FIPS"} if {
	some at in ["configured", "applied"]
	input.crypto[at].policy == "LEGACY"
}

fail contains {"path": ["crypto", "scopes", scope, "protocol", i], "want": "TLS 1.2 or later"} if {
	some scope, properties in input.crypto.scopes
	some i, name in properties.protocol
	regex.match(`^(SSL|TLS1\.[01]$|DTLS(0\.9|1\.0)$)`, name)
}

# Files that others made long ago are read with what they were made with.
fail contains {"path": ["crypto", "scopes", scope, "cipher", i], "want": "AES, Camellia or ChaCha20"} if {
	some scope, properties in input.crypto.scopes
	not regex.match(`^(pkcs12|smime)`, scope)
	some i, name in properties.cipher
	regex.match(`^(RC[24]|3?DES|IDEA|SEED|NULL)`, name)
}

fail contains {"path": ["crypto", "scopes", scope, size], "want": "2048 or more"} if {
	some size in ["min_dh_size", "min_rsa_size"]
	some scope, properties in input.crypto.scopes
	properties[size] < 2048
}
