# METADATA
# title: AppArmor or SELinux is active
# description: |
#   Mandatory access control keeps a service that was taken over to its own files,
#   even as root. The kernel's list of active modules is judged; whether profiles
#   are enforced is not.
# related_resources:
#   - description: Linux kernel documentation, security modules
#     ref: https://www.kernel.org/doc/html/latest/admin-guide/LSM/index.html
# custom:
#   id: KRN0051
#   severity: medium
#   remediation: |
#     On Debian and Ubuntu, install apparmor and take `apparmor=0` and an `lsm=`
#     without apparmor off GRUB_CMDLINE_LINUX in /etc/default/grub; on Red Hat, take
#     `selinux=0` off with `grubby --update-kernel ALL --remove-args selinux`. Then
#     run `update-grub` on Debian, and reboot.
#   references:
#     cis-debian-12-v1.1.0: ["1.3.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["1.3.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["1.3.1.2"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-431015"]
#     nist-800-53-r5: ["AC-3"]
package policies.host.kernel.mandatory_access_control

import future.keywords.not

subject contains ["kernel", "lsm"] if {
	input.kernel
	not input.os.container == true
}

fail contains {"path": ["kernel", "lsm"], "want": "apparmor or selinux"} if {
	input.kernel
	not confined
}

confined if "apparmor" in input.kernel.lsm

confined if {
	"selinux" in input.kernel.lsm
	not input.mac.selinux.mode == "disabled"
}
