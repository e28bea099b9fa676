# METADATA
# title: IAM policies name the roles that may be passed
# description: |
#   Who may pass any role to a service can start an instance, a function or a job with
#   the strongest role in the account and use its rights.
# related_resources:
#   - description: Grant a user permissions to pass a role to an AWS service
#     ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
# custom:
#   id: AWS0014
#   severity: medium
#   remediation: |
#     Put the ARNs of the roles into Resource, or add the condition iam:PassedToService.
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.aws.iam_pass_role

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

fail contains {"path": ["aws_iam_policy", a, "policy", "Statement", i, "Resource"], "want": "the roles that may be passed"} if {
	some a, p in input.aws_iam_policy
	some i, statement in p.policy.Statement
	passes_any(statement)
}

fail contains {"path": ["aws_iam_role_policy", a, "policy", "Statement", i, "Resource"], "want": "the roles that may be passed"} if {
	some a, p in input.aws_iam_role_policy
	some i, statement in p.policy.Statement
	passes_any(statement)
}

fail contains {"path": ["aws_iam_role", a, "inline_policy", i, "policy", "Statement", j, "Resource"], "want": "the roles that may be passed"} if {
	some a, role in input.aws_iam_role
	some i, p in role.inline_policy
	some j, statement in p.policy.Statement
	passes_any(statement)
}

fail contains {"path": ["aws_iam_user_policy", a, "policy", "Statement", i, "Resource"], "want": "the roles that may be passed"} if {
	some a, p in input.aws_iam_user_policy
	some i, statement in p.policy.Statement
	passes_any(statement)
}

fail contains {"path": ["aws_iam_group_policy", a, "policy", "Statement", i, "Resource"], "want": "the roles that may be passed"} if {
	some a, p in input.aws_iam_group_policy
	some i, statement in p.policy.Statement
	passes_any(statement)
}

passes_any(statement) if {
	aws.grants(statement, "iam:passrole")
	some resource in statement.Resource
	any_role(resource)
	not aws.conditional(statement)
}

any_role("*")

any_role(resource) if regex.match(`^arn:[^:]+:iam::[^:]*:(\*|role/\*)$`, resource)
