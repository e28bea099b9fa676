# METADATA
# title: Logs are sent to another host
# description: |
#   Whoever is root on this host changes its logs; a copy elsewhere is out of
#   reach. rsyslog counts where it runs and a rule sends auth and authpriv
#   messages to a log host, and systemd-journal-upload where it runs, starts with
#   the system and has a URL. Of other programs that ship logs the configuration is not read, and the
#   answer is unknown. Whether the log host takes them is not seen.
# related_resources:
#   - description: rsyslog.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/rsyslog.conf.5.html
#   - description: systemd-journal-upload.service(8)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/systemd-journal-upload.service.html
# custom:
#   id: LOG0007
#   severity: medium
#   remediation: |
#     Put `action(type="omfwd" target="LOGHOST" port="6514" protocol="tcp"
#     StreamDriver="gtls" StreamDriverMode="1"
#     StreamDriverAuthMode="x509/name")` into /etc/rsyslog.d/60-loghost.conf and
#     restart rsyslog; or install systemd-journal-remote, set URL= in
#     /etc/systemd/journal-upload.conf and run `systemctl enable --now
#     systemd-journal-upload`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.2.1.1", "6.1.2.1.3", "6.1.3.6"]
#     cis-ubuntu-22.04-v2.0.0: ["6.2.1.2.1", "6.2.1.2.3"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.2.1.1", "6.1.2.1.3", "6.1.3.6"]
#     cis-rhel-9-v2.0.0: ["6.2.2.1.1", "6.2.2.1.3", "6.2.3.6"]
#     nist-800-53-r5: ["AU-4(1)", "AU-9(2)"]
package policies.host.logging.sent_away

import future.keywords.not

subject contains ["logging"] if {
	input.logging
	machine
}

fail contains {"path": ["logging"], "want": "a copy of the logs on another host"} if {
	input.logging
	not by_rsyslog
	not by_journal
	not by_others
}

by_rsyslog if {
	input.services.units["rsyslog.service"].active == "active"
	some a in input.logging.rsyslog.actions
	leaves(a)
	a.sends_auth == true
	some b in input.logging.rsyslog.actions
	leaves(b)
	b.sends_authpriv == true
}

leaves(action) if {
	action.reached == true
	not action.loopback == true
}

by_journal if {
	input.logging.journal_upload.url
	input.services.units["systemd-journal-upload.service"].active == "active"
	input.services.units["systemd-journal-upload.service"].enabled == "enabled"
}

by_others if {
	some name
	input.logging.shippers[name].ships == true
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
