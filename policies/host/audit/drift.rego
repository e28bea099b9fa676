# METADATA
# title: The loaded audit rules are those on disk
# description: |
#   A rule that is on disk and not loaded records nothing; one that is loaded and not on
#   disk is gone after the next boot. Form, keys and order do not count here.
# related_resources:
#   - description: augenrules(8)
#     ref: https://man7.org/linux/man-pages/man8/augenrules.8.html
# custom:
#   id: AUD0042
#   severity: low
#   remediation: |
#     Run `augenrules --load`; where the rules are locked, reboot. See in `auditctl -R
#     /etc/audit/audit.rules` which line was refused.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.3.21"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.3.21"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.3.21"]
#     cis-rhel-9-v2.0.0: ["6.3.3.21"]
#     nist-800-53-r5: ["AU-12", "CM-6"]
package policies.host.audit.drift

import future.keywords.not

subject contains ["audit", "not_loaded"] if {
	input.audit.installed == true
	not input.os.container == true
}

fail contains {"subject": ["audit", "not_loaded"], "path": ["audit", list, i], "want": "on disk and loaded"} if {
	some list in ["not_loaded", "not_on_disk"]
	some i, _ in input.audit[list]
}
