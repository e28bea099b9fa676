# METADATA
# title: Instances, functions and tasks hold no administrator role
# description: |
#   A flaw in the program that runs there, even one that only lets an attacker make it
#   fetch a URL, gives away the role's credentials. With an administrator's role that is
#   the whole account.
# related_resources:
#   - description: IAM roles for Amazon EC2
#     ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
# custom:
#   id: AWS0012
#   severity: high
#   remediation: |
#     Give the role a policy that lists the actions and resources which the program uses,
#     in place of AdministratorAccess or of Action "*".
#   references:
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.aws.workload_administrator

import future.keywords.not

import data.lib.aws

subject contains ["aws_instance", a] if {
	some a, _ in input.aws_instance
	some _ in input.references.aws_instance[a].iam_instance_profile
}

subject contains ["aws_launch_template", a] if {
	some a, _ in input.aws_launch_template
	some _ in input.references.aws_launch_template[a].iam_instance_profile
}

subject contains ["aws_lambda_function", a] if some a, _ in input.aws_lambda_function

subject contains ["aws_ecs_task_definition", a] if some a, _ in input.aws_ecs_task_definition

fail contains {"path": ["aws_instance", a, "iam_instance_profile"], "want": "a role with the rights that are needed"} if {
	some a, _ in input.aws_instance
	some p in input.references.aws_instance[a].iam_instance_profile
	some role in input.references.aws_iam_instance_profile[p].role
	role in administrator_roles
}

fail contains {"path": ["aws_launch_template", a, "iam_instance_profile"], "want": "a role with the rights that are needed"} if {
	some a, _ in input.aws_launch_template
	some p in input.references.aws_launch_template[a].iam_instance_profile
	some role in input.references.aws_iam_instance_profile[p].role
	role in administrator_roles
}

fail contains {"path": ["aws_lambda_function", a, "role"], "want": "a role with the rights that are needed"} if {
	some a, _ in input.aws_lambda_function
	some role in input.references.aws_lambda_function[a].role
	role in administrator_roles
}

fail contains {"path": ["aws_ecs_task_definition", a, "task_role_arn"], "want": "a role with the rights that are needed"} if {
	some a, _ in input.aws_ecs_task_definition
	some role in input.references.aws_ecs_task_definition[a].task_role_arn
	role in administrator_roles
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

# administrator_roles are roles that such a policy, or AWS's own, is attached to.
administrator_roles contains role if {
	some a, attachment in input.aws_iam_role_policy_attachment
	aws.managed_administrator(attachment.policy_arn)
	some role in input.references.aws_iam_role_policy_attachment[a].role
}

administrator_roles contains role if {
	some a, _ in input.aws_iam_role_policy_attachment
	some policy in input.references.aws_iam_role_policy_attachment[a].policy_arn
	policy in administrator_policies
	some role in input.references.aws_iam_role_policy_attachment[a].role
}

administrator_roles contains role if {
	some a, attachment in input.aws_iam_policy_attachment
	aws.managed_administrator(attachment.policy_arn)
	some role in input.references.aws_iam_policy_attachment[a].roles
}

administrator_roles contains role if {
	some a, p in input.aws_iam_role_policy
	some statement in p.policy.Statement
	aws.administrator(statement)
	some role in input.references.aws_iam_role_policy[a].role
}

administrator_roles contains role if {
	some role, r in input.aws_iam_role
	some p in r.inline_policy
	some statement in p.policy.Statement
	aws.administrator(statement)
}

administrator_roles contains role if {
	some role, r in input.aws_iam_role
	some arn in r.managed_policy_arns
	aws.managed_administrator(arn)
}
