# METADATA
# title: HTTP load balancers redirect to HTTPS
# description: |
#   What a load balancer serves over HTTP can be read and changed by anyone on the way:
#   session cookies, passwords, pages.
# related_resources:
#   - description: Set up an HTTP-to-HTTPS redirect
#     ref: https://cloud.google.com/load-balancing/docs/https/setting-up-http-https-redirect
# custom:
#   id: GCP0027
#   severity: medium
#   remediation: |
#     Give the HTTP proxy a google_compute_url_map of its own, whose
#     default_url_redirect has https_redirect = true, and serve from an HTTPS proxy.
#   references:
#     nist-800-53-r5: ["SC-8"]
package policies.terraform.google.http_proxy

import future.keywords.not

# A proxy is public where a global forwarding rule for external traffic leads to it.
subject contains ["google_compute_target_http_proxy", a] if {
	some f, rule in input.google_compute_global_forwarding_rule
	not rule.load_balancing_scheme in {"INTERNAL_MANAGED", "INTERNAL_SELF_MANAGED"}
	some a in input.references.google_compute_global_forwarding_rule[f].target
	input.google_compute_target_http_proxy[a]
}

fail contains {"subject": ["google_compute_target_http_proxy", a], "path": ["google_compute_url_map", m, "default_url_redirect", 0, "https_redirect"], "want": true} if {
	some a, _ in input.google_compute_target_http_proxy
	some m in input.references.google_compute_target_http_proxy[a].url_map
	input.google_compute_url_map[m]
	not redirects(input.google_compute_url_map[m])
}

redirects(map) if {
	some redirect in map.default_url_redirect
	redirect.https_redirect == true
}

# Some redirect by their path matchers instead.
redirects(map) if {
	some matcher in map.path_matcher
	some redirect in matcher.default_url_redirect
	redirect.https_redirect == true
}
