# METADATA
# title: No sudo rule skips the password for some commands
# description: |
#   One command without a password is enough for whoever takes over the account's shell,
#   where it can be made to start another or to write a file. Rules for root and for
#   `allowed_users` are passed over, and so are those that a later one takes back. Rules
#   for every command as root have a control of their own.
# related_resources:
#   - description: sudoers(5)
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0030
#   severity: low
#   remediation: |
#     Take NOPASSWD out of the rule with `visudo -f FILE`; list accounts of automation,
#     such as the one that scans, under `allowed_users`.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-611085"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-432011"]
#     nist-800-53-r5: ["AC-6", "IA-11"]
#   parameters:
#     allowed_users:
#       type: list
#       default: []
#       description: Users and %groups that may run everything without a password, such as those of automation.
package policies.host.sudo.nopasswd_any

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "rules", i, "nopasswd"], "want": false} if {
	some i, rule in input.sudo.rules
	rule.nopasswd == true
	not everything(rule)
	some user in rule.users
	person(user)
	not taken_back(i, user)
}

everything(rule) if {
	"ALL" in rule.commands
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
