# METADATA
# title: Public DNS zones are signed
# description: |
#   Answers of an unsigned zone can be forged on the way to a resolver, which sends visitors
#   and mail elsewhere.
# related_resources:
#   - description: DNS Security Extensions (DNSSEC) overview
#     ref: https://cloud.google.com/dns/docs/dnssec
# custom:
#   id: GCP0032
#   severity: low
#   remediation: |
#     Set state = "on" in dnssec_config, and give the registrar the DS record.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["3.3"]
#     nist-800-53-r5: ["SC-20"]
package policies.terraform.google.dnssec

import future.keywords.not

# A zone is public unless the configuration says otherwise.
subject contains ["google_dns_managed_zone", a] if {
	some a, zone in input.google_dns_managed_zone
	not zone.visibility == "private"
}

fail contains {"path": ["google_dns_managed_zone", a, "dnssec_config", 0, "state"], "want": "on"} if {
	some a, zone in input.google_dns_managed_zone
	not zone.dnssec_config[0].state in {"on", "transfer"}
}
