# METADATA
# title: No system account has a shell and a password
# description: |
#   Nobody changes the password of a service's account or misses it when it is used;
#   with a shell, whoever guesses it is in. Accounts below UID_MIN are judged, except
#   root; a shell alone, as PostgreSQL's has, is fine.
# related_resources:
#   - description: shadow(5)
#     ref: https://man7.org/linux/man-pages/man5/shadow.5.html
# custom:
#   id: ACC0011
#   severity: medium
#   remediation: |
#     Lock the password with `passwd -l NAME`, and take the shell with `usermod -s
#     /usr/sbin/nologin NAME` where nothing needs it.
#   references:
#     nist-800-53-r5: ["AC-2", "AC-6"]
package policies.host.accounts.system_logins

import future.keywords.not

subject contains ["accounts", "users"] if input.accounts.users

fail contains {"path": ["accounts", "users", name, "password"], "want": "locked"} if {
	some name, user in input.accounts.users
	name != "root"
	user.system == true
	user.login == true
	user.password == "set"
}
