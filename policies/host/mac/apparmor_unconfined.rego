# METADATA
# title: No program runs without the profile that it has
# description: |
#   A service that was started before its profile was loaded stays unconfined until
#   it is started anew.
# related_resources:
#   - description: Linux kernel documentation, AppArmor
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/LSM/apparmor.html
# custom:
#   id: MAC0004
#   severity: low
#   remediation: |
#     Restart the service that is named (`systemctl restart`), or the machine.
#   references:
#     cis-debian-12-v1.1.0: ["1.3.1.3"]
#     cis-ubuntu-22.04-v2.0.0: ["1.3.1.3"]
#     cis-ubuntu-24.04-v1.0.0: ["1.3.1.3"]
#     nist-800-53-r5: ["AC-3"]
package policies.host.mac.apparmor_unconfined

import future.keywords.not

subject contains ["mac", "apparmor", "unconfined"] if {
	input.mac.apparmor.enabled == true
	not input.os.container == true
}

fail contains {"path": ["mac", "apparmor", "unconfined", i], "want": "confined"} if some i, _ in input.mac.apparmor.unconfined
