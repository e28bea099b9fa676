# METADATA
# title: Audit rules cannot be changed before the next boot
# description: |
#   Without the lock an intruder with root turns auditing off before doing the rest.
# related_resources:
#   - description: auditctl(8)
#     ref: https://man7.org/linux/man-pages/man8/auditctl.8.html
# custom:
#   id: AUD0041
#   severity: low
#   remediation: |
#     Put `-e 2` into /etc/audit/rules.d/99-finalize.rules and reboot.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.3.20"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.3.20"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.3.20"]
#     cis-rhel-9-v2.0.0: ["6.3.3.20"]
#     disa-stig-rhel-9: ["RHEL-09-654275"]
#     nist-800-53-r5: ["AU-9"]
package policies.host.audit.immutable

import future.keywords.not

subject contains ["audit"] if {
	input.audit.installed == true
	not input.os.container == true
}

fail contains {"path": ["audit", "immutable"], "want": true} if {
	input.audit.installed == true
	not input.audit.immutable == true
}

fail contains {"path": ["audit", "enabled"], "want": 2} if {
	input.audit.installed == true
	not input.audit.enabled == 2
}
