# METADATA
# title: Lambda functions ask who calls them
# description: |
#   A function URL without authorization answers anyone who finds it, and a permission
#   for the principal "*" lets any AWS account invoke the function: its rights, its data
#   and its bill are open to whoever sends a request. Some functions are meant to be
#   public; let those be few and known.
# related_resources:
#   - description: Control access to Lambda function URLs
#     ref: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
# custom:
#   id: AWS0020
#   severity: medium
#   remediation: |
#     Set authorization_type to "AWS_IAM", name the principal of the permission, or narrow
#     it with source_arn, source_account or principal_org_id.
#   fix: {set: want}
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.aws.function_public

import future.keywords.not

subject contains ["aws_lambda_function_url", a] if some a, _ in input.aws_lambda_function_url

subject contains ["aws_lambda_permission", a] if some a, _ in input.aws_lambda_permission

fail contains {"path": ["aws_lambda_function_url", a, "authorization_type"], "want": "AWS_IAM"} if {
	some a, url in input.aws_lambda_function_url
	url.authorization_type == "NONE"
}

fail contains {"path": ["aws_lambda_permission", a, "principal"], "want": "a named principal, or source_arn, source_account or principal_org_id"} if {
	some a, permission in input.aws_lambda_permission
	permission.principal == "*"
	not permission.source_arn
	not permission.source_account
	not permission.principal_org_id
}
