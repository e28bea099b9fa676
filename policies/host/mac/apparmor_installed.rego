# METADATA
# title: AppArmor's profiles are installed
# description: |
#   The kernel confines nothing without profiles and the program that loads them.
# related_resources:
#   - description: Linux kernel documentation, AppArmor
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/LSM/apparmor.html
# custom:
#   id: MAC0001
#   severity: medium
#   remediation: |
#     Run `apt-get install apparmor apparmor-utils`, and reboot.
#   references:
#     cis-debian-12-v1.1.0: ["1.3.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.3.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.3.1.1"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-431010"]
#     nist-800-53-r5: ["AC-3"]
package policies.host.mac.apparmor_installed

import future.keywords.not

subject contains ["packages", "installed"] if {
	input.packages.manager == "dpkg"
	not input.os.container == true
	not input.mac.selinux.mode in {"enforcing", "permissive"}
}

fail contains {"subject": ["packages", "installed"], "path": ["packages", "installed", "apparmor"], "want": "installed"} if {
	input.packages.manager == "dpkg"
	not input.packages.installed.apparmor
}
