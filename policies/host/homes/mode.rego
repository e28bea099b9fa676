# METADATA
# title: Home directories are closed to others
# description: |
#   Whoever may write there makes start-up files and keys of his own; whoever may read there
#   looks for those of the user. Homes on other machines (NFS, automount) are not judged.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: HOM0003
#   severity: low
#   remediation: |
#     Run `chmod g-w,o-rwx HOME`, and set `HOME_MODE 0750` in /etc/login.defs for new ones.
#   references:
#     cis-debian-12-v1.1.0: ["7.2.9"]
#     cis-ubuntu-22.04-v2.0.0: ["7.2.9"]
#     cis-ubuntu-24.04-v1.0.0: ["7.2.9"]
#     cis-rhel-9-v2.0.0: ["7.2.8"]
#     disa-stig-rhel-9: ["RHEL-09-232050"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.homes.mode

import future.keywords.not

subject contains ["homes", "users", user] if {
	some user, home in input.homes.users
	home.remote == false
	home.folder.exists == true
}

# 0027: the group may write, or others may do anything.
fail contains {"path": ["homes", "users", user, "folder", "mode"], "want": "0750 or less"} if {
	some user, home in input.homes.users
	home.remote == false
	home.folder.exists == true
	not bits.and(home.folder.perm, 23) == 0
}
