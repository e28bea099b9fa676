# METADATA
# title: dnf checks the signatures of packages
# description: |
#   Without gpgcheck nobody checks who made a package: whoever is on the way, or
#   holds a mirror, installs what they like as root. [main] is judged, and each
#   repository that is used.
# related_resources:
#   - description: dnf.conf(5)
#     ref: https://dnf.readthedocs.io/en/latest/conf_ref.html
# custom:
#   id: UPD0004
#   severity: high
#   remediation: |
#     Set `gpgcheck=1` under `[main]` in /etc/dnf/dnf.conf, and in the .repo
#     file that is named.
#   references:
#     cis-rhel-9-v2.0.0: ["1.2.1.2"]
#     disa-stig-rhel-9: ["RHEL-09-214015", "RHEL-09-214025"]
#     nist-800-53-r5: ["SI-7", "CM-14"]
package policies.host.updates.dnf_gpgcheck

import future.keywords.not

subject contains ["updates", "dnf"] if input.updates.dnf.installed == true

fail contains {"path": ["updates", "dnf", "gpgcheck"], "want": true} if {
	input.updates.dnf.installed == true
	not input.updates.dnf.gpgcheck == true
}

fail contains {"path": ["updates", "dnf", "repositories", id, "gpgcheck"], "want": true} if {
	some id, repository in input.updates.dnf.repositories
	repository.enabled == true
	not repository.gpgcheck == true
}
