# METADATA
# title: Roles for CI tokens name the repositories that may assume them
# description: |
#   GitHub, GitLab.com, HCP Terraform and Buildkite sign tokens for every customer they
#   have. A role that trusts such an issuer and does not look at the token's subject can be
#   assumed from a job in anybody's repository.
# related_resources:
#   - description: Configuring OpenID Connect in Amazon Web Services
#     ref: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
# custom:
#   id: AWS0016
#   severity: critical
#   remediation: |
#     Add a condition on the issuer's :sub that names the organisation and the repository:
#     token.actions.githubusercontent.com:sub = "repo:acme/site:ref:refs/heads/main",
#     gitlab.com:sub = "project_path:acme/site:ref_type:branch:ref:main".
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.aws.role_trust_github

import future.keywords.not

import data.lib.aws

issuers := ["agent.buildkite.com", "app.terraform.io", "gitlab.com", "token.actions.githubusercontent.com"]

subject contains ["aws_iam_role", a] if {
	some a, role in input.aws_iam_role
	some statement in role.assume_role_policy.Statement
	names_issuer(statement)
}

subject contains ["aws_iam_role", a] if {
	some a, _ in input.aws_iam_role
	a in trusting
}

fail contains {"path": ["aws_iam_role", a, "assume_role_policy", "Statement", i, "Condition"], "want": "a condition on the token's subject that names the repository"} if {
	some a, role in input.aws_iam_role
	some i, statement in role.assume_role_policy.Statement
	statement.Effect == "Allow"
	names_issuer(statement)
	not bound(statement)
}

fail contains {"path": ["aws_iam_role", a, "assume_role_policy", "Statement", i, "Condition"], "want": "a condition on the token's subject that names the repository"} if {
	some a, role in input.aws_iam_role
	a in trusting
	some i, statement in role.assume_role_policy.Statement
	statement.Effect == "Allow"
	aws.grants(statement, "sts:assumerolewithwebidentity")
	not bound(statement)
}

names_issuer(statement) if {
	some who in statement.Principal.Federated
	shared(who)
}

# trusting are roles whose trust policy refers to such a provider in this tree.
trusting contains a if {
	some a, _ in input.aws_iam_role
	some p in input.references.aws_iam_role[a].assume_role_policy
	shared(input.aws_iam_openid_connect_provider[p].url)
}

# shared is true of an issuer, or of the ARN of its provider.
shared(issuer) if {
	some name in issuers
	endswith(issuer, name)
	not endswith(issuer, concat("", ["-", name]))
	not endswith(issuer, concat("", [".", name]))
}

# bound is true of a statement that looks at who the token was made for.
bound(statement) if {
	some test, keys in statement.Condition
	not contains(lower(test), "not")
	some key, values in keys
	tells_repository(lower(key))
	not anyone(values)
}

tells_repository(key) if regex.match(`:(sub|job_workflow_ref|(repository|repository_owner|namespace|project)(_id|_path)?)$`, key)

anyone(values) if open_subject(values)

anyone(values) if {
	some value in values
	open_subject(value)
}

# A star before the organisation's name has ended lets others choose one that fits.
open_subject(value) if regex.match(`^((repo|project_path|organization):)?[^/:]*[*?]`, value)
