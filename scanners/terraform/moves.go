package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"merlon/compliance"
)

// readMove returns what a moved block says: both addresses are those within its
// module. ok is false for one that Terraform would refuse.
func readMove(b *hclsyntax.Block) (m compliance.Move, ok bool) {
	from, ok1 := addressOf(b.Body.Attributes["from"])
	to, ok2 := addressOf(b.Body.Attributes["to"])
	return compliance.Move{From: from, To: to}, ok1 && ok2
}

// addressOf returns the address that an attribute names, as documents write it.
func addressOf(a *hclsyntax.Attribute) (string, bool) {
	if a == nil {
		return "", false
	}
	t, diags := hcl.AbsTraversalForExpr(a.Expr)
	if diags.HasErrors() {
		return "", false
	}
	var out strings.Builder
	for _, step := range t {
		switch x := step.(type) {
		case hcl.TraverseRoot:
			out.WriteString(x.Name)
		case hcl.TraverseAttr:
			out.WriteString("." + x.Name)
		case hcl.TraverseIndex:
			key, ok := instanceKey(x.Key)
			if !ok {
				return "", false
			}
			out.WriteString(key)
		default:
			return "", false
		}
	}
	return out.String(), true
}

func instanceKey(v cty.Value) (string, bool) {
	text, err := convert.Convert(v, cty.String)
	if err != nil || !text.IsWhollyKnown() || text.IsNull() {
		return "", false
	}
	if v.Type() == cty.String {
		return `["` + text.AsString() + `"]`, true
	}
	return "[" + text.AsString() + "]", true
}

// moves records what the blocks of in's module say, by addresses of the whole.
func (x *extraction) moves(in *instance) {
	prefix := ""
	if in.address != "" {
		prefix = in.address + "."
	}
	for _, m := range in.mod.moves {
		x.doc.Moves = append(x.doc.Moves, compliance.Move{From: prefix + m.From, To: prefix + m.To})
	}
}
