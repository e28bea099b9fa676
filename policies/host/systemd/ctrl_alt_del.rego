# METADATA
# title: Ctrl-Alt-Del does not restart the system
# description: |
#   Whoever reaches the keyboard or the console of a virtual machine restarts the system
#   without logging in, and with it may get at the boot loader. systemd restarts when the
#   keys are pressed once (ctrl-alt-del.target), and at seven times within two seconds
#   whatever that target is.
# related_resources:
#   - description: systemd-system.conf(5)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/systemd-system.conf.html
# custom:
#   id: SYD0001
#   severity: low
#   remediation: |
#     Run `systemctl mask ctrl-alt-del.target`, put `[Manager]` and
#     `CtrlAltDelBurstAction=none` into /etc/systemd/system.conf.d/60-merlon.conf, and run
#     `systemctl daemon-reexec`.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-211045", "RHEL-09-211050"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-211015"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.systemd.ctrl_alt_del

import future.keywords.not

subject contains ["systemd"] if {
	input.systemd
	input.os.init == "systemd"
	not input.os.container == true
}

fail contains {"path": ["systemd", "ctrl_alt_del_burst"], "want": "none"} if {
	input.systemd.ctrl_alt_del_burst != "none"
}

fail contains {"subject": ["systemd"], "path": ["services", "units", "ctrl-alt-del.target", "enabled"], "want": "masked"} if {
	input.systemd
	input.services
	not masked
}

masked if input.services.units["ctrl-alt-del.target"].enabled in ["masked", "masked-runtime"]
