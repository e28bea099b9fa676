# METADATA
# title: No sudo rule gives a root shell by another name
# description: |
#   A rule that names an interpreter, a pager, an editor, or a program that writes files,
#   without saying with which arguments, lets its user do everything: `:!sh` in vi,
#   `find -exec`, `tee /etc/shadow`. It looks narrower than ALL and is not.
# related_resources:
#   - description: sudoers(5), Preventing shell escapes
#     ref: https://man7.org/linux/man-pages/man5/sudoers.5.html
# custom:
#   id: SUD0018
#   severity: medium
#   parameters:
#     allowed_users:
#       type: list
#       default: []
#       description: Users and %groups that may run everything without a password, such as those of automation.
#   remediation: |
#     In the rule that is named, with `visudo -f FILE`, put `sudoedit FILE` in the place
#     of editors and pagers (or the tag `NOEXEC:` before them), and name the arguments of
#     the other programs, or a script of root's in their place.
#   references:
#     nist-800-53-r5: ["AC-6", "AC-6(1)"]
package policies.host.sudo.shells

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "rules", i, "commands", k], "want": "a program that starts no other, or its arguments"} if {
	some i, rule in input.sudo.rules
	as_root(rule)
	not "ALL" in rule.commands
	some user in rule.users
	person(user)
	some k, command in rule.commands
	gives_shell(command)
}

fail contains {"path": ["sudo", "rules", i, "commands", k], "want": "sudoedit, or the tag NOEXEC"} if {
	some i, rule in input.sudo.rules
	as_root(rule)
	not "ALL" in rule.commands
	not "NOEXEC" in rule.tags
	some user in rule.users
	person(user)
	some k, command in rule.commands
	edits(command)
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

# No arguments are any arguments, and "" is none at all.
gives_shell(command) if regex.match(`^/([^ ]*/)?((ba|da|z|k|c|tc|fi|a)?sh|busybox|su|sudo|runuser)( ""| \*.*)?$`, command)

gives_shell(command) if regex.match(`^/([^ ]*/)?(env|script|expect|screen|tmux|nsenter|unshare|chroot|setpriv)( ""| \*.*)?$`, command)

gives_shell(command) if regex.match(`^/([^ ]*/)?(python|perl|ruby|node|lua|php)[0-9.]*( ""| \*.*)?$`, command)

gives_shell(command) if regex.match(`^/([^ ]*/)?(tee|cp|mv|dd|ln|install|tar|rsync|chmod|chown)( \*.*)?$`, command)

gives_shell(command) if regex.match(`^/([^ ]*/)?(find|sed|[gm]?awk|xargs|crontab)( \*.*)?$`, command)

gives_shell(command) if regex.match(`^/([^ ]*/)?(visudo|vipw)( |$)`, command)

edits(command) if regex.match(`^/([^ ]*/)?(vi|vim([.][a-z]+)?|nvim|view|nano|pico|emacs|ed|ex|joe|mcedit)( |$)`, command)

edits(command) if regex.match(`^/([^ ]*/)?(less|more|most|man)( |$)`, command)
