# METADATA
# title: The control planes of GKE clusters are closed to the Internet
# description: |
#   Without authorised networks the API server answers every address: a leaked token or
#   kubeconfig works from anywhere, and so does the next flaw in the server. This is the
#   default.
# related_resources:
#   - description: Customize your network isolation in GKE
#     ref: https://cloud.google.com/kubernetes-engine/docs/how-to/latest/network-isolation
# custom:
#   id: GCP0020
#   severity: medium
#   remediation: |
#     Add a master_authorized_networks_config with the addresses that need access, or set
#     enable_private_endpoint = true in private_cluster_config.
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.google.gke_control_plane

import future.keywords.not

import data.lib

subject contains ["google_container_cluster", a] if some a, _ in input.google_container_cluster

fail contains {"path": ["google_container_cluster", a, "master_authorized_networks_config"], "want": "the addresses that need access"} if {
	some a, cluster in input.google_container_cluster
	not private(cluster)
	not limited(cluster)
}

fail contains {"path": ["google_container_cluster", a, "master_authorized_networks_config", i, "cidr_blocks", j, "cidr_block"], "want": "the addresses that need access"} if {
	some a, cluster in input.google_container_cluster
	not private(cluster)
	some i, config in cluster.master_authorized_networks_config
	some j, block in config.cidr_blocks
	lib.internet(block.cidr_block)
}

private(cluster) if cluster.private_cluster_config[0].enable_private_endpoint == true

private(cluster) if cluster.control_plane_endpoints_config[0].ip_endpoints_config[0].enabled == false

limited(cluster) if {
	some _ in cluster.master_authorized_networks_config
}
