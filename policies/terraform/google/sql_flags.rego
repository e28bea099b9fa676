# METADATA
# title: Cloud SQL flags open no way out of the database
# description: |
#   local_infile lets a server read files of its clients; cross db ownership chaining and
#   contained database authentication let the owner of one database into others or past
#   the server's logins; external scripts run programs.
# related_resources:
#   - description: Configure database flags
#     ref: https://cloud.google.com/sql/docs/mysql/flags
# custom:
#   id: GCP0019
#   severity: medium
#   remediation: |
#     Set the flag to "off", or drop it from database_flags.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["6.1.3", "6.3.1", "6.3.2", "6.3.7"]
package policies.terraform.google.sql_flags

import future.keywords.not

dangerous := {"contained database authentication", "cross db ownership chaining", "external scripts enabled", "local_infile"}

subject contains ["google_sql_database_instance", a] if some a, _ in input.google_sql_database_instance

fail contains {"path": ["google_sql_database_instance", a, "settings", i, "database_flags", j, "value"], "want": "off"} if {
	some a, db in input.google_sql_database_instance
	some i, settings in db.settings
	some j, flag in settings.database_flags
	flag.name in dangerous
	flag.value in {"on", 1, true}
}
