# METADATA
# title: No key is exported for a service account with a basic role
# description: |
#   A key is a file that works from anywhere until somebody deletes it, and its private
#   part lies in the state. Here it opens an account that may change nearly everything.
# related_resources:
#   - description: Best practices for managing service account keys
#     ref: https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys
# custom:
#   id: GCP0015
#   severity: high
#   remediation: |
#     Drop the google_service_account_key and use workload identity federation or an
#     attached service account; take roles/owner or roles/editor from the account.
#   references:
#     cis-gcp-v2.0.0: ["1.4"]
package policies.terraform.google.account_key_privileged

import future.keywords.not

import data.lib.google

subject contains ["google_service_account_key", a] if some a, _ in input.google_service_account_key

fail contains {"path": ["google_service_account_key", a], "want": "no key for an account with a basic role"} if {
	some a, _ in input.google_service_account_key
	some account in input.references.google_service_account_key[a].service_account_id
	account in privileged
}

privileged contains account if {
	some g, grant in input.google_project_iam_member
	google.basic(grant.role)
	some account in input.references.google_project_iam_member[g].member
}

privileged contains account if {
	some g, grant in input.google_project_iam_binding
	google.basic(grant.role)
	some account in input.references.google_project_iam_binding[g].members
}
