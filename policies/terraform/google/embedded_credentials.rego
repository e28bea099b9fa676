# METADATA
# title: Metadata and environments hold no credentials
# description: |
#   Metadata can be read from within the instance and by everyone who may view it, a
#   function's or service's environment by everyone who may look at its configuration.
#   Both stay in the repository and in the state. Only what is a credential beyond doubt
#   is reported: private keys, and tokens of AWS, GitHub, GitLab and Slack.
# related_resources:
#   - description: Secret Manager best practices
#     ref: https://cloud.google.com/secret-manager/docs/best-practices
# custom:
#   id: GCP0029
#   severity: high
#   remediation: |
#     Revoke the credential: it is in the history of the repository. Keep its successor in
#     Secret Manager, and let the program fetch it with its service account.
#   references:
#     nist-800-53-r5: ["IA-5(7)"]
package policies.terraform.google.embedded_credentials

import future.keywords.not

import data.lib

subject contains ["google_compute_instance", a] if some a, _ in input.google_compute_instance

subject contains ["google_compute_instance_template", a] if some a, _ in input.google_compute_instance_template

subject contains ["google_cloudfunctions_function", a] if some a, _ in input.google_cloudfunctions_function

subject contains ["google_cloud_run_v2_service", a] if some a, _ in input.google_cloud_run_v2_service

subject contains ["google_cloudfunctions2_function", a] if some a, _ in input.google_cloudfunctions2_function

subject contains ["google_cloud_run_service", a] if some a, _ in input.google_cloud_run_service

# The path ends above the value and its lines, so that no report shows them.
fail contains {"path": ["google_compute_instance", a], "want": "metadata_startup_script without credentials"} if {
	some a, r in input.google_compute_instance
	lib.credential(r.metadata_startup_script)
}

fail contains {"path": ["google_compute_instance", a], "want": "metadata without credentials"} if {
	some a, r in input.google_compute_instance
	some value in r.metadata
	lib.credential(value)
}

fail contains {"path": ["google_compute_instance_template", a], "want": "metadata_startup_script without credentials"} if {
	some a, r in input.google_compute_instance_template
	lib.credential(r.metadata_startup_script)
}

fail contains {"path": ["google_compute_instance_template", a], "want": "metadata without credentials"} if {
	some a, r in input.google_compute_instance_template
	some value in r.metadata
	lib.credential(value)
}

fail contains {"path": ["google_cloudfunctions_function", a], "want": "variables without credentials"} if {
	some a, r in input.google_cloudfunctions_function
	some value in r.environment_variables
	lib.credential(value)
}

fail contains {"path": ["google_cloud_run_v2_service", a, "template", i, "containers", j, "env", k], "want": "variables without credentials"} if {
	some a, r in input.google_cloud_run_v2_service
	some i, template in r.template
	some j, container in template.containers
	some k, variable in container.env
	lib.credential(variable.value)
}

fail contains {"path": ["google_cloudfunctions2_function", a, "service_config", i], "want": "variables without credentials"} if {
	some a, r in input.google_cloudfunctions2_function
	some i, config in r.service_config
	some value in config.environment_variables
	lib.credential(value)
}

fail contains {"path": ["google_cloud_run_service", a, "template", i, "spec", j, "containers", k, "env", n], "want": "variables without credentials"} if {
	some a, r in input.google_cloud_run_service
	some i, template in r.template
	some j, spec in template.spec
	some k, container in spec.containers
	some n, variable in container.env
	lib.credential(variable.value)
}
