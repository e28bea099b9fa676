# METADATA
# title: Pods cannot take the credentials of their GKE node
# description: |
#   Where the node's metadata server answers pods, any pod that is taken over gets the
#   node's service account, which all workloads share. The GKE metadata server gives each
#   its own. It comes with workload identity; Autopilot always has it.
# related_resources:
#   - description: About Workload Identity Federation for GKE
#     ref: https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
# custom:
#   id: GCP0022
#   severity: medium
#   remediation: |
#     Set workload_pool in the cluster's workload_identity_config, and leave mode in
#     workload_metadata_config at "GKE_METADATA".
#   fix: {set: {mode: GKE_METADATA}, replaces: [google_container_cluster]}
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.google.gke_metadata

import future.keywords.not

subject contains ["google_container_cluster", a] if {
	some a, cluster in input.google_container_cluster
	not cluster.enable_autopilot == true
}

subject contains ["google_container_node_pool", a] if some a, _ in input.google_container_node_pool

fail contains {"path": ["google_container_cluster", a, "workload_identity_config", 0, "workload_pool"], "want": "PROJECT_ID.svc.id.goog"} if {
	some a, cluster in input.google_container_cluster
	not identified(cluster)
}

fail contains {"path": ["google_container_cluster", a, "node_config", i, "workload_metadata_config", j, "mode"], "want": "GKE_METADATA"} if {
	some a, cluster in input.google_container_cluster
	not cluster.remove_default_node_pool == true
	some i, node in cluster.node_config
	some j, metadata in node.workload_metadata_config
	metadata.mode in {"GCE_METADATA", "MODE_UNSPECIFIED"}
}

fail contains {"path": ["google_container_node_pool", a, "node_config", i, "workload_metadata_config", j, "mode"], "want": "GKE_METADATA"} if {
	some a, pool in input.google_container_node_pool
	some i, node in pool.node_config
	some j, metadata in node.workload_metadata_config
	metadata.mode in {"GCE_METADATA", "MODE_UNSPECIFIED"}
}

# A pool says nothing, and its cluster has no workload identity to take it from.
fail contains {"path": ["google_container_node_pool", a], "want": "workload_identity_config in its cluster"} if {
	some a, pool in input.google_container_node_pool
	not asks(pool)
	some c in input.references.google_container_node_pool[a].cluster
	not identified(input.google_container_cluster[c])
}

identified(cluster) if {
	some _ in cluster.workload_identity_config
}

asks(pool) if {
	some node in pool.node_config
	some _ in node.workload_metadata_config
}
