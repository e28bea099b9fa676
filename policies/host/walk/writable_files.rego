# METADATA
# title: No file can be written by everybody
# description: |
#   Any account, a service's included, changes what others run or read.
#   It needs a walk over all local file systems, and is not part of the default baseline.
# related_resources:
#   - description: find(1)
#     ref: https://man7.org/linux/man-pages/man1/find.1.html
# custom:
#   id: WLK0001
#   severity: medium
#   remediation: |
#     Run `chmod o-w FILE` after finding out who needs to write there.
#   references:
#     cis-debian-12-v1.1.0: ["7.1.11"]
#     cis-ubuntu-22.04-v2.0.0: ["7.1.11"]
#     cis-ubuntu-24.04-v1.0.0: ["7.1.11"]
#     cis-rhel-9-v2.0.0: ["7.1.11"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.walk.writable_files

import future.keywords.not

subject contains ["walk", "writable_files"] if input.walk

fail contains {"subject": ["walk", "writable_files"], "path": ["walk", "writable_files", file], "want": "not writable by everybody"} if {
	some file, _ in input.walk.writable_files
}
