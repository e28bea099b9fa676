# METADATA
# title: No role on a project, folder or organisation is given to everyone
# description: |
#   A role for allUsers or allAuthenticatedUsers on this level opens every resource beneath
#   it to anyone on the Internet, or to anyone with a Google account.
# related_resources:
#   - description: IAM principals
#     ref: https://cloud.google.com/iam/docs/principals-overview
# custom:
#   id: GCP0005
#   severity: critical
#   remediation: |
#     Name users, groups or service accounts in place of allUsers and allAuthenticatedUsers.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.google.project_public

import future.keywords.not

import data.lib.google

subject contains ["google_project_iam_member", a] if some a, _ in input.google_project_iam_member

subject contains ["google_project_iam_binding", a] if some a, _ in input.google_project_iam_binding

subject contains ["google_project_iam_policy", a] if some a, _ in input.google_project_iam_policy

subject contains ["google_folder_iam_member", a] if some a, _ in input.google_folder_iam_member

subject contains ["google_folder_iam_binding", a] if some a, _ in input.google_folder_iam_binding

subject contains ["google_folder_iam_policy", a] if some a, _ in input.google_folder_iam_policy

subject contains ["google_organization_iam_member", a] if some a, _ in input.google_organization_iam_member

subject contains ["google_organization_iam_binding", a] if some a, _ in input.google_organization_iam_binding

subject contains ["google_organization_iam_policy", a] if some a, _ in input.google_organization_iam_policy

fail contains {"path": ["google_project_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_project_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_project_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_project_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_project_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_project_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_folder_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_folder_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_folder_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_folder_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_folder_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_folder_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_organization_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_organization_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_organization_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_organization_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_organization_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_organization_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}
