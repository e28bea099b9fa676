# METADATA
# title: The kernel records audit events
# description: |
#   With `enabled 0` no rule counts, however many are loaded: somebody ran `auditctl -e 0`,
#   or auditd has never started.
# related_resources:
#   - description: auditctl(8)
#     ref: https://man7.org/linux/man-pages/man8/auditctl.8.html
# custom:
#   id: AUD0043
#   severity: medium
#   remediation: |
#     Run `auditctl -e 1`, see that no file below /etc/audit/rules.d has `-e 0`, and that
#     auditd runs.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.1.2"]
#     cis-rhel-9-v2.0.0: ["6.3.1.4"]
#     nist-800-53-r5: ["AU-2", "AU-12"]
package policies.host.audit.enabled

import future.keywords.not

subject contains ["audit", "enabled"] if {
	input.audit.installed == true
	not input.os.container == true
}

fail contains {"path": ["audit", "enabled"], "want": "1 or 2"} if {
	input.audit.installed == true
	input.audit.enabled == 0
}
