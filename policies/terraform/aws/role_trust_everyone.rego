# METADATA
# title: No role trusts every AWS account
# description: |
#   A trust policy whose principal is "*", with no condition that tells callers apart,
#   lets anyone with an AWS account of their own assume the role and use its rights.
# related_resources:
#   - description: AWS JSON policy elements, Principal
#     ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
# custom:
#   id: AWS0015
#   severity: critical
#   remediation: |
#     Name the accounts, roles or services that assume the role, or add a condition such
#     as aws:PrincipalOrgID.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.aws.role_trust_everyone

import future.keywords.not

import data.lib.aws

subject contains ["aws_iam_role", a] if some a, _ in input.aws_iam_role

fail contains {"path": ["aws_iam_role", a, "assume_role_policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, role in input.aws_iam_role
	some i, statement in role.assume_role_policy.Statement
	aws.public(statement)
}
