# METADATA
# title: No sudo rule has wildcards among the arguments of a command
# description: |
#   A wildcard in arguments matches blanks and slashes too: `/bin/cat /var/log/*` allows
#   `/bin/cat /var/log/x /etc/shadow`.
# related_resources:
#   - description: sudoers(5), Wildcards
#     ref: https://man7.org/linux/man-pages/man5/sudoers.5.html
# custom:
#   id: SUD0019
#   severity: low
#   remediation: |
#     In the rule that is named, with `visudo -f FILE`, name the arguments one by one;
#     from sudo 1.9.10 on a regular expression does: `/bin/cat ^/var/log/[a-z]+$`.
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.host.sudo.wildcards

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "rules", i, "commands", k], "want": "no wildcard in arguments"} if {
	some i, rule in input.sudo.rules
	not "ALL" in rule.commands
	some user in rule.users
	not user in ["root", "#0"]
	some k, command in rule.commands
	startswith(command, "/")
	some j, word in split(command, " ")
	j > 0
	wild(word)
}

# What the script masks is ***, and a regular expression ^.*$.
wild(word) if {
	regex.match(`[*?\[]`, word)
	not word == "***"
	not startswith(word, "^")
}
