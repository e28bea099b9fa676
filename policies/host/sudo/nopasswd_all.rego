# METADATA
# title: No sudo rule allows everything without a password
# description: |
#   With NOPASSWD for every command, whoever takes over the account's shell, a
#   stolen key or an unlocked screen, is root at once. Images of clouds ship such a
#   rule for their first user. Rules for root and for `allowed_users` are passed over.
# related_resources:
#   - description: sudoers(5)
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0002
#   severity: medium
#   remediation: |
#     See that the account has a password that its user knows (`passwd NAME`; accounts
#     that cloud-init makes have none, and would be left without sudo), then take
#     NOPASSWD out of the rule with `visudo -f FILE`, or name the commands that need
#     it. List accounts of automation under `allowed_users`.
#   references:
#     cis-debian-12-v1.1.0: ["5.2.4"]
#     cis-rhel-9-v2.0.0: ["5.2.4"]
#     cis-ubuntu-22.04-v2.0.0: ["5.2.4"]
#     cis-ubuntu-24.04-v1.0.0: ["5.2.4"]
#     disa-stig-rhel-9: ["RHEL-09-611085"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-432011"]
#     nist-800-53-r5: ["AC-6", "IA-2"]
#   parameters:
#     allowed_users:
#       type: list
#       default: []
#       description: Users and %groups that may run everything without a password, such as those of automation.
package policies.host.sudo.nopasswd_all

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "rules", i, "nopasswd"], "want": false} if {
	some i, rule in input.sudo.rules
	rule.nopasswd == true
	"ALL" in rule.commands
	as_root(rule)
	some user in rule.users
	person(user)
	not taken_back(i, user)
}

as_root(rule) if {
	some runas in ["ALL", "root", "#0"]
	runas in rule.runas_users
}

person(user) if {
	not user in ["root", "#0"]
	not startswith(user, "!")
	not user in data.parameters.allowed_users
}

# taken_back is true where a later rule for the same user, which wins, asks for the
# password.
taken_back(i, user) if {
	some j, later in input.sudo.rules
	j > i
	later.nopasswd == false
	user in later.users
	"ALL" in later.hosts
	"ALL" in later.runas_users
	"ALL" in later.commands
}
