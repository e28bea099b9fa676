# METADATA
# title: Databases live in subnets without a route from the Internet
# description: |
#   A subnet whose route table leads to an Internet gateway is one flag away from
#   exposing what stands in it: set publicly_accessible, and the database has an
#   address that the world can route to. A private subnet has no such way.
# related_resources:
#   - description: Working with a DB instance in a VPC
#     ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
# custom:
#   id: AWS0008
#   severity: medium
#   remediation: |
#     List subnets in the aws_db_subnet_group whose route tables lead to a NAT gateway or
#     nowhere, not to an aws_internet_gateway.
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.aws.database_public_subnet

import future.keywords.not

subject contains ["aws_db_instance", a] if some a, _ in input.aws_db_instance

subject contains ["aws_rds_cluster", a] if some a, _ in input.aws_rds_cluster

fail contains {"subject": ["aws_db_instance", a], "path": ["aws_db_subnet_group", g, "subnet_ids"], "want": "subnets without a route to an Internet gateway"} if {
	some a, _ in input.aws_db_instance
	some g in input.references.aws_db_instance[a].db_subnet_group_name
	input.aws_db_subnet_group[g]
	some s in input.references.aws_db_subnet_group[g].subnet_ids
	s in public
}

fail contains {"subject": ["aws_rds_cluster", a], "path": ["aws_db_subnet_group", g, "subnet_ids"], "want": "subnets without a route to an Internet gateway"} if {
	some a, _ in input.aws_rds_cluster
	some g in input.references.aws_rds_cluster[a].db_subnet_group_name
	input.aws_db_subnet_group[g]
	some s in input.references.aws_db_subnet_group[g].subnet_ids
	s in public
}

# public are subnets whose route table leads to an Internet gateway.
public contains s if {
	some x, _ in input.aws_route_table_association
	some t in input.references.aws_route_table_association[x].route_table_id
	t in leading_out
	some s in input.references.aws_route_table_association[x].subnet_id
}

# A subnet without an association of its own follows the main route table of its VPC.
public contains s if {
	some s, _ in input.aws_subnet
	some v in input.references.aws_subnet[s].vpc_id
	v in leading_by_main
	not s in associated
}

associated contains s if {
	some x, _ in input.aws_route_table_association
	some s in input.references.aws_route_table_association[x].subnet_id
}

# leading_by_main are VPCs whose main route table leads to an Internet gateway.
leading_by_main contains v if {
	some t, table in input.aws_default_route_table
	some i, route in table.route
	everywhere(route)
	some w in input.references.aws_default_route_table[t][sprintf("route.%d.gateway_id", [i])]
	input.aws_internet_gateway[w]
	some v in input.references.aws_default_route_table[t].default_route_table_id
}

leading_by_main contains v if {
	some r, route in input.aws_route
	everywhere(route)
	some w in input.references.aws_route[r].gateway_id
	input.aws_internet_gateway[w]
	some v in input.references.aws_route[r].route_table_id
	input.aws_vpc[v]
}

leading_by_main contains v if {
	some x, _ in input.aws_main_route_table_association
	some t in input.references.aws_main_route_table_association[x].route_table_id
	t in leading_out
	some v in input.references.aws_main_route_table_association[x].vpc_id
}

leading_out contains t if {
	some t, table in input.aws_route_table
	some i, route in table.route
	everywhere(route)
	some w in input.references.aws_route_table[t][sprintf("route.%d.gateway_id", [i])]
	input.aws_internet_gateway[w]
}

leading_out contains t if {
	some r, route in input.aws_route
	everywhere(route)
	some w in input.references.aws_route[r].gateway_id
	input.aws_internet_gateway[w]
	some t in input.references.aws_route[r].route_table_id
}

everywhere(route) if route.cidr_block == "0.0.0.0/0"

everywhere(route) if route.ipv6_cidr_block == "::/0"

everywhere(route) if route.destination_cidr_block == "0.0.0.0/0"

everywhere(route) if route.destination_ipv6_cidr_block == "::/0"
