# METADATA
# title: Private container and package repositories are closed to strangers
# description: |
#   Images and packages carry code, and often credentials. A repository policy for
#   everyone lets any AWS account pull them, and where the actions say so push their own
#   in their place, which then runs in production.
# related_resources:
#   - description: Private repository policies in Amazon ECR
#     ref: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
# custom:
#   id: AWS0019
#   severity: high
#   remediation: |
#     Name the accounts that pull, or add the condition aws:PrincipalOrgID.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.aws.repository_public

import future.keywords.not

import data.lib.aws

subject contains ["aws_ecr_repository_policy", a] if some a, _ in input.aws_ecr_repository_policy

subject contains ["aws_ecr_registry_policy", a] if some a, _ in input.aws_ecr_registry_policy

subject contains ["aws_codeartifact_repository_permissions_policy", a] if some a, _ in input.aws_codeartifact_repository_permissions_policy

subject contains ["aws_codeartifact_domain_permissions_policy", a] if some a, _ in input.aws_codeartifact_domain_permissions_policy

fail contains {"path": ["aws_ecr_repository_policy", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_ecr_repository_policy
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_ecr_registry_policy", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_ecr_registry_policy
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {
	"path": ["aws_codeartifact_repository_permissions_policy", a, "policy_document", "Statement", i, "Principal"],
	"want": "named principals, or a condition that tells callers apart",
} if {
	some a, r in input.aws_codeartifact_repository_permissions_policy
	some i, statement in r.policy_document.Statement
	aws.public(statement)
}

fail contains {
	"path": ["aws_codeartifact_domain_permissions_policy", a, "policy_document", "Statement", i, "Principal"],
	"want": "named principals, or a condition that tells callers apart",
} if {
	some a, r in input.aws_codeartifact_domain_permissions_policy
	some i, statement in r.policy_document.Statement
	aws.public(statement)
}
