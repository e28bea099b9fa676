# METADATA
# title: Instances with a public address are closed to the Internet on risky ports
# description: |
#   Here all three meet: an instance with a public address, a security group on it,
#   and a rule in that group that lets every address reach an administration or
#   database port. It can be attacked the minute it starts.
# related_resources:
#   - description: Control traffic to your AWS resources using security groups
#     ref: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
# custom:
#   id: AWS0006
#   severity: critical
#   remediation: |
#     Narrow the rule to the addresses that need access, or take the public address
#     away (associate_public_ip_address = false, a private subnet) and connect through
#     Session Manager or a bastion.
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.aws.instance_reachable

import future.keywords.not

import data.lib
import data.lib.aws

subject contains ["aws_instance", a] if some a, _ in input.aws_instance

fail contains {"subject": ["aws_instance", a], "path": ["aws_security_group", g, "ingress", i, k, j], "want": "the addresses that need access"} if {
	some a in public
	some g in input.references.aws_instance[a].vpc_security_group_ids
	some i, rule in input.aws_security_group[g].ingress
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"subject": ["aws_instance", a], "path": ["aws_security_group_rule", r, k, j], "want": "the addresses that need access"} if {
	some a in public
	some g in input.references.aws_instance[a].vpc_security_group_ids
	some r, rule in input.aws_security_group_rule
	g in input.references.aws_security_group_rule[r].security_group_id
	rule.type == "ingress"
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"subject": ["aws_instance", a], "path": ["aws_vpc_security_group_ingress_rule", r, k], "want": "the addresses that need access"} if {
	some a in public
	some g in input.references.aws_instance[a].vpc_security_group_ids
	some r, rule in input.aws_vpc_security_group_ingress_rule
	g in input.references.aws_vpc_security_group_ingress_rule[r].security_group_id
	open(rule)
	some k in ["cidr_ipv4", "cidr_ipv6"]
	lib.internet(rule[k])
}

open(rule) if {
	some port in lib.admin_ports
	aws.reaches(rule, port)
}

open(rule) if {
	some port in lib.database_ports
	aws.reaches(rule, port)
}

# public are instances that get an address on the Internet.
public contains a if {
	some a, instance in input.aws_instance
	instance.associate_public_ip_address == true
}

public contains a if {
	some a, instance in input.aws_instance
	not instance.associate_public_ip_address == false
	some s in input.references.aws_instance[a].subnet_id
	input.aws_subnet[s].map_public_ip_on_launch == true
}

public contains a if {
	some e, _ in input.aws_eip
	some a in input.references.aws_eip[e].instance
}

public contains a if {
	some e, _ in input.aws_eip_association
	some a in input.references.aws_eip_association[e].instance_id
}
