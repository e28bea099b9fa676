# METADATA
# title: S3 buckets block public access
# description: |
#   One careless ACL or bucket policy later on makes a bucket's objects public. The
#   public access block refuses such grants whoever writes them. New buckets have it
#   by default since April 2023; older ones do not, and a block that is declared with
#   a setting left out turns that setting off.
# related_resources:
#   - description: Blocking public access to your Amazon S3 storage
#     ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
# custom:
#   id: AWS0001
#   severity: medium
#   remediation: |
#     Declare an aws_s3_bucket_public_access_block for the bucket, with
#     block_public_acls, block_public_policy, ignore_public_acls and
#     restrict_public_buckets all true.
#   fix:
#     set: want
#     add: |
#       resource "aws_s3_bucket_public_access_block" "self" {
#         bucket                  = self.id
#         block_public_acls       = true
#         block_public_policy     = true
#         ignore_public_acls      = true
#         restrict_public_buckets = true
#       }
#   references:
#     cis-aws-v3.0.0: ["2.1.4"]
package policies.terraform.aws.s3_public_block

import future.keywords.not

settings := ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]

subject contains ["aws_s3_bucket", a] if some a, _ in input.aws_s3_bucket

fail contains {"path": ["aws_s3_bucket", a], "want": "an aws_s3_bucket_public_access_block with all four settings true"} if {
	some a, _ in input.aws_s3_bucket
	not a in declared
	not account_blocked
}

fail contains {"subject": ["aws_s3_bucket", a], "path": ["aws_s3_bucket_public_access_block", p, setting], "want": true} if {
	some p, block in input.aws_s3_bucket_public_access_block
	some a in input.references.aws_s3_bucket_public_access_block[p].bucket
	some setting in settings
	not block[setting] == true
	not a in blocked
	not account_blocked
}

declared contains a if {
	some p, _ in input.aws_s3_bucket_public_access_block
	some a in input.references.aws_s3_bucket_public_access_block[p].bucket
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
