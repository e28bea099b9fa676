# METADATA
# title: AIDE is installed
# description: |
#   Nothing else tells afterwards which programs and settings an intruder changed. A site
#   with another tool for it (Wazuh, Tripwire, osquery) excludes the controls of AIDE.
# related_resources:
#   - description: The AIDE manual
#     ref: https://aide.github.io/doc/
# custom:
#   id: AID0001
#   severity: low
#   remediation: |
#     Run `apt-get install aide aide-common` and `aideinit`, or `dnf install aide` and `aide
#     --init`; then move the new database to its place.
#   references:
#     cis-debian-12-v1.1.0: ["6.3.1"]
#     cis-ubuntu-22.04-v2.0.0: ["6.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["6.3.1"]
#     cis-rhel-9-v2.0.0: ["6.1.1"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-651010"]
#     disa-stig-rhel-9: ["RHEL-09-651010"]
#     nist-800-53-r5: ["SI-7"]
package policies.host.aide.installed

import future.keywords.not

subject contains ["aide"] if {
	input.aide
	not input.os.container == true
}

fail contains {"path": ["aide", "installed"], "want": true} if {
	input.aide
	not input.aide.installed == true
}
