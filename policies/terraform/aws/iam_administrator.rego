# METADATA
# title: No IAM policy allows every action on everything
# description: |
#   Whoever takes over a holder of such a policy owns the account: data, keys, logs and
#   backups. A policy that serves as a permissions boundary grants nothing and passes.
# related_resources:
#   - description: Security best practices in IAM
#     ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   id: AWS0010
#   severity: high
#   remediation: |
#     List the actions and the resources that are needed. Keep full administration to a
#     role that people assume with a second factor.
#   references:
#     cis-aws-v3.0.0: ["1.16"]
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.aws.iam_administrator

import future.keywords.not

import data.lib.aws

subject contains ["aws_iam_policy", a] if some a, _ in input.aws_iam_policy

subject contains ["aws_iam_role_policy", a] if some a, _ in input.aws_iam_role_policy

subject contains ["aws_iam_role", a] if {
	some a, role in input.aws_iam_role
	some _ in role.inline_policy
}

subject contains ["aws_iam_user_policy", a] if some a, _ in input.aws_iam_user_policy

subject contains ["aws_iam_group_policy", a] if some a, _ in input.aws_iam_group_policy

subject contains ["aws_ssoadmin_permission_set_inline_policy", a] if some a, _ in input.aws_ssoadmin_permission_set_inline_policy

fail contains {"path": ["aws_iam_policy", a, "policy", "Statement", i, "Action"], "want": "the actions that are needed"} if {
	some a, p in input.aws_iam_policy
	some i, statement in p.policy.Statement
	aws.administrator(statement)
	not a in boundaries
}

fail contains {"path": ["aws_iam_role_policy", a, "policy", "Statement", i, "Action"], "want": "the actions that are needed"} if {
	some a, p in input.aws_iam_role_policy
	some i, statement in p.policy.Statement
	aws.administrator(statement)
}

fail contains {"path": ["aws_iam_role", a, "inline_policy", i, "policy", "Statement", j, "Action"], "want": "the actions that are needed"} if {
	some a, role in input.aws_iam_role
	some i, p in role.inline_policy
	some j, statement in p.policy.Statement
	aws.administrator(statement)
}

fail contains {"path": ["aws_iam_user_policy", a, "policy", "Statement", i, "Action"], "want": "the actions that are needed"} if {
	some a, p in input.aws_iam_user_policy
	some i, statement in p.policy.Statement
	aws.administrator(statement)
}

fail contains {"path": ["aws_iam_group_policy", a, "policy", "Statement", i, "Action"], "want": "the actions that are needed"} if {
	some a, p in input.aws_iam_group_policy
	some i, statement in p.policy.Statement
	aws.administrator(statement)
}

fail contains {"path": ["aws_ssoadmin_permission_set_inline_policy", a, "inline_policy", "Statement", i, "Action"], "want": "the actions that are needed"} if {
	some a, p in input.aws_ssoadmin_permission_set_inline_policy
	some i, statement in p.inline_policy.Statement
	aws.administrator(statement)
}

boundaries contains p if {
	some a, _ in input.aws_iam_role
	some p in input.references.aws_iam_role[a].permissions_boundary
}

boundaries contains p if {
	some a, _ in input.aws_iam_user
	some p in input.references.aws_iam_user[a].permissions_boundary
}
