# METADATA
# title: Every file has an owner and a group
# description: |
#   What a deleted account leaves behind belongs to the next account that gets its number.
#   It needs a walk over all local file systems, and is not part of the default baseline.
# related_resources:
#   - description: find(1)
#     ref: https://man7.org/linux/man-pages/man1/find.1.html
# custom:
#   id: WLK0003
#   severity: low
#   remediation: |
#     Run `chown` with the account that it should belong to, or delete it.
#   references:
#     cis-debian-12-v1.1.0: ["7.1.12"]
#     cis-ubuntu-22.04-v2.0.0: ["7.1.12"]
#     cis-ubuntu-24.04-v1.0.0: ["7.1.12"]
#     cis-rhel-9-v2.0.0: ["7.1.12"]
#     disa-stig-rhel-9: ["RHEL-09-232250", "RHEL-09-232255"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.walk.unowned

import future.keywords.not

subject contains ["walk", "unowned"] if input.walk

fail contains {"subject": ["walk", "unowned"], "path": ["walk", "unowned", file], "want": "an owner and a group that exist"} if {
	some file, _ in input.walk.unowned
}
