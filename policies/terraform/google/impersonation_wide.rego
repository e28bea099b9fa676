# METADATA
# title: The right to act as service accounts is granted account by account
# description: |
#   Token creator or service account user on a project, folder or organisation lets its
#   holder act as every service account in it, the strongest included.
# related_resources:
#   - description: Roles for service account authentication
#     ref: https://cloud.google.com/iam/docs/service-account-permissions
# custom:
#   id: GCP0014
#   severity: medium
#   remediation: |
#     Grant the role with google_service_account_iam_member on the one account that is
#     meant.
#   references:
#     cis-gcp-v2.0.0: ["1.6"]
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.google.impersonation_wide

import future.keywords.not

acting_as := {"roles/iam.serviceAccountKeyAdmin", "roles/iam.serviceAccountTokenCreator", "roles/iam.serviceAccountUser", "roles/iam.workloadIdentityUser"}

subject contains ["google_project_iam_member", a] if some a, _ in input.google_project_iam_member

subject contains ["google_project_iam_binding", a] if some a, _ in input.google_project_iam_binding

subject contains ["google_folder_iam_member", a] if some a, _ in input.google_folder_iam_member

subject contains ["google_folder_iam_binding", a] if some a, _ in input.google_folder_iam_binding

subject contains ["google_organization_iam_member", a] if some a, _ in input.google_organization_iam_member

subject contains ["google_organization_iam_binding", a] if some a, _ in input.google_organization_iam_binding

subject contains ["google_project_iam_policy", a] if some a, _ in input.google_project_iam_policy

subject contains ["google_folder_iam_policy", a] if some a, _ in input.google_folder_iam_policy

subject contains ["google_organization_iam_policy", a] if some a, _ in input.google_organization_iam_policy

fail contains {"path": ["google_project_iam_member", a, "role"], "want": "the role on the one service account"} if {
	some a, grant in input.google_project_iam_member
	grant.role in acting_as
	not named(grant)
}

fail contains {"path": ["google_project_iam_binding", a, "role"], "want": "the role on the one service account"} if {
	some a, grant in input.google_project_iam_binding
	grant.role in acting_as
	not named(grant)
}

fail contains {"path": ["google_folder_iam_member", a, "role"], "want": "the role on the one service account"} if {
	some a, grant in input.google_folder_iam_member
	grant.role in acting_as
	not named(grant)
}

fail contains {"path": ["google_folder_iam_binding", a, "role"], "want": "the role on the one service account"} if {
	some a, grant in input.google_folder_iam_binding
	grant.role in acting_as
	not named(grant)
}

fail contains {"path": ["google_organization_iam_member", a, "role"], "want": "the role on the one service account"} if {
	some a, grant in input.google_organization_iam_member
	grant.role in acting_as
	not named(grant)
}

fail contains {"path": ["google_organization_iam_binding", a, "role"], "want": "the role on the one service account"} if {
	some a, grant in input.google_organization_iam_binding
	grant.role in acting_as
	not named(grant)
}

fail contains {"path": ["google_project_iam_policy", a, "policy_data", "bindings", i, "role"], "want": "the role on the one service account"} if {
	some a, policy in input.google_project_iam_policy
	some i, binding in policy.policy_data.bindings
	binding.role in acting_as
	not named(binding)
}

fail contains {"path": ["google_folder_iam_policy", a, "policy_data", "bindings", i, "role"], "want": "the role on the one service account"} if {
	some a, policy in input.google_folder_iam_policy
	some i, binding in policy.policy_data.bindings
	binding.role in acting_as
	not named(binding)
}

fail contains {"path": ["google_organization_iam_policy", a, "policy_data", "bindings", i, "role"], "want": "the role on the one service account"} if {
	some a, policy in input.google_organization_iam_policy
	some i, binding in policy.policy_data.bindings
	binding.role in acting_as
	not named(binding)
}

# named is true of a grant whose condition names the accounts.
named(grant) if {
	some condition in grant.condition
	contains(condition.expression, "resource.name")
}
