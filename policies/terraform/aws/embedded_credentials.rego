# METADATA
# title: User data and environments hold no credentials
# description: |
#   User data can be read from within the instance and by everyone who may describe it;
#   a function's or task's environment by everyone who may look at its configuration. Both
#   stay in the repository and in the state. Only what is a credential beyond doubt is
#   reported: private keys, and tokens of AWS, GitHub, GitLab and Slack.
# related_resources:
#   - description: Move hardcoded secrets to AWS Secrets Manager
#     ref: https://docs.aws.amazon.com/secretsmanager/latest/userguide/hardcoded.html
# custom:
#   id: AWS0034
#   severity: high
#   remediation: |
#     Revoke the credential: it is in the history of the repository. Keep its successor in
#     Secrets Manager or Parameter Store, and let the program fetch it with its role.
#   references:
#     nist-800-53-r5: ["IA-5(7)"]
package policies.terraform.aws.embedded_credentials

import future.keywords.not

import data.lib

subject contains ["aws_instance", a] if {
	some a, r in input.aws_instance
	r.user_data
}

subject contains ["aws_launch_configuration", a] if {
	some a, r in input.aws_launch_configuration
	r.user_data
}

subject contains ["aws_lambda_function", a] if some a, _ in input.aws_lambda_function

subject contains ["aws_ecs_task_definition", a] if {
	some a, r in input.aws_ecs_task_definition
	r.container_definitions
}

# The path ends above the value and its lines, so that no report shows them.
fail contains {"path": ["aws_instance", a], "want": "user_data without credentials"} if {
	some a, r in input.aws_instance
	lib.credential(r.user_data)
}

fail contains {"path": ["aws_launch_configuration", a], "want": "user_data without credentials"} if {
	some a, r in input.aws_launch_configuration
	lib.credential(r.user_data)
}

fail contains {"path": ["aws_lambda_function", a, "environment"], "want": "variables without credentials"} if {
	some a, r in input.aws_lambda_function
	some environment in r.environment
	some value in environment.variables
	lib.credential(value)
}

fail contains {"path": ["aws_ecs_task_definition", a], "want": "container_definitions without credentials"} if {
	some a, r in input.aws_ecs_task_definition
	lib.credential(r.container_definitions)
}
