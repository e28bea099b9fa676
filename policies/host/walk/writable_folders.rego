# METADATA
# title: Directories that everybody may write have the sticky bit
# description: |
#   Without it any account deletes and replaces the files of others there.
#   It needs a walk over all local file systems, and is not part of the default baseline.
# related_resources:
#   - description: find(1)
#     ref: https://man7.org/linux/man-pages/man1/find.1.html
# custom:
#   id: WLK0002
#   severity: medium
#   remediation: |
#     Run `chmod +t DIRECTORY`, or `chmod o-w` where nobody else needs to write there.
#   references:
#     cis-debian-12-v1.1.0: ["7.1.11"]
#     cis-ubuntu-22.04-v2.0.0: ["7.1.11"]
#     cis-ubuntu-24.04-v1.0.0: ["7.1.11"]
#     cis-rhel-9-v2.0.0: ["7.1.11"]
#     disa-stig-rhel-9: ["RHEL-09-232245"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-232145"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.walk.writable_folders

import future.keywords.not

subject contains ["walk", "writable_folders"] if input.walk

fail contains {"subject": ["walk", "writable_folders"], "path": ["walk", "writable_folders", file], "want": "the sticky bit"} if {
	some file, _ in input.walk.writable_folders
}
