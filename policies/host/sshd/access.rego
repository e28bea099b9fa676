# METADATA
# title: sshd lets in only those who are named
# description: |
#   Without AllowUsers, AllowGroups, DenyUsers or DenyGroups, every account with a shell
#   can log in, and so can one that a package or an intruder makes. Where few accounts
#   have a shell, and PAM or the directory says who may log in, this adds little.
# related_resources:
#   - description: sshd_config(5), AllowGroups
#     ref: https://man.openbsd.org/sshd_config#AllowGroups
# custom:
#   id: SSH0027
#   severity: low
#   remediation: |
#     Put `AllowGroups GROUP` with the group of those who log in into
#     /etc/ssh/sshd_config.d/00-merlon.conf (or, where sshd_config does not include that,
#     at its top) and run `systemctl reload ssh` (`sshd` on Red Hat). Keep a session open
#     until a new one works.
#   references:
#     cis-debian-12-v1.1.0: ["5.1.4"]
#     cis-ubuntu-22.04-v2.0.0: ["5.1.4"]
#     cis-ubuntu-24.04-v1.0.0: ["5.1.4"]
#     cis-rhel-9-v2.0.0: ["5.1.7"]
#     nist-800-53-r5: ["AC-3", "AC-17"]
package policies.host.sshd.access

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", "global", "allowgroups"], "want": "the groups that may log in"} if {
	input.sshd.installed == true
	not input.sshd.contexts.global.allowgroups[0]
	not input.sshd.contexts.global.allowusers[0]
	not input.sshd.contexts.global.denygroups[0]
	not input.sshd.contexts.global.denyusers[0]
}
