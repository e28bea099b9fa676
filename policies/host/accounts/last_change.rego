# METADATA
# title: No password was changed in the future
# description: |
#   A date to come keeps the password from running out for as long, by a clock that
#   was wrong or by a hand that meant it.
# related_resources:
#   - description: shadow(5)
#     ref: https://man7.org/linux/man-pages/man5/shadow.5.html
# custom:
#   id: ACC0027
#   severity: low
#   remediation: |
#     Set the target's clock right, and run `chage --lastday $(date +%F) NAME`, or
#     have the password changed.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.1.6"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.1.6"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.1.6"]
#     cis-rhel-9-v2.0.0: ["5.4.1.6"]
#     nist-800-53-r5: ["IA-5(1)"]
package policies.host.accounts.last_change

import future.keywords.not

subject contains ["accounts", "users"] if input.accounts.users

fail contains {"path": ["accounts", "users", name, "last_change"], "want": "today or before"} if {
	some name, user in input.accounts.users
	user.password == "set"
	user.last_change > input.os.time
}
