# METADATA
# title: Run services and functions ask who calls them
# description: |
#   A service that everyone may invoke is guarded by its own code alone. Websites and
#   webhooks are meant to be public; internal services that are so by habit are not.
# related_resources:
#   - description: Allowing public (unauthenticated) access
#     ref: https://cloud.google.com/run/docs/authenticating/public
# custom:
#   id: GCP0010
#   severity: low
#   remediation: |
#     Name the callers in place of allUsers, or put the service behind a load balancer with
#     Identity-Aware Proxy.
#   fix: {set: want}
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.google.service_public

import future.keywords.not

import data.lib.google

subject contains ["google_cloud_run_service_iam_member", a] if some a, _ in input.google_cloud_run_service_iam_member

subject contains ["google_cloud_run_service_iam_binding", a] if some a, _ in input.google_cloud_run_service_iam_binding

subject contains ["google_cloud_run_service_iam_policy", a] if some a, _ in input.google_cloud_run_service_iam_policy

subject contains ["google_cloud_run_v2_service_iam_member", a] if some a, _ in input.google_cloud_run_v2_service_iam_member

subject contains ["google_cloud_run_v2_service_iam_binding", a] if some a, _ in input.google_cloud_run_v2_service_iam_binding

subject contains ["google_cloud_run_v2_service_iam_policy", a] if some a, _ in input.google_cloud_run_v2_service_iam_policy

subject contains ["google_cloudfunctions_function_iam_member", a] if some a, _ in input.google_cloudfunctions_function_iam_member

subject contains ["google_cloudfunctions_function_iam_binding", a] if some a, _ in input.google_cloudfunctions_function_iam_binding

subject contains ["google_cloudfunctions_function_iam_policy", a] if some a, _ in input.google_cloudfunctions_function_iam_policy

subject contains ["google_cloudfunctions2_function_iam_member", a] if some a, _ in input.google_cloudfunctions2_function_iam_member

subject contains ["google_cloudfunctions2_function_iam_binding", a] if some a, _ in input.google_cloudfunctions2_function_iam_binding

subject contains ["google_cloudfunctions2_function_iam_policy", a] if some a, _ in input.google_cloudfunctions2_function_iam_policy

subject contains ["google_cloud_run_v2_service", a] if {
	some a, service in input.google_cloud_run_v2_service
	service.invoker_iam_disabled == true
}

fail contains {"path": ["google_cloud_run_service_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_cloud_run_service_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_cloud_run_service_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_cloud_run_service_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_cloud_run_service_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_cloud_run_service_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_cloud_run_v2_service_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_cloud_run_v2_service_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_cloud_run_v2_service_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_cloud_run_v2_service_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_cloud_run_v2_service_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_cloud_run_v2_service_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_cloudfunctions_function_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_cloudfunctions_function_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_cloudfunctions_function_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_cloudfunctions_function_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_cloudfunctions_function_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_cloudfunctions_function_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_cloudfunctions2_function_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_cloudfunctions2_function_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_cloudfunctions2_function_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_cloudfunctions2_function_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_cloudfunctions2_function_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_cloudfunctions2_function_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_cloud_run_v2_service", a, "invoker_iam_disabled"], "want": false} if {
	some a, service in input.google_cloud_run_v2_service
	service.invoker_iam_disabled == true
}
