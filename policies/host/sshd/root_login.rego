# METADATA
# title: sshd refuses root logins
# description: |
#   A root login leaves no personal name in the audit trail and offers every
#   attacker an account name that is known to exist.
# related_resources:
#   - description: sshd_config(5), PermitRootLogin
#     ref: https://man.openbsd.org/sshd_config#PermitRootLogin
# custom:
#   id: SSH0001
#   severity: medium
#   remediation: |
#     Put `PermitRootLogin no` into /etc/ssh/sshd_config.d/00-merlon.conf (or, where
#     sshd_config does not include that, at its top), take it out of Match blocks that
#     loosen it, and run `systemctl reload ssh` (`sshd` on Red Hat).
#   references:
#     cis-debian-12-v1.1.0: ["5.1.20"]
#     cis-ubuntu-22.04-v2.0.0: ["5.1.20"]
#     cis-ubuntu-24.04-v1.0.0: ["5.1.20"]
#     cis-rhel-9-v2.0.0: ["5.1.20"]
#     disa-stig-rhel-9: ["RHEL-09-255045"]
#     gitlab-os: ["PermitRootLogin"]
#     nist-800-53-r5: ["AC-6(2)", "IA-2"]
package policies.host.sshd.root_login

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", m, "permitrootlogin"], "want": "no"} if {
	some m, c in input.sshd.contexts
	not c.permitrootlogin == "no"
	own(m, c)
}

# own is true of the global part, and of a Match block that says otherwise: what a
# block inherits is mended in the global part.
own("global", _)

own(m, c) if {
	m != "global"
	not c.permitrootlogin == input.sshd.contexts.global.permitrootlogin
}
