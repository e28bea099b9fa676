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
#     disa-stig-rhel-9: [
#       "RHEL-09-654085", "RHEL-09-654090", "RHEL-09-654095", "RHEL-09-654100", "RHEL-09-654110",
#       "RHEL-09-654115", "RHEL-09-654120", "RHEL-09-654125", "RHEL-09-654130", "RHEL-09-654140",
#       "RHEL-09-654145", "RHEL-09-654150", "RHEL-09-654155", "RHEL-09-654160", "RHEL-09-654170",
#       "RHEL-09-654180"
#     ]
#     disa-stig-ubuntu-22.04: [
#       "UBTU-22-654020", "UBTU-22-654030", "UBTU-22-654035", "UBTU-22-654040", "UBTU-22-654050",
#       "UBTU-22-654065", "UBTU-22-654070", "UBTU-22-654080", "UBTU-22-654090", "UBTU-22-654095",
#       "UBTU-22-654100", "UBTU-22-654105", "UBTU-22-654110", "UBTU-22-654115"
#     ]
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
