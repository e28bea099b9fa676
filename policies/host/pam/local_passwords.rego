# METADATA
# title: pam_unix looks after the passwords of local accounts
# description: |
#   Without pam_unix in the account stack an account that ran out still logs in by
#   key; without it in the password stack, passwords are kept by something else than
#   /etc/shadow's rules.
# related_resources:
#   - description: pam_unix(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_unix.8.html
# custom:
#   id: PAM0002
#   severity: low
#   remediation: |
#     Run `pam-auth-update --enable unix` on Debian and Ubuntu, `authselect
#     apply-changes` on Red Hat, or put pam_unix.so back into the stack that is
#     named. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.2.1"]
#     cis-rhel-9-v2.0.0: ["5.3.2.1", "5.3.2.5"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.2.1"]
#     nist-800-53-r5: ["IA-2", "IA-5"]
package policies.host.pam.local_passwords

import future.keywords.not

subject contains ["pam", "services"] if input.pam.services

fail contains {"path": ["pam", "services", name, kind], "want": "pam_unix"} if {
	some pair in needed
	name := pair[0]
	kind := pair[1]
	service := input.pam.services[name]
	not asked(service, kind)
}

asked(service, kind) if "pam_unix" in service[kind]

needed := {
	["login", "auth"], ["login", "account"], ["login", "session"],
	["sshd", "account"], ["sshd", "session"],
	["su", "auth"], ["su", "account"], ["passwd", "password"],
}
