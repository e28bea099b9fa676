# METADATA
# title: systemd-coredump takes no process apart
# description: |
#   For the backtrace in the journal it reads the whole memory of the process that
#   crashed; parts of it end in the log.
# related_resources:
#   - description: coredump.conf(5)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/coredump.conf.html
# custom:
#   id: COR0003
#   severity: low
#   remediation: |
#     Put `[Coredump]` and `ProcessSizeMax=0` into
#     /etc/systemd/coredump.conf.d/60-merlon.conf. It holds from the next crash.
#   references:
#     cis-debian-12-v1.1.0: ["1.5.3"]
#     cis-ubuntu-22.04-v2.0.0: ["1.5.3"]
#     cis-ubuntu-24.04-v1.0.0: ["1.5.3"]
#     cis-rhel-9-v2.0.0: ["1.5.3"]
#     disa-stig-rhel-9: ["RHEL-09-213085"]
#     nist-800-53-r5: ["SC-39", "SI-11"]
package policies.host.coredump.size

import future.keywords.not

subject contains ["limits", "coredump", "process_size_max"] if input.limits.coredump.installed == true

fail contains {"path": ["limits", "coredump", "process_size_max"], "want": 0} if {
	input.limits.coredump.installed == true
	not input.limits.coredump.process_size_max == 0
}
