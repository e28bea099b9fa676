# METADATA
# title: Databases with a public address admit no one from the whole Internet
# description: |
#   A database with a public address, in a security group that lets every address reach
#   its port: anyone can try passwords and exploits against it from anywhere.
# related_resources:
#   - description: Controlling access with security groups
#     ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html
# custom:
#   id: AWS0009
#   severity: critical
#   remediation: |
#     Set publicly_accessible to false, and put the security groups or addresses of the
#     clients in place of the range in the rule.
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.aws.database_reachable

import future.keywords.not

import data.lib
import data.lib.aws

subject contains ["aws_db_instance", a] if {
	some a, db in input.aws_db_instance
	db.publicly_accessible == true
}

subject contains ["aws_rds_cluster_instance", a] if {
	some a, db in input.aws_rds_cluster_instance
	db.publicly_accessible == true
}

fail contains {"subject": ["aws_db_instance", a], "path": ["aws_security_group", g, "ingress", i, k, j], "want": "the security groups or addresses of the clients"} if {
	some a, db in input.aws_db_instance
	some g in input.references.aws_db_instance[a].vpc_security_group_ids
	some i, rule in input.aws_security_group[g].ingress
	reaches(rule, db)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"subject": ["aws_db_instance", a], "path": ["aws_security_group_rule", r, k, j], "want": "the security groups or addresses of the clients"} if {
	some a, db in input.aws_db_instance
	some g in input.references.aws_db_instance[a].vpc_security_group_ids
	some r, rule in input.aws_security_group_rule
	g in input.references.aws_security_group_rule[r].security_group_id
	rule.type == "ingress"
	reaches(rule, db)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"subject": ["aws_db_instance", a], "path": ["aws_vpc_security_group_ingress_rule", r, k], "want": "the security groups or addresses of the clients"} if {
	some a, db in input.aws_db_instance
	some g in input.references.aws_db_instance[a].vpc_security_group_ids
	some r, rule in input.aws_vpc_security_group_ingress_rule
	g in input.references.aws_vpc_security_group_ingress_rule[r].security_group_id
	reaches(rule, db)
	some k in ["cidr_ipv4", "cidr_ipv6"]
	lib.internet(rule[k])
}

fail contains {"subject": ["aws_rds_cluster_instance", a], "path": ["aws_security_group", g, "ingress", i, k, j], "want": "the security groups or addresses of the clients"} if {
	some a, _ in input.aws_rds_cluster_instance
	some c in input.references.aws_rds_cluster_instance[a].cluster_identifier
	some g in input.references.aws_rds_cluster[c].vpc_security_group_ids
	some i, rule in input.aws_security_group[g].ingress
	reaches(rule, input.aws_rds_cluster[c])
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"subject": ["aws_rds_cluster_instance", a], "path": ["aws_vpc_security_group_ingress_rule", r, k], "want": "the security groups or addresses of the clients"} if {
	some a, _ in input.aws_rds_cluster_instance
	some c in input.references.aws_rds_cluster_instance[a].cluster_identifier
	some g in input.references.aws_rds_cluster[c].vpc_security_group_ids
	some r, rule in input.aws_vpc_security_group_ingress_rule
	g in input.references.aws_vpc_security_group_ingress_rule[r].security_group_id
	reaches(rule, input.aws_rds_cluster[c])
	some k in ["cidr_ipv4", "cidr_ipv6"]
	lib.internet(rule[k])
}

fail contains {"subject": ["aws_rds_cluster_instance", a], "path": ["aws_security_group_rule", r, k, j], "want": "the security groups or addresses of the clients"} if {
	some a, _ in input.aws_rds_cluster_instance
	some c in input.references.aws_rds_cluster_instance[a].cluster_identifier
	some g in input.references.aws_rds_cluster[c].vpc_security_group_ids
	some r, rule in input.aws_security_group_rule
	g in input.references.aws_security_group_rule[r].security_group_id
	rule.type == "ingress"
	reaches(rule, input.aws_rds_cluster[c])
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

reaches(rule, _) if {
	some port in lib.database_ports
	aws.reaches(rule, port)
}

reaches(rule, db) if aws.reaches(rule, db.port)
