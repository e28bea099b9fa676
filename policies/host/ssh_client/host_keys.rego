# METADATA
# title: ssh refuses hosts whose key has changed
# description: |
#   With StrictHostKeyChecking no, ssh takes any key for any host. Whoever can
#   answer in place of a server, by DNS or in the network between, then reads and
#   changes what Git and SSH jobs of this host send, and can hand them other code.
#   Blocks for certain hosts only are not judged.
# related_resources:
#   - description: ssh_config(5)
#     ref: https://man.openbsd.org/ssh_config
# custom:
#   id: SSC0001
#   severity: high
#   remediation: |
#     Take `StrictHostKeyChecking no` out of the file shown, or set `accept-new` or
#     `yes`, and put the keys of the hosts that jobs need into
#     /etc/ssh/ssh_known_hosts. It holds from the next connection.
#   references:
#     nist-800-53-r5: ["IA-3", "SC-23"]
package policies.host.ssh_client.host_keys

import future.keywords.not

subject contains ["ssh_client", "stricthostkeychecking"] if input.ssh_client.installed == true

fail contains {"subject": ["ssh_client", "stricthostkeychecking"], "path": ["ssh_client", "contexts", m, "stricthostkeychecking"], "want": "yes, ask or accept-new"} if {
	some m, c in input.ssh_client.contexts
	c.wide == true
	c.stricthostkeychecking == "no"
	own(m)
}

own("global")

own(m) if {
	m != "global"
	not input.ssh_client.contexts.global.stricthostkeychecking == "no"
}
