# METADATA
# title: The system-wide crypto policy trusts no signature made with SHA-1
# description: |
#   Two texts with the same SHA-1 can be made for some thousands of dollars, and with them
#   a signature that was given for one holds for the other: a certificate, a package. The
#   module SHA1 allows such signatures again, for every program. Domain names (DNSSEC) and
#   files of keys (PKCS#12) are passed over.
# related_resources:
#   - description: crypto-policies(7)
#     ref: https://man.archlinux.org/man/crypto-policies.7
# custom:
#   id: CRY0002
#   severity: medium
#   remediation: |
#     Run `update-crypto-policies --set DEFAULT:NO-SHA1`, or take SHA1 out of the modules
#     that `update-crypto-policies --show` names, and restart the system or its services.
#     Where a package or a peer is refused then, have it signed anew.
#   references:
#     cis-rhel-9-v2.0.0: ["1.6.3"]
#     nist-800-53-r5: ["SC-8", "SC-13"]
package policies.host.crypto.sha1

import future.keywords.not

subject contains ["crypto"] if input.crypto.installed == true

fail contains {"path": ["crypto", "scopes", scope, property, i], "want": "SHA-2 or SHA-3"} if {
	some property in ["hash", "sign"]
	some scope, properties in input.crypto.scopes
	not regex.match(`^(bind|dnssec|pkcs12|smime)`, scope)
	some i, name in properties[property]
	regex.match(`(^|-)SHA1$`, name)
}

fail contains {"path": ["crypto", "scopes", scope, "sha1_in_certs"], "want": 0} if {
	some scope, properties in input.crypto.scopes
	properties.sha1_in_certs != 0
}
