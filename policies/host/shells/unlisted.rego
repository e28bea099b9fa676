# METADATA
# title: Accounts whose shell is not in /etc/shells have no password
# description: |
#   Such an account is not meant for people; with a password it is still good for
#   services that ask no shell, such as mail or a data base with PAM.
# related_resources:
#   - description: shells(5)
#     ref: https://man7.org/linux/man-pages/man5/shells.5.html
#   - description: shadow(5)
#     ref: https://man7.org/linux/man-pages/man5/shadow.5.html
# custom:
#   id: SHL0007
#   severity: low
#   remediation: |
#     Run `usermod -L NAME`, or give the account a shell of /etc/shells with
#     `usermod -s` where a person uses it.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.2.8"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.2.8"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.2.8"]
#     cis-rhel-9-v2.0.0: ["5.4.2.8"]
#     nist-800-53-r5: ["AC-2", "AC-6"]
package policies.host.shells.unlisted

import future.keywords.not

subject contains ["accounts", "users"] if {
	input.accounts.users
	some _ in input.shells.valid
}

fail contains {"path": ["accounts", "users", name, "password"], "want": "locked"} if {
	some name, user in input.accounts.users
	name != "root"
	user.password == "set"
	not listed(user.shell)
}

listed(shell) if shell in input.shells.valid
