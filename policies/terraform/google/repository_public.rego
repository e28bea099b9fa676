# METADATA
# title: Artifact repositories are closed to everyone
# description: |
#   Images and packages carry code, and often credentials. A repository that everyone may
#   read gives both away; some are meant to be public, and should be few and known.
# related_resources:
#   - description: IAM principals
#     ref: https://cloud.google.com/iam/docs/principals-overview
# custom:
#   id: GCP0009
#   severity: medium
#   remediation: |
#     Name users, groups or service accounts in place of allUsers and allAuthenticatedUsers.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.google.repository_public

import future.keywords.not

import data.lib.google

subject contains ["google_artifact_registry_repository_iam_member", a] if some a, _ in input.google_artifact_registry_repository_iam_member

subject contains ["google_artifact_registry_repository_iam_binding", a] if some a, _ in input.google_artifact_registry_repository_iam_binding

subject contains ["google_artifact_registry_repository_iam_policy", a] if some a, _ in input.google_artifact_registry_repository_iam_policy

fail contains {"path": ["google_artifact_registry_repository_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_artifact_registry_repository_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_artifact_registry_repository_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_artifact_registry_repository_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_artifact_registry_repository_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_artifact_registry_repository_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}
