# METADATA
# title: Images, snapshots and documents are not shared with every AWS account
# description: |
#   A public machine image or snapshot is a copy of a disk or a database that anyone can
#   take home: with the data, the keys and the passwords on it. Public ones are searched
#   for as soon as they appear.
# related_resources:
#   - description: Share an AMI with specific AWS accounts
#     ref: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-explicit.html
# custom:
#   id: AWS0022
#   severity: critical
#   remediation: |
#     Name the account ids in place of "all", or drop the permission.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.aws.shared_with_everyone

import future.keywords.not

subject contains ["aws_ami_launch_permission", a] if some a, _ in input.aws_ami_launch_permission

subject contains ["aws_db_snapshot", a] if some a, _ in input.aws_db_snapshot

subject contains ["aws_db_snapshot_copy", a] if some a, _ in input.aws_db_snapshot_copy

subject contains ["aws_db_cluster_snapshot", a] if some a, _ in input.aws_db_cluster_snapshot

subject contains ["aws_rds_cluster_snapshot_copy", a] if some a, _ in input.aws_rds_cluster_snapshot_copy

subject contains ["aws_ssm_document", a] if some a, _ in input.aws_ssm_document

fail contains {"path": ["aws_ami_launch_permission", a, "group"], "want": "account ids"} if {
	some a, r in input.aws_ami_launch_permission
	r.group == "all"
}

fail contains {"path": ["aws_db_snapshot", a, "shared_accounts", i], "want": "account ids"} if {
	some a, r in input.aws_db_snapshot
	some i, account in r.shared_accounts
	account == "all"
}

fail contains {"path": ["aws_db_snapshot_copy", a, "shared_accounts", i], "want": "account ids"} if {
	some a, r in input.aws_db_snapshot_copy
	some i, account in r.shared_accounts
	account == "all"
}

fail contains {"path": ["aws_db_cluster_snapshot", a, "shared_accounts", i], "want": "account ids"} if {
	some a, r in input.aws_db_cluster_snapshot
	some i, account in r.shared_accounts
	account == "all"
}

fail contains {"path": ["aws_rds_cluster_snapshot_copy", a, "shared_accounts", i], "want": "account ids"} if {
	some a, r in input.aws_rds_cluster_snapshot_copy
	some i, account in r.shared_accounts
	account == "all"
}

fail contains {"path": ["aws_ssm_document", a, "permissions", "account_ids"], "want": "account ids"} if {
	some a, r in input.aws_ssm_document
	lower(r.permissions.account_ids) == "all"
}
