# METADATA
# title: nologin is not among the shells that users may choose
# description: |
#   What /etc/shells lists, chsh(1) gives to users, and services such as FTP take an
#   account with it for one that may log in.
# related_resources:
#   - description: shells(5)
#     ref: https://man7.org/linux/man-pages/man5/shells.5.html
# custom:
#   id: SHL0005
#   severity: low
#   remediation: |
#     Take the line out of /etc/shells.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.3.1"]
#     cis-rhel-9-v2.0.0: ["5.4.3.1"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.3.1"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.3.1"]
#     nist-800-53-r5: ["AC-2", "CM-7"]
package policies.host.shells.nologin

import future.keywords.not

subject contains ["shells", "valid"] if input.shells.valid

fail contains {"path": ["shells", "valid", i], "want": "not listed"} if {
	some i, shell in input.shells.valid
	endswith(shell, "/nologin")
}
