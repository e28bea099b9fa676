# METADATA
# title: Modules take the new password from the one before
# description: |
#   Lines of the password stack are judged that come after a module which asks for
#   the new password.
# related_resources:
#   - description: pam.d(5)
#     ref: https://man7.org/linux/man-pages/man5/pam.d.5.html
# custom:
#   family: true
package policies.host.pam.use_authtok

import future.keywords.not

subject contains ["pam", "modules", module] if {
	some module, _ in data.tables.host.pam.use_authtok
	some line in input.pam.modules[module]
	line.type == "password"
}

fail contains {"path": ["pam", "modules", module, i, "options", "use_authtok"], "want": true} if {
	some module, _ in data.tables.host.pam.use_authtok
	some i, line in input.pam.modules[module]
	line.type == "password"
	not line.options.first == true
	not line.options.use_authtok == true
}
