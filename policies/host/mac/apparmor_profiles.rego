# METADATA
# title: AppArmor has profiles loaded
# description: |
#   AppArmor without profiles is on, and confines nothing.
# related_resources:
#   - description: Linux kernel documentation, AppArmor
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/LSM/apparmor.html
# custom:
#   id: MAC0003
#   severity: medium
#   remediation: |
#     Run `systemctl enable --now apparmor`; `apt-get install apparmor-profiles`
#     has more profiles.
#   references:
#     cis-debian-12-v1.1.0: ["1.3.1.3"]
#     cis-ubuntu-22.04-v2.0.0: ["1.3.1.3"]
#     cis-ubuntu-24.04-v1.0.0: ["1.3.1.3"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-431015"]
#     nist-800-53-r5: ["AC-3"]
package policies.host.mac.apparmor_profiles

import future.keywords.not

subject contains ["mac", "apparmor", "profiles"] if {
	input.mac.apparmor.enabled == true
	not input.os.container == true
}

fail contains {"path": ["mac", "apparmor", "profiles"], "want": "profiles in enforce or complain mode"} if {
	input.mac.apparmor.enabled == true
	not confining
}

confining if {
	some mode in input.mac.apparmor.profiles
	mode in {"enforce", "complain", "kill", "prompt", "mixed"}
}
