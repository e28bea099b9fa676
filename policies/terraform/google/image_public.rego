# METADATA
# title: Images, snapshots and disks are closed to everyone
# description: |
#   An image or snapshot that everyone may use is a copy of a disk that anyone can take
#   home, with the data, the keys and the passwords on it.
# related_resources:
#   - description: IAM principals
#     ref: https://cloud.google.com/iam/docs/principals-overview
# custom:
#   id: GCP0008
#   severity: high
#   remediation: |
#     Name users, groups or service accounts in place of allUsers and allAuthenticatedUsers.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.google.image_public

import future.keywords.not

import data.lib.google

subject contains ["google_compute_image_iam_member", a] if some a, _ in input.google_compute_image_iam_member

subject contains ["google_compute_image_iam_binding", a] if some a, _ in input.google_compute_image_iam_binding

subject contains ["google_compute_image_iam_policy", a] if some a, _ in input.google_compute_image_iam_policy

subject contains ["google_compute_snapshot_iam_member", a] if some a, _ in input.google_compute_snapshot_iam_member

subject contains ["google_compute_snapshot_iam_binding", a] if some a, _ in input.google_compute_snapshot_iam_binding

subject contains ["google_compute_snapshot_iam_policy", a] if some a, _ in input.google_compute_snapshot_iam_policy

subject contains ["google_compute_disk_iam_member", a] if some a, _ in input.google_compute_disk_iam_member

subject contains ["google_compute_disk_iam_binding", a] if some a, _ in input.google_compute_disk_iam_binding

subject contains ["google_compute_disk_iam_policy", a] if some a, _ in input.google_compute_disk_iam_policy

fail contains {"path": ["google_compute_image_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_compute_image_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_compute_image_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_compute_image_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_compute_image_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_compute_image_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_compute_snapshot_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_compute_snapshot_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_compute_snapshot_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_compute_snapshot_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_compute_snapshot_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_compute_snapshot_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}

fail contains {"path": ["google_compute_disk_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_compute_disk_iam_member
	google.everyone(grant.member)
}

fail contains {"path": ["google_compute_disk_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_compute_disk_iam_binding
	some i, member in grant.members
	google.everyone(member)
}

fail contains {"path": ["google_compute_disk_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_compute_disk_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
}
