# METADATA
# title: No S3 ACL makes a bucket public
# description: |
#   A grant to AllUsers lets anyone on the Internet list, read or even write the
#   bucket; one to AuthenticatedUsers anyone with an AWS account of their own. An ACL
#   that the bucket's public access block ignores is harmless and passes.
# related_resources:
#   - description: Access control list (ACL) overview
#     ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
# custom:
#   id: AWS0002
#   severity: high
#   remediation: |
#     Set acl to "private", or drop the ACL and set object_ownership to
#     "BucketOwnerEnforced" in an aws_s3_bucket_ownership_controls. Serve public files
#     through CloudFront with an origin access control.
#   fix: {set: want, remove: grant}
package policies.terraform.aws.s3_public_acl

import future.keywords.not

open_acls := {"public-read", "public-read-write", "authenticated-read", "website"}

subject contains ["aws_s3_bucket", a] if {
	some a, bucket in input.aws_s3_bucket
	has_acl(bucket)
}

subject contains ["aws_s3_bucket_acl", a] if some a, _ in input.aws_s3_bucket_acl

has_acl(bucket) if bucket.acl

has_acl(bucket) if bucket.grant

fail contains {"path": ["aws_s3_bucket", a, "acl"], "want": "private"} if {
	some a, bucket in input.aws_s3_bucket
	bucket.acl in open_acls
	not a in ignored
	not account_ignores
}

fail contains {"path": ["aws_s3_bucket", a, "grant", i, "uri"], "want": "no grant to a group of everyone"} if {
	some a, bucket in input.aws_s3_bucket
	some i, grant in bucket.grant
	everyone(grant.uri)
	not a in ignored
	not account_ignores
}

fail contains {"path": ["aws_s3_bucket_acl", a, "acl"], "want": "private"} if {
	some a, acl in input.aws_s3_bucket_acl
	acl.acl in open_acls
	not a in harmless
	not account_ignores
}

fail contains {"path": ["aws_s3_bucket_acl", a, "access_control_policy", i, "grant", j, "grantee", k, "uri"], "want": "no grant to a group of everyone"} if {
	some a, acl in input.aws_s3_bucket_acl
	some i, policy in acl.access_control_policy
	some j, grant in policy.grant
	some k, grantee in grant.grantee
	everyone(grantee.uri)
	not a in harmless
	not account_ignores
}

everyone(group) if endswith(group, "/groups/global/AllUsers")

everyone(group) if endswith(group, "/groups/global/AuthenticatedUsers")

# harmless are ACLs of a bucket that ignores public ones.
harmless contains a if {
	some a, _ in input.aws_s3_bucket_acl
	some bucket in input.references.aws_s3_bucket_acl[a].bucket
	bucket in ignored
}

ignored contains bucket if {
	some p, block in input.aws_s3_bucket_public_access_block
	block.ignore_public_acls == true
	some bucket in input.references.aws_s3_bucket_public_access_block[p].bucket
}

ignored contains bucket if {
	some p, block in input.aws_s3_bucket_public_access_block
	block.block_public_acls == true
	some bucket in input.references.aws_s3_bucket_public_access_block[p].bucket
}

account_ignores if {
	some block in input.aws_s3_account_public_access_block
	block.ignore_public_acls == true
}
