# METADATA
# title: Only instances that route forward packets
# description: |
#   An instance that may send packets with addresses not its own can pass itself off as
#   another once it is taken over. Routers and NAT gateways need that: an instance that is
#   a route's next hop passes.
# related_resources:
#   - description: Enable IP forwarding for instances
#     ref: https://cloud.google.com/vpc/docs/using-routes
# custom:
#   id: GCP0025
#   severity: low
#   remediation: |
#     Drop can_ip_forward, unless the instance routes for others.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["4.6"]
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.google.ip_forward

import future.keywords.not

subject contains ["google_compute_instance", a] if some a, _ in input.google_compute_instance

fail contains {"path": ["google_compute_instance", a, "can_ip_forward"], "want": false} if {
	some a, instance in input.google_compute_instance
	instance.can_ip_forward == true
	not a in next_hops
}

next_hops contains a if {
	some r, _ in input.google_compute_route
	some a in input.references.google_compute_route[r].next_hop_instance
}

next_hops contains a if {
	some r, _ in input.google_compute_route
	some a in input.references.google_compute_route[r].next_hop_ip
}
