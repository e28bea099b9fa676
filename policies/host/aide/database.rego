# METADATA
# title: AIDE has a database to compare with
# description: |
#   Without it AIDE compares nothing; one that is older than the last upgrades reports so
#   many changes that nobody reads them.
# related_resources:
#   - description: The AIDE manual
#     ref: https://aide.github.io/doc/
# custom:
#   id: AID0002
#   severity: low
#   parameters:
#     aide_database_days: {type: number, default: 365, description: "Days that the database of AIDE may be old."}
#   remediation: |
#     Run `aideinit` (Red Hat: `aide --init` and `mv /var/lib/aide/aide.db.new.gz
#     /var/lib/aide/aide.db.gz`) when the host is known to be sound, and after each upgrade.
#   references:
#     cis-debian-12-v1.1.0: ["6.3.1"]
#     cis-ubuntu-22.04-v2.0.0: ["6.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["6.3.1"]
#     cis-rhel-9-v2.0.0: ["6.1.1"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-651015"]
#     disa-stig-rhel-9: ["RHEL-09-651010"]
#     nist-800-53-r5: ["SI-7"]
package policies.host.aide.database

import future.keywords.not

subject contains ["aide", "database"] if {
	input.aide.installed == true
	not input.os.container == true
}

fail contains {"path": ["aide", "database", "exists"], "want": true} if {
	input.aide.installed == true
	not input.aide.database.exists == true
}

fail contains {"path": ["aide", "database", "size"], "want": "not empty"} if {
	input.aide.installed == true
	input.aide.database.size == 0
}

fail contains {"path": ["aide", "database", "age"], "want": want} if {
	days := data.parameters.aide_database_days
	want := sprintf("%d days or fewer", [days])
	input.aide.installed == true
	input.aide.database.age > days
}
