# METADATA
# title: Mail is taken from this host only
# description: |
#   Most hosts send mail and take none; a mail server that others reach is one
#   more program that parses what strangers send, and a relay for spam where it is
#   set up badly. Sockets on ports 25, 465 and 587 are judged, whichever program
#   listens. A mail server sets `mail_server`.
# related_resources:
#   - description: postconf(5), inet_interfaces
#     ref: https://www.postfix.org/postconf.5.html#inet_interfaces
# custom:
#   id: SVC0042
#   severity: low
#   remediation: |
#     For Postfix run `postconf -e inet_interfaces=loopback-only` and `systemctl
#     restart postfix`; for Exim set dc_local_interfaces='127.0.0.1 ; ::1' in
#     /etc/exim4/update-exim4.conf.conf, and run `update-exim4.conf` and
#     `systemctl restart exim4`.
#   references:
#     cis-debian-12-v1.1.0: ["2.1.21"]
#     cis-ubuntu-22.04-v2.0.0: ["2.1.21"]
#     cis-ubuntu-24.04-v1.0.0: ["2.1.21"]
#     cis-rhel-9-v2.0.0: ["2.1.21"]
#     nist-800-53-r5: ["CM-7"]
#   parameters:
#     mail_server:
#       type: boolean
#       default: false
#       description: This host takes mail from others.
package policies.host.services.mail

import future.keywords.not

subject contains ["listeners"] if {
	input.listeners.sockets
	not data.parameters.mail_server == true
}

fail contains {"path": ["listeners", "sockets", name, "scope"], "want": "loopback"} if {
	some name, socket in input.listeners.sockets
	socket.protocol == "tcp"
	socket.port in {25, 465, 587}
	not socket.scope == "loopback"
}
