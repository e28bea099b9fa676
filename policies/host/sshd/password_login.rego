# METADATA
# title: sshd takes no password alone
# description: |
#   A password can be guessed from anywhere, and is often the same elsewhere; a key
#   cannot. Passwords that come on top of a key are fine. What PAM asks for in a
#   keyboard-interactive login is the password too, whatever PasswordAuthentication
#   says, unless a module of PAM's asks for a second factor.
# related_resources:
#   - description: sshd_config(5), PasswordAuthentication
#     ref: https://man.openbsd.org/sshd_config#PasswordAuthentication
# custom:
#   id: SSH0003
#   severity: medium
#   parameters:
#     password_login:
#       type: boolean
#       default: false
#       description: A password alone may log in; GitLab's advice for hosts has it so.
#   remediation: |
#     See that everyone who needs it has a key, put `PasswordAuthentication no` and
#     `KbdInteractiveAuthentication no` (or `AuthenticationMethods publickey,password`
#     alone) into /etc/ssh/sshd_config.d/00-merlon.conf (or, where sshd_config does not include
#     that, at its top), and run `systemctl reload ssh` (`sshd` on Red Hat).
#   references:
#     gitlab-os: ["PasswordAuthentication"]
#     nist-800-53-r5: ["AC-17", "IA-2", "IA-5"]
package policies.host.sshd.password_login

import future.keywords.not

subject contains ["sshd"] if {
	not data.parameters.password_login == true
	input.sshd.installed == true
}

fail contains {"path": ["sshd", "contexts", m, "passwordauthentication"], "want": "no"} if {
	some m, c in input.sshd.contexts
	not c.passwordauthentication == "no"
	some methods in c.authenticationmethods
	not more_than_password(methods)
	own(m, c)
}

fail contains {"path": ["sshd", "contexts", m, "passwordauthentication"], "want": "no"} if {
	some m, c in input.sshd.contexts
	not c.passwordauthentication == "no"
	not c.authenticationmethods[0]
	own(m, c)
}

# PAM's questions are the password.
fail contains {"path": ["sshd", "contexts", m, "kbdinteractiveauthentication"], "want": "no"} if {
	input.pam.services.sshd.password_login == true
	not second_factor
	some m, c in input.sshd.contexts
	c.kbdinteractiveauthentication == "yes"
	c.usepam == "yes"
	some methods in c.authenticationmethods
	regex.match(`^(any$|keyboard-interactive)`, methods)
	not more_than_password(methods)
	asks_here(m, c)
}

second_factor if {
	some module in input.pam.services.sshd.auth
	module in {"pam_google_authenticator", "pam_oath", "pam_duo", "pam_u2f", "pam_yubico", "pam_radius_auth", "pam_radius"}
}

asks_here("global", _)

asks_here(m, c) if {
	m != "global"
	not same_questions(c)
}

same_questions(c) if {
	c.kbdinteractiveauthentication == input.sshd.contexts.global.kbdinteractiveauthentication
	not asks_less(c)
}

# more_than_password is true of a list of methods of which one is no password.
more_than_password(methods) if regex.match(`publickey|hostbased|gssapi`, methods)

# own is true of the global part, and of a Match block that says otherwise: what a
# block inherits is mended in the global part.
own("global", _)

own(m, c) if {
	m != "global"
	not same(c)
}

same(c) if {
	c.passwordauthentication == input.sshd.contexts.global.passwordauthentication
	not asks_less(c)
}

# asks_less is true of a block whose own methods let a password suffice.
asks_less(c) if {
	some methods in c.authenticationmethods
	not methods in input.sshd.contexts.global.authenticationmethods
}
