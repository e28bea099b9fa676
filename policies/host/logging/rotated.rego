# METADATA
# title: The files that rsyslog writes are rotated
# description: |
#   A log that only grows fills the disk, and then nothing is logged any more;
#   whoever wants that only has to make noise. A file with a fixed name counts
#   where a rule of logrotate names it.
# related_resources:
#   - description: logrotate(8)
#     ref: https://man7.org/linux/man-pages/man8/logrotate.8.html
# custom:
#   id: LOG0013
#   severity: low
#   remediation: |
#     Name the file in a rule of /etc/logrotate.d (copy that of
#     /etc/logrotate.d/rsyslog), and see with `logrotate -d /etc/logrotate.conf`
#     that it is found; install logrotate where it is missing.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.3.8"]
#     cis-rhel-9-v2.0.0: ["6.2.3.8"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.3.8"]
#     nist-800-53-r5: ["AU-4"]
package policies.host.logging.rotated

import future.keywords.not

subject contains ["logging", "rsyslog", "actions"] if {
	some action in input.logging.rsyslog.actions
	own(action)
}

fail contains {"path": ["logging", "rsyslog", "actions", i, "rotated"], "want": true} if {
	some i, action in input.logging.rsyslog.actions
	own(action)
	not action.rotated == true
}

own(action) if {
	action.type == "omfile"
	action.reached == true
	startswith(action.file, "/")
	not startswith(action.file, "/dev/")
}
