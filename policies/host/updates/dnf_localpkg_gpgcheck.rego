# METADATA
# title: dnf checks the signatures of packages that lie on disk
# description: |
#   `dnf install FILE` is as good a way to root as a repository; without this
#   option files are not checked.
# related_resources:
#   - description: dnf.conf(5)
#     ref: https://dnf.readthedocs.io/en/latest/conf_ref.html
# custom:
#   id: UPD0005
#   severity: low
#   remediation: |
#     Set `localpkg_gpgcheck=1` under `[main]` in /etc/dnf/dnf.conf.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-214020"]
#     nist-800-53-r5: ["SI-7", "CM-14"]
package policies.host.updates.dnf_localpkg_gpgcheck

import future.keywords.not

subject contains ["updates", "dnf"] if input.updates.dnf.installed == true

fail contains {"path": ["updates", "dnf", "localpkg_gpgcheck"], "want": true} if {
	input.updates.dnf.installed == true
	not input.updates.dnf.localpkg_gpgcheck == true
}
