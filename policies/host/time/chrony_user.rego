# METADATA
# title: chronyd does not stay root
# description: |
#   chronyd reads packets from the network; as root, a flaw in it gives the host
#   away. As it is built by Debian, Ubuntu and Red Hat it changes to a user of its
#   own, unless it is told otherwise.
# related_resources:
#   - description: chrony.conf(5)
#     ref: https://chrony-project.org/doc/4.4/chrony.conf.html
# custom:
#   id: TIM0003
#   severity: medium
#   remediation: |
#     Take `user root` out of chrony.conf and `-u root` out of
#     /etc/default/chrony (Red Hat: /etc/sysconfig/chronyd), and restart
#     chronyd.
#   references:
#     cis-debian-12-v1.1.0: ["2.3.3.2"]
#     cis-ubuntu-22.04-v2.0.0: ["2.3.3.2"]
#     cis-ubuntu-24.04-v1.0.0: ["2.3.3.2"]
#     cis-rhel-9-v2.0.0: ["2.3.3"]
#     nist-800-53-r5: ["AC-6"]
package policies.host.time.chrony_user

import future.keywords.not

subject contains ["time", "chrony"] if input.time.chrony.installed == true

fail contains {"path": ["time", "chrony", "user"], "want": "a user of its own"} if {
	input.time.chrony.installed == true
	input.time.chrony.user in {"root", "0"}
}

fail contains {"path": ["time", "chrony", "uid"], "want": "a user of its own"} if {
	input.time.chrony.installed == true
	input.time.chrony.uid == 0
}
