# METADATA
# title: apport does not collect dumps of processes
# description: |
#   Ubuntu's apport writes a crash report with the memory of the process into /var/crash,
#   keys and passwords included, and turns dumps of set-uid programs on for it. Its
#   handler runs as root on what any user can crash, and has had holes that gave root.
#   What the next boot starts is judged, and what handles dumps now. Since release 24.04
#   `enabled=0` in /etc/default/apport does not keep the handler away.
# related_resources:
#   - description: Ubuntu, Apport
#     ref: https://wiki.ubuntu.com/Apport
# custom:
#   id: COR0010
#   severity: low
#   remediation: |
#     Run `systemctl disable --now apport.service` (where there is no such unit, put
#     `enabled=0` into /etc/default/apport and run `service apport stop`), or
#     `apt purge apport`.
#   references:
#     cis-ubuntu-22.04-v2.0.0: ["1.5.5"]
#     cis-ubuntu-24.04-v1.0.0: ["1.5.5"]
#     nist-800-53-r5: ["CM-7", "SI-11"]
package policies.host.coredump.apport

import future.keywords.not

subject contains ["limits", "apport"] if {
	input.limits.apport.installed == true
	not input.os.container == true
}

fail contains {"path": ["limits", "apport", "starts"], "want": false} if {
	input.limits.apport.installed == true
	input.limits.apport.starts == true
}

fail contains {"subject": ["limits", "apport"], "path": ["sysctl", "runtime", "kernel.core_pattern"], "want": "not apport"} if {
	input.limits.apport.installed == true
	startswith(input.sysctl.runtime["kernel.core_pattern"], "|/usr/share/apport/")
}
