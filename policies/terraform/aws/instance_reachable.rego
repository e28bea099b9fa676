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
	some pair in guards
	a := pair[0]
	a in public
	g := pair[1]
	some i, rule in input.aws_security_group[g].ingress
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"subject": ["aws_instance", a], "path": ["aws_security_group_rule", r, k, j], "want": "the addresses that need access"} if {
	some pair in guards
	a := pair[0]
	a in public
	g := pair[1]
	some r, rule in input.aws_security_group_rule
	g in input.references.aws_security_group_rule[r].security_group_id
	rule.type == "ingress"
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"subject": ["aws_instance", a], "path": ["aws_vpc_security_group_ingress_rule", r, k], "want": "the addresses that need access"} if {
	some pair in guards
	a := pair[0]
	a in public
	g := pair[1]
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

# guards are pairs of an instance and a security group on it, or on a network interface
# that is attached to it.
guards contains [a, g] if {
	some a, _ in input.aws_instance
	some attribute in ["security_groups", "vpc_security_group_ids"]
	some g in input.references.aws_instance[a][attribute]
}

guards contains [a, g] if {
	some pair in interfaces
	a := pair[0]
	n := pair[1]
	some g in input.references.aws_network_interface[n].security_groups
}

guards contains [a, g] if {
	some s, _ in input.aws_network_interface_sg_attachment
	some a in input.references.aws_network_interface_sg_attachment[s].network_interface_id
	input.aws_instance[a]
	some g in input.references.aws_network_interface_sg_attachment[s].security_group_id
}

interfaces contains [a, n] if {
	some a, _ in input.aws_instance
	some attribute in ["network_interface", "primary_network_interface"]
	some n in input.references.aws_instance[a][attribute]
	input.aws_network_interface[n]
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

public contains a if {
	some e, _ in input.aws_eip
	some n in input.references.aws_eip[e].network_interface
	some pair in interfaces
	pair[1] == n
	a := pair[0]
}

public contains a if {
	some e, _ in input.aws_eip_association
	some n in input.references.aws_eip_association[e].network_interface_id
	some pair in interfaces
	pair[1] == n
	a := pair[0]
}

# Without a subnet an instance starts in the default VPC, whose subnets give each a
# public address.
public contains a if {
	some a, instance in input.aws_instance
	not instance.associate_public_ip_address == false
	not instance.subnet_id
	not instance.network_interface
	not instance.primary_network_interface
	not instance.launch_template
}
