# METADATA
# title: root's start-up files do not open new files to others
# description: |
#   What root writes in a hurry, copies of keys and of the data base among it, is
#   otherwise readable to every user and service.
# related_resources:
#   - description: bash(1)
#     ref: https://man7.org/linux/man-pages/man1/bash.1.html
# custom:
#   id: SHL0003
#   severity: low
#   remediation: |
#     Write `umask 027` (or 077) in the line that is named, or take it out. It
#     holds from root's next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.2.6"]
#     cis-rhel-9-v2.0.0: ["5.4.2.6"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.2.6"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.2.6"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.shells.root_umask

import future.keywords.not

subject contains ["shells", "root_umask"] if input.shells.root_umask

# 0027 is 23.
fail contains {"path": ["shells", "root_umask", i, "mode"], "want": "0027 or stricter"} if {
	some i, line in input.shells.root_umask
	bits.and(line.value, 23) != 23
}
