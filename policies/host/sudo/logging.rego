# METADATA
# title: sudo leaves a trace
# description: |
#   sudo logs to syslog unless told otherwise. With that off, and no file in its
#   place, nobody can tell who became root and what they ran.
# related_resources:
#   - description: sudoers(5), logfile and syslog
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0014
#   severity: medium
#   remediation: |
#     Take `!syslog` out of the Defaults line with `visudo -f FILE`, or set
#     `Defaults logfile=/var/log/sudo.log`.
#   references:
#     nist-800-53-r5: ["AU-2", "AU-12"]
package policies.host.sudo.logging

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "defaults", "syslog"], "want": "a facility, or a logfile"} if {
	input.sudo.defaults.syslog == false
	not to_file
}

to_file if is_string(input.sudo.defaults.logfile)
