# METADATA
# title: sudo runs commands in a terminal of their own
# description: |
#   In the caller's terminal, a program run as a lesser user can type commands into
#   the shell of the administrator who started it. From sudo 1.9.14 on this is the
#   built-in default.
# related_resources:
#   - description: sudoers(5), use_pty
#     ref: https://www.sudo.ws/docs/man/sudoers.man/
# custom:
#   id: SUD0011
#   severity: medium
#   remediation: |
#     Put `Defaults use_pty` into /etc/sudoers.d/merlon with `visudo -f`, and take out
#     `!use_pty`.
#   references:
#     cis-debian-12-v1.1.0: ["5.2.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.2.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.2.2"]
#     cis-rhel-9-v2.0.0: ["5.2.2"]
#     nist-800-53-r5: ["AC-6"]
package policies.host.sudo.use_pty

import future.keywords.not

subject contains ["sudo"] if input.sudo.installed == true

fail contains {"path": ["sudo", "defaults", "use_pty"], "want": true} if input.sudo.defaults.use_pty == false

fail contains {"path": ["sudo", "defaults", "use_pty"], "want": true} if {
	input.sudo
	not input.sudo.defaults.use_pty == true
	not built_in
}

# Somebody's sessions, or those of a host, go without.
fail contains {"path": ["sudo", "scoped_defaults", i, "settings", "use_pty"], "want": true} if {
	some i, scoped in input.sudo.scoped_defaults
	scoped.scope in ["user", "host", "runas"]
	scoped.settings.use_pty == false
}

# built_in is true of sudo from 1.9.14 on, and of sudo-rs.
built_in if regex.match(`^(sudo-rs |1\.9\.(1[4-9]|[2-9][0-9])|1\.[1-9][0-9]|[2-9]\.)`, input.sudo.version)
