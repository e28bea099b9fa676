# METADATA
# title: Search domains outside a VPC ask who calls them
# description: |
#   An OpenSearch or Elasticsearch domain outside a VPC, whose access policy lets everyone
#   in and which has no user database of its own, is a database on the Internet without a
#   password.
# related_resources:
#   - description: Identity and Access Management in Amazon OpenSearch Service
#     ref: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html
# custom:
#   id: AWS0021
#   severity: critical
#   remediation: |
#     Put the domain into a VPC with vpc_options, name the principals in the access policy,
#     or enable advanced_security_options with an internal user database or SAML.
#   references:
#     nist-800-53-r5: ["AC-3", "SC-7"]
package policies.terraform.aws.search_domain_open

import future.keywords.not

import data.lib.aws

subject contains ["aws_opensearch_domain", a] if some a, _ in input.aws_opensearch_domain

subject contains ["aws_elasticsearch_domain", a] if some a, _ in input.aws_elasticsearch_domain

fail contains {"path": ["aws_opensearch_domain", a, "access_policies", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, domain in input.aws_opensearch_domain
	some i, statement in domain.access_policies.Statement
	aws.public(statement)
	not guarded(domain)
}

fail contains {"path": ["aws_elasticsearch_domain", a, "access_policies", "Statement", i, "Principal"], "want": "named principals, or a condition that tells callers apart"} if {
	some a, domain in input.aws_elasticsearch_domain
	some i, statement in domain.access_policies.Statement
	aws.public(statement)
	not guarded(domain)
}

fail contains {
	"subject": ["aws_opensearch_domain", a],
	"path": ["aws_opensearch_domain_policy", p, "access_policies", "Statement", i, "Principal"],
	"want": "named principals, or a condition that tells callers apart",
} if {
	some a, domain in input.aws_opensearch_domain
	some p, policy in input.aws_opensearch_domain_policy
	a in input.references.aws_opensearch_domain_policy[p].domain_name
	some i, statement in policy.access_policies.Statement
	aws.public(statement)
	not guarded(domain)
}

fail contains {
	"subject": ["aws_elasticsearch_domain", a],
	"path": ["aws_elasticsearch_domain_policy", p, "access_policies", "Statement", i, "Principal"],
	"want": "named principals, or a condition that tells callers apart",
} if {
	some a, domain in input.aws_elasticsearch_domain
	some p, policy in input.aws_elasticsearch_domain_policy
	a in input.references.aws_elasticsearch_domain_policy[p].domain_name
	some i, statement in policy.access_policies.Statement
	aws.public(statement)
	not guarded(domain)
}

guarded(domain) if {
	some _ in domain.vpc_options
}

guarded(domain) if {
	some options in domain.advanced_security_options
	options.enabled == true
	not options.anonymous_auth_enabled == true
}
