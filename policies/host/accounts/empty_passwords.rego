# METADATA
# title: No account has an empty password
# description: |
#   Whoever knows the name of such an account is let in at the console and by su,
#   and by every service whose PAM stack says nullok.
# related_resources:
#   - description: shadow(5)
#     ref: https://man7.org/linux/man-pages/man5/shadow.5.html
# custom:
#   id: ACC0002
#   severity: critical
#   remediation: |
#     Lock the password with `passwd -l NAME`, or set one with `passwd NAME`.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.2.4", "7.2.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.2.4", "7.2.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.2.4", "7.2.2"]
#     cis-rhel-9-v2.0.0: ["5.4.2.4", "7.2.2"]
#     disa-stig-rhel-9: ["RHEL-09-611155"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-611065"]
#     nist-800-53-r5: ["IA-2", "IA-5"]
package policies.host.accounts.empty_passwords

import future.keywords.not

subject contains ["accounts", "users"] if input.accounts.users

fail contains {"path": ["accounts", "users", name, "password"], "want": "a password, or a lock"} if {
	some name, user in input.accounts.users
	user.password == "empty"
}
