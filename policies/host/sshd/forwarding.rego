# METADATA
# title: sshd forwards neither ports, nor sockets, nor agents
# description: |
#   Whoever takes over an account can use forwards to reach the networks behind the
#   host, and whoever takes over the host can use a forwarded agent to log in
#   elsewhere. Jump hosts need port forwarding; allow it there in a Match block for
#   those who jump, or waive this control.
# related_resources:
#   - description: sshd_config(5), DisableForwarding
#     ref: https://man.openbsd.org/sshd_config#DisableForwarding
# custom:
#   id: SSH0023
#   severity: low
#   remediation: |
#     Put `DisableForwarding yes` into /etc/ssh/sshd_config.d/00-merlon.conf (or, where
#     sshd_config does not include that, at its top) and run `systemctl reload ssh`
#     (`sshd` on Red Hat).
#   references:
#     cis-debian-12-v1.1.0: ["5.1.8"]
#     cis-ubuntu-22.04-v2.0.0: ["5.1.8"]
#     cis-ubuntu-24.04-v1.0.0: ["5.1.8"]
#     cis-rhel-9-v2.0.0: ["5.1.10"]
#     gitlab-os: ["AllowTcpForwarding"]
#     nist-800-53-r5: ["AC-17", "CM-7"]
package policies.host.sshd.forwarding

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", m, keyword], "want": "no, or disableforwarding yes"} if {
	some m, c in input.sshd.contexts
	some keyword in ["allowtcpforwarding", "allowagentforwarding", "allowstreamlocalforwarding"]
	not c.disableforwarding == "yes"
	not c[keyword] == "no"
	own(m, c, keyword)
}

# own is true of the global part, and of a Match block that allows what the global
# part does not.
own("global", _, _)

own(m, _, keyword) if {
	m != "global"
	forbidden(keyword)
}

own(m, c, keyword) if {
	m != "global"
	not c[keyword] == input.sshd.contexts.global[keyword]
}

forbidden(_) if input.sshd.contexts.global.disableforwarding == "yes"

forbidden(keyword) if input.sshd.contexts.global[keyword] == "no"
