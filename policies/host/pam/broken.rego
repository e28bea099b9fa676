# METADATA
# title: libpam can read every stack
# description: |
#   A line that libpam does not understand refuses everybody, and a file that it
#   gives up keeps administrators out on the day they are needed. Often it is a lock
#   or a check that was meant, and does not hold.
# related_resources:
#   - description: pam.d(5)
#     ref: https://man7.org/linux/man-pages/man5/pam.d.5.html
# custom:
#   id: PAM0027
#   severity: medium
#   remediation: |
#     Mend the line that is named, or the include that leads nowhere; the journal
#     has libpam's own words (`journalctl -g PAM`). On Debian and Ubuntu
#     `pam-auth-update --force` makes the common files anew.
#   references:
#     nist-800-53-r5: ["CM-6", "IA-2"]
package policies.host.pam.broken

import future.keywords.not

subject contains ["pam", "services"] if input.pam.services

fail contains {"path": ["pam", "services", name, "aborted"], "want": false} if {
	some name, service in input.pam.services
	service.aborted == true
}

fail contains {"path": ["pam", "services", name, kind, i], "want": "a line that libpam understands"} if {
	some name, service in input.pam.services
	some kind in ["auth", "account", "password", "session"]
	some i, module in service[kind]
	module == "(broken line)"
}
