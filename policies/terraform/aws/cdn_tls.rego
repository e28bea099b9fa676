# METADATA
# title: CloudFront serves viewers over HTTPS with TLS 1.2 or newer
# description: |
#   Where a distribution answers plain HTTP, or speaks TLS 1.0 and 1.1, an attacker on the
#   way reads and changes what viewers send and get. A certificate of one's own without
#   minimum_protocol_version means TLS 1.0.
# related_resources:
#   - description: Supported protocols and ciphers between viewers and CloudFront
#     ref: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
# custom:
#   id: AWS0029
#   severity: medium
#   remediation: |
#     Set viewer_protocol_policy to "redirect-to-https" or "https-only" in every cache
#     behaviour, and minimum_protocol_version to "TLSv1.2_2021".
#   fix: {set: want}
#   references:
#     nist-800-53-r5: ["SC-8"]
package policies.terraform.aws.cdn_tls

import future.keywords.not

subject contains ["aws_cloudfront_distribution", a] if some a, _ in input.aws_cloudfront_distribution

fail contains {"path": ["aws_cloudfront_distribution", a, kind, i, "viewer_protocol_policy"], "want": "redirect-to-https"} if {
	some a, distribution in input.aws_cloudfront_distribution
	some kind in ["default_cache_behavior", "ordered_cache_behavior"]
	some i, behaviour in distribution[kind]
	behaviour.viewer_protocol_policy == "allow-all"
}

fail contains {"path": ["aws_cloudfront_distribution", a, "viewer_certificate", i, "minimum_protocol_version"], "want": "TLSv1.2_2021"} if {
	some a, distribution in input.aws_cloudfront_distribution
	some i, certificate in distribution.viewer_certificate
	not certificate.cloudfront_default_certificate == true
	not modern(certificate)
}

modern(certificate) if regex.match(`^TLSv1\.[23]_`, certificate.minimum_protocol_version)
