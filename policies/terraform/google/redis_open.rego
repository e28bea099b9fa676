# METADATA
# title: Memorystore for Redis asks for a password
# description: |
#   An instance without AUTH gives every machine and pod that reaches its network all it
#   holds: sessions, tokens, queues.
# related_resources:
#   - description: About AUTH for Memorystore for Redis
#     ref: https://cloud.google.com/memorystore/docs/redis/about-redis-auth
# custom:
#   id: GCP0028
#   severity: medium
#   remediation: |
#     Set auth_enabled = true, and transit_encryption_mode = "SERVER_AUTHENTICATION" so
#     that the password does not travel in the clear.
#   fix: {set: want}
#   references:
#     nist-800-53-r5: ["IA-2"]
package policies.terraform.google.redis_open

import future.keywords.not

subject contains ["google_redis_instance", a] if some a, _ in input.google_redis_instance

fail contains {"path": ["google_redis_instance", a, "auth_enabled"], "want": true} if {
	some a, redis in input.google_redis_instance
	not redis.auth_enabled == true
}
