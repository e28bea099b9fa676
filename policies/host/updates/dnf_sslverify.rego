# METADATA
# title: dnf checks the certificates of its servers
# description: |
#   Without the check anybody on the way may be the mirror, hold updates back and
#   see what is installed.
# related_resources:
#   - description: dnf.conf(5)
#     ref: https://dnf.readthedocs.io/en/latest/conf_ref.html
# custom:
#   id: UPD0006
#   severity: medium
#   remediation: |
#     Set `sslverify=1` under `[main]` in /etc/dnf/dnf.conf and in the .repo
#     file that is named, and add the CA of an own mirror with `sslcacert`.
#   references:
#     nist-800-53-r5: ["SC-8", "SI-7"]
package policies.host.updates.dnf_sslverify

import future.keywords.not

subject contains ["updates", "dnf"] if input.updates.dnf.installed == true

fail contains {"path": ["updates", "dnf", "sslverify"], "want": true} if {
	input.updates.dnf.installed == true
	not input.updates.dnf.sslverify == true
}

fail contains {"path": ["updates", "dnf", "repositories", id, "sslverify"], "want": true} if {
	some id, repository in input.updates.dnf.repositories
	repository.enabled == true
	not repository.sslverify == true
}
