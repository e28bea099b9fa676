# METADATA
# title: Load balancers, API domains and search domains refuse TLS below 1.2
# description: |
#   TLS 1.0 and 1.1 let an attacker on the way downgrade a connection to ciphers that can
#   be broken. A listener without ssl_policy gets ELBSecurityPolicy-2016-08, which still
#   speaks both.
# related_resources:
#   - description: Security policies for your Application Load Balancer
#     ref: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
# custom:
#   id: AWS0027
#   severity: medium
#   remediation: |
#     Set ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06" on the listener,
#     security_policy = "TLS_1_2" on the API's domain name, tls_security_policy =
#     "Policy-Min-TLS-1-2-PFS-2023-10" on the search domain.
#   fix: {set: want}
#   references:
#     nist-800-53-r5: ["SC-8"]
package policies.terraform.aws.tls_policy

import future.keywords.not

weak := {
	"ELBSecurityPolicy-2015-05", "ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-FS-1-1-2019-08", "ELBSecurityPolicy-FS-2018-06",
	"ELBSecurityPolicy-TLS-1-0-2015-04", "ELBSecurityPolicy-TLS-1-1-2017-01", "ELBSecurityPolicy-TLS13-1-0-2021-06",
	"ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04", "ELBSecurityPolicy-TLS13-1-1-2021-06", "ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04",
}

subject contains ["aws_lb_listener", a] if {
	some a, listener in input.aws_lb_listener
	listener.protocol in {"HTTPS", "TLS"}
}

subject contains ["aws_alb_listener", a] if {
	some a, listener in input.aws_alb_listener
	listener.protocol in {"HTTPS", "TLS"}
}

subject contains ["aws_api_gateway_domain_name", a] if some a, _ in input.aws_api_gateway_domain_name

subject contains ["aws_opensearch_domain", a] if some a, _ in input.aws_opensearch_domain

subject contains ["aws_elasticsearch_domain", a] if some a, _ in input.aws_elasticsearch_domain

fail contains {"path": ["aws_lb_listener", a, "ssl_policy"], "want": "ELBSecurityPolicy-TLS13-1-2-2021-06"} if {
	some a, listener in input.aws_lb_listener
	old(listener)
}

fail contains {"path": ["aws_alb_listener", a, "ssl_policy"], "want": "ELBSecurityPolicy-TLS13-1-2-2021-06"} if {
	some a, listener in input.aws_alb_listener
	old(listener)
}

fail contains {"path": ["aws_api_gateway_domain_name", a, "security_policy"], "want": "TLS_1_2"} if {
	some a, domain in input.aws_api_gateway_domain_name
	domain.security_policy == "TLS_1_0"
}

fail contains {"path": ["aws_opensearch_domain", a, "domain_endpoint_options", i, "tls_security_policy"], "want": "Policy-Min-TLS-1-2-PFS-2023-10"} if {
	some a, domain in input.aws_opensearch_domain
	some i, options in domain.domain_endpoint_options
	options.tls_security_policy == "Policy-Min-TLS-1-0-2019-07"
}

fail contains {"path": ["aws_elasticsearch_domain", a, "domain_endpoint_options", i, "tls_security_policy"], "want": "Policy-Min-TLS-1-2-2019-07"} if {
	some a, domain in input.aws_elasticsearch_domain
	some i, options in domain.domain_endpoint_options
	options.tls_security_policy == "Policy-Min-TLS-1-0-2019-07"
}

old(listener) if listener.ssl_policy in weak

old(listener) if not listener.ssl_policy
