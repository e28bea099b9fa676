# METADATA
# title: systemd-journald runs
# description: |
#   What services and the kernel say goes to journald first; while it does not
#   run, none of it is kept, and an intruder leaves no trace.
# related_resources:
#   - description: systemd-journald.service(8)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/systemd-journald.service.html
# custom:
#   id: LOG0001
#   severity: medium
#   remediation: |
#     Run `systemctl unmask systemd-journald.service` and `systemctl start
#     systemd-journald.service`, and see with `journalctl -u systemd-journald`
#     why it stopped.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["6.2.1.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.1.1"]
#     cis-rhel-9-v2.0.0: ["6.2.1.1"]
#     disa-stig-rhel-9: ["RHEL-09-211040"]
#     nist-800-53-r5: ["AU-4", "AU-9"]
package policies.host.logging.journald_running

import future.keywords.not

subject contains ["services", "units", "systemd-journald.service"] if {
	input.logging.journald.installed == true
	machine
}

fail contains {"path": ["services", "units", "systemd-journald.service", "active"], "want": "active"} if {
	input.logging.journald.installed == true
	not input.services.units["systemd-journald.service"].active == "active"
}

# A container with systemd is run like a machine.
machine if not input.os.container == true

machine if input.os.init == "systemd"
