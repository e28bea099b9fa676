package terraform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"merlon/compliance"
)

// sourceOf turns a range into a source.
func sourceOf(r hcl.Range) compliance.Source {
	if option, ok := strings.CutPrefix(r.Filename, commandLine); ok {
		return compliance.Source{Command: option}
	}
	end := r.End.Line
	if r.End.Column == 1 && end > r.Start.Line {
		end-- // the range ends with its last line's newline
	}
	return compliance.Source{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column, EndLine: max(end, r.Start.Line)}
}

// place writes a range for a message: "main.tf:12".
func place(r hcl.Range) string {
	r.Filename = strings.TrimPrefix(r.Filename, commandLine)
	if r.Start.Line == 0 {
		return r.Filename
	}
	return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line)
}

// located is a source within an instance of a module: with the place that decided
// first among those that led there (where it is another), then the module blocks,
// nearest first. What lies in an installed module, which is no part of the
// repository, is shown at the block that calls it.
func (in *instance) located(at hcl.Range, decided *hcl.Range) compliance.Source {
	s := sourceOf(at)
	var via []compliance.Source
	if decided != nil && *decided != at {
		via = append(via, sourceOf(*decided))
	}
	if in.anchor == nil {
		if s.Via = in.via; via != nil {
			s.Via = slices.Concat(via, in.via)
		}
		return s
	}
	anchored := *in.anchor
	if !s.IsZero() {
		via = append(via, s)
	}
	anchored.Via = slices.Concat(via, in.anchor.Via)
	return anchored
}

// An origin is the expression that a value comes from unchanged: a literal, where
// names lead to one.
type origin struct {
	x hclsyntax.Expression // nil where it is lost
	s scope
	// at is where that was written, if somewhere else than where the search began.
	at *hcl.Range
}

// maxHops bounds how many names are followed.
const maxHops = 32

// trace follows names from an expression to where its value was written.
func (e *evaluation) trace(x hclsyntax.Expression, s scope, hops int) origin {
	o := origin{x: x, s: s}
	if hops > maxHops {
		return o
	}
	switch x := x.(type) {
	case *hclsyntax.ParenthesesExpr:
		return e.trace(x.Expression, s, hops+1)
	case *hclsyntax.TemplateWrapExpr:
		return e.trace(x.Wrapped, s, hops+1)
	case *hclsyntax.FunctionCallExpr:
		switch x.Name {
		case "jsonencode", "tolist", "toset", "tomap", "sensitive", "nonsensitive":
			if len(x.Args) > 0 && !x.ExpandFinal {
				return e.trace(x.Args[0], s, hops+1)
			}
		}
	case *hclsyntax.ConditionalExpr:
		cond, _ := settle(e.eval(x.Condition, s)).Unmark()
		if cond, err := convert.Convert(cond, cty.Bool); err == nil && cond.IsKnown() && !cond.IsNull() {
			if cond.True() {
				return e.trace(x.TrueResult, s, hops+1)
			}
			return e.trace(x.FalseResult, s, hops+1)
		}
	case *hclsyntax.ScopeTraversalExpr:
		return e.traceName(o, x.Traversal, hops)
	case *hclsyntax.RelativeTraversalExpr:
		return e.pickAll(e.trace(x.Source, s, hops+1), x.Traversal, hops)
	}
	return o
}

