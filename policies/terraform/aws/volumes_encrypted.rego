# METADATA
# title: EBS volumes are encrypted
# description: |
#   An unencrypted volume makes unencrypted snapshots, and a snapshot that is shared or
#   copied by mistake, or by someone with stolen keys, can be read by whoever has it.
# related_resources:
#   - description: Amazon EBS encryption
#     ref: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
# custom:
#   id: AWS0024
#   severity: medium
#   remediation: |
#     Set encrypted = true, or declare aws_ebs_encryption_by_default for the region. An
#     existing volume has to be copied through an encrypted snapshot.
#   fix: {set: want, replaces: [aws_ebs_volume, aws_instance]}
#   references:
#     cis-aws-v3.0.0: ["2.2.1"]
#     nist-800-53-r5: ["SC-28"]
package policies.terraform.aws.volumes_encrypted

import future.keywords.not

subject contains ["aws_ebs_volume", a] if some a, _ in input.aws_ebs_volume

subject contains ["aws_instance", a] if {
	some a, instance in input.aws_instance
	some kind in ["root_block_device", "ebs_block_device"]
	some _ in instance[kind]
}

subject contains ["aws_launch_template", a] if {
	some a, template in input.aws_launch_template
	some mapping in template.block_device_mappings
	some _ in mapping.ebs
}

fail contains {"path": ["aws_ebs_volume", a, "encrypted"], "want": true} if {
	some a, volume in input.aws_ebs_volume
	not volume.encrypted == true
	not volume.snapshot_id
	not by_default
}

fail contains {"path": ["aws_instance", a, kind, i, "encrypted"], "want": true} if {
	some a, instance in input.aws_instance
	some kind in ["root_block_device", "ebs_block_device"]
	some i, device in instance[kind]
	not device.encrypted == true
	not device.snapshot_id
	not by_default
}

fail contains {"path": ["aws_launch_template", a, "block_device_mappings", i, "ebs", j, "encrypted"], "want": true} if {
	some a, template in input.aws_launch_template
	some i, mapping in template.block_device_mappings
	some j, device in mapping.ebs
	not device.encrypted == true
	not device.snapshot_id
	not by_default
}

by_default if {
	some setting in input.aws_ebs_encryption_by_default
	not setting.enabled == false
}
