# METADATA
# title: Mounts of their own
# description: |
#   What fills up or is damaged there leaves the rest of the system alone, and the mount
#   can have options of its own: nodev, nosuid, noexec. In a container the mounts are
#   the host's to choose.
# related_resources:
#   - description: fstab(5)
#     ref: https://man7.org/linux/man-pages/man5/fstab.5.html
# custom:
#   family: true
package policies.host.mounts.separate

import future.keywords.not

subject contains ["mounts", "runtime", at] if {
	input.mounts.runtime
	not input.os.container == true
	some at, _ in data.tables.host.mounts.separate
}

fail contains {"path": ["mounts", "runtime", at], "want": "a mount of its own"} if {
	input.mounts
	some at, _ in data.tables.host.mounts.separate
	not input.mounts.runtime[at]
}
