# METADATA
# title: IAM policies let no one raise their own rights
# description: |
#   Some actions on every resource are worth as much as full administration: who may put
#   a policy on any user or role, make a new version of any policy, or create keys for
#   any user, becomes whoever they like in one step.
# related_resources:
#   - description: Security best practices in IAM
#     ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   id: AWS0013
#   severity: high
#   remediation: |
#     Drop the action, or name the users, roles and policies it is needed for in Resource,
#     the holder's own not among them. Where roles must be created, demand a permissions
#     boundary with the condition iam:PermissionsBoundary.
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.aws.iam_escalation

import future.keywords.not

import data.lib.aws

escalating := {
	"iam:addusertogroup", "iam:attachgrouppolicy", "iam:attachrolepolicy", "iam:attachuserpolicy",
	"iam:createaccesskey", "iam:createloginprofile", "iam:createpolicyversion", "iam:putgrouppolicy",
	"iam:putrolepolicy", "iam:putuserpolicy", "iam:setdefaultpolicyversion", "iam:updateassumerolepolicy",
	"iam:updateloginprofile",
}

subject contains ["aws_iam_policy", a] if some a, _ in input.aws_iam_policy

subject contains ["aws_iam_role_policy", a] if some a, _ in input.aws_iam_role_policy

subject contains ["aws_iam_role", a] if {
	some a, role in input.aws_iam_role
	some _ in role.inline_policy
}

subject contains ["aws_iam_user_policy", a] if some a, _ in input.aws_iam_user_policy

subject contains ["aws_iam_group_policy", a] if some a, _ in input.aws_iam_group_policy

fail contains {"path": ["aws_iam_policy", a, "policy", "Statement", i, key], "want": "no action that raises one's own rights, or named resources"} if {
	some a, p in input.aws_iam_policy
	some i, statement in p.policy.Statement
	some key in ["Action", "NotAction"]
	statement[key]
	escalates(statement)
	not a in boundaries
}

fail contains {"path": ["aws_iam_role_policy", a, "policy", "Statement", i, key], "want": "no action that raises one's own rights, or named resources"} if {
	some a, p in input.aws_iam_role_policy
	some i, statement in p.policy.Statement
	some key in ["Action", "NotAction"]
	statement[key]
	escalates(statement)
}

fail contains {"path": ["aws_iam_role", a, "inline_policy", i, "policy", "Statement", j, key], "want": "no action that raises one's own rights, or named resources"} if {
	some a, role in input.aws_iam_role
	some i, p in role.inline_policy
	some j, statement in p.policy.Statement
	some key in ["Action", "NotAction"]
	statement[key]
	escalates(statement)
}

fail contains {"path": ["aws_iam_user_policy", a, "policy", "Statement", i, key], "want": "no action that raises one's own rights, or named resources"} if {
	some a, p in input.aws_iam_user_policy
	some i, statement in p.policy.Statement
	some key in ["Action", "NotAction"]
	statement[key]
	escalates(statement)
}

fail contains {"path": ["aws_iam_group_policy", a, "policy", "Statement", i, key], "want": "no action that raises one's own rights, or named resources"} if {
	some a, p in input.aws_iam_group_policy
	some i, statement in p.policy.Statement
	some key in ["Action", "NotAction"]
	statement[key]
	escalates(statement)
}

escalates(statement) if {
	some action in escalating
	aws.grants(statement, action)
	some resource in statement.Resource
	everything(resource)
	not aws.conditional(statement)
}

everything("*")

everything(resource) if regex.match(`^arn:[^:]+:iam::[^:]*:(\*|user/\*|role/\*|group/\*|policy/\*)$`, resource)

boundaries contains p if {
	some a, _ in input.aws_iam_role
	some p in input.references.aws_iam_role[a].permissions_boundary
}

boundaries contains p if {
	some a, _ in input.aws_iam_user
	some p in input.references.aws_iam_user[a].permissions_boundary
}
