# METADATA
# title: rsyslog takes no messages from the network
# description: |
#   A port for syslog lets strangers fill the disk and write what they like into
#   the logs. A log host sets `log_host`.
# related_resources:
#   - description: rsyslog.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/rsyslog.conf.5.html
# custom:
#   id: LOG0010
#   severity: medium
#   remediation: |
#     Take the imtcp, imudp, imptcp and imrelp inputs out of rsyslog.conf and
#     /etc/rsyslog.d (or give imudp `address="127.0.0.1"`), and run `systemctl
#     restart rsyslog`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.3.7"]
#     cis-rhel-9-v2.0.0: ["6.2.3.7"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.3.7"]
#     disa-stig-rhel-9: ["RHEL-09-652025"]
#     nist-800-53-r5: ["CM-7", "AU-9"]
#   parameters:
#     log_host:
#       type: boolean
#       default: false
#       description: This host takes logs from others.
package policies.host.logging.rsyslog_listens

import future.keywords.not

subject contains ["logging", "rsyslog"] if {
	input.logging.rsyslog.installed == true
	not data.parameters.log_host == true
}

fail contains {"path": ["logging", "rsyslog", "inputs", i], "want": "no input from the network"} if {
	some i, source in input.logging.rsyslog.inputs
	not source.loopback == true
}
