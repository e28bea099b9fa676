# METADATA
# title: Keys, secrets and service accounts are closed to everyone
# description: |
#   A role for everyone on a key lets anyone use it to decrypt, on a secret read it, on a
#   service account act as it.
# related_resources:
#   - description: IAM principals
#     ref: https://cloud.google.com/iam/docs/principals-overview
# custom:
#   id: GCP0006
#   severity: critical
#   remediation: |
#     Name users, groups or service accounts in place of allUsers and allAuthenticatedUsers.
#   references:
#     cis-gcp-v2.0.0: ["1.9"]
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.google.key_account_public

import future.keywords.not

import data.lib.google

subject contains ["google_kms_crypto_key_iam_member", a] if some a, _ in input.google_kms_crypto_key_iam_member

subject contains ["google_kms_crypto_key_iam_binding", a] if some a, _ in input.google_kms_crypto_key_iam_binding

subject contains ["google_kms_crypto_key_iam_policy", a] if some a, _ in input.google_kms_crypto_key_iam_policy

subject contains ["google_kms_key_ring_iam_member", a] if some a, _ in input.google_kms_key_ring_iam_member

subject contains ["google_kms_key_ring_iam_binding", a] if some a, _ in input.google_kms_key_ring_iam_binding

subject contains ["google_kms_key_ring_iam_policy", a] if some a, _ in input.google_kms_key_ring_iam_policy

subject contains ["google_secret_manager_secret_iam_member", a] if some a, _ in input.google_secret_manager_secret_iam_member

subject contains ["google_secret_manager_secret_iam_binding", a] if some a, _ in input.google_secret_manager_secret_iam_binding

subject contains ["google_secret_manager_secret_iam_policy", a] if some a, _ in input.google_secret_manager_secret_iam_policy

subject contains ["google_service_account_iam_member", a] if some a, _ in input.google_service_account_iam_member

subject contains ["google_service_account_iam_binding", a] if some a, _ in input.google_service_account_iam_binding

subject contains ["google_service_account_iam_policy", a] if some a, _ in input.google_service_account_iam_policy

fail contains {"path": ["google_kms_crypto_key_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_kms_crypto_key_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_kms_crypto_key_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_kms_crypto_key_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_kms_crypto_key_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_kms_crypto_key_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_kms_key_ring_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_kms_key_ring_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_kms_key_ring_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_kms_key_ring_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_kms_key_ring_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_kms_key_ring_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_secret_manager_secret_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_secret_manager_secret_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_secret_manager_secret_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_secret_manager_secret_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_secret_manager_secret_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_secret_manager_secret_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_service_account_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_service_account_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_service_account_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_service_account_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_service_account_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_service_account_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}
