# METADATA
# title: Cloud SQL instances with a public address refuse unencrypted connections
# description: |
#   By default the server takes connections with and without TLS. Passwords and rows of
#   the latter can be read and changed on the way.
# related_resources:
#   - description: Configure SSL/TLS certificates
#     ref: https://cloud.google.com/sql/docs/mysql/configure-ssl-instance
# custom:
#   id: GCP0018
#   severity: medium
#   remediation: |
#     Set ssl_mode = "ENCRYPTED_ONLY", or "TRUSTED_CLIENT_CERTIFICATE_REQUIRED", in
#     ip_configuration.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["6.4"]
#     nist-800-53-r5: ["SC-8"]
package policies.terraform.google.sql_tls

import future.keywords.not

# An instance has a public address unless the configuration says otherwise; a replica
# takes its settings from its primary where it has none.
subject contains ["google_sql_database_instance", a] if {
	some a, db in input.google_sql_database_instance
	not db.settings[0].ip_configuration[0].ipv4_enabled == false
	not replica(db)
}

replica(db) if {
	db.master_instance_name
	not db.settings
}

fail contains {"path": ["google_sql_database_instance", a, "settings", 0, "ip_configuration", 0, "ssl_mode"], "want": "ENCRYPTED_ONLY"} if {
	some a, db in input.google_sql_database_instance
	not encrypted(db)
}

encrypted(db) if db.settings[0].ip_configuration[0].ssl_mode in {"ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}

encrypted(db) if {
	ip := db.settings[0].ip_configuration[0]
	not ip.ssl_mode
	ip.require_ssl == true
}
