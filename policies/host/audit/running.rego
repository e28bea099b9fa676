# METADATA
# title: The audit daemon runs, and starts with the system
# description: |
#   While auditd does not run, what the kernel records is lost or goes to the system log,
#   and the rules are not loaded at boot.
# related_resources:
#   - description: auditd(8)
#     ref: https://man7.org/linux/man-pages/man8/auditd.8.html
# custom:
#   id: AUD0002
#   severity: medium
#   remediation: |
#     Run `systemctl unmask auditd` and `systemctl enable --now auditd`.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.1.2"]
#     cis-rhel-9-v2.0.0: ["6.3.1.4"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-653015"]
#     disa-stig-rhel-9: ["RHEL-09-653015"]
#     nist-800-53-r5: ["AU-2", "AU-12"]
package policies.host.audit.running

import future.keywords.not

subject contains ["services", "units", "auditd.service"] if {
	input.audit.installed == true
	not input.os.container == true
}

fail contains {"path": ["services", "units", "auditd.service", "active"], "want": "active"} if {
	input.audit.installed == true
	not input.services.units["auditd.service"].active == "active"
}

fail contains {"path": ["services", "units", "auditd.service", "enabled"], "want": "enabled"} if {
	input.audit.installed == true
	not input.services.units["auditd.service"].enabled == "enabled"
}
