# METADATA
# title: Databases, brokers and warehouses have no public address
# description: |
#   With a public address only a security group and a password stand between the
#   Internet and the data. Without one, a mistake in either stays within the network.
# related_resources:
#   - description: Working with a DB instance in a VPC
#     ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
# custom:
#   id: AWS0007
#   severity: high
#   remediation: |
#     Set publicly_accessible to false (for MSK: drop the public_access block, or set its
#     type to DISABLED), and reach the service from within the VPC, over a VPN or through
#     a bastion. For Redshift say so outright: before version 6 of the provider
#     the default was true.
#   fix: {set: want, replaces: [aws_dms_replication_instance, aws_mq_broker]}
#   references:
#     cis-aws-v3.0.0: ["2.3.3"]
package policies.terraform.aws.publicly_accessible

import future.keywords.not

subject contains ["aws_db_instance", a] if some a, _ in input.aws_db_instance

subject contains ["aws_rds_cluster_instance", a] if some a, _ in input.aws_rds_cluster_instance

subject contains ["aws_neptune_cluster_instance", a] if some a, _ in input.aws_neptune_cluster_instance

subject contains ["aws_redshift_cluster", a] if some a, _ in input.aws_redshift_cluster

subject contains ["aws_redshiftserverless_workgroup", a] if some a, _ in input.aws_redshiftserverless_workgroup

subject contains ["aws_dms_replication_instance", a] if some a, _ in input.aws_dms_replication_instance

subject contains ["aws_mq_broker", a] if some a, _ in input.aws_mq_broker

subject contains ["aws_msk_cluster", a] if some a, _ in input.aws_msk_cluster

fail contains {"path": ["aws_db_instance", a, "publicly_accessible"], "want": false} if {
	some a, r in input.aws_db_instance
	r.publicly_accessible == true
}

fail contains {"path": ["aws_rds_cluster_instance", a, "publicly_accessible"], "want": false} if {
	some a, r in input.aws_rds_cluster_instance
	r.publicly_accessible == true
}

fail contains {"path": ["aws_neptune_cluster_instance", a, "publicly_accessible"], "want": false} if {
	some a, r in input.aws_neptune_cluster_instance
	r.publicly_accessible == true
}

fail contains {"path": ["aws_redshift_cluster", a, "publicly_accessible"], "want": false} if {
	some a, r in input.aws_redshift_cluster
	r.publicly_accessible == true
}

fail contains {"path": ["aws_redshiftserverless_workgroup", a, "publicly_accessible"], "want": false} if {
	some a, r in input.aws_redshiftserverless_workgroup
	r.publicly_accessible == true
}

fail contains {"path": ["aws_dms_replication_instance", a, "publicly_accessible"], "want": false} if {
	some a, r in input.aws_dms_replication_instance
	r.publicly_accessible == true
}

fail contains {"path": ["aws_mq_broker", a, "publicly_accessible"], "want": false} if {
	some a, r in input.aws_mq_broker
	r.publicly_accessible == true
}

fail contains {"path": ["aws_msk_cluster", a, "broker_node_group_info", i, "connectivity_info", j, "public_access", k, "type"], "want": "DISABLED"} if {
	some a, r in input.aws_msk_cluster
	some i, group in r.broker_node_group_info
	some j, info in group.connectivity_info
	some k, access in info.public_access
	access.type == "SERVICE_PROVIDED_EIPS"
}
