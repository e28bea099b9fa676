# METADATA
# title: No one owns or edits a whole folder or organisation
# description: |
#   Roles are inherited: an owner or editor of a folder or of the organisation is one of
#   every project beneath it, those of tomorrow too. One account taken over is all of
#   them.
# related_resources:
#   - description: Use IAM securely
#     ref: https://cloud.google.com/iam/docs/using-iam-securely
# custom:
#   id: GCP0013
#   severity: high
#   remediation: |
#     Grant predefined roles, on the projects that need them.
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.google.wide_roles_above_project

import future.keywords.not

import data.lib.google

subject contains ["google_folder_iam_member", a] if some a, _ in input.google_folder_iam_member

subject contains ["google_folder_iam_binding", a] if some a, _ in input.google_folder_iam_binding

subject contains ["google_organization_iam_member", a] if some a, _ in input.google_organization_iam_member

subject contains ["google_organization_iam_binding", a] if some a, _ in input.google_organization_iam_binding

subject contains ["google_folder_iam_policy", a] if some a, _ in input.google_folder_iam_policy

subject contains ["google_organization_iam_policy", a] if some a, _ in input.google_organization_iam_policy

fail contains {"path": ["google_folder_iam_member", a, "role"], "want": "predefined roles"} if {
	some a, grant in input.google_folder_iam_member
	google.basic(grant.role)
}

fail contains {"path": ["google_folder_iam_binding", a, "role"], "want": "predefined roles"} if {
	some a, grant in input.google_folder_iam_binding
	google.basic(grant.role)
}

fail contains {"path": ["google_organization_iam_member", a, "role"], "want": "predefined roles"} if {
	some a, grant in input.google_organization_iam_member
	google.basic(grant.role)
}

fail contains {"path": ["google_organization_iam_binding", a, "role"], "want": "predefined roles"} if {
	some a, grant in input.google_organization_iam_binding
	google.basic(grant.role)
}

fail contains {"path": ["google_folder_iam_policy", a, "policy_data", "bindings", i, "role"], "want": "predefined roles"} if {
	some a, policy in input.google_folder_iam_policy
	some i, binding in policy.policy_data.bindings
	google.basic(binding.role)
}

fail contains {"path": ["google_organization_iam_policy", a, "policy_data", "bindings", i, "role"], "want": "predefined roles"} if {
	some a, policy in input.google_organization_iam_policy
	some i, binding in policy.policy_data.bindings
	google.basic(binding.role)
}
