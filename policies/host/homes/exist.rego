# METADATA
# title: Users have a home directory
# description: |
#   A user whose home is missing works in /, and whoever makes the directory first owns the
#   settings. Homes on other machines (NFS, automount) are not judged.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: HOM0001
#   severity: low
#   remediation: |
#     Run `mkhomedir_helper USER`, or give the account another home with `usermod --home`.
#   references:
#     cis-debian-12-v1.1.0: ["7.2.9"]
#     cis-ubuntu-22.04-v2.0.0: ["7.2.9"]
#     cis-ubuntu-24.04-v1.0.0: ["7.2.9"]
#     cis-rhel-9-v2.0.0: ["7.2.8"]
#     disa-stig-rhel-9: ["RHEL-09-411065"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.homes.exist

import future.keywords.not

subject contains ["homes", "users", user] if {
	some user, home in input.homes.users
	home.remote == false
}

fail contains {"path": ["homes", "users", user, "folder", "exists"], "want": true, "subject": ["homes", "users", user]} if {
	some user, home in input.homes.users
	home.remote == false
	not home.folder.exists == true
}

fail contains {"path": ["homes", "users", user, "folder", "type"], "want": "directory", "subject": ["homes", "users", user]} if {
	some user, home in input.homes.users
	home.folder.exists == true
	not home.folder.type == "directory"
}
