# METADATA
# title: rsyslog keeps what it is told about logins
# description: |
#   Of logins and sudo programs tell the facilities auth and authpriv. Where no
#   rule of rsyslog writes or sends all of them down to info, guessing of
#   passwords is not seen. Rules that depend on more than facility and severity
#   are not followed, and the answer is unknown.
# related_resources:
#   - description: rsyslog.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/rsyslog.conf.5.html
# custom:
#   id: LOG0012
#   severity: medium
#   remediation: |
#     Put `auth,authpriv.* /var/log/auth.log` (on Red Hat `authpriv.*
#     /var/log/secure` and `*.info;mail.none;authpriv.none;cron.none
#     /var/log/messages`) into /etc/rsyslog.conf, and run `systemctl restart
#     rsyslog`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.3.5"]
#     cis-rhel-9-v2.0.0: ["6.2.3.5"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.3.5"]
#     nist-800-53-r5: ["AU-2", "AU-12"]
package policies.host.logging.logins_kept

import future.keywords.not

subject contains ["logging", "rsyslog", "actions"] if {
	input.logging.rsyslog.installed == true
	input.services.units["rsyslog.service"].active == "active"
}

fail contains {"path": ["logging", "rsyslog", "actions"], "want": "a file or a log host for auth.info"} if {
	input.logging.rsyslog.installed == true
	not auth_kept
}

fail contains {"path": ["logging", "rsyslog", "actions"], "want": "a file or a log host for authpriv.info"} if {
	input.logging.rsyslog.installed == true
	not authpriv_kept
}

auth_kept if {
	some action in input.logging.rsyslog.actions
	keeps(action)
	action.auth == true
}

authpriv_kept if {
	some action in input.logging.rsyslog.actions
	keeps(action)
	action.authpriv == true
}

keeps(action) if {
	action.reached == true
	not action.type in {"omusrmsg", "omdiscard", "omshell", "ompipe"}
	not startswith(action.file, "/dev/")
}
