# METADATA
# title: Files by which other hosts are trusted
# description: |
#   rsh, rlogin and host-based SSH let in whoever such a file names, on the word of
#   the other host. Nothing uses them unless those are on; then they are a back door.
# related_resources:
#   - description: sshd(8), FILES
#     ref: https://man.openbsd.org/sshd#FILES
# custom:
#   family: true
package policies.host.files.trust

import future.keywords.not

subject contains ["files", file] if {
	some file, _ in data.tables.host.files.trust
	input.files[file]
}

fail contains {"path": ["files", file, "exists"], "want": false} if {
	some file, _ in data.tables.host.files.trust
	input.files[file].exists == true
}
