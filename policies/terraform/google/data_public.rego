# METADATA
# title: Datasets, tables, topics and subscriptions are closed to everyone
# description: |
#   Tables and messages that everyone may read are read by strangers; topics that everyone
#   may publish to carry messages of their making.
# related_resources:
#   - description: IAM principals
#     ref: https://cloud.google.com/iam/docs/principals-overview
# custom:
#   id: GCP0007
#   severity: high
#   remediation: |
#     Name users, groups or service accounts in place of allUsers and allAuthenticatedUsers.
#   references:
#     cis-gcp-v2.0.0: ["7.1"]
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.google.data_public

import future.keywords.not

import data.lib.google

subject contains ["google_bigquery_dataset_iam_member", a] if some a, _ in input.google_bigquery_dataset_iam_member

subject contains ["google_bigquery_dataset_iam_binding", a] if some a, _ in input.google_bigquery_dataset_iam_binding

subject contains ["google_bigquery_dataset_iam_policy", a] if some a, _ in input.google_bigquery_dataset_iam_policy

subject contains ["google_bigquery_table_iam_member", a] if some a, _ in input.google_bigquery_table_iam_member

subject contains ["google_bigquery_table_iam_binding", a] if some a, _ in input.google_bigquery_table_iam_binding

subject contains ["google_bigquery_table_iam_policy", a] if some a, _ in input.google_bigquery_table_iam_policy

subject contains ["google_pubsub_topic_iam_member", a] if some a, _ in input.google_pubsub_topic_iam_member

subject contains ["google_pubsub_topic_iam_binding", a] if some a, _ in input.google_pubsub_topic_iam_binding

subject contains ["google_pubsub_topic_iam_policy", a] if some a, _ in input.google_pubsub_topic_iam_policy

subject contains ["google_pubsub_subscription_iam_member", a] if some a, _ in input.google_pubsub_subscription_iam_member

subject contains ["google_pubsub_subscription_iam_binding", a] if some a, _ in input.google_pubsub_subscription_iam_binding

subject contains ["google_pubsub_subscription_iam_policy", a] if some a, _ in input.google_pubsub_subscription_iam_policy

subject contains ["google_bigquery_dataset", a] if some a, _ in input.google_bigquery_dataset

subject contains ["google_bigquery_dataset_access", a] if some a, _ in input.google_bigquery_dataset_access

fail contains {"path": ["google_bigquery_dataset_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_bigquery_dataset_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_bigquery_dataset_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_bigquery_dataset_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_bigquery_dataset_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_bigquery_dataset_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_bigquery_table_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_bigquery_table_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_bigquery_table_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_bigquery_table_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_bigquery_table_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_bigquery_table_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_pubsub_topic_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_pubsub_topic_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_pubsub_topic_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_pubsub_topic_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_pubsub_topic_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_pubsub_topic_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_pubsub_subscription_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_pubsub_subscription_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_pubsub_subscription_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_pubsub_subscription_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_pubsub_subscription_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_pubsub_subscription_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_bigquery_dataset", a, "access", i, key], "want": "named members"} if {
	some a, dataset in input.google_bigquery_dataset
	some i, access in dataset.access
	some key in ["special_group", "iam_member"]
	google.everyone(access[key])
}

fail contains {"path": ["google_bigquery_dataset_access", a, key], "want": "named members"} if {
	some a, access in input.google_bigquery_dataset_access
	some key in ["special_group", "iam_member"]
	google.everyone(access[key])
}
