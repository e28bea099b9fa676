# METADATA
# title: The system runs in FIPS mode
# description: |
#   A FIPS or FedRAMP deployment must use validated modules, and these only answer for
#   themselves where the kernel was started in FIPS mode and the system-wide crypto policy
#   is FIPS. Elsewhere it takes good algorithms away: it is judged only where the baseline
#   says that the site is one.
# related_resources:
#   - description: Red Hat, switching to FIPS mode
#     ref: https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/security_hardening/switching-rhel-to-fips-mode_security-hardening
# custom:
#   id: CRY0006
#   severity: low
#   parameters:
#     fips:
#       type: boolean
#       default: false
#       description: The site must use algorithms of FIPS 140 only.
#   remediation: |
#     On Red Hat, run `fips-mode-setup --enable` and restart. On Ubuntu, run
#     `pro enable fips-updates` (it needs a subscription) and restart.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-215105", "RHEL-09-671010"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-671010"]
#     nist-800-53-r5: ["SC-13"]
package policies.host.crypto.fips

import future.keywords.not

subject contains ["crypto"] if {
	data.parameters.fips == true
	input.crypto
	not input.os.container == true
}

fail contains {"path": ["crypto", "fips_mode"], "want": true} if {
	data.parameters.fips == true
	input.crypto
	not input.crypto.fips_mode == true
}

fail contains {"path": ["crypto", "applied", "policy"], "want": "FIPS"} if {
	data.parameters.fips == true
	input.crypto.installed == true
	input.crypto.applied.policy != "FIPS"
}
