# METADATA
# title: Instances with an external address are closed to the Internet on risky ports
# description: |
#   Here all three meet: an instance with an external address, a firewall rule of its
#   network that applies to it, by tag or to all, and a range that lets every address
#   reach an administration or database port. It can be attacked the minute it starts.
# related_resources:
#   - description: VPC firewall rules
#     ref: https://cloud.google.com/firewall/docs/firewalls
# custom:
#   id: GCP0003
#   severity: critical
#   remediation: |
#     Narrow source_ranges to the addresses that need access, or drop access_config from
#     the instance and connect through Identity-Aware Proxy.
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.google.instance_reachable

import future.keywords.not

import data.lib
import data.lib.google

subject contains ["google_compute_instance", a] if some a, _ in input.google_compute_instance

# By a tag that instance and rule share.
fail contains {"subject": ["google_compute_instance", a], "path": ["google_compute_firewall", f, "source_ranges", j], "want": "the addresses that need access"} if {
	some a, instance in input.google_compute_instance
	external(instance)
	some f in exposing
	rule := input.google_compute_firewall[f]
	some tag in rule.target_tags
	tag in instance.tags
	not apart(a, instance, rule, input.references.google_compute_firewall[f].network)
	not elsewhere(instance, rule)
	some j, cidr in rule.source_ranges
	lib.internet(cidr)
}

# By the service account that the rule names and the instance runs as.
fail contains {"subject": ["google_compute_instance", a], "path": ["google_compute_firewall", f, "source_ranges", j], "want": "the addresses that need access"} if {
	some a, instance in input.google_compute_instance
	external(instance)
	some f in exposing
	rule := input.google_compute_firewall[f]
	some email in rule.target_service_accounts
	some account in instance.service_account
	account.email == email
	not apart(a, instance, rule, input.references.google_compute_firewall[f].network)
	not elsewhere(instance, rule)
	some j, cidr in rule.source_ranges
	lib.internet(cidr)
}

# By a rule for all instances of the network, which both refer to, the instance maybe
# through its subnetwork.
fail contains {"subject": ["google_compute_instance", a], "path": ["google_compute_firewall", f, "source_ranges", j], "want": "the addresses that need access"} if {
	some a, instance in input.google_compute_instance
	external(instance)
	some f in exposing
	rule := input.google_compute_firewall[f]
	untargeted(rule)
	some network in input.references.google_compute_firewall[f].network
	network in input.references.google_compute_instance[a].network_interface
	some j, cidr in rule.source_ranges
	lib.internet(cidr)
}

fail contains {"subject": ["google_compute_instance", a], "path": ["google_compute_firewall", f, "source_ranges", j], "want": "the addresses that need access"} if {
	some a, instance in input.google_compute_instance
	external(instance)
	some f in exposing
	rule := input.google_compute_firewall[f]
	untargeted(rule)
	some network in input.references.google_compute_firewall[f].network
	some s in input.references.google_compute_instance[a].network_interface
	network in input.references.google_compute_subnetwork[s].network
	some j, cidr in rule.source_ranges
	lib.internet(cidr)
}

fail contains {"subject": ["google_compute_instance", a], "path": ["google_compute_firewall", f, "source_ranges", j], "want": "the addresses that need access"} if {
	some a, instance in input.google_compute_instance
	external(instance)
	some interface in instance.network_interface
	some f in exposing
	rule := input.google_compute_firewall[f]
	untargeted(rule)
	rule.network == interface.network
	some j, cidr in rule.source_ranges
	lib.internet(cidr)
}

# exposing are rules that let every address reach a risky port.
exposing contains f if {
	some f, rule in input.google_compute_firewall
	some cidr in rule.source_ranges
	lib.internet(cidr)
	risky(rule)
}

external(instance) if {
	some interface in instance.network_interface
	some _ in interface.access_config
}

external(instance) if {
	some interface in instance.network_interface
	some _ in interface.ipv6_access_config
}

risky(rule) if {
	not rule.disabled == true
	not rule.direction == "EGRESS"
	some block in rule.allow
	some port in lib.admin_ports
	google.opens(block, port)
}

risky(rule) if {
	not rule.disabled == true
	not rule.direction == "EGRESS"
	some block in rule.allow
	some port in lib.database_ports
	google.opens(block, port)
}

untargeted(rule) if {
	not rule.target_tags
	not rule.target_service_accounts
}

# apart is true of an instance and a rule that are known to be in different networks.
apart(a, instance, rule, networks) if {
	some network in networks
	contains(network, "google_compute_network.")
	some pair in located
	pair[0] == a
	not [a, network] in located
	not joins(instance, rule)
}

# elsewhere is the same of networks that are not in the tree, by their names.
elsewhere(instance, rule) if {
	not startswith(rule.network, "${")
	some interface in instance.network_interface
	not startswith(interface.network, "${")
	last(interface.network) != last(rule.network)
	not joins(instance, rule)
}

# joins is true of a rule for a network that the instance names.
joins(instance, rule) if {
	some interface in instance.network_interface
	last(interface.network) == last(rule.network)
}

last(name) := segment if {
	segments := split(name, "/")
	segment := segments[count(segments) - 1]
}

# located are pairs of an instance and a network it is in.
located contains [a, network] if {
	some a, _ in input.google_compute_instance
	some network in input.references.google_compute_instance[a].network_interface
	input.google_compute_network[network]
}

located contains [a, network] if {
	some a, _ in input.google_compute_instance
	some s in input.references.google_compute_instance[a].network_interface
	some network in input.references.google_compute_subnetwork[s].network
}
