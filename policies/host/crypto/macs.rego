# METADATA
# title: The system-wide crypto policy has no MAC of fewer than 128 bits
# description: |
#   A short or broken authentication code makes it cheaper to change what a connection
#   carries without being seen. The policy as it was applied is judged, for every program
#   that has values of its own.
# related_resources:
#   - description: crypto-policies(7)
#     ref: https://man.archlinux.org/man/crypto-policies.7
# custom:
#   id: CRY0003
#   severity: low
#   remediation: |
#     Put the line `mac = -*-64* -*MD5*` into
#     /etc/crypto-policies/policies/modules/NO-WEAKMAC.pmod, run
#     `update-crypto-policies --set DEFAULT:NO-WEAKMAC` (with the policy and the modules
#     that `update-crypto-policies --show` names), and restart the system or its services.
#   references:
#     cis-rhel-9-v2.0.0: ["1.6.4"]
#     nist-800-53-r5: ["SC-8", "SC-13"]
package policies.host.crypto.macs

import future.keywords.not

subject contains ["crypto"] if input.crypto.installed == true

fail contains {"path": ["crypto", "scopes", scope, "mac", i], "want": "128 bits or more"} if {
	some scope, properties in input.crypto.scopes
	some i, name in properties.mac
	regex.match(`(-64(-ETM)?$|MD5)`, name)
}
