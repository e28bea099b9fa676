# METADATA
# title: Services that everyone may call do not run as owner or editor
# description: |
#   Anyone may send this service a request, and it runs as an account that may change
#   nearly everything in the project. One flaw in its code, or in a library, is the
#   project.
# related_resources:
#   - description: Introduction to service identity
#     ref: https://cloud.google.com/run/docs/securing/service-identity
# custom:
#   id: GCP0011
#   severity: high
#   remediation: |
#     Give the service an account of its own with the roles it needs, in place of
#     roles/owner or roles/editor.
#   references:
#     cis-gcp-v2.0.0: ["1.5"]
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.google.public_service_privileged

import future.keywords.not

import data.lib.google

subject contains ["google_cloud_run_v2_service", a] if {
	some a, _ in input.google_cloud_run_v2_service
	a in open_run_v2
}

subject contains ["google_cloud_run_service", a] if {
	some a, _ in input.google_cloud_run_service
	a in open_run
}

subject contains ["google_cloudfunctions_function", a] if {
	some a, _ in input.google_cloudfunctions_function
	a in open_functions
}

subject contains ["google_cloudfunctions2_function", a] if {
	some a, _ in input.google_cloudfunctions2_function
	a in open_functions2
}

fail contains {"path": ["google_cloud_run_v2_service", a, "template", 0, "service_account"], "want": "an account with the roles that are needed"} if {
	some a, _ in input.google_cloud_run_v2_service
	some account in input.references.google_cloud_run_v2_service[a]["template.0.service_account"]
	account in privileged
}

fail contains {"path": ["google_cloud_run_service", a, "template", 0, "spec", 0, "service_account_name"], "want": "an account with the roles that are needed"} if {
	some a, _ in input.google_cloud_run_service
	some account in input.references.google_cloud_run_service[a]["template.0.spec.0.service_account_name"]
	account in privileged
}

fail contains {"path": ["google_cloudfunctions_function", a, "service_account_email"], "want": "an account with the roles that are needed"} if {
	some a, _ in input.google_cloudfunctions_function
	some account in input.references.google_cloudfunctions_function[a].service_account_email
	account in privileged
}

fail contains {"path": ["google_cloudfunctions2_function", a, "service_config", 0, "service_account_email"], "want": "an account with the roles that are needed"} if {
	some a, _ in input.google_cloudfunctions2_function
	some account in input.references.google_cloudfunctions2_function[a]["service_config.0.service_account_email"]
	account in privileged
}

# open_run and its like are services that a grant lets everyone call.
open_run_v2 contains s if {
	some g, grant in input.google_cloud_run_v2_service_iam_member
	google.everyone(grant.member)
	some s in input.references.google_cloud_run_v2_service_iam_member[g].name
}

open_run_v2 contains s if {
	some g, grant in input.google_cloud_run_v2_service_iam_binding
	some member in grant.members
	google.everyone(member)
	some s in input.references.google_cloud_run_v2_service_iam_binding[g].name
}

open_run_v2 contains s if {
	some s, service in input.google_cloud_run_v2_service
	service.invoker_iam_disabled == true
}

open_run_v2 contains s if some s in open_run

open_run contains s if {
	some g, grant in input.google_cloud_run_service_iam_member
	google.everyone(grant.member)
	some s in input.references.google_cloud_run_service_iam_member[g].service
}

open_run contains s if {
	some g, grant in input.google_cloud_run_service_iam_binding
	some member in grant.members
	google.everyone(member)
	some s in input.references.google_cloud_run_service_iam_binding[g].service
}

open_functions contains s if {
	some g, grant in input.google_cloudfunctions_function_iam_member
	google.everyone(grant.member)
	some s in input.references.google_cloudfunctions_function_iam_member[g].cloud_function
}

open_functions contains s if {
	some g, grant in input.google_cloudfunctions_function_iam_binding
	some member in grant.members
	google.everyone(member)
	some s in input.references.google_cloudfunctions_function_iam_binding[g].cloud_function
}

open_functions2 contains s if {
	some g, grant in input.google_cloudfunctions2_function_iam_member
	google.everyone(grant.member)
	some s in input.references.google_cloudfunctions2_function_iam_member[g].cloud_function
}

open_functions2 contains s if {
	some g, grant in input.google_cloudfunctions2_function_iam_binding
	some member in grant.members
	google.everyone(member)
	some s in input.references.google_cloudfunctions2_function_iam_binding[g].cloud_function
}

# A function of the second generation is a Run service, which grants name.
open_functions2 contains s if some s in open_run

open_functions2 contains s if some s in open_run_v2

# privileged are service accounts of this tree with a basic role.
privileged contains account if {
	some g, grant in input.google_project_iam_member
	google.basic(grant.role)
	some account in input.references.google_project_iam_member[g].member
}

privileged contains account if {
	some g, grant in input.google_project_iam_binding
	google.basic(grant.role)
	some account in input.references.google_project_iam_binding[g].members
}
