# METADATA
# title: No S3 bucket policy lets everyone in
# description: |
#   A statement with the principal "*" and no condition that tells callers apart opens
#   the bucket to anyone who knows or guesses its name: to read it, and where the
#   actions say so to write or empty it. A policy that the bucket's public access block
#   overrides passes.
# related_resources:
#   - description: The meaning of "public" in Amazon S3
#     ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
# custom:
#   id: AWS0003
#   severity: high
#   remediation: |
#     Name the principals, or add a condition such as aws:PrincipalOrgID,
#     aws:SourceAccount or aws:SourceVpce. Serve public files through CloudFront with
#     an origin access control, and restrict the policy to that distribution.
package policies.terraform.aws.s3_public_policy

import future.keywords.not

import data.lib.aws

subject contains ["aws_s3_bucket_policy", a] if some a, _ in input.aws_s3_bucket_policy

subject contains ["aws_s3_bucket", a] if {
	some a, bucket in input.aws_s3_bucket
	bucket.policy
}

fail contains {"path": ["aws_s3_bucket_policy", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, p in input.aws_s3_bucket_policy
	some i, statement in p.policy.Statement
	aws.public(statement)
	not a in overridden
	not account_restricts
}

fail contains {"path": ["aws_s3_bucket", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, bucket in input.aws_s3_bucket
	some i, statement in bucket.policy.Statement
	aws.public(statement)
	not a in restricted
	not account_restricts
}

# overridden are policies of a bucket that lets no public policy take effect.
overridden contains a if {
	some a, _ in input.aws_s3_bucket_policy
	some bucket in input.references.aws_s3_bucket_policy[a].bucket
	bucket in restricted
}

restricted contains bucket if {
	some p, block in input.aws_s3_bucket_public_access_block
	block.restrict_public_buckets == true
	some bucket in input.references.aws_s3_bucket_public_access_block[p].bucket
}

account_restricts if {
	some block in input.aws_s3_account_public_access_block
	block.restrict_public_buckets == true
}
