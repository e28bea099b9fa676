# METADATA
# title: No home holds files by which other hosts are trusted
# description: |
#   Through .rhosts and .shosts rsh and host-based SSH let in whom they name, without a
#   password. Homes on other machines (NFS, automount) are not judged.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: HOM0004
#   severity: medium
#   remediation: |
#     Delete the file.
#   references:
#     cis-debian-12-v1.1.0: ["7.2.10"]
#     cis-ubuntu-22.04-v2.0.0: ["7.2.10"]
#     cis-ubuntu-24.04-v1.0.0: ["7.2.10"]
#     cis-rhel-9-v2.0.0: ["7.2.9"]
#     disa-stig-rhel-9: ["RHEL-09-252075"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.homes.trust

import future.keywords.not

subject contains ["homes", "users", user] if {
	some user, home in input.homes.users
	home.remote == false
	home.folder.exists == true
}

fail contains {"path": ["homes", "users", user, "files", file], "want": "no such file"} if {
	some user, home in input.homes.users
	some file, _ in home.files
	file in [".rhosts", ".shosts"]
}
