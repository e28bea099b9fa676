# METADATA
# title: Cloud SQL admits no one from the whole Internet
# description: |
#   An authorised network of every address lets anyone try passwords and exploits against
#   the database from anywhere.
# related_resources:
#   - description: Authorize with authorized networks
#     ref: https://cloud.google.com/sql/docs/mysql/authorize-networks
# custom:
#   id: GCP0017
#   severity: critical
#   remediation: |
#     Put the addresses of the clients into authorized_networks, or drop the block and
#     connect through the Cloud SQL Auth Proxy or a private address.
#   references:
#     cis-gcp-v2.0.0: ["6.5"]
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.google.sql_open

import future.keywords.not

import data.lib

subject contains ["google_sql_database_instance", a] if some a, _ in input.google_sql_database_instance

fail contains {"path": ["google_sql_database_instance", a, "settings", i, "ip_configuration", j, "authorized_networks", k, "value"], "want": "the addresses of the clients"} if {
	some a, db in input.google_sql_database_instance
	some i, settings in db.settings
	some j, ip in settings.ip_configuration
	not ip.ipv4_enabled == false
	some k, network in ip.authorized_networks
	lib.internet(network.value)
}
