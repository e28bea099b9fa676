# METADATA
# title: Queues, topics and event buses are closed to strangers
# description: |
#   Who may send to a queue, a topic or an event bus feeds whatever stands behind it with
#   messages of their making; who may receive reads what passes through. The principal
#   "*" without a condition that tells callers apart lets any AWS account do so.
# related_resources:
#   - description: AWS JSON policy elements, Principal
#     ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
# custom:
#   id: AWS0017
#   severity: high
#   remediation: |
#     Name the principals, or add a condition such as aws:SourceArn, aws:SourceAccount or
#     aws:PrincipalOrgID.
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.aws.messaging_public

import future.keywords.not

import data.lib.aws

subject contains ["aws_sqs_queue", a] if {
	some a, r in input.aws_sqs_queue
	r.policy
}

subject contains ["aws_sqs_queue_policy", a] if some a, _ in input.aws_sqs_queue_policy

subject contains ["aws_sns_topic", a] if {
	some a, r in input.aws_sns_topic
	r.policy
}

subject contains ["aws_sns_topic_policy", a] if some a, _ in input.aws_sns_topic_policy

subject contains ["aws_cloudwatch_event_bus_policy", a] if some a, _ in input.aws_cloudwatch_event_bus_policy

fail contains {"path": ["aws_sqs_queue", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_sqs_queue
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_sqs_queue_policy", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_sqs_queue_policy
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_sns_topic", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_sns_topic
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_sns_topic_policy", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_sns_topic_policy
	some i, statement in r.policy.Statement
	aws.public(statement)
}

fail contains {"path": ["aws_cloudwatch_event_bus_policy", a, "policy", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, r in input.aws_cloudwatch_event_bus_policy
	some i, statement in r.policy.Statement
	aws.public(statement)
}
