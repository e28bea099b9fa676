# METADATA
# title: AppArmor's profiles are enforced
# description: |
#   In complain mode a profile logs what it would refuse, and refuses nothing.
# related_resources:
#   - description: Linux kernel documentation, AppArmor
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/LSM/apparmor.html
# custom:
#   id: MAC0002
#   severity: low
#   remediation: |
#     Look through what it logs (`journalctl -g apparmor`), then run `aa-enforce`
#     for the profile that is named, which holds at once.
#   references:
#     cis-debian-12-v1.1.0: ["1.3.1.4"]
#     cis-ubuntu-22.04-v2.0.0: ["1.3.1.4"]
#     cis-ubuntu-24.04-v1.0.0: ["1.3.1.4"]
#     nist-800-53-r5: ["AC-3"]
package policies.host.mac.apparmor_complain

import future.keywords.not

subject contains ["mac", "apparmor", "profiles"] if {
	input.mac.apparmor.enabled == true
	not input.os.container == true
}

fail contains {"path": ["mac", "apparmor", "profiles", name], "want": "enforce"} if {
	some name, mode in input.mac.apparmor.profiles
	mode == "complain"
}
