# METADATA
# title: Caches, brokers and search domains encrypt traffic
# description: |
#   Whoever sits on the network between a client and the service, a compromised container
#   in the same subnet for one, reads plain traffic: the data, and the password that
#   opens the rest.
# related_resources:
#   - description: ElastiCache in-transit encryption (TLS)
#     ref: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html
# custom:
#   id: AWS0026
#   severity: medium
#   remediation: |
#     Set transit_encryption_enabled = true (ElastiCache), client_broker = "TLS" (MSK),
#     enforce_https = true and node_to_node_encryption (OpenSearch), and make the clients
#     use TLS.
#   fix: {set: want, replaces: [aws_elasticache_replication_group, aws_elasticsearch_domain]}
#   references:
#     nist-800-53-r5: ["SC-8"]
package policies.terraform.aws.transit_encrypted

import future.keywords.not

subject contains ["aws_elasticache_replication_group", a] if {
	some a, cache in input.aws_elasticache_replication_group
	not cache.global_replication_group_id
}

subject contains ["aws_msk_cluster", a] if some a, _ in input.aws_msk_cluster

subject contains ["aws_opensearch_domain", a] if some a, _ in input.aws_opensearch_domain

subject contains ["aws_elasticsearch_domain", a] if some a, _ in input.aws_elasticsearch_domain

fail contains {"path": ["aws_elasticache_replication_group", a, "transit_encryption_enabled"], "want": true} if {
	some a, cache in input.aws_elasticache_replication_group
	not cache.transit_encryption_enabled == true
	not cache.engine == "valkey"
}

fail contains {"path": ["aws_elasticache_replication_group", a, "transit_encryption_enabled"], "want": true} if {
	some a, cache in input.aws_elasticache_replication_group
	cache.transit_encryption_enabled == false
}

# The default is TLS.
fail contains {"path": ["aws_msk_cluster", a, "encryption_info", i, "encryption_in_transit", j, "client_broker"], "want": "TLS"} if {
	some a, cluster in input.aws_msk_cluster
	some i, info in cluster.encryption_info
	some j, transit in info.encryption_in_transit
	transit.client_broker in {"PLAINTEXT", "TLS_PLAINTEXT"}
}

fail contains {"path": ["aws_opensearch_domain", a, "domain_endpoint_options", i, "enforce_https"], "want": true} if {
	some a, domain in input.aws_opensearch_domain
	some i, options in domain.domain_endpoint_options
	options.enforce_https == false
}

fail contains {"path": ["aws_opensearch_domain", a, "node_to_node_encryption", 0, "enabled"], "want": true} if {
	some a, domain in input.aws_opensearch_domain
	not domain.node_to_node_encryption[0].enabled == true
}

fail contains {"path": ["aws_elasticsearch_domain", a, "domain_endpoint_options", i, "enforce_https"], "want": true} if {
	some a, domain in input.aws_elasticsearch_domain
	some i, options in domain.domain_endpoint_options
	options.enforce_https == false
}

fail contains {"path": ["aws_elasticsearch_domain", a, "node_to_node_encryption", 0, "enabled"], "want": true} if {
	some a, domain in input.aws_elasticsearch_domain
	not domain.node_to_node_encryption[0].enabled == true
}
