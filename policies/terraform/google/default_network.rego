# METADATA
# title: New projects do not keep the default network
# description: |
#   The default network comes with rules that open SSH and RDP to the Internet on every
#   instance in it.
# related_resources:
#   - description: Pre-populated rules in the default network
#     ref: https://cloud.google.com/firewall/docs/firewalls
# custom:
#   id: GCP0030
#   severity: medium
#   remediation: |
#     Set auto_create_network = false on the project, and declare the networks that it
#     needs.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["3.1"]
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.google.default_network

import future.keywords.not

subject contains ["google_project", a] if some a, _ in input.google_project

# The default is true. The organisation may forbid the network for all projects.
fail contains {"path": ["google_project", a, "auto_create_network"], "want": false} if {
	some a, project in input.google_project
	not project.auto_create_network == false
	not forbidden
}

forbidden if {
	some policy in input.google_organization_policy
	policy.constraint in {"compute.skipDefaultNetworkCreation", "constraints/compute.skipDefaultNetworkCreation"}
	policy.boolean_policy[0].enforced == true
}

forbidden if {
	some policy in input.google_org_policy_policy
	endswith(policy.name, "/policies/compute.skipDefaultNetworkCreation")
	policy.spec[0].rules[0].enforce in {true, "TRUE"}
}
