# METADATA
# title: Logs about logins and commands are not for everybody
# description: |
#   Such logs hold who comes when and from where, commands, and now and then a
#   password that was typed as a name. Files below /var/log by the names auth.log,
#   secure, syslog, messages, cron, kern, mail, sudo, btmp and audit, and
#   journals, should not be readable by others.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   id: LOG0016
#   severity: medium
#   remediation: |
#     Run `chmod o-rwx FILE` for what is named, and mend what makes it:
#     `$FileCreateMode 0640` in rsyslog.conf, `create 0640` in the logrotate
#     rule.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.1.2", "6.1.4.1"]
#     cis-rhel-9-v2.0.0: ["6.2.1.2", "6.2.4.1"]
#     cis-ubuntu-22.04-v2.0.0: ["6.2.1.1.2", "6.2.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.1.2", "6.1.4.1"]
#     disa-stig-rhel-9: ["RHEL-09-232030"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-232030"]
#     nist-800-53-r5: ["AU-9"]
package policies.host.logging.readable

import future.keywords.not

subject contains ["logging", "readable"] if input.logging.readable

fail contains {"path": ["logging", "readable", file, "mode"], "want": "no reading by others"} if {
	some file, _ in input.logging.readable
}
