# METADATA
# title: Federation with shared issuers says whose tokens it takes
# description: |
#   GitHub, GitLab.com and Terraform Cloud sign tokens for every customer they have.
#   A workload identity provider that takes their tokens without a condition takes those
#   of an attacker's own repository too.
# related_resources:
#   - description: Configure Workload Identity Federation with deployment pipelines
#     ref: https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
# custom:
#   id: GCP0023
#   severity: high
#   remediation: |
#     Set attribute_condition, such as assertion.repository_owner == 'acme' for GitHub or
#     assertion.namespace_path == 'acme' for GitLab.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.google.federation_condition

import future.keywords.not

shared := {"https://token.actions.githubusercontent.com", "https://gitlab.com", "https://app.terraform.io", "https://agent.buildkite.com"}

subject contains ["google_iam_workload_identity_pool_provider", a] if {
	some a, provider in input.google_iam_workload_identity_pool_provider
	some oidc in provider.oidc
	trim_right(oidc.issuer_uri, "/") in shared
}

fail contains {"path": ["google_iam_workload_identity_pool_provider", a, "attribute_condition"], "want": "a condition that names the owner of the repository"} if {
	some a, provider in input.google_iam_workload_identity_pool_provider
	not provider.attribute_condition
}

# The audience alone is the same for everyone.
fail contains {"path": ["google_iam_workload_identity_pool_provider", a, "attribute_condition"], "want": "a condition that names the owner of the repository"} if {
	some a, provider in input.google_iam_workload_identity_pool_provider
	provider.attribute_condition in {"", true}
}
