# METADATA
# title: Detectors and recorders are not switched off
# description: |
#   GuardDuty, AWS Config, Macie and the guards against public snapshots, images and EMR
#   clusters are declared here, and the declaration turns them off: the account looks
#   watched, and is not.
# related_resources:
#   - description: Suspending or disabling GuardDuty
#     ref: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_suspend-disable.html
# custom:
#   id: AWS0033
#   severity: medium
#   remediation: |
#     Set the named argument to the wanted value, or drop the resource if the service is
#     meant to go.
#   fix: {set: want}
#   references:
#     nist-800-53-r5: ["SI-4"]
package policies.terraform.aws.detection_off

import future.keywords.not

subject contains ["aws_guardduty_detector", a] if some a, _ in input.aws_guardduty_detector

subject contains ["aws_config_configuration_recorder_status", a] if some a, _ in input.aws_config_configuration_recorder_status

subject contains ["aws_macie2_account", a] if some a, _ in input.aws_macie2_account

subject contains ["aws_ebs_snapshot_block_public_access", a] if some a, _ in input.aws_ebs_snapshot_block_public_access

subject contains ["aws_ec2_image_block_public_access", a] if some a, _ in input.aws_ec2_image_block_public_access

subject contains ["aws_emr_block_public_access_configuration", a] if some a, _ in input.aws_emr_block_public_access_configuration

fail contains {"path": ["aws_guardduty_detector", a, "enable"], "want": true} if {
	some a, detector in input.aws_guardduty_detector
	detector.enable == false
}

fail contains {"path": ["aws_config_configuration_recorder_status", a, "is_enabled"], "want": true} if {
	some a, status in input.aws_config_configuration_recorder_status
	status.is_enabled == false
}

fail contains {"path": ["aws_macie2_account", a, "status"], "want": "ENABLED"} if {
	some a, account in input.aws_macie2_account
	account.status == "PAUSED"
}

fail contains {"path": ["aws_ebs_snapshot_block_public_access", a, "state"], "want": "block-all-sharing"} if {
	some a, block in input.aws_ebs_snapshot_block_public_access
	block.state == "unblocked"
}

fail contains {"path": ["aws_ec2_image_block_public_access", a, "state"], "want": "block-new-sharing"} if {
	some a, block in input.aws_ec2_image_block_public_access
	block.state == "unblocked"
}

fail contains {"path": ["aws_emr_block_public_access_configuration", a, "block_public_security_group_rules"], "want": true} if {
	some a, block in input.aws_emr_block_public_access_configuration
	block.block_public_security_group_rules == false
}
