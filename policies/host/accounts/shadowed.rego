# METADATA
# title: Password hashes are kept in /etc/shadow
# description: |
#   Everyone may read /etc/passwd, so a hash in it can be taken away and guessed at
#   leisure by any local user or service.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: ACC0004
#   severity: high
#   remediation: |
#     Run `pwconv`, and have the password changed: others may have read the hash.
#   references:
#     cis-debian-12-v1.1.0: ["7.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["7.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["7.2.1"]
#     cis-rhel-9-v2.0.0: ["7.2.1"]
#     nist-800-53-r5: ["IA-5"]
package policies.host.accounts.shadowed

import future.keywords.not

subject contains ["accounts", "users"] if input.accounts.users

fail contains {"path": ["accounts", "users", name, "shadowed"], "want": true} if {
	some name, user in input.accounts.users
	user.shadowed == false
	user.password in ["set", "locked"]
}
