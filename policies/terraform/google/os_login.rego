# METADATA
# title: OS Login is not switched off
# description: |
#   With OS Login, IAM decides who may log in, with a second factor and an audit trail,
#   and access ends with the account. Switched off here, SSH keys in metadata decide, which
#   nobody takes away.
# related_resources:
#   - description: About OS Login
#     ref: https://cloud.google.com/compute/docs/oslogin
# custom:
#   id: GCP0031
#   severity: low
#   remediation: |
#     Set enable-oslogin to "TRUE" in the project's metadata, and drop it from the
#     instance's.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["4.4"]
#     nist-800-53-r5: ["IA-2"]
package policies.terraform.google.os_login

import future.keywords.not

off := {false, 0, "FALSE", "False", "N", "n", "NO", "No", "no"}

subject contains ["google_compute_instance", a] if {
	some a, r in input.google_compute_instance
	some "enable-oslogin", _ in r.metadata
}

subject contains ["google_compute_instance_template", a] if {
	some a, r in input.google_compute_instance_template
	some "enable-oslogin", _ in r.metadata
}

subject contains ["google_compute_project_metadata", a] if some a, _ in input.google_compute_project_metadata

subject contains ["google_compute_project_metadata_item", a] if {
	some a, item in input.google_compute_project_metadata_item
	item.key == "enable-oslogin"
}

fail contains {"path": ["google_compute_instance", a, "metadata", "enable-oslogin"], "want": true} if {
	some a, r in input.google_compute_instance
	r.metadata["enable-oslogin"] in off
}

fail contains {"path": ["google_compute_instance_template", a, "metadata", "enable-oslogin"], "want": true} if {
	some a, r in input.google_compute_instance_template
	r.metadata["enable-oslogin"] in off
}

fail contains {"path": ["google_compute_project_metadata", a, "metadata", "enable-oslogin"], "want": true} if {
	some a, r in input.google_compute_project_metadata
	r.metadata["enable-oslogin"] in off
}

fail contains {"path": ["google_compute_project_metadata_item", a, "value"], "want": true} if {
	some a, item in input.google_compute_project_metadata_item
	item.value in off
}
