# METADATA
# title: sshd takes public keys
# description: |
#   Where keys are refused, passwords are what is left, and these are guessed and given
#   away.
# related_resources:
#   - description: sshd_config(5), PubkeyAuthentication
#     ref: https://man.openbsd.org/sshd_config#PubkeyAuthentication
# custom:
#   id: SSH0030
#   severity: low
#   remediation: |
#     Take `PubkeyAuthentication no` out of the file that is named, and run
#     `systemctl reload ssh` (`sshd` on Red Hat).
#   references:
#     disa-stig-rhel-9: ["RHEL-09-255035"]
#     gitlab-os: ["PubkeyAuthentication"]
#     nist-800-53-r5: ["IA-2"]
package policies.host.sshd.public_keys

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", "global", "pubkeyauthentication"], "want": "yes"} if {
	input.sshd.contexts.global.pubkeyauthentication == "no"
}
