# METADATA
# title: Databases, file systems and caches encrypt what they hold
# description: |
#   Copies leave a data store in snapshots, replicas and backups. Where the store is not
#   encrypted, neither are they, and a copy in the wrong hands can be read. Encryption
#   cannot be switched on later without making the store anew.
# related_resources:
#   - description: Encrypting Amazon RDS resources
#     ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
# custom:
#   id: AWS0025
#   severity: medium
#   remediation: |
#     Set storage_encrypted (RDS, Aurora, DocumentDB, Neptune), encrypted (EFS, Redshift),
#     at_rest_encryption_enabled (ElastiCache) or encrypt_at_rest (OpenSearch) to true.
#   fix:
#     set: want
#     replaces: [aws_db_instance, aws_docdb_cluster, aws_efs_file_system, aws_elasticache_replication_group, aws_elasticsearch_domain, aws_neptune_cluster, aws_rds_cluster]
#   references:
#     cis-aws-v3.0.0: ["2.3.1", "2.4.1"]
#     nist-800-53-r5: ["SC-28"]
package policies.terraform.aws.stores_encrypted

import future.keywords.not

# An instance that is restored or replicated takes over what its source has.
subject contains ["aws_db_instance", a] if {
	some a, db in input.aws_db_instance
	not db.replicate_source_db
	not db.snapshot_identifier
	not db.restore_to_point_in_time
}

subject contains ["aws_rds_cluster", a] if {
	some a, db in input.aws_rds_cluster
	not db.snapshot_identifier
	not db.replication_source_identifier
	not db.restore_to_point_in_time
	not db.global_cluster_identifier
	not db.engine_mode == "serverless"
}

subject contains ["aws_docdb_cluster", a] if {
	some a, db in input.aws_docdb_cluster
	not db.snapshot_identifier
	not db.global_cluster_identifier
}

subject contains ["aws_neptune_cluster", a] if {
	some a, db in input.aws_neptune_cluster
	not db.snapshot_identifier
	not db.global_neptune_cluster_identifier
}

subject contains ["aws_efs_file_system", a] if some a, _ in input.aws_efs_file_system

subject contains ["aws_redshift_cluster", a] if some a, _ in input.aws_redshift_cluster

subject contains ["aws_elasticache_replication_group", a] if {
	some a, cache in input.aws_elasticache_replication_group
	not cache.global_replication_group_id
}

subject contains ["aws_opensearch_domain", a] if some a, _ in input.aws_opensearch_domain

subject contains ["aws_elasticsearch_domain", a] if some a, _ in input.aws_elasticsearch_domain

fail contains {"path": ["aws_db_instance", a, "storage_encrypted"], "want": true} if {
	some a, db in input.aws_db_instance
	not db.storage_encrypted == true
}

fail contains {"path": ["aws_rds_cluster", a, "storage_encrypted"], "want": true} if {
	some a, db in input.aws_rds_cluster
	not db.storage_encrypted == true
}

fail contains {"path": ["aws_docdb_cluster", a, "storage_encrypted"], "want": true} if {
	some a, db in input.aws_docdb_cluster
	not db.storage_encrypted == true
}

fail contains {"path": ["aws_neptune_cluster", a, "storage_encrypted"], "want": true} if {
	some a, db in input.aws_neptune_cluster
	not db.storage_encrypted == true
}

fail contains {"path": ["aws_efs_file_system", a, "encrypted"], "want": true} if {
	some a, fs in input.aws_efs_file_system
	not fs.encrypted == true
}

# New clusters are encrypted unless the configuration says otherwise.
fail contains {"path": ["aws_redshift_cluster", a, "encrypted"], "want": true} if {
	some a, cluster in input.aws_redshift_cluster
	cluster.encrypted == false
}

# Valkey encrypts by default, Redis does not.
fail contains {"path": ["aws_elasticache_replication_group", a, "at_rest_encryption_enabled"], "want": true} if {
	some a, cache in input.aws_elasticache_replication_group
	not cache.at_rest_encryption_enabled == true
	not cache.engine == "valkey"
}

fail contains {"path": ["aws_elasticache_replication_group", a, "at_rest_encryption_enabled"], "want": true} if {
	some a, cache in input.aws_elasticache_replication_group
	cache.at_rest_encryption_enabled == false
}

fail contains {"path": ["aws_opensearch_domain", a, "encrypt_at_rest", 0, "enabled"], "want": true} if {
	some a, domain in input.aws_opensearch_domain
	not domain.encrypt_at_rest[0].enabled == true
}

fail contains {"path": ["aws_elasticsearch_domain", a, "encrypt_at_rest", 0, "enabled"], "want": true} if {
	some a, domain in input.aws_elasticsearch_domain
	not domain.encrypt_at_rest[0].enabled == true
}
