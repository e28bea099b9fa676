# METADATA
# title: Mount options
# description: |
#   What is mounted now is judged, and what the next boot mounts. A path that is no
#   mount of its own is not judged, nor one that automount fills on demand; in a
#   container the mounts are the host's to choose.
# related_resources:
#   - description: mount(8)
#     ref: https://man7.org/linux/man-pages/man8/mount.8.html
# custom:
#   family: true
package policies.host.mounts.options

import future.keywords.not

subject contains ["mounts", key] if {
	not input.os.container == true
	some key, row in data.tables.host.mounts.options
	at := row.mount
	input.mounts.runtime[at].type != "autofs"
}

subject contains ["mounts", key] if {
	not input.os.container == true
	some key, row in data.tables.host.mounts.options
	at := row.mount
	input.mounts.boot[at].type != "autofs"
}

fail contains {"subject": ["mounts", key], "path": ["mounts", "runtime", at, "options"], "want": want} if {
	some key, row in data.tables.host.mounts.options
	at := row.mount
	want := row.option
	input.mounts.runtime[at]
	not input.mounts.runtime[at].type == "autofs"
	not want in input.mounts.runtime[at].options
}

fail contains {"subject": ["mounts", key], "path": ["mounts", "boot", at, "options"], "want": want} if {
	some key, row in data.tables.host.mounts.options
	at := row.mount
	want := row.option
	input.mounts.boot[at]
	not input.mounts.boot[at].type == "autofs"
	not want in input.mounts.boot[at].options
}
