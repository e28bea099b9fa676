package fixes

import (
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// showsSecret tells whether a diff with so many lines of context shows a line that
// may hold a secret.
func (r *Repository) showsSecret(edits []edit, context int) bool {
	return r.secret != nil && slices.ContainsFunc(edits, func(e edit) bool {
		lines := e.file.lines()
		from, to := max(0, e.line-context), min(len(lines), e.line+len(e.old)+context)
		for i := from; i < to; i++ {
			beside := i < e.line || i >= e.line+len(e.old)
			if r.namesSecret(lines[i]) || beside && r.secretLines(e.file)[i] {
				return true
			}
		}
		return false
	})
}

// namesSecret tells whether a word of a line, other than the first of a block, is the
// name of a secret: an attribute, a key, a variable of a script, a word of a comment.
func (r *Repository) namesSecret(line string) bool {
	text := strings.TrimSpace(line)
	if strings.HasSuffix(text, "{") && !strings.ContainsAny(text, "=:") {
		return false
	}
	words := strings.FieldsFunc(text, func(c rune) bool { return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return slices.ContainsFunc(words, r.secret)
}

// secretLines returns, by number from 0, the lines of what is a secret by its name
// or by that of the variable that it is the default of, and those of heredocs, in
// which scripts and keys are.
func (r *Repository) secretLines(f *file) map[int]bool {
	if f.secrets != nil {
		return f.secrets
	}
	f.secrets = map[int]bool{}
	mark := func(at hcl.Range) {
		for i := at.Start.Line; i <= at.End.Line; i++ {
			f.secrets[i-1] = true
		}
	}
	parsed, _ := hclsyntax.ParseConfig(f.text, f.name, hcl.InitialPos)
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return f.secrets
	}
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.Attribute:
			if r.secret(n.Name) {
				mark(n.Range())
			}
		case *hclsyntax.Block:
			if (n.Type == "variable" || n.Type == "output") && len(n.Labels) == 1 && r.secret(n.Labels[0]) {
				mark(n.Range())
			}
		case *hclsyntax.ObjectConsExpr:
			for _, item := range n.Items {
				if key, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && key.Type().FriendlyName() == "string" && key.IsKnown() && !key.IsNull() && r.secret(key.AsString()) {
					mark(hcl.RangeBetween(item.KeyExpr.Range(), item.ValueExpr.Range()))
				}
			}
		case *hclsyntax.TemplateExpr:
			if at := n.Range(); at.End.Line > at.Start.Line {
				mark(at)
			}
		}
		return nil
	})
	return f.secrets
}
