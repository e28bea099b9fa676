# METADATA
# title: rsyslog sends logs by TLS, to a log host that it checks
# description: |
#   Plain syslog is read and changed by everybody on the way, and messages that
#   are made up look like real ones. With the mode `anon` anybody may be the log
#   host. A way that is closed by other means (a VPN) can be waived.
# related_resources:
#   - description: rsyslog, TLS
#     ref: https://www.rsyslog.com/doc/tutorials/tls.html
# custom:
#   id: LOG0009
#   severity: medium
#   remediation: |
#     Give the action `protocol="tcp" StreamDriver="gtls" StreamDriverMode="1"
#     StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="LOGHOST"`
#     (package rsyslog-gnutls), and run `systemctl restart rsyslog`.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-652040", "RHEL-09-652045", "RHEL-09-652050"]
#     nist-800-53-r5: ["AU-9", "SC-8"]
package policies.host.logging.rsyslog_tls

import future.keywords.not

subject contains ["logging", "rsyslog"] if {
	some action in input.logging.rsyslog.actions
	leaves(action)
}

fail contains {"path": ["logging", "rsyslog", "actions", i, "tls"], "want": true} if {
	some i, action in input.logging.rsyslog.actions
	leaves(action)
	not action.tls == true
}

fail contains {"path": ["logging", "rsyslog", "actions", i, "verified"], "want": true} if {
	some i, action in input.logging.rsyslog.actions
	leaves(action)
	action.tls == true
	not action.verified == true
}

leaves(action) if {
	action.type in {"omfwd", "omrelp"}
	action.reached == true
	not action.loopback == true
}
