# METADATA
# title: A login sets the count of failures back
# description: |
#   Where nothing does, an account is locked by mistypings that lie hours apart, and
#   people ask for the lock to be taken away. pam_faillock sets it back in the
#   account stack, or by authsucc in the auth stack.
# related_resources:
#   - description: pam_faillock(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_faillock.8.html
# custom:
#   id: PAM0004
#   severity: low
#   remediation: |
#     Put `account required pam_faillock.so` before pam_unix in the account stack:
#     with a profile for `pam-auth-update` on Debian and Ubuntu; on Red Hat
#     `authselect enable-feature with-faillock` does it.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.2.2"]
#     cis-rhel-9-v2.0.0: ["5.3.2.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.2.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.2.2"]
#     nist-800-53-r5: ["AC-7"]
package policies.host.pam.faillock_reset

import future.keywords.not

subject contains ["pam", "services"] if {
	some name, service in input.pam.services
	name in gates
	service.counts_failures == true
}

fail contains {"path": ["pam", "services", name, "resets_failures"], "want": true} if {
	some name, service in input.pam.services
	name in gates
	service.counts_failures == true
	not service.resets_failures == true
}

# Services at which somebody who is not yet let in may try passwords.
gates := {"login", "remote", "sshd", "su", "su-l", "sudo", "sudo-i", "polkit-1", "gdm-password", "lightdm", "sddm", "cockpit"}
