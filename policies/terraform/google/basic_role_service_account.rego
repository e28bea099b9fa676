# METADATA
# title: Service accounts hold no basic role in a project
# description: |
#   Owner and editor may read and change nearly everything. A service account's rights are
#   those of every program that runs as it, of every key made for it and of everyone who
#   may act as it.
# related_resources:
#   - description: Use IAM securely
#     ref: https://cloud.google.com/iam/docs/using-iam-securely
# custom:
#   id: GCP0012
#   severity: high
#   remediation: |
#     Give the account the predefined roles that its work needs in place of roles/owner or
#     roles/editor.
#   references:
#     cis-gcp-v2.0.0: ["1.5"]
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.google.basic_role_service_account

import future.keywords.not

import data.lib.google

subject contains ["google_project_iam_member", a] if some a, _ in input.google_project_iam_member

subject contains ["google_project_iam_binding", a] if some a, _ in input.google_project_iam_binding

subject contains ["google_project_iam_policy", a] if some a, _ in input.google_project_iam_policy

fail contains {"path": ["google_project_iam_member", a, "role"], "want": "the roles that the account's work needs"} if {
	some a, grant in input.google_project_iam_member
	google.basic(grant.role)
	some account in input.references.google_project_iam_member[a].member
	input.google_service_account[account]
}

fail contains {"path": ["google_project_iam_member", a, "role"], "want": "the roles that the account's work needs"} if {
	some a, grant in input.google_project_iam_member
	google.basic(grant.role)
	own(grant.member)
}

fail contains {"path": ["google_project_iam_binding", a, "role"], "want": "the roles that the account's work needs"} if {
	some a, grant in input.google_project_iam_binding
	google.basic(grant.role)
	some account in input.references.google_project_iam_binding[a].members
	input.google_service_account[account]
}

fail contains {"path": ["google_project_iam_binding", a, "role"], "want": "the roles that the account's work needs"} if {
	some a, grant in input.google_project_iam_binding
	google.basic(grant.role)
	some member in grant.members
	own(member)
}

fail contains {"path": ["google_project_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "the roles that the account's work needs"} if {
	some a, policy in input.google_project_iam_policy
	some i, binding in policy.policy_data.bindings
	google.basic(binding.role)
	some j, member in binding.members
	own(member)
}

# own is true of an account that people make or a project starts with, and not of
# those that Google runs, which hold the editor's role by design.
own(member) if regex.match(`^serviceAccount:.+(\.iam|@developer|@appspot)\.gserviceaccount\.com$`, member)

# Accounts of the tree, the default ones among them, whose names come with apply.
own(member) if regex.match(`^(serviceAccount:)?\$\{(data\.)?google_(compute_default_|app_engine_default_)?service_account\.`, member)
