# METADATA
# title: Roles for GitHub Actions name the repositories that may assume them
# description: |
#   GitHub signs tokens for every repository there is. A role that trusts GitHub's
#   provider and does not look at the token's subject can be assumed from a workflow in
#   anybody's repository.
# related_resources:
#   - description: Configuring OpenID Connect in Amazon Web Services
#     ref: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
# custom:
#   id: AWS0016
#   severity: critical
#   remediation: |
#     Add a condition on token.actions.githubusercontent.com:sub that names the
#     organisation and the repository, such as "repo:acme/site:ref:refs/heads/main".
#   references:
#     nist-800-53-r5: ["AC-3"]
package policies.terraform.aws.role_trust_github

import future.keywords.not

issuer := "token.actions.githubusercontent.com"

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
	"sts:AssumeRoleWithWebIdentity" in statement.Action
	not bound(statement)
}

names_issuer(statement) if {
	some who in statement.Principal.Federated
	endswith(who, issuer)
}

# trusting are roles whose trust policy refers to GitHub's provider in this tree.
trusting contains a if {
	some a, _ in input.aws_iam_role
	some p in input.references.aws_iam_role[a].assume_role_policy
	endswith(input.aws_iam_openid_connect_provider[p].url, issuer)
}

# bound is true of a statement that looks at who the token was made for.
bound(statement) if {
	some test, keys in statement.Condition
	not contains(lower(test), "not")
	some key, values in keys
	tells_repository(lower(key))
	not anyone(values)
}

tells_repository(key) if endswith(key, ":sub")

tells_repository(key) if endswith(key, ":repository")

tells_repository(key) if endswith(key, ":repository_owner")

tells_repository(key) if endswith(key, ":job_workflow_ref")

anyone(values) if regex.match(`^(repo:)?\*`, values)

anyone(values) if {
	some value in values
	regex.match(`^(repo:)?\*`, value)
}
