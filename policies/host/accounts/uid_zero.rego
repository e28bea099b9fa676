# METADATA
# title: Only root has uid 0
# description: |
#   A second name with uid 0 is root with a password, keys and a trail of its own: a
#   back door that changing root's password does not shut.
# related_resources:
#   - description: passwd(5)
#     ref: https://man7.org/linux/man-pages/man5/passwd.5.html
# custom:
#   id: ACC0001
#   severity: critical
#   remediation: |
#     Find out who made the account. Remove its line with `vipw` (userdel would
#     look for root's files), and its line in /etc/shadow with `vipw -s`; for a person
#     who needs root, make a user with sudo.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.2.1"]
#     cis-rhel-9-v2.0.0: ["5.4.2.1"]
#     disa-stig-rhel-9: ["RHEL-09-411100"]
#     nist-800-53-r5: ["AC-2", "AC-6"]
package policies.host.accounts.uid_zero

import future.keywords.not

subject contains ["accounts", "uid_zero"] if input.accounts.uid_zero

fail contains {"path": ["accounts", "uid_zero", i], "want": "root"} if {
	some i, name in input.accounts.uid_zero
	name != "root"
}
