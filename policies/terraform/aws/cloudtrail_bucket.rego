# METADATA
# title: The bucket of CloudTrail's logs keeps versions and is not destroyed with its content
# description: |
#   The log is the first thing that an attacker with rights over the bucket deletes. In a
#   bucket that keeps versions the files survive being overwritten or deleted;
#   force_destroy lets one `terraform destroy` take them all.
# related_resources:
#   - description: Security best practices in AWS CloudTrail
#     ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html
# custom:
#   id: AWS0032
#   severity: medium
#   remediation: |
#     Add an aws_s3_bucket_versioning with status "Enabled" for the bucket, better still an
#     object lock, and drop force_destroy.
#   fix:
#     set: want
#     add: |
#       resource "aws_s3_bucket_versioning" "self" {
#         bucket = self.id
#         versioning_configuration {
#           status = "Enabled"
#         }
#       }
#   references:
#     nist-800-53-r5: ["AU-9"]
package policies.terraform.aws.cloudtrail_bucket

import future.keywords.not

subject contains ["aws_cloudtrail", a] if {
	some a, _ in input.aws_cloudtrail
	some b in input.references.aws_cloudtrail[a].s3_bucket_name
	input.aws_s3_bucket[b]
}

fail contains {"subject": ["aws_cloudtrail", a], "path": ["aws_s3_bucket", b], "want": "an aws_s3_bucket_versioning with status Enabled"} if {
	some a, _ in input.aws_cloudtrail
	some b in input.references.aws_cloudtrail[a].s3_bucket_name
	input.aws_s3_bucket[b]
	not b in keeping
}

fail contains {"subject": ["aws_cloudtrail", a], "path": ["aws_s3_bucket", b, "force_destroy"], "want": false} if {
	some a, _ in input.aws_cloudtrail
	some b in input.references.aws_cloudtrail[a].s3_bucket_name
	input.aws_s3_bucket[b].force_destroy == true
}

# keeping are buckets that keep versions; an object lock implies it.
keeping contains b if {
	some v, versioning in input.aws_s3_bucket_versioning
	some configuration in versioning.versioning_configuration
	configuration.status == "Enabled"
	some b in input.references.aws_s3_bucket_versioning[v].bucket
}

keeping contains b if {
	some b, bucket in input.aws_s3_bucket
	some versioning in bucket.versioning
	versioning.enabled == true
}

keeping contains b if {
	some b, bucket in input.aws_s3_bucket
	bucket.object_lock_enabled == true
}
