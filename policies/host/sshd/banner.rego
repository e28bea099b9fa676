# METADATA
# title: sshd shows a banner before login
# description: |
#   Some courts and contracts ask that whoever logs in was told whose system this is and
#   that use of it is watched. It keeps nobody out.
# related_resources:
#   - description: sshd_config(5), Banner
#     ref: https://man.openbsd.org/sshd_config#Banner
# custom:
#   id: SSH0028
#   severity: low
#   remediation: |
#     Put `Banner /etc/issue.net` into /etc/ssh/sshd_config.d/00-merlon.conf (or, where
#     sshd_config does not include that, at its top), write the text into that file and
#     run `systemctl reload ssh` (`sshd` on Red Hat).
#   references:
#     cis-debian-12-v1.1.0: ["5.1.5"]
#     cis-ubuntu-22.04-v2.0.0: ["5.1.5"]
#     cis-ubuntu-24.04-v1.0.0: ["5.1.5"]
#     cis-rhel-9-v2.0.0: ["5.1.8"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-255020"]
#     disa-stig-rhel-9: ["RHEL-09-255025"]
#     nist-800-53-r5: ["AC-8"]
package policies.host.sshd.banner

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", "global", "banner"], "want": "a file, such as /etc/issue.net"} if {
	input.sshd.installed == true
	not is_string(input.sshd.contexts.global.banner)
}

fail contains {"path": ["sshd", "contexts", m, "banner"], "want": "a file, such as /etc/issue.net"} if {
	some m, c in input.sshd.contexts
	lower(c.banner) == "none"
	own(m)
}

# own is true of the global part, and of a Match block that takes the banner away.
own("global")

own(m) if {
	m != "global"
	is_string(input.sshd.contexts.global.banner)
	not lower(input.sshd.contexts.global.banner) == "none"
}
