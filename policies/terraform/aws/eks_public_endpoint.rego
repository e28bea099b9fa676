# METADATA
# title: The API endpoints of EKS clusters are closed to the Internet
# description: |
#   With the endpoint open to every address, a leaked token or kubeconfig works from
#   anywhere, and so does the next flaw in the API server. This is the default.
# related_resources:
#   - description: Cluster API server endpoint
#     ref: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
# custom:
#   id: AWS0030
#   severity: medium
#   remediation: |
#     Set endpoint_public_access = false and endpoint_private_access = true in vpc_config,
#     or list the addresses that need access in public_access_cidrs.
#   fix: {set: {endpoint_public_access: false, endpoint_private_access: true}}
#   references:
#     nist-800-53-r5: ["SC-7"]
package policies.terraform.aws.eks_public_endpoint

import future.keywords.not

import data.lib

subject contains ["aws_eks_cluster", a] if some a, _ in input.aws_eks_cluster

fail contains {"path": ["aws_eks_cluster", a, "vpc_config", i, "endpoint_public_access"], "want": false} if {
	some a, cluster in input.aws_eks_cluster
	some i, vpc in cluster.vpc_config
	not vpc.endpoint_public_access == false
	not limited(vpc)
}

fail contains {"path": ["aws_eks_cluster", a, "vpc_config", i, "public_access_cidrs", j], "want": "the addresses that need access"} if {
	some a, cluster in input.aws_eks_cluster
	some i, vpc in cluster.vpc_config
	not vpc.endpoint_public_access == false
	some j, cidr in vpc.public_access_cidrs
	lib.internet(cidr)
}

limited(vpc) if {
	some _ in vpc.public_access_cidrs
}
