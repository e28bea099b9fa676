# METADATA
# title: An account has ten sessions at once at most
# description: |
#   Without a limit, whoever has one account opens sessions until the host has no room for
#   others. The limit for everybody (`*`) is judged, what other lines of limits.conf and
#   its drop-ins give back, and that pam_limits is asked at login and by sshd. root is
#   not covered by `*`.
# related_resources:
#   - description: limits.conf(5)
#     ref: https://man7.org/linux/man-pages/man5/limits.conf.5.html
# custom:
#   id: LIM0001
#   severity: low
#   parameters:
#     most_sessions: {type: number, default: 10, description: Sessions that an account has at once at most.}
#   remediation: |
#     Put `* hard maxlogins 10`, or the number that this site has decided on, into
#     /etc/security/limits.d/60-merlon.conf, and take out lines that set more; see that
#     the session stacks of login and sshd have `session required pam_limits.so`. It holds
#     from the next login.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-412040"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-412020"]
#     nist-800-53-r5: ["AC-10"]
package policies.host.limits.maxlogins

import future.keywords.not

subject contains ["limits", "domains"] if {
	input.limits.domains
	not input.os.container == true
}

fail contains {"path": ["limits", "domains", "*", "maxlogins"], "want": want} if {
	input.limits.domains
	most := data.parameters.most_sessions
	want := sprintf("%d or fewer", [most])
	not input.limits.domains["*"].maxlogins
}

# pam_limits counts hard and soft alike here.
fail contains {"path": ["limits", "domains", domain, "maxlogins", kind], "want": want} if {
	most := data.parameters.most_sessions
	want := sprintf("%d or fewer", [most])
	some domain, items in input.limits.domains
	some kind, value in items.maxlogins
	not few(value, most)
}

fail contains {"subject": ["limits", "domains"], "path": ["pam", "services", name, "session"], "want": "pam_limits"} if {
	some name, service in input.pam.services
	name in {"login", "sshd"}
	not limited(service)
}

limited(service) if "pam_limits" in service.session

# -1 sets none.
few(n, most) if {
	n >= 0
	n <= most
}
