# METADATA
# title: GKE clusters use neither legacy authorisation nor client certificates
# description: |
#   With attribute-based access control every service account in the cluster may do
#   anything in it. A client certificate works until the cluster's authority is replaced:
#   it cannot be revoked.
# related_resources:
#   - description: Harden your cluster's security
#     ref: https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster
# custom:
#   id: GCP0021
#   severity: high
#   remediation: |
#     Drop enable_legacy_abac and grant rights by RBAC; set issue_client_certificate =
#     false in client_certificate_config, or drop master_auth.
#   fix: {set: want, replaces: [google_container_cluster]}
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.google.gke_legacy_access

import future.keywords.not

subject contains ["google_container_cluster", a] if some a, _ in input.google_container_cluster

fail contains {"path": ["google_container_cluster", a, "enable_legacy_abac"], "want": false} if {
	some a, cluster in input.google_container_cluster
	cluster.enable_legacy_abac == true
}

fail contains {"path": ["google_container_cluster", a, "master_auth", i, "client_certificate_config", j, "issue_client_certificate"], "want": false} if {
	some a, cluster in input.google_container_cluster
	some i, auth in cluster.master_auth
	some j, config in auth.client_certificate_config
	config.issue_client_certificate == true
}
