# METADATA
# title: Instances do not run as the default service account with full access
# description: |
#   The default account of Compute Engine is an editor of its project unless somebody
#   took that away. With the scope cloud-platform every program on the instance, and an
#   attacker who makes one fetch a URL, has all of it.
# related_resources:
#   - description: Service accounts for Compute Engine
#     ref: https://cloud.google.com/compute/docs/access/service-accounts
# custom:
#   id: GCP0016
#   severity: high
#   remediation: |
#     Set email in the service_account block to an account made for the instance, with the
#     roles that it needs.
#   references:
#     cis-gcp-v2.0.0: ["4.2"]
#     nist-800-53-r5: ["AC-6"]
package policies.terraform.google.default_account_scope

import future.keywords.not

# An instance without the block has no account at all.
subject contains ["google_compute_instance", a] if {
	some a, instance in input.google_compute_instance
	some _ in instance.service_account
}

subject contains ["google_compute_instance_template", a] if {
	some a, instance in input.google_compute_instance_template
	some _ in instance.service_account
}

subject contains ["google_compute_region_instance_template", a] if {
	some a, instance in input.google_compute_region_instance_template
	some _ in instance.service_account
}

fail contains {"path": ["google_compute_instance", a, "service_account", i, "email"], "want": "an account made for the instance"} if {
	some a, instance in input.google_compute_instance
	some i, account in instance.service_account
	full(account)
	by_default(account)
}

fail contains {"path": ["google_compute_instance_template", a, "service_account", i, "email"], "want": "an account made for the instance"} if {
	some a, instance in input.google_compute_instance_template
	some i, account in instance.service_account
	full(account)
	by_default(account)
}

fail contains {"path": ["google_compute_region_instance_template", a, "service_account", i, "email"], "want": "an account made for the instance"} if {
	some a, instance in input.google_compute_region_instance_template
	some i, account in instance.service_account
	full(account)
	by_default(account)
}

full(account) if {
	some scope in account.scopes
	scope in {"cloud-platform", "https://www.googleapis.com/auth/cloud-platform"}
}

by_default(account) if not account.email

by_default(account) if startswith(account.email, "${data.google_compute_default_service_account.")

by_default(account) if endswith(account.email, "-compute@developer.gserviceaccount.com")
