# METADATA
# title: ssh keeps the keys of hosts that it has met
# description: |
#   With UserKnownHostsFile /dev/null every host is a new one, and a key that has
#   changed goes unseen: who answers in place of a server is taken for it. Only
#   StrictHostKeyChecking yes, with keys for all users, makes up for it.
# related_resources:
#   - description: ssh_config(5)
#     ref: https://man.openbsd.org/ssh_config
# custom:
#   id: SSC0002
#   severity: high
#   remediation: |
#     Take `UserKnownHostsFile /dev/null` out of the file shown, or put the keys of
#     all hosts into /etc/ssh/ssh_known_hosts and set `StrictHostKeyChecking yes`.
#     It holds from the next connection.
#   references:
#     nist-800-53-r5: ["IA-3", "SC-23"]
package policies.host.ssh_client.known_hosts

import future.keywords.not

subject contains ["ssh_client", "userknownhostsfile"] if input.ssh_client.installed == true

fail contains {"subject": ["ssh_client", "userknownhostsfile"], "path": ["ssh_client", "contexts", m, "userknownhostsfile"], "want": "a file that is kept"} if {
	some m, c in input.ssh_client.contexts
	c.wide == true
	forgets(c)
	own(m)
}

own("global")

own(m) if {
	m != "global"
	not forgets(input.ssh_client.contexts.global)
}

forgets(c) if {
	some name in c.userknownhostsfile
	nowhere(name)
	not kept(c)
	not c.stricthostkeychecking == "yes"
}

kept(c) if {
	some name in c.userknownhostsfile
	not nowhere(name)
}

nowhere("/dev/null")

nowhere(name) if lower(name) == "none"
