# METADATA
# title: Shells do not open new files to others
# description: |
#   With 022, what users write is readable to every other user and service, keys and
#   dumps included. A line in an `if` is judged too. Where no start-up file sets a
#   umask, UMASK of login.defs holds (it has a control of its own), but only by
#   pam_umask in the session stacks of login and sshd: without it, which is how
#   Debian up to 12 comes, the umask is 022.
# related_resources:
#   - description: bash(1)
#     ref: https://man7.org/linux/man-pages/man1/bash.1.html
# custom:
#   id: SHL0002
#   severity: low
#   parameters:
#     strict_umask:
#       type: boolean
#       default: false
#       description: New files must be closed to the group too (077).
#   remediation: |
#     Write `umask 027` (or 077) in the line that is named, or take it out and
#     leave it to UMASK in /etc/login.defs and `session optional pam_umask.so` in
#     /etc/pam.d/common-session. Where no line is named, write `umask 027` into
#     /etc/profile.d/60-umask.sh. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.3.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.3.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.3.3"]
#     cis-rhel-9-v2.0.0: ["5.4.3.3"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-412035"]
#     disa-stig-rhel-9: ["RHEL-09-412055", "RHEL-09-412070"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.shells.umask

import future.keywords.not

subject contains ["shells", "umask"] if input.shells.umask

# 0027 is 23.
fail contains {"path": ["shells", "umask", i, "mode"], "want": "0027 or stricter"} if {
	some i, line in input.shells.umask
	bits.and(line.value, 23) != 23
}

# 0077 is 63.
fail contains {"path": ["shells", "umask", i, "mode"], "want": "0077"} if {
	data.parameters.strict_umask == true
	some i, line in input.shells.umask
	bits.and(line.value, 23) == 23
	bits.and(line.value, 63) != 63
}

# What pam_umask is told counts over login.defs.
fail contains {"subject": ["shells", "umask"], "path": ["pam", "modules", "pam_umask", i, "options", "mode"], "want": "0027 or stricter"} if {
	input.shells.umask
	some i, line in input.pam.modules.pam_umask
	bits.and(line.options.umask, 23) != 23
}

# Nothing sets one, and nobody reads UMASK.
fail contains {"subject": ["shells", "umask"], "path": ["pam", "services", name, "session"], "want": "pam_umask, or a umask in /etc/profile.d"} if {
	input.shells.umask
	not said
	some name, service in input.pam.services
	name in {"login", "sshd"}
	not by_pam(service)
}

said if some _ in input.shells.umask

by_pam(service) if "pam_umask" in service.session
