# METADATA
# title: sudo writes a log of its own
# description: |
#   Among the rest of syslog, what was run as root is easily lost, or dropped by a rule.
#   A file of its own is found in one place, and the audit rules can guard it. Where
#   syslog goes to another host at once, this adds little.
# related_resources:
#   - description: sudoers(5), logfile
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0016
#   severity: low
#   remediation: |
#     Put `Defaults logfile=/var/log/sudo.log` into a file in /etc/sudoers.d with
#     `visudo -f /etc/sudoers.d/60-merlon`, and have logrotate turn it over.
#   references:
#     cis-debian-12-v1.1.0: ["5.2.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.2.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.2.3"]
#     cis-rhel-9-v2.0.0: ["5.2.3"]
#     nist-800-53-r5: ["AU-2", "AU-12"]
package policies.host.sudo.logfile

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "defaults", "logfile"], "want": "a file, such as /var/log/sudo.log"} if {
	input.sudo.installed == true
	not is_string(input.sudo.defaults.logfile)
}
