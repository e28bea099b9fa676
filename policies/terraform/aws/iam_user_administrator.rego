# METADATA
# title: No IAM user is an administrator
# description: |
#   A user's password and access keys last until somebody changes them. Keys end up in
#   repositories, laptops and chat, and with an administrator's the finder owns the
#   account. Roles give credentials that expire.
# related_resources:
#   - description: Security best practices in IAM
#     ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   id: AWS0011
#   severity: high
#   remediation: |
#     Attach the policy to a role that people assume through IAM Identity Center or with
#     a second factor, and leave the user what its work needs.
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.aws.iam_user_administrator

import future.keywords.not

import data.lib.aws

subject contains ["aws_iam_user_policy_attachment", a] if some a, _ in input.aws_iam_user_policy_attachment

subject contains ["aws_iam_policy_attachment", a] if {
	some a, attachment in input.aws_iam_policy_attachment
	some _ in attachment.users
}

subject contains ["aws_iam_policy_attachment", a] if {
	some a, _ in input.aws_iam_policy_attachment
	some _ in input.references.aws_iam_policy_attachment[a].users
}

fail contains {"path": ["aws_iam_user_policy_attachment", a, "policy_arn"], "want": "a policy with the rights that are needed"} if {
	some a, attachment in input.aws_iam_user_policy_attachment
	aws.managed_administrator(attachment.policy_arn)
}

fail contains {"path": ["aws_iam_user_policy_attachment", a, "policy_arn"], "want": "a policy with the rights that are needed"} if {
	some a, _ in input.aws_iam_user_policy_attachment
	some p in input.references.aws_iam_user_policy_attachment[a].policy_arn
	p in administrator_policies
}

fail contains {"path": ["aws_iam_policy_attachment", a, "policy_arn"], "want": "a policy with the rights that are needed"} if {
	some a, attachment in input.aws_iam_policy_attachment
	aws.managed_administrator(attachment.policy_arn)
}

fail contains {"path": ["aws_iam_policy_attachment", a, "policy_arn"], "want": "a policy with the rights that are needed"} if {
	some a, _ in input.aws_iam_policy_attachment
	some p in input.references.aws_iam_policy_attachment[a].policy_arn
	p in administrator_policies
}

# administrator_policies are customer managed policies that allow everything, and
# AWS's own where it is looked up by its name.
administrator_policies contains a if {
	some a, p in input.aws_iam_policy
	some statement in p.policy.Statement
	aws.administrator(statement)
}

administrator_policies contains a if {
	some a, p in input.data.aws_iam_policy
	p.name == "AdministratorAccess"
}
