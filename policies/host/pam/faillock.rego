# METADATA
# title: Accounts are locked after failed logins
# description: |
#   Without a lock, a program tries passwords at the console, at sudo and over the
#   network until one fits. It only works where pam_faillock hears of each failure
#   (authfail) and is asked again before a login is granted (preauth or authsucc):
#   both are tried out on the stack of each service that takes passwords.
# related_resources:
#   - description: pam_faillock(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_faillock.8.html
# custom:
#   id: PAM0003
#   severity: medium
#   remediation: |
#     On Red Hat run `authselect enable-feature with-faillock`. On Debian and
#     Ubuntu make two files in /usr/share/pam-configs, each with a `Name:` of yours
#     and `Default: yes`: `faillock` with `Priority: 0`, `Auth-Type: Primary` and,
#     below `Auth:`, `[default=die] pam_faillock.so authfail`; `faillock_notify`
#     with `Priority: 1024`, `Auth-Type: Primary` and `Account-Type: Primary`, below
#     `Auth:` `requisite pam_faillock.so preauth`, below `Account:` `required
#     pam_faillock.so`. Then run `pam-auth-update --enable faillock
#     faillock_notify`. It holds from the next login; keep a root shell open while
#     you try.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.2.2"]
#     cis-rhel-9-v2.0.0: ["5.3.2.1", "5.3.2.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.2.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.2.2"]
#     nist-800-53-r5: ["AC-7"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-411045"]
#     disa-stig-rhel-9: ["RHEL-09-411075", "RHEL-09-611030", "RHEL-09-611035"]
package policies.host.pam.faillock

import future.keywords.not

subject contains ["pam", "services"] if {
	some name, service in input.pam.services
	name in gates
	service.password_login == true
}

fail contains {"path": ["pam", "services", name, "counts_failures"], "want": true} if {
	some name, service in input.pam.services
	name in gates
	service.password_login == true
	not service.counts_failures == true
}

fail contains {"path": ["pam", "services", name, "refuses_locked"], "want": true} if {
	some name, service in input.pam.services
	name in gates
	service.password_login == true
	service.counts_failures == true
	not service.refuses_locked == true
}

# Services at which somebody who is not yet let in may try passwords.
gates := {"login", "remote", "sshd", "su", "su-l", "sudo", "sudo-i", "polkit-1", "gdm-password", "lightdm", "sddm", "cockpit"}
