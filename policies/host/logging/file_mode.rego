# METADATA
# title: rsyslog makes log files that only their group reads
# description: |
#   Logs hold account names, addresses and now and then a password that was typed
#   in the wrong place. The mode is that of files to come, with the umask of
#   rsyslog or of its unit taken off: 0640 or less.
# related_resources:
#   - description: rsyslog.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/rsyslog.conf.5.html
# custom:
#   id: LOG0006
#   severity: medium
#   remediation: |
#     Put `$FileCreateMode 0640` before the rules in /etc/rsyslog.conf (for an
#     action(), `fileCreateMode="0640"`), run `systemctl restart rsyslog`, and
#     chmod the files that are there.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.3.4"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.3.4"]
#     cis-rhel-9-v2.0.0: ["6.2.3.4"]
#     nist-800-53-r5: ["AU-9"]
package policies.host.logging.file_mode

import future.keywords.not

subject contains ["logging", "rsyslog"] if input.logging.rsyslog.installed == true

# 0137: the owner runs it, the group writes or runs it, others do anything.
fail contains {"path": ["logging", "rsyslog", "actions", i, "mode"], "want": "0640 or less"} if {
	some i, action in input.logging.rsyslog.actions
	action.type == "omfile"
	not startswith(action.file, "/dev/")
	not bits.and(action.perm, 95) == 0
}
