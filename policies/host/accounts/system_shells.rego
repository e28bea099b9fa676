# METADATA
# title: No system account has a login shell
# description: |
#   A service's account needs no shell: with one, a key or a password that somebody puts
#   there is a way in that nobody misses. Accounts below UID_MIN are judged, except root
#   and sync, shutdown and halt, whose shells do one thing. Some programs need a shell
#   for what they run (PostgreSQL, GitLab's git): name these in the baseline.
# related_resources:
#   - description: nologin(8)
#     ref: https://man7.org/linux/man-pages/man8/nologin.8.html
# custom:
#   id: ACC0030
#   severity: low
#   parameters:
#     shell_accounts:
#       type: list
#       default: []
#       description: System accounts that may have a shell.
#   remediation: |
#     Run `usermod -s /usr/sbin/nologin NAME` for the account that is named, where its
#     program does without.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.2.7"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.2.7"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.2.7"]
#     cis-rhel-9-v2.0.0: ["5.4.2.7"]
#     disa-stig-rhel-9: ["RHEL-09-411035"]
#     nist-800-53-r5: ["AC-2", "AC-6"]
package policies.host.accounts.system_shells

import future.keywords.not

subject contains ["accounts", "users"] if input.accounts.users

fail contains {"path": ["accounts", "users", name, "shell"], "want": "/usr/sbin/nologin"} if {
	some name, user in input.accounts.users
	not name in ["root", "sync", "shutdown", "halt"]
	not name in data.parameters.shell_accounts
	user.system == true
	user.login == true
}
