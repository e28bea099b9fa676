# METADATA
# title: Runs of set-uid and set-gid programs are recorded
# description: |
#   A set-uid program with a hole makes its user root. Each such program on file systems
#   that are not mounted nosuid must be covered, on disk and as loaded. It needs a walk over
#   all local file systems, and is not part of the default baseline.
# related_resources:
#   - description: audit.rules(7)
#     ref: https://man7.org/linux/man-pages/man7/audit.rules.7.html
# custom:
#   id: AUD0040
#   severity: low
#   remediation: |
#     For each program put `-a always,exit -F path=PROGRAM -F perm=x -F auid>=1000 -F
#     auid!=unset -k privileged` into a file below /etc/audit/rules.d and run `augenrules
#     --load`; where the rules are locked, reboot.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.3.6"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.3.6"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.3.6"]
#     cis-rhel-9-v2.0.0: ["6.3.3.6"]
#     nist-800-53-r5: ["AC-6(9)", "AU-12"]
package policies.host.audit.privileged

import future.keywords.not

subject contains ["audit", "privileged"] if {
	input.audit.installed == true
	input.walk
	not input.os.container == true
}

fail contains {"subject": ["audit", "privileged"], "path": ["audit", "privileged", where, i], "want": "recorded"} if {
	some where in ["disk", "runtime"]
	some i, _ in input.audit.privileged[where]
}
