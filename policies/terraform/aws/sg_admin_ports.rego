# METADATA
# title: Security groups keep administration ports closed to the Internet
# description: |
#   SSH, RDP, WinRM, the Docker socket and their like are scanned around the clock.
#   Open to every address, one weak password, leaked key or unpatched daemon is all
#   that stands between an attacker and a shell.
# related_resources:
#   - description: Control traffic to your AWS resources using security groups
#     ref: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
# custom:
#   id: AWS0004
#   severity: high
#   remediation: |
#     Put the addresses that need access in place of the range, or drop the rule and
#     connect through Session Manager, a bastion or a VPN.
#   references:
#     cis-aws-v3.0.0: ["5.2", "5.3"]
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.aws.sg_admin_ports

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

fail contains {"path": ["aws_security_group", a, "ingress", i, k, j], "want": "the addresses that need access"} if {
	some a, group in input.aws_security_group
	some i, rule in group.ingress
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"path": ["aws_default_security_group", a, "ingress", i, k, j], "want": "the addresses that need access"} if {
	some a, group in input.aws_default_security_group
	some i, rule in group.ingress
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"path": ["aws_security_group_rule", a, k, j], "want": "the addresses that need access"} if {
	some a, rule in input.aws_security_group_rule
	rule.type == "ingress"
	open(rule)
	some k in ["cidr_blocks", "ipv6_cidr_blocks"]
	some j, cidr in rule[k]
	lib.internet(cidr)
}

fail contains {"path": ["aws_vpc_security_group_ingress_rule", a, k], "want": "the addresses that need access"} if {
	some a, rule in input.aws_vpc_security_group_ingress_rule
	open(rule)
	some k in ["cidr_ipv4", "cidr_ipv6"]
	lib.internet(rule[k])
}

open(rule) if {
	some port in lib.admin_ports
	aws.reaches(rule, port)
}
