# METADATA
# title: Firewall rules keep databases closed to the Internet
# description: |
#   Databases, caches and search engines were not built to face strangers: several start
#   without a password, others can be guessed at without end, and what they hold is copied
#   or held to ransom within hours of being found.
# related_resources:
#   - description: VPC firewall rules
#     ref: https://cloud.google.com/firewall/docs/firewalls
# custom:
#   id: GCP0002
#   severity: high
#   remediation: |
#     Put the addresses of the clients into source_ranges, or name them by source_tags or
#     source_service_accounts.
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.google.firewall_database_ports

import future.keywords.not

import data.lib
import data.lib.google

subject contains ["google_compute_firewall", a] if {
	some a, rule in input.google_compute_firewall
	not rule.direction == "EGRESS"
}

subject contains ["google_compute_firewall_policy_rule", a] if some a, _ in input.google_compute_firewall_policy_rule

subject contains ["google_compute_network_firewall_policy_rule", a] if some a, _ in input.google_compute_network_firewall_policy_rule

subject contains ["google_compute_region_network_firewall_policy_rule", a] if some a, _ in input.google_compute_region_network_firewall_policy_rule

fail contains {"path": ["google_compute_firewall", a, "source_ranges", i], "want": "the addresses that need access"} if {
	some a, rule in input.google_compute_firewall
	not rule.disabled == true
	some block in rule.allow
	some port in lib.database_ports
	google.opens(block, port)
	some i, cidr in rule.source_ranges
	lib.internet(cidr)
}

fail contains {"path": ["google_compute_firewall_policy_rule", a, "match", i, "src_ip_ranges", j], "want": "the addresses that need access"} if {
	some a, rule in input.google_compute_firewall_policy_rule
	admits(rule)
	some i, match in rule.match
	some block in match.layer4_configs
	some port in lib.database_ports
	google.opens(block, port)
	some j, cidr in match.src_ip_ranges
	lib.internet(cidr)
}

fail contains {"path": ["google_compute_network_firewall_policy_rule", a, "match", i, "src_ip_ranges", j], "want": "the addresses that need access"} if {
	some a, rule in input.google_compute_network_firewall_policy_rule
	admits(rule)
	some i, match in rule.match
	some block in match.layer4_configs
	some port in lib.database_ports
	google.opens(block, port)
	some j, cidr in match.src_ip_ranges
	lib.internet(cidr)
}

fail contains {"path": ["google_compute_region_network_firewall_policy_rule", a, "match", i, "src_ip_ranges", j], "want": "the addresses that need access"} if {
	some a, rule in input.google_compute_region_network_firewall_policy_rule
	admits(rule)
	some i, match in rule.match
	some block in match.layer4_configs
	some port in lib.database_ports
	google.opens(block, port)
	some j, cidr in match.src_ip_ranges
	lib.internet(cidr)
}

admits(rule) if {
	rule.action == "allow"
	rule.direction == "INGRESS"
	not rule.disabled == true
}
