# METADATA
# title: The audit daemon is installed
# description: |
#   Without auditd nothing keeps the kernel's record of who did what, and after an
#   intrusion nobody can tell what was taken.
# related_resources:
#   - description: auditd(8)
#     ref: https://man7.org/linux/man-pages/man8/auditd.8.html
# custom:
#   id: AUD0001
#   severity: low
#   remediation: |
#     Run `apt-get install auditd`, or `dnf install audit`.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.1.1"]
#     cis-rhel-9-v2.0.0: ["6.3.1.1"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-653010"]
#     disa-stig-rhel-9: ["RHEL-09-653010"]
#     nist-800-53-r5: ["AU-2", "AU-12"]
package policies.host.audit.installed

import future.keywords.not

subject contains ["audit"] if {
	input.audit
	not input.os.container == true
}

fail contains {"path": ["audit", "installed"], "want": true} if {
	input.audit
	not input.audit.installed == true
}
