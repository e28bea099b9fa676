//go:build tools

// Package tools pins the version of regal, which lints the policies. It is a
// module of its own: regal wants another version of opa than Merlon.
package tools

import _ "github.com/open-policy-agent/regal"
