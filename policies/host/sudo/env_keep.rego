# METADATA
# title: sudo hands on no variable that loads code
# description: |
#   With LD_PRELOAD, PYTHONPATH and the like in env_keep, one allowed command runs
#   whatever code its caller puts into a file.
# related_resources:
#   - description: sudoers(5), env_keep
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0013
#   severity: high
#   remediation: |
#     Take the variable out of env_keep with `visudo -f FILE`.
#   references:
#     nist-800-53-r5: ["AC-6", "CM-7"]
package policies.host.sudo.env_keep

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "defaults", "env_keep", i], "want": "no variable that loads code"} if {
	some i, name in input.sudo.defaults.env_keep
	loads_code(name)
}

# env_keep = "A B" is one text.
fail contains {"path": ["sudo", "defaults", "env_keep"], "want": "no variable that loads code"} if {
	is_string(input.sudo.defaults.env_keep)
	some name in split(input.sudo.defaults.env_keep, " ")
	loads_code(name)
}

fail contains {"path": ["sudo", "scoped_defaults", n, "settings", "env_keep", i], "want": "no variable that loads code"} if {
	some n, scoped in input.sudo.scoped_defaults
	some i, name in scoped.settings.env_keep
	loads_code(name)
}

fail contains {"path": ["sudo", "scoped_defaults", n, "settings", "env_keep"], "want": "no variable that loads code"} if {
	some n, scoped in input.sudo.scoped_defaults
	is_string(scoped.settings.env_keep)
	some name in split(scoped.settings.env_keep, " ")
	loads_code(name)
}

loads_code(name) if regex.match(`^(\*|LD_.*|BASH_ENV|ENV|GCONV_PATH|GIT_SSH|GIT_SSH_COMMAND|JAVA_TOOL_OPTIONS|NODE_OPTIONS|NODE_PATH)$`, name)

loads_code(name) if regex.match(`^(PYTHON(PATH|HOME|STARTUP)|PERL(5LIB|5OPT|LIB)|RUBY(LIB|OPT))$`, name)
