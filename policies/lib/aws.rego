# METADATA
# description: Functions that the controls for AWS share.
package lib.aws

import future.keywords.not

# reaches is true of a security group's rule that covers a TCP port. It takes an
# inline block or a rule resource.
reaches(rule, _) if rule.protocol in {-1, "all"}

reaches(rule, _) if rule.ip_protocol in {-1, "all"}

reaches(rule, port) if {
	tcp(rule)
	rule.from_port <= port
	port <= rule.to_port
}

# The whole range may be written as -1 in a rule resource.
reaches(rule, _) if {
	tcp(rule)
	rule.from_port == -1
}

tcp(rule) if lower(rule.protocol) == "tcp"

tcp(rule) if lower(rule.ip_protocol) == "tcp"

tcp(rule) if rule.protocol == 6

tcp(rule) if rule.ip_protocol == 6

# public is true of a statement by which anyone at all may act: it allows everyone,
# and no condition narrows that down.
public(statement) if {
	statement.Effect == "Allow"
	everyone(statement)
	not narrowed(statement)
}

everyone(statement) if {
	some kind in ["*", "AWS"]
	"*" in statement.Principal[kind]
}

everyone(statement) if statement.NotPrincipal

# narrowed is true of a statement with a condition that tells callers apart.
narrowed(statement) if {
	some test, keys in statement.Condition
	not contains(lower(test), "not")
	some key, values in keys
	not lower(key) in tells_nothing
	not anything(values)
}

# Keys that anyone can meet, whoever they are.
tells_nothing := {
	"aws:currenttime", "aws:epochtime", "aws:referer", "aws:requestedregion", "aws:securetransport", "aws:useragent",
	"s3:authtype", "s3:delimiter", "s3:max-keys", "s3:prefix", "s3:signatureversion", "s3:tlsversion",
	"s3:x-amz-acl", "s3:x-amz-content-sha256", "s3:x-amz-server-side-encryption",
}

anything(values) if values in {"*", "0.0.0.0/0", "::/0"}

anything(values) if {
	some value in values
	value in {"*", "0.0.0.0/0", "::/0"}
}

# administrator is true of a statement that allows every action on everything.
administrator(statement) if {
	statement.Effect == "Allow"
	some action in statement.Action
	action in {"*", "*:*"}
	"*" in statement.Resource
	not statement.Condition
}

# grants is true of a statement that allows an action, which is written in small
# letters.
grants(statement, action) if {
	statement.Effect == "Allow"
	some pattern in statement.Action
	glob.match(lower(pattern), null, action)
}

# managed_administrator is true of the ARN of AWS's policy for administrators, in any
# partition.
managed_administrator(arn) if endswith(arn, ":iam::aws:policy/AdministratorAccess")
