# METADATA
# title: Network file systems bring no devices and no set-uid programs
# description: |
#   Whoever is root on the server could put a set-uid program or a device file on
#   the share, and so be root on every client that mounts it.
# related_resources:
#   - description: mount(8)
#     ref: https://man7.org/linux/man-pages/man8/mount.8.html
# custom:
#   id: MNT0101
#   severity: medium
#   remediation: |
#     Add `nosuid,nodev` to the options of the mount in /etc/fstab, in the unit or in
#     the automounter's map, and remount it.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-231065", "RHEL-09-231075"]
#     nist-800-53-r5: ["AC-6", "CM-7"]
package policies.host.mounts.network

import future.keywords.not

subject contains ["mounts", "runtime", at] if {
	not input.os.container == true
	some at, m in input.mounts.runtime
	regex.match(`^(nfs|nfs4|cifs|smb3|9p|ceph|glusterfs|fuse\.glusterfs|fuse\.sshfs)$`, m.type)
}

fail contains {"path": ["mounts", "runtime", at, "options"], "want": want} if {
	some at, m in input.mounts.runtime
	some want in ["nosuid", "nodev"]
	not want in m.options
}
