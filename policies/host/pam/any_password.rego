# METADATA
# title: A wrong password lets nobody in
# description: |
#   A stack can be put together so that a wrong password is as good as the right
#   one: pam_permit too early, a jump too far, pam_unix as optional. Whoever reaches
#   the prompt is then in. The stacks are walked as libpam walks them, for an
#   account that is local and in no special group, with every other way to log in
#   failing.
# related_resources:
#   - description: pam.d(5)
#     ref: https://man7.org/linux/man-pages/man5/pam.d.5.html
# custom:
#   id: PAM0001
#   severity: critical
#   remediation: |
#     Take out of the service's file in /etc/pam.d, or of the file that it
#     includes, the line that lets in: below pam_unix.so there must be `auth
#     requisite pam_deny.so`, and what jumps over it may do so on success only. It
#     holds at once; keep a root shell open while you try.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.2.1"]
#     cis-rhel-9-v2.0.0: ["5.3.2.5"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.2.1"]
#     nist-800-53-r5: ["IA-2", "IA-5"]
package policies.host.pam.any_password

import future.keywords.not

subject contains ["pam", "services"] if input.pam.services

fail contains {"path": ["pam", "services", name, "accepts_any_password"], "want": false} if {
	some name, service in input.pam.services
	service.accepts_any_password == true
}
