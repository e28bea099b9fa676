# METADATA
# title: No sudo rule takes single commands back from ALL
# description: |
#   `ALL, !/bin/su` stops nobody: a copy of the command under another name, or a
#   shell started from an editor, is not on the list.
# related_resources:
#   - description: sudoers(5), SECURITY NOTES
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0004
#   severity: medium
#   remediation: |
#     List the commands that are allowed, with full paths, in place of ALL and
#     exceptions; use `visudo -f FILE`.
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.host.sudo.negated_commands

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "rules", i, "commands", k], "want": "a list of what is allowed"} if {
	some i, rule in input.sudo.rules
	"ALL" in rule.commands
	some k, command in rule.commands
	startswith(command, "!")
}
