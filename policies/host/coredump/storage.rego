# METADATA
# title: systemd-coredump keeps no dumps
# description: |
#   It keeps them in /var/lib/systemd/coredump, with all that the process had in
#   memory: keys, passwords, customers' data.
# related_resources:
#   - description: coredump.conf(5)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/coredump.conf.html
# custom:
#   id: COR0002
#   severity: low
#   remediation: |
#     Put `[Coredump]` and `Storage=none` into
#     /etc/systemd/coredump.conf.d/60-merlon.conf. It holds from the next crash.
#   references:
#     cis-debian-12-v1.1.0: ["1.5.3"]
#     cis-ubuntu-22.04-v2.0.0: ["1.5.3"]
#     cis-ubuntu-24.04-v1.0.0: ["1.5.3"]
#     cis-rhel-9-v2.0.0: ["1.5.4"]
#     disa-stig-rhel-9: ["RHEL-09-213090"]
#     nist-800-53-r5: ["SC-39", "SI-11"]
package policies.host.coredump.storage

import future.keywords.not

subject contains ["limits", "coredump", "storage"] if input.limits.coredump.installed == true

fail contains {"path": ["limits", "coredump", "storage"], "want": "none"} if {
	input.limits.coredump.installed == true
	not input.limits.coredump.storage == "none"
}
