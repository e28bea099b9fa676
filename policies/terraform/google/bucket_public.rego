# METADATA
# title: Storage buckets are closed to everyone
# description: |
#   A bucket that allUsers may read is on the Internet, and its listing tells what else is
#   there. A grant on a bucket that enforces public access prevention has no effect and
#   passes.
# related_resources:
#   - description: Public access prevention
#     ref: https://cloud.google.com/storage/docs/public-access-prevention
# custom:
#   id: GCP0004
#   severity: high
#   remediation: |
#     Name users, groups or service accounts in place of allUsers and
#     allAuthenticatedUsers, and set public_access_prevention = "enforced" on the bucket.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["5.1"]
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.google.bucket_public

import future.keywords.not

import data.lib.google

open_acls := {"authenticatedRead", "publicRead", "publicReadWrite"}

subject contains ["google_storage_bucket_iam_member", a] if some a, _ in input.google_storage_bucket_iam_member

subject contains ["google_storage_bucket_iam_binding", a] if some a, _ in input.google_storage_bucket_iam_binding

subject contains ["google_storage_bucket_iam_policy", a] if some a, _ in input.google_storage_bucket_iam_policy

subject contains ["google_storage_bucket_acl", a] if some a, _ in input.google_storage_bucket_acl

subject contains ["google_storage_default_object_acl", a] if some a, _ in input.google_storage_default_object_acl

subject contains ["google_storage_bucket_access_control", a] if some a, _ in input.google_storage_bucket_access_control

subject contains ["google_storage_default_object_access_control", a] if some a, _ in input.google_storage_default_object_access_control

fail contains {"path": ["google_storage_bucket_iam_member", a, "member"], "want": "named members"} if {
	some a, grant in input.google_storage_bucket_iam_member
	google.everyone(grant.member)
	not a in prevented
}

fail contains {"path": ["google_storage_bucket_iam_binding", a, "members", i], "want": "named members"} if {
	some a, grant in input.google_storage_bucket_iam_binding
	some i, member in grant.members
	google.everyone(member)
	not a in prevented
}

fail contains {"path": ["google_storage_bucket_iam_policy", a, "policy_data", "bindings", i, "members", j], "want": "named members"} if {
	some a, policy in input.google_storage_bucket_iam_policy
	some i, binding in policy.policy_data.bindings
	some j, member in binding.members
	google.everyone(member)
	not a in prevented
}

fail contains {"path": ["google_storage_bucket_acl", a, "role_entity", i], "want": "named entities"} if {
	some a, acl in input.google_storage_bucket_acl
	some i, entity in acl.role_entity
	open_entity(entity)
	not a in prevented
}

fail contains {"path": ["google_storage_bucket_acl", a, key], "want": "private"} if {
	some a, acl in input.google_storage_bucket_acl
	some key in ["default_acl", "predefined_acl"]
	acl[key] in open_acls
	not a in prevented
}

fail contains {"path": ["google_storage_default_object_acl", a, "role_entity", i], "want": "named entities"} if {
	some a, acl in input.google_storage_default_object_acl
	some i, entity in acl.role_entity
	open_entity(entity)
	not a in prevented
}

fail contains {"path": ["google_storage_bucket_access_control", a, "entity"], "want": "a named entity"} if {
	some a, control in input.google_storage_bucket_access_control
	google.everyone(control.entity)
	not a in prevented
}

fail contains {"path": ["google_storage_default_object_access_control", a, "entity"], "want": "a named entity"} if {
	some a, control in input.google_storage_default_object_access_control
	google.everyone(control.entity)
	not a in prevented
}

open_entity(text) if endswith(text, ":allUsers")

open_entity(text) if endswith(text, ":allAuthenticatedUsers")

# prevented are grants on a bucket that lets none of them take effect.
prevented contains a if {
	some a, _ in input.google_storage_bucket_iam_member
	some b in input.references.google_storage_bucket_iam_member[a].bucket
	enforces(b)
}

prevented contains a if {
	some a, _ in input.google_storage_bucket_iam_binding
	some b in input.references.google_storage_bucket_iam_binding[a].bucket
	enforces(b)
}

prevented contains a if {
	some a, _ in input.google_storage_bucket_iam_policy
	some b in input.references.google_storage_bucket_iam_policy[a].bucket
	enforces(b)
}

prevented contains a if {
	some a, _ in input.google_storage_bucket_acl
	some b in input.references.google_storage_bucket_acl[a].bucket
	enforces(b)
}

prevented contains a if {
	some a, _ in input.google_storage_default_object_acl
	some b in input.references.google_storage_default_object_acl[a].bucket
	enforces(b)
}

prevented contains a if {
	some a, _ in input.google_storage_bucket_access_control
	some b in input.references.google_storage_bucket_access_control[a].bucket
	enforces(b)
}

prevented contains a if {
	some a, _ in input.google_storage_default_object_access_control
	some b in input.references.google_storage_default_object_access_control[a].bucket
	enforces(b)
}

enforces(b) if input.google_storage_bucket[b].public_access_prevention == "enforced"
