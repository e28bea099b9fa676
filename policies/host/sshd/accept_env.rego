# METADATA
# title: sshd takes no variable from clients that loads code
# description: |
#   Accounts that may run one command only, or copy files, get a shell where the client
#   may set a variable that makes a program load a library or run a command.
# related_resources:
#   - description: sshd_config(5), AcceptEnv
#     ref: https://man.openbsd.org/sshd_config#AcceptEnv
# custom:
#   id: SSH0031
#   severity: low
#   remediation: |
#     In the AcceptEnv line that is named, list the variables that are needed, such as
#     `AcceptEnv LANG LC_*`, and run `systemctl reload ssh` (`sshd` on Red Hat).
#   references:
#     nist-800-53-r5: ["AC-6", "CM-7"]
package policies.host.sshd.accept_env

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", m, "acceptenv", i], "want": "no variable that loads code"} if {
	some m, c in input.sshd.contexts
	some i, pattern in c.acceptenv
	loads_code(pattern)
	own(m, pattern)
}

# A pattern that begins with a wildcard takes them all.
loads_code(pattern) if regex.match(`^([*?]|LD?[*?]|LD_|BASH([*?]|_ENV$|_[*?]|_FUNC)|ENV$|PATH$|SHELLOPTS$|PS4$)`, pattern)

loads_code(pattern) if regex.match(`^(PYTHON|PERL|PERL5|RUBY|NODE|NODE_|JAVA|JAVA_|GIT|GIT_|G|GCONV|GCONV_)[*?]`, pattern)

loads_code(pattern) if regex.match(`^(PYTHON(PATH|HOME|STARTUP)|PERL(5LIB|5OPT|LIB)|RUBY(LIB|OPT)|NODE_(OPTIONS|PATH)|JAVA_TOOL_OPTIONS|GCONV_PATH)$`, pattern)

loads_code(pattern) if regex.match(`^GIT_(SSH|SSH_COMMAND|EXEC_PATH|PROXY_COMMAND|ASKPASS|EDITOR|PAGER|TEMPLATE_DIR|CONFIG.*|EXTERNAL_DIFF)$`, pattern)

own("global", _)

own(m, pattern) if {
	m != "global"
	not pattern in input.sshd.contexts.global.acceptenv
}
