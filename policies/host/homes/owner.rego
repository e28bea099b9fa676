# METADATA
# title: Home directories belong to their users
# description: |
#   Whoever owns it replaces the shell's start-up files, and runs what he likes as that user.
#   Root's ownership does no harm by itself, but the user cannot mend what is there. Homes on other machines (NFS, automount) are not judged.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: HOM0002
#   severity: medium
#   remediation: |
#     Run `chown USER:GROUP HOME` after seeing why it belongs to another.
#   references:
#     cis-debian-12-v1.1.0: ["7.2.9"]
#     cis-ubuntu-22.04-v2.0.0: ["7.2.9"]
#     cis-ubuntu-24.04-v1.0.0: ["7.2.9"]
#     cis-rhel-9-v2.0.0: ["7.2.8"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.homes.owner

import future.keywords.not

subject contains ["homes", "users", user] if {
	some user, home in input.homes.users
	home.remote == false
	home.folder.exists == true
}

fail contains {"path": ["homes", "users", user, "folder", "owner"], "want": user} if {
	some user, home in input.homes.users
	home.remote == false
	home.folder.exists == true
	not home.folder.uid == home.uid
}
