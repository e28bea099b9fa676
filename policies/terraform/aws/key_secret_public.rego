# METADATA
# title: KMS keys and secrets are closed to strangers
# description: |
#   A key policy for everyone lets any AWS account decrypt what the key protects; a
#   secret's policy for everyone hands the secret out.
# related_resources:
#   - description: Key policies in AWS KMS
#     ref: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
# custom:
#   id: AWS0018
#   severity: critical
#   remediation: |
#     Name the principals, or add a condition such as kms:CallerAccount or
#     aws:PrincipalOrgID.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.aws.key_secret_public

import future.keywords.not

import data.lib.aws

subject contains ["aws_kms_key", a] if {
	some a, r in input.aws_kms_key
	r.policy
}

subject contains ["aws_kms_key_policy", a] if some a, _ in input.aws_kms_key_policy

subject contains ["aws_kms_replica_key", a] if {
	some a, r in input.aws_kms_replica_key
	r.policy
}

subject contains ["aws_secretsmanager_secret", a] if {
	some a, r in input.aws_secretsmanager_secret
	r.policy
}

subject contains ["aws_secretsmanager_secret_policy", a] if some a, _ in input.aws_secretsmanager_secret_policy

fail contains {"path": ["aws_kms_key", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_kms_key
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_kms_key_policy", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_kms_key_policy
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_kms_replica_key", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_kms_replica_key
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_secretsmanager_secret", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_secretsmanager_secret
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_secretsmanager_secret_policy", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_secretsmanager_secret_policy
	some i, statement in r.policy.Statement
	aws.public(statement)
}
