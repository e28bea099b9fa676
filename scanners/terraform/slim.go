package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// slim makes the syntax trees of what a module keeps smaller, with the same meaning
// and places: the parser wraps every plain string in a template, every key of an
// object in a reference, and a tree is some twenty times its source.
func (m *module) slim() {
	for _, table := range []map[string]*hclsyntax.Block{m.outputs, m.calls, m.resources} {
		for _, b := range table {
			slimBody(b.Body)
		}
	}
	for _, b := range m.providers {
		slimBody(b.Body)
	}
	for _, a := range m.locals {
		a.Expr = slim(a.Expr)
	}
	for _, v := range m.inputs {
		if v.fallback != nil {
			v.fallback.Expr = slim(v.fallback.Expr)
		}
	}
	m.variables = nil // inputs has what counts in them
	for _, b := range m.outputs {
		for name := range b.Body.Attributes {
			if name != "value" && name != "sensitive" {
				delete(b.Body.Attributes, name)
			}
		}
	}
}

func slimBody(b *hclsyntax.Body) {
	for _, a := range b.Attributes {
		a.Expr = slim(a.Expr)
	}
	for _, inner := range b.Blocks {
		slimBody(inner.Body)
	}
}

// slim returns an expression, or a smaller one of the same meaning, at the same place.
func slim(x hclsyntax.Expression) hclsyntax.Expression {
	switch x := x.(type) {
	case *hclsyntax.TemplateExpr:
		if len(x.Parts) == 1 {
			if l, ok := x.Parts[0].(*hclsyntax.LiteralValueExpr); ok {
				return &hclsyntax.LiteralValueExpr{Val: l.Val, SrcRange: x.SrcRange}
			}
		}
		slimAll(x.Parts)
	case *hclsyntax.TemplateWrapExpr:
		x.Wrapped = slim(x.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		x.Tuple = slim(x.Tuple)
	case *hclsyntax.ParenthesesExpr:
		x.Expression = slim(x.Expression)
	case *hclsyntax.ObjectConsKeyExpr:
		if word := hcl.ExprAsKeyword(x.Wrapped); word != "" && !x.ForceNonLiteral {
			return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(word), SrcRange: x.Range()}
		}
		x.Wrapped = slim(x.Wrapped)
	case *hclsyntax.ObjectConsExpr:
		for i := range x.Items {
			x.Items[i].KeyExpr, x.Items[i].ValueExpr = slim(x.Items[i].KeyExpr), slim(x.Items[i].ValueExpr)
		}
	case *hclsyntax.TupleConsExpr:
		slimAll(x.Exprs)
	case *hclsyntax.FunctionCallExpr:
		slimAll(x.Args)
	case *hclsyntax.ConditionalExpr:
		x.Condition, x.TrueResult, x.FalseResult = slim(x.Condition), slim(x.TrueResult), slim(x.FalseResult)
	case *hclsyntax.BinaryOpExpr:
		x.LHS, x.RHS = slim(x.LHS), slim(x.RHS)
	case *hclsyntax.UnaryOpExpr:
		x.Val = slim(x.Val)
	case *hclsyntax.IndexExpr:
		x.Collection, x.Key = slim(x.Collection), slim(x.Key)
	case *hclsyntax.SplatExpr:
		x.Source, x.Each = slim(x.Source), slim(x.Each)
	case *hclsyntax.RelativeTraversalExpr:
		x.Source = slim(x.Source)
	case *hclsyntax.ForExpr:
		x.CollExpr, x.ValExpr = slim(x.CollExpr), slim(x.ValExpr)
		if x.KeyExpr != nil {
			x.KeyExpr = slim(x.KeyExpr)
		}
		if x.CondExpr != nil {
			x.CondExpr = slim(x.CondExpr)
		}
	}
	return x
}

func slimAll(list []hclsyntax.Expression) {
	for i := range list {
		list[i] = slim(list[i])
	}
}
