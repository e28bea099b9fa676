# METADATA
# title: sshd bounds connections that have not logged in
# description: |
#   Without a low bound, one client that opens connections and never logs in takes
#   the host's processes, and guesses at many passwords at once.
# related_resources:
#   - description: sshd_config(5), MaxStartups
#     ref: https://man.openbsd.org/sshd_config#MaxStartups
# custom:
#   id: SSH0025
#   severity: low
#   remediation: |
#     Of this keyword the last line counts: write `MaxStartups 10:30:60` in the line
#     that is named. Where none is, put it into /etc/ssh/sshd_config.d/00-merlon.conf (or,
#     where sshd_config does not include that, at its end, before the first Match). Run
#     `systemctl reload ssh` (`sshd` on Red Hat).
#   references:
#     cis-debian-12-v1.1.0: ["5.1.18"]
#     cis-ubuntu-22.04-v2.0.0: ["5.1.18"]
#     cis-ubuntu-24.04-v1.0.0: ["5.1.18"]
#     cis-rhel-9-v2.0.0: ["5.1.17"]
#     nist-800-53-r5: ["AC-10", "SC-5"]
package policies.host.sshd.max_startups

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", "global", "maxstartups", "start"], "want": "10 or fewer"} if {
	input.sshd
	not input.sshd.contexts.global.maxstartups.start <= 10
}

fail contains {"path": ["sshd", "contexts", "global", "maxstartups", "rate"], "want": "30 percent or more"} if {
	input.sshd
	not input.sshd.contexts.global.maxstartups.rate >= 30
}

fail contains {"path": ["sshd", "contexts", "global", "maxstartups", "full"], "want": "60 or fewer"} if {
	input.sshd
	not input.sshd.contexts.global.maxstartups.full <= 60
}
