# METADATA
# title: HTTPS load balancers refuse TLS below 1.2
# description: |
#   TLS 1.0 and 1.1 let an attacker on the way downgrade a connection to ciphers that can
#   be broken. A proxy without an SSL policy, and a policy without min_tls_version, still
#   speak both.
# related_resources:
#   - description: SSL policies for SSL and TLS protocols
#     ref: https://cloud.google.com/load-balancing/docs/ssl-policies-concepts
# custom:
#   id: GCP0026
#   severity: medium
#   remediation: |
#     Declare a google_compute_ssl_policy with min_tls_version = "TLS_1_2" and profile =
#     "MODERN" or "RESTRICTED", and set it as the proxy's ssl_policy.
#   fix: {set: want}
#   references:
#     cis-gcp-v2.0.0: ["3.9"]
#     nist-800-53-r5: ["SC-8"]
package policies.terraform.google.proxy_tls

import future.keywords.not

subject contains ["google_compute_target_https_proxy", a] if some a, _ in input.google_compute_target_https_proxy

subject contains ["google_compute_target_ssl_proxy", a] if some a, _ in input.google_compute_target_ssl_proxy

fail contains {"path": ["google_compute_target_https_proxy", a, "ssl_policy"], "want": "a policy with min_tls_version TLS_1_2"} if {
	some a, proxy in input.google_compute_target_https_proxy
	not proxy.ssl_policy
	not refers(a)
}

fail contains {"subject": ["google_compute_target_https_proxy", a], "path": ["google_compute_ssl_policy", p, "min_tls_version"], "want": "TLS_1_2"} if {
	some a, _ in input.google_compute_target_https_proxy
	some p in input.references.google_compute_target_https_proxy[a].ssl_policy
	old(input.google_compute_ssl_policy[p])
}

fail contains {"path": ["google_compute_target_ssl_proxy", a, "ssl_policy"], "want": "a policy with min_tls_version TLS_1_2"} if {
	some a, proxy in input.google_compute_target_ssl_proxy
	not proxy.ssl_policy
	not refers_ssl(a)
}

fail contains {"subject": ["google_compute_target_ssl_proxy", a], "path": ["google_compute_ssl_policy", p, "min_tls_version"], "want": "TLS_1_2"} if {
	some a, _ in input.google_compute_target_ssl_proxy
	some p in input.references.google_compute_target_ssl_proxy[a].ssl_policy
	old(input.google_compute_ssl_policy[p])
}

refers(a) if {
	some _ in input.references.google_compute_target_https_proxy[a].ssl_policy
}

refers_ssl(a) if {
	some _ in input.references.google_compute_target_ssl_proxy[a].ssl_policy
}

old(policy) if {
	not policy.min_tls_version in {"TLS_1_2", "TLS_1_3"}
	not policy.profile == "RESTRICTED"
}
