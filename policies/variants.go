package policies

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A clause that calls a function is asked as a whole, or without the call. Where
// that leaves a doubt, the function's body is put in the call's place, one variant
// of the clause for each of its rules: then only the conditions in it that an
// unknown meets need to be left out.

const (
	maxVariants = 24
	maxInlined  = 3 // calls within calls
)

// variants returns the clauses that together say what c says, with the bodies of
// functions in place of their calls; none where c calls no function.
func (x *relaxer) variants(c *clause) []*clause {
	x.once.Do(func() {
		in := &inliner{compiler: x.compiler}
		bodies := in.bodies(x.body, maxInlined)
		if in.inlined == 0 {
			return
		}
		head := map[ast.Var]bool{}
		for _, l := range []*ast.Array{c.subject, c.path} {
			if l != nil {
				ast.WalkVars(l, func(v ast.Var) bool {
					head[v] = true
					return false
				})
			}
		}
		var out []*clause
		for _, body := range bodies {
			rule := *x.rule
			rule.Body = body
			reads, err := clauseReads(x.compiler, &rule, head)
			if err != nil {
				return
			}
			v := &clause{subject: c.subject, path: c.path, reads: reads}
			v.relax = newRelaxer(x.compiler, x.store, v, &rule, x.subjects)
			out = append(out, v)
		}
		x.others = out
	})
	return x.others
}

// An inliner replaces calls of functions by their bodies.
type inliner struct {
	compiler *ast.Compiler
	inlined  int
}

// bodies returns the bodies that b stands for, b itself where nothing is replaced.
func (x *inliner) bodies(b ast.Body, depth int) []ast.Body {
	out := []ast.Body{nil}
	for _, e := range b {
		ways := x.ways(e, depth)
		if len(out)*len(ways) > maxVariants {
			ways = []ast.Body{{e}}
		}
		var next []ast.Body
		for _, o := range out {
			for _, w := range ways {
				next = append(next, append(o[:len(o):len(o)], w...))
			}
		}
		out = next
	}
	return out
}

// ways returns what e can be by the rules of the function that it calls.
func (x *inliner) ways(e *ast.Expr, depth int) []ast.Body {
	same := []ast.Body{{e}}
	terms, ok := e.Terms.([]*ast.Term)
	if !ok || depth == 0 || e.Negated || len(e.With) > 0 {
		return same
	}
	op, ok := terms[0].Value.(ast.Ref)
	if !ok || !op[0].Equal(ast.DefaultRootDocument) {
		return same
	}
	rules := x.compiler.GetRulesExact(op)
	if len(rules) == 0 || len(rules) > maxVariants {
		return same
	}
	var out []ast.Body
	for _, r := range rules {
		body, ok := x.call(r, terms[1:])
		if !ok {
			return same
		}
		out = append(out, x.bodies(body, depth-1)...)
	}
	if len(out) > maxVariants {
		return same
	}
	return out
}

// call is the body of r with its arguments, and its value, made those of a call.
func (x *inliner) call(r *ast.Rule, args []*ast.Term) (ast.Body, bool) {
	if r.Default || r.Else != nil || len(args) < len(r.Head.Args) {
		return nil, false
	}
	x.inlined++
	r, ok := renamed(r.Copy(), fmt.Sprint(clauseMark, x.inlined))
	if !ok {
		return nil, false
	}
	var out ast.Body
	n := len(r.Head.Args)
	for i, formal := range r.Head.Args {
		out = append(out, ast.Equality.Expr(formal, args[i]))
	}
	out = append(out, r.Body...)
	switch {
	case len(args) > n:
		out = append(out, ast.Equality.Expr(args[n], r.Head.Value))
	case !r.Head.Value.Equal(ast.BooleanTerm(true)):
		out = append(out, ast.NewExpr(r.Head.Value))
	}
	for _, e := range out {
		if e.Location == nil {
			e.Location = r.Location
		}
	}
	return out, true
}

// renamed gives the variables of r names that no other rule has. ok is false where
// a variable is called as a function is, and cannot be told from it.
func renamed(r *ast.Rule, suffix string) (_ *ast.Rule, ok bool) {
	functions := map[ast.Var]bool{"input": true, "data": true}
	operator := func(t *ast.Term) {
		if ref, ok := t.Value.(ast.Ref); ok {
			if v, ok := ref[0].Value.(ast.Var); ok {
				functions[v] = true
			}
		}
	}
	ast.WalkExprs(r, func(e *ast.Expr) bool {
		if terms, ok := e.Terms.([]*ast.Term); ok {
			operator(terms[0])
		}
		return false
	})
	ast.WalkTerms(r, func(t *ast.Term) bool {
		if c, ok := t.Value.(ast.Call); ok {
			operator(c[0])
		}
		return false
	})
	for _, formal := range r.Head.Args {
		if v, isVar := formal.Value.(ast.Var); isVar && functions[v] {
			return nil, false
		}
	}
	_, err := ast.TransformVars(r, func(v ast.Var) (ast.Value, error) {
		if functions[v] || v.IsWildcard() {
			return v, nil
		}
		return v + ast.Var(suffix), nil
	})
	return r, err == nil
}
