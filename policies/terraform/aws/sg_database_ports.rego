# METADATA
# title: Security groups keep databases closed to the Internet
# description: |
#   Databases, caches and search engines were not built to face strangers: several
#   start without a password, others can be guessed at without end, and what they hold
#   is copied or held to ransom within hours of being found.
# related_resources:
#   - description: Control traffic to your AWS resources using security groups
#     ref: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
# custom:
#   id: AWS0005
#   severity: high
#   remediation: |
#     Put the security groups or the addresses of the clients in place of the range.
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.aws.sg_database_ports

import future.keywords.not

import data.lib
import data.lib.aws

subject contains ["aws_security_group", a] if some a, _ in input.aws_security_group

subject contains ["aws_default_security_group", a] if some a, _ in input.aws_default_security_group

subject contains ["aws_security_group_rule", a] if {
	some a, rule in input.aws_security_group_rule
	rule.type == "ingress"
}

subject contains ["aws_vpc_security_group_ingress_rule", a] if some a, _ in input.aws_vpc_security_group_ingress_rule

fail contains {"path": ["aws_security_group", a, "ingress", i, k, j], "want": "the security groups or addresses of the clients"} if {
	some a, group in input.aws_security_group
	some i, rule in group.ingress
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"path": ["aws_default_security_group", a, "ingress", i, k, j], "want": "the security groups or addresses of the clients"} if {
	some a, group in input.aws_default_security_group
	some i, rule in group.ingress
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"path": ["aws_security_group_rule", a, k, j], "want": "the security groups or addresses of the clients"} if {
	some a, rule in input.aws_security_group_rule
	rule.type == "ingress"
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"path": ["aws_vpc_security_group_ingress_rule", a, k], "want": "the security groups or addresses of the clients"} if {
	some a, rule in input.aws_vpc_security_group_ingress_rule
	open(rule)
	some k in ["cidr_ipv4", "cidr_ipv6"]
	lib.internet(rule[k])
}

open(rule) if {
	some port in lib.database_ports
	aws.reaches(rule, port)
}
