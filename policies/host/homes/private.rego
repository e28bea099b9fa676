# METADATA
# title: Files in homes that hold secrets are closed to others
# description: |
#   Histories, key rings and password files of programs tell others how to go on as this
#   user. Homes on other machines (NFS, automount) are not judged.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: HOM0006
#   severity: medium
#   remediation: |
#     Run `chmod go-rwx FILE`, and change the secrets that others could read.
#   references:
#     cis-debian-12-v1.1.0: ["7.2.10"]
#     cis-ubuntu-22.04-v2.0.0: ["7.2.10"]
#     cis-ubuntu-24.04-v1.0.0: ["7.2.10"]
#     cis-rhel-9-v2.0.0: ["7.2.9"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.homes.private

import future.keywords.not

subject contains ["homes", "users", user] if {
	some user, home in input.homes.users
	home.remote == false
	home.folder.exists == true
}

# 0077: the group or others may do anything.
fail contains {"path": ["homes", "users", user, "files", file, "mode"], "want": "0600 or less"} if {
	some user, home in input.homes.users
	some file, f in home.files
	file in secret
	not bits.and(f.perm, 63) == 0
}

secret := [
	".netrc", ".bash_history", ".zsh_history", ".python_history", ".psql_history", ".mysql_history", ".rediscli_history",
	".pgpass", ".my.cnf", ".git-credentials", ".vault-token", ".ssh",
]