func (e *evaluation) traceName(o origin, t hcl.Traversal, hops int) origin {
	if b, ok := o.s.lookup(t.RootName()); ok {
		if b.from != nil && step(t, 1) == "value" {
			return e.pickAll(e.traceElement(b.from, hops), t[2:], hops)
		}
		return o
	}
	in, name := o.s.in, step(t, 1)
	if in == nil || name == "" {
		return o
	}
	switch t.RootName() {
	case "local":
		if a, ok := in.mod.locals[name]; ok {
			return e.pickAll(e.follow(a, in.scope(), hops), t[2:], hops)
		}
	case "var":
		if decl, ok := in.mod.inputs[name]; ok {
			if a, s := in.definition(e, decl, name); a != nil {
				return e.pickAll(e.follow(a, s, hops), t[2:], hops)
			}
		}
	case "each":
		if name == "value" && o.s.each != nil && o.s.each.from != nil {
			return e.pickAll(e.traceElement(o.s.each, hops), t[2:], hops)
		}
	case "module":
		x := in.moduleOf(e, name)
		out := step(t, 2)
		if x.unknown == nil && x.maybe == nil && x.keys == nil && out != "" && x.items[0].mod != nil {
			child := x.items[0]
			if b, ok := child.mod.outputs[out]; ok && b.Body.Attributes["value"] != nil {
				return e.pickAll(e.follow(b.Body.Attributes["value"], child.scope(), hops), t[3:], hops)
			}
		}
	case "data":
		x := in.resourceOf(e, "data."+name+"."+step(t, 2))
		if name == "aws_iam_policy_document" && x.unknown == nil && x.keys == nil && len(x.items) == 1 {
			at := x.items[0].block.DefRange()
			return origin{s: x.items[0].scope(), at: &at}
		}
	}
	return o
}

// follow goes on from a definition.
func (e *evaluation) follow(a *hclsyntax.Attribute, s scope, hops int) origin {
	o := e.trace(a.Expr, s, hops+1)
	if o.at == nil {
		at := a.SrcRange
		o.at = &at
	}
	return o
}

// traceElement finds the item of a literal that for_each repeats for.
func (e *evaluation) traceElement(r *repetition, hops int) origin {
	o := e.trace(r.from, r.in, hops+1)
	key, _ := r.key.Unmark()
	if !key.IsKnown() || key.IsNull() {
		return origin{at: o.at}
	}
	if list, ok := o.x.(*hclsyntax.TupleConsExpr); ok && key.Type() == cty.String {
		for _, item := range list.Exprs { // of a set
			if v, err := e.eval(item, o.s); err == nil {
				if raw, _ := v.Unmark(); raw.RawEquals(key) {
					return e.item(item, item.Range(), o.s, hops)
				}
			}
		}
		return origin{at: o.at}
	}
	return e.pick(o, key, hops)
}

func (e *evaluation) pickAll(o origin, steps hcl.Traversal, hops int) origin {
	for _, st := range steps {
		switch st := st.(type) {
		case hcl.TraverseAttr:
			o = e.pick(o, cty.StringVal(st.Name), hops)
		case hcl.TraverseIndex:
			o = e.pick(o, st.Key, hops)
		default:
			return origin{at: o.at}
		}
	}
	return o
}

// pick finds an item of a literal.
func (e *evaluation) pick(o origin, key cty.Value, hops int) origin {
	switch x := o.x.(type) {
	case *hclsyntax.ObjectConsExpr:
		if key, err := convert.Convert(key, cty.String); err == nil {
			for _, item := range x.Items {
				if name, err := e.eval(item.KeyExpr, o.s); err == nil && isText(name, key.AsString()) {
					return e.item(item.ValueExpr, hcl.RangeBetween(item.KeyExpr.Range(), item.ValueExpr.Range()), o.s, hops)
				}
			}
		}
	case *hclsyntax.TupleConsExpr:
		if key.Type() == cty.Number {
			if i, _ := key.AsBigFloat().Int64(); i >= 0 && i < int64(len(x.Exprs)) {
				item := x.Exprs[i]
				return e.item(item, item.Range(), o.s, hops)
			}
		}
	}
	return origin{at: o.at}
}

func (e *evaluation) item(x hclsyntax.Expression, at hcl.Range, s scope, hops int) origin {
	o := e.trace(x, s, hops+1)
	if o.at == nil {
		o.at = &at
	}
	return o
}

func isText(v cty.Value, want string) bool {
	v, _ = v.Unmark()
	return v.IsKnown() && !v.IsNull() && v.Type() == cty.String && v.AsString() == want
}
