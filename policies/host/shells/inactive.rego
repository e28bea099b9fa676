# METADATA
# title: New accounts close soon after their password ran out
# description: |
#   An account whose password ran out long ago is one that nobody misses: who finds
#   the old password sets a new one and has it.
# related_resources:
#   - description: useradd(8)
#     ref: https://man7.org/linux/man-pages/man8/useradd.8.html
# custom:
#   id: SHL0006
#   severity: low
#   remediation: |
#     Run `useradd -D -f 45`, and `chage --inactive 45 NAME` for accounts that
#     exist.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.1.5"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.1.5"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.1.5"]
#     cis-rhel-9-v2.0.0: ["5.4.1.5"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-411035"]
#     disa-stig-rhel-9: ["RHEL-09-411050"]
#     nist-800-53-r5: ["AC-2(3)", "IA-5(1)"]
#   parameters:
#     inactive_days:
#       type: number
#       default: 45
#       description: Days after which an account must close at the latest.
package policies.host.shells.inactive

import future.keywords.not

subject contains ["shells", "useradd_inactive"] if input.shells

fail contains {"path": ["shells", "useradd_inactive"], "want": want} if {
	most := data.parameters.inactive_days
	want := sprintf("0 to %d", [most])
	input.shells
	not soon(input.shells.useradd_inactive)
}

soon(days) if {
	days >= 0
	days <= data.parameters.inactive_days
}
