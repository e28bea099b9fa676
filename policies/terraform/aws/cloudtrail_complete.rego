# METADATA
# title: CloudTrail records every region and proves its files
# description: |
#   An attacker works in a region that nobody uses, where a trail of one region sees
#   nothing, and edits the log files that accuse them, which nobody notices without
#   validation. A trail that does not log at all helps nobody.
# related_resources:
#   - description: Security best practices in AWS CloudTrail
#     ref: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html
# custom:
#   id: AWS0031
#   severity: medium
#   remediation: |
#     Set is_multi_region_trail = true and enable_log_file_validation = true, and leave
#     enable_logging out.
#   fix: {set: want}
#   references:
#     cis-aws-v3.0.0: ["3.1", "3.2"]
#     nist-800-53-r5: ["AU-9", "AU-12"]
package policies.terraform.aws.cloudtrail_complete

import future.keywords.not

subject contains ["aws_cloudtrail", a] if some a, _ in input.aws_cloudtrail

fail contains {"path": ["aws_cloudtrail", a, setting], "want": true} if {
	some a, trail in input.aws_cloudtrail
	some setting in ["enable_log_file_validation", "is_multi_region_trail"]
	not trail[setting] == true
}

fail contains {"path": ["aws_cloudtrail", a, "enable_logging"], "want": true} if {
	some a, trail in input.aws_cloudtrail
	trail.enable_logging == false
}
