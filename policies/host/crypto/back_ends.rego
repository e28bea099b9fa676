# METADATA
# title: The system-wide crypto policy is in force as it is configured
# description: |
#   Programs read what update-crypto-policies made for each of them. Where somebody wrote
#   such a file by hand, or links it to another policy's, the policy that
#   `update-crypto-policies --show` names does not hold for that program; and what was
#   configured and never applied holds for none.
# related_resources:
#   - description: update-crypto-policies(8)
#     ref: https://man.archlinux.org/man/update-crypto-policies.8
# custom:
#   id: CRY0005
#   severity: low
#   remediation: |
#     Run `update-crypto-policies`, which makes the files of the configured policy anew,
#     and restart the system or its services. Put what has to differ into a module
#     (/etc/crypto-policies/policies/modules/NAME.pmod).
#   references:
#     disa-stig-rhel-9: ["RHEL-09-672020"]
#     nist-800-53-r5: ["CM-6", "SC-13"]
package policies.host.crypto.back_ends

import future.keywords.not

subject contains ["crypto"] if input.crypto.installed == true

fail contains {"path": ["crypto", "back_ends", name], "want": "made by update-crypto-policies"} if {
	some name, state in input.crypto.back_ends
	state in ["own", "other"]
}

fail contains {"path": ["crypto", "applied", "policy"], "want": want} if {
	want := input.crypto.configured.policy
	input.crypto.applied.policy != want
}

fail contains {"path": ["crypto", "applied", "modules"], "want": name} if {
	some name in input.crypto.configured.modules
	not name in input.crypto.applied.modules
}

fail contains {"path": ["crypto", "applied", "modules", i], "want": "not configured"} if {
	some i, name in input.crypto.applied.modules
	not name in input.crypto.configured.modules
}
