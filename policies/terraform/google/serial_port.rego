# METADATA
# title: Interactive serial consoles are off
# description: |
#   The serial console of an instance answers every address on the Internet and knows no
#   firewall rule; an SSH key of the project or the instance is all it asks for.
# related_resources:
#   - description: Troubleshooting using the serial console
#     ref: https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-using-serial-console
# custom:
#   id: GCP0024
#   severity: medium
#   remediation: |
#     Drop serial-port-enable from metadata, and set it for the time of a repair only.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["4.5"]
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.google.serial_port

import future.keywords.not

on := {true, 1, "TRUE", "True", "Y", "y", "YES", "Yes", "yes"}

subject contains ["google_compute_instance", a] if some a, _ in input.google_compute_instance

subject contains ["google_compute_instance_template", a] if some a, _ in input.google_compute_instance_template

subject contains ["google_compute_region_instance_template", a] if some a, _ in input.google_compute_region_instance_template

subject contains ["google_compute_project_metadata", a] if some a, _ in input.google_compute_project_metadata

subject contains ["google_compute_project_metadata_item", a] if {
	some a, item in input.google_compute_project_metadata_item
	item.key == "serial-port-enable"
}

fail contains {"path": ["google_compute_instance", a, "metadata", "serial-port-enable"], "want": false} if {
	some a, r in input.google_compute_instance
	r.metadata["serial-port-enable"] in on
}

fail contains {"path": ["google_compute_instance_template", a, "metadata", "serial-port-enable"], "want": false} if {
	some a, r in input.google_compute_instance_template
	r.metadata["serial-port-enable"] in on
}

fail contains {"path": ["google_compute_region_instance_template", a, "metadata", "serial-port-enable"], "want": false} if {
	some a, r in input.google_compute_region_instance_template
	r.metadata["serial-port-enable"] in on
}

fail contains {"path": ["google_compute_project_metadata", a, "metadata", "serial-port-enable"], "want": false} if {
	some a, r in input.google_compute_project_metadata
	r.metadata["serial-port-enable"] in on
}

fail contains {"path": ["google_compute_project_metadata_item", a, "value"], "want": false} if {
	some a, item in input.google_compute_project_metadata_item
	item.value in on
}
