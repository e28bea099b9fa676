# METADATA
# title: Set-uid and set-gid programs come from packages
# description: |
#   What was built or copied by hand is never updated, and a program that an intruder left
#   bears the name of one that is known. The lists of dpkg and rpm are asked; file systems
#   that are mounted nosuid on all their mount points are left out. It needs a walk over all
#   local file systems, and is not part of the default baseline.
# related_resources:
#   - description: dpkg-query(1)
#     ref: https://man7.org/linux/man-pages/man1/dpkg-query.1.html
# custom:
#   id: WLK0005
#   severity: medium
#   parameters:
#     own_set_uid_programs:
#       type: list
#       description: "Set-uid and set-gid programs of this site that no package brings, /bin and /sbin written as /usr/bin and /usr/sbin."
#       default: []
#   remediation: |
#     Find out where it came from. Run `chmod a-s FILE`, delete it, or make a package of it;
#     or add it to the parameter `own_set_uid_programs` in the baseline.
#   references:
#     cis-debian-12-v1.1.0: ["7.1.13"]
#     cis-ubuntu-22.04-v2.0.0: ["7.1.13"]
#     cis-ubuntu-24.04-v1.0.0: ["7.1.13"]
#     cis-rhel-9-v2.0.0: ["7.1.13"]
#     nist-800-53-r5: ["AC-6", "CM-7(5)"]
package policies.host.walk.suid_packaged

import future.keywords.not

subject contains ["walk", "suid"] if input.walk

fail contains {"subject": ["walk", "suid"], "path": ["walk", "suid", file, "packaged"], "want": true} if {
	some file, found in input.walk.suid
	not found.nosuid == true
	not found.packaged == true
	not found.program in data.parameters.own_set_uid_programs
}
