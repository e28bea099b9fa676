# METADATA
# title: No group is let in without a password
# description: |
#   With `sufficient pam_succeed_if.so user ingroup wheel` in su, whoever takes over the
#   account of a member is root without a further step; in login, whoever knows its name.
#   Desktops have such a group for people at the screen; their greeters are not judged.
# related_resources:
#   - description: pam_succeed_if(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_succeed_if.8.html
# custom:
#   id: PAM0029
#   severity: high
#   remediation: |
#     Take the line of pam_succeed_if out of the file that is named; where a password is a
#     burden, give the one command by sudo. It holds at once.
#   references:
#     nist-800-53-r5: ["AC-6", "IA-2", "IA-11"]
package policies.host.pam.group_suffices

import future.keywords.not

subject contains ["pam", "services"] if input.pam.services

fail contains {"path": ["pam", "services", name, "group_suffices"], "want": false} if {
	some name, service in input.pam.services
	name in {"login", "remote", "sshd", "su", "su-l", "sudo", "sudo-i", "polkit-1", "cockpit"}
	service.group_suffices == true
	not service.accepts_any_password == true
}
