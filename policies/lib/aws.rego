# METADATA
# description: Functions that the controls for AWS share.
package lib.aws

import future.keywords.not

# reaches is true of a security group's rule that covers a TCP port. It takes an
# inline block or a rule resource.
reaches(rule, _) if rule.protocol == -1

reaches(rule, _) if lower(rule.protocol) == "all"

reaches(rule, _) if rule.ip_protocol == -1

reaches(rule, _) if lower(rule.ip_protocol) == "all"

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
	not idle(lower(test))
	some key, values in keys
	not lower(key) in tells_nothing
	not anything(values)
}

# idle is true of a test that says who is kept out, or that a caller passes by sending
# no such key at all.
idle(test) if contains(test, "not")

idle(test) if startswith(test, "forallvalues:")

idle(test) if endswith(test, "ifexists")

idle("null")

# Keys that anyone can meet, whoever they are.
tells_nothing := {
	"aws:currenttime", "aws:epochtime", "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:referer",
	"aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:securetransport", "aws:tokenissuetime",
	"aws:useragent", "kms:viaservice", "s3:resourceaccount",
	"s3:authtype", "s3:delimiter", "s3:max-keys", "s3:prefix", "s3:signatureversion", "s3:tlsversion",
	"s3:x-amz-acl", "s3:x-amz-content-sha256", "s3:x-amz-server-side-encryption",
}

anything(values) if anyone(values)

anything(values) if {
	some value in values
	anyone(value)
}

anyone("*")

anyone(value) if data.lib.internet(value)

# An ARN that names neither an account nor a resource.
anyone(value) if regex.match(`^arn:[^:]*:[^:]*:[^:]*:\**:\*$`, value)

# An account's number is all stars, and the name of the role is the caller's to choose.
anyone(value) if regex.match(`^arn:[^:]*:(iam|sts)::\*:`, value)

# administrator is true of a statement that allows every action on everything.
administrator(statement) if {
	statement.Effect == "Allow"
	everything(statement)
	not conditional(statement)
	some action in statement.Action
	action in {"*", "*:*"}
}

everything(statement) if "*" in statement.Resource

everything(statement) if statement.NotResource

# conditional is true of a statement with a condition that a request may fail to meet.
conditional(statement) if {
	some keys in statement.Condition
	some key, _ in keys
	not lower(key) in {"aws:referer", "aws:securetransport", "aws:useragent"}
}

# grants is true of a statement that allows an action, which is written in small
# letters.
grants(statement, action) if {
	statement.Effect == "Allow"
	some pattern in statement.Action
	glob.match(lower(pattern), null, action)
}

grants(statement, action) if {
	statement.Effect == "Allow"
	statement.NotAction
	not excepts(statement, action)
}

excepts(statement, action) if {
	some pattern in statement.NotAction
	glob.match(lower(pattern), null, action)
}

# managed_administrator is true of the ARN of AWS's policy for administrators, in any
# partition.
managed_administrator(arn) if endswith(arn, ":iam::aws:policy/AdministratorAccess")
