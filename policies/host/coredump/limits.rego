# METADATA
# title: Processes of users dump no core
# description: |
#   A core dump holds what the process had in memory, keys and passwords included,
#   in a file of the user's. The hard limit for everybody (`*`) is judged, what
#   other lines of limits.conf and its drop-ins give back, and that pam_limits is
#   asked at login and by sshd. root is not covered by `*`; fs.suid_dumpable covers
#   programs that change their user.
# related_resources:
#   - description: limits.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/limits.conf.5.html
# custom:
#   id: COR0001
#   severity: low
#   remediation: |
#     Put `* hard core 0` into /etc/security/limits.d/60-merlon.conf, and a line of
#     its own for each account and group to which another line gives more (Debian 13
#     has one: `root hard core 0`). See that the session stacks of login and sshd
#     have `session required pam_limits.so`. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["1.5.3"]
#     cis-ubuntu-22.04-v2.0.0: ["1.5.3"]
#     cis-ubuntu-24.04-v1.0.0: ["1.5.3"]
#     disa-stig-rhel-9: ["RHEL-09-213095"]
#     nist-800-53-r5: ["SC-39", "SI-11"]
package policies.host.coredump.limits

import future.keywords.not

subject contains ["limits", "domains"] if {
	input.limits.domains
	not input.os.container == true
}

fail contains {"path": ["limits", "domains", "*", "core", "hard"], "want": 0} if {
	input.limits.domains
	not input.limits.domains["*"].core.hard == 0
}

fail contains {"path": ["limits", "domains", domain, "core", "hard"], "want": 0} if {
	some domain, items in input.limits.domains
	domain != "*"
	items.core.hard != 0
}

fail contains {"subject": ["limits", "domains"], "path": ["pam", "services", name, "session"], "want": "pam_limits"} if {
	some name, service in input.pam.services
	name in {"login", "sshd"}
	not limited(service)
}

# A file that conf= names counts alone.
fail contains {"subject": ["limits", "domains"], "path": ["pam", "modules", "pam_limits", i, "options", "standard_files"], "want": true} if {
	input.limits.domains
	some i, line in input.pam.modules.pam_limits
	line.options.standard_files == false
}

limited(service) if "pam_limits" in service.session
