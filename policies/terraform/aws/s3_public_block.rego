# METADATA
# title: S3 buckets block public access
# description: x
# custom:
#   id: AWS0001
#   severity: high
#   remediation: x
package policies.terraform.aws.s3_public_block

import future.keywords.not

subject contains ["aws_s3_bucket", a] if some a, _ in input.aws_s3_bucket

fail contains {"path": ["aws_s3_bucket", a], "want": "an aws_s3_bucket_public_access_block with all four settings true"} if {
	some a, _ in input.aws_s3_bucket
	not a in blocked
	not account_blocked
}

blocked contains a if {
	some p, block in input.aws_s3_bucket_public_access_block
	complete(block)
	some a in input.references.aws_s3_bucket_public_access_block[p].bucket
}

account_blocked if {
	some block in input.aws_s3_account_public_access_block
	complete(block)
}

complete(b) if {
	b.block_public_acls == true
	b.block_public_policy == true
	b.ignore_public_acls == true
	b.restrict_public_buckets == true
}
