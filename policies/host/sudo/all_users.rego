# METADATA
# title: sudo does not make everybody root
# description: |
#   A rule for ALL users and ALL commands lets every account on the host, a
#   service's too, become root with its own password. Where the password asked for
#   is root's (targetpw, rootpw), the rule is fine.
# related_resources:
#   - description: sudoers(5)
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0003
#   severity: high
#   remediation: |
#     Replace ALL at the start of the rule by a group, as in `%sudo ALL=(ALL:ALL)
#     ALL`, with `visudo -f FILE`.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-432030"]
#     nist-800-53-r5: ["AC-6"]
package policies.host.sudo.all_users

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "rules", i, "users"], "want": "a user or a %group"} if {
	some i, rule in input.sudo.rules
	"ALL" in rule.users
	"ALL" in rule.commands
	as_root(rule)
	not root_password
}

as_root(rule) if {
	some runas in ["ALL", "root", "#0"]
	runas in rule.runas_users
}

root_password if input.sudo.defaults.targetpw == true

root_password if input.sudo.defaults.rootpw == true
