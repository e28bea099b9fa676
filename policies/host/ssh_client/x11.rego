# METADATA
# title: ssh gives hosts no full rights on the display
# description: |
#   With ForwardX11 and ForwardX11Trusted, whoever is root on the other host can
#   watch the user's screen and type into the user's windows. Debian's
#   ForwardX11Trusted yes alone does nothing: ForwardX11 is off there.
# related_resources:
#   - description: ssh_config(5)
#     ref: https://man.openbsd.org/ssh_config
# custom:
#   id: SSC0003
#   severity: low
#   remediation: |
#     Set `ForwardX11 no` in the file shown, or keep it for single hosts in a Host
#     block; `ForwardX11Trusted no` keeps programs of the other host apart. It holds
#     from the next connection.
#   references:
#     nist-800-53-r5: ["CM-7"]
package policies.host.ssh_client.x11

import future.keywords.not

subject contains ["ssh_client", "forwardx11"] if input.ssh_client.installed == true

fail contains {"subject": ["ssh_client", "forwardx11"], "path": ["ssh_client", "contexts", m, "forwardx11"], "want": false} if {
	some m, c in input.ssh_client.contexts
	c.wide == true
	trusting(c)
	own(m)
}

own("global")

own(m) if {
	m != "global"
	not trusting(input.ssh_client.contexts.global)
}

trusting(c) if {
	c.forwardx11 == true
	c.forwardx11trusted == true
}
