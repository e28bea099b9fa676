# METADATA
# title: sshd ends connections whose client is gone
# description: |
#   Sessions of clients that vanished stay open, with all that is unlocked in them,
#   until somebody takes over the terminal or the connections run out.
# related_resources:
#   - description: sshd_config(5), ClientAliveInterval
#     ref: https://man.openbsd.org/sshd_config#ClientAliveInterval
# custom:
#   id: SSH0024
#   severity: low
#   parameters:
#     client_alive_seconds:
#       type: number
#       default: 0
#       description: The longest ClientAliveInterval that may be; 0 is any.
#   remediation: |
#     Put `ClientAliveInterval 15` and `ClientAliveCountMax 3` into
#     /etc/ssh/sshd_config.d/00-merlon.conf (or, where sshd_config does not include
#     that, at its top) and run `systemctl reload ssh` (`sshd` on Red Hat).
#   references:
#     cis-debian-12-v1.1.0: ["5.1.7"]
#     cis-ubuntu-22.04-v2.0.0: ["5.1.7"]
#     cis-ubuntu-24.04-v1.0.0: ["5.1.7"]
#     cis-rhel-9-v2.0.0: ["5.1.9"]
#     disa-stig-rhel-9: ["RHEL-09-255095", "RHEL-09-255100"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-255030", "UBTU-22-255035"]
#     nist-800-53-r5: ["AC-12", "SC-10"]
package policies.host.sshd.client_alive

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", m, keyword], "want": "1 or more"} if {
	some m, c in input.sshd.contexts
	some keyword in ["clientaliveinterval", "clientalivecountmax"]
	not c[keyword] > 0
	own(m, c, keyword)
}

fail contains {"path": ["sshd", "contexts", m, "clientaliveinterval"], "want": want} if {
	most := data.parameters.client_alive_seconds
	want := sprintf("1 to %d", [most])
	most > 0
	some m, c in input.sshd.contexts
	c.clientaliveinterval > most
	own(m, c, "clientaliveinterval")
}

# own is true of the global part, and of a Match block that says otherwise: what a
# block inherits is mended in the global part.
own("global", _, _)

own(m, c, keyword) if {
	m != "global"
	not c[keyword] == input.sshd.contexts.global[keyword]
}
