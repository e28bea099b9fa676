# METADATA
# title: Files with a dot in homes are written by their users only
# description: |
#   The shell, ssh and git run what stands in them: whoever may write there runs what he
#   likes as that user. Homes on other machines (NFS, automount) are not judged.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: HOM0007
#   severity: medium
#   remediation: |
#     Run `chmod go-w FILE` and `chown USER FILE`.
#   references:
#     cis-debian-12-v1.1.0: ["7.2.10"]
#     cis-ubuntu-22.04-v2.0.0: ["7.2.10"]
#     cis-ubuntu-24.04-v1.0.0: ["7.2.10"]
#     cis-rhel-9-v2.0.0: ["7.2.9"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.homes.writable

import future.keywords.not

subject contains ["homes", "users", user] if {
	some user, home in input.homes.users
	home.remote == false
	home.folder.exists == true
}

# 0022: the group or others may write.
fail contains {"path": ["homes", "users", user, "files", file, "mode"], "want": "0644 or less"} if {
	some user, home in input.homes.users
	some file, f in home.files
	not startswith(file, ".ssh/")
	not bits.and(f.perm, 18) == 0
}

fail contains {"path": ["homes", "users", user, "files", file, "owner"], "want": "the user or root"} if {
	some user, home in input.homes.users
	some file, f in home.files
	not startswith(file, ".ssh/")
	not f.uid == home.uid
	not f.uid == 0
}
