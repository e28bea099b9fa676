# METADATA
# title: Firewall rules keep administration ports closed to the Internet
# description: |
#   SSH, RDP, WinRM, the Docker socket and their like are scanned around the clock. Open to
#   every address, one weak password, leaked key or unpatched daemon is all that stands
#   between an attacker and a shell.
# related_resources:
#   - description: VPC firewall rules
#     ref: https://cloud.google.com/firewall/docs/firewalls
# custom:
#   id: GCP0001
#   severity: high
#   remediation: |
#     Put the addresses that need access into source_ranges. For SSH and RDP allow
#     35.235.240.0/20 and connect through Identity-Aware Proxy.
#   references:
#     cis-gcp-v2.0.0: ["3.6", "3.7"]
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.google.firewall_admin_ports

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
	some port in lib.admin_ports
	google.opens(block, port)
	some i, cidr in rule.source_ranges
	lib.internet(cidr)
}

fail contains {"path": ["google_compute_firewall_policy_rule", a, "match", i, "src_ip_ranges", j], "want": "the addresses that need access"} if {
	some a, rule in input.google_compute_firewall_policy_rule
	admits(rule)
	some i, match in rule.match
	some block in match.layer4_configs
	some port in lib.admin_ports
	google.opens(block, port)
	some j, cidr in match.src_ip_ranges
	lib.internet(cidr)
}

fail contains {"path": ["google_compute_network_firewall_policy_rule", a, "match", i, "src_ip_ranges", j], "want": "the addresses that need access"} if {
	some a, rule in input.google_compute_network_firewall_policy_rule
	admits(rule)
	some i, match in rule.match
	some block in match.layer4_configs
	some port in lib.admin_ports
	google.opens(block, port)
	some j, cidr in match.src_ip_ranges
	lib.internet(cidr)
}

fail contains {"path": ["google_compute_region_network_firewall_policy_rule", a, "match", i, "src_ip_ranges", j], "want": "the addresses that need access"} if {
	some a, rule in input.google_compute_region_network_firewall_policy_rule
	admits(rule)
	some i, match in rule.match
	some block in match.layer4_configs
	some port in lib.admin_ports
	google.opens(block, port)
	some j, cidr in match.src_ip_ranges
	lib.internet(cidr)
}

admits(rule) if {
	rule.action == "allow"
	rule.direction == "INGRESS"
	not rule.disabled == true
}
