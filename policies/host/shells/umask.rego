# METADATA
# title: No start-up file of the shells opens new files to others
# description: |
#   With 022, what users write is readable to every other user and service, keys and
#   dumps included. A line in an `if` is judged too. Where no file sets a umask,
#   UMASK of login.defs holds, which has a control of its own.
# related_resources:
#   - description: bash(1)
#     ref: https://man7.org/linux/man-pages/man1/bash.1.html
# custom:
#   id: SHL0002
#   severity: low
#   remediation: |
#     Write `umask 027` (or 077) in the line that is named, or take it out and
#     leave it to UMASK in /etc/login.defs. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.3.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.3.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.3.3"]
#     cis-rhel-9-v2.0.0: ["5.4.3.3"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-412035"]
#     disa-stig-rhel-9: ["RHEL-09-412055"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.shells.umask

import future.keywords.not

subject contains ["shells", "umask"] if input.shells.umask

# 0027 is 23.
fail contains {"path": ["shells", "umask", i, "mode"], "want": "0027 or stricter"} if {
	some i, line in input.shells.umask
	bits.and(line.value, 23) != 23
}
