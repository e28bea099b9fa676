package policies

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"merlon/compliance"
)

// Why a control does not apply.
//
// No clause of `subject` derives anything, so in each of them a condition is not met.
// Conditions that name one fact are asked here again, in Go: the first that is not
// met is the reason.
//
// Where a clause meets an unknown, the same conditions tell whether it is ruled out
// nevertheless. Then only what is there counts: it stays, whatever unknowns become.

// An explainer has what the reasons of one rule are found in.
type explainer struct {
	compiler   *ast.Compiler
	subjects   []*ast.Rule
	parameters map[string]any
}

// maxDepth bounds how far helper rules are followed.
const maxDepth = 4

// A place is what a reference leads to.
type place struct {
	value     any // nil: nothing there
	path      compliance.Path
	parameter string
	// each: the reference runs over what is at path.
	each bool
}

// A trial asks the conditions of one clause.
type trial struct {
	*explainer
	facts *facts
	// table and key are a family's, and the row that is asked for.
	tables string
	table  map[string]any
	key    string
	env    map[ast.Var]place
	depth  int
	// over is the first list or map that a condition runs over.
	over place
	// certain: only what no unknown can change decides.
	certain bool
}

type truth int

const (
	unsure truth = iota
	yes
	no
)

// reason says why the control of a row (key, "" where the rule is no family) does not
// apply to a document, and the fact that decides; "" where that cannot be told.
func (r *rule) reason(f *facts, key string) (string, compliance.Path) {
	if r.explain == nil {
		return "", nil
	}
	var said []string
	var at compliance.Path
	for _, s := range r.explain.subjects {
		t := &trial{explainer: r.explain, facts: f, tables: r.policy, table: r.table, key: key, env: map[ast.Var]place{}}
		p, met := t.all(s.Body)
		if met != no {
			p = t.over
		}
		if p.path == nil && p.parameter == "" {
			if met == no { // the row itself has no use for the clause
				continue
			}
			return "", nil
		}
		if text := t.sentence(p); !slices.Contains(said, text) {
			said = append(said, text)
		}
		if at == nil {
			at = p.path
		}
	}
	return strings.Join(said, "; "), at
}

func (t *trial) sentence(p place) string {
	name := p.path.String()
	switch {
	case p.parameter != "" && p.value == nil:
		return "the parameter " + p.parameter + " is not set"
	case p.parameter != "":
		return "the parameter " + p.parameter + " is " + text(p.value)
	case p.each && p.value != nil:
		return "nothing in " + name + " that this control judges"
	case p.value == nil:
		return name + " is not there"
	case t.facts.doc.Sensitive(p.path), text(p.value) == "":
		return name + " is there"
	}
	return name + " is " + text(p.value)
}

// all asks each condition, and returns the first that is not met, or the last.
func (t *trial) all(body ast.Body) (place, truth) {
	out := yes
	var last place
	for _, e := range body {
		p, met := t.one(e)
		if met == no {
			return p, no
		}
		if met == unsure {
			out = unsure
		}
		last = p
	}
	return last, out
}

func (t *trial) one(e *ast.Expr) (place, truth) {
	if e.Negated {
		return place{}, unsure
	}
	n, ok := e.Terms.(*ast.Not)
	if !ok {
		p, met := t.holds(e)
		if p.each && !t.over.each {
			t.over = p
		}
		return p, met
	}
	inner := *t
	inner.env = maps.Clone(t.env)
	p, met := inner.all(n.Body)
	switch met {
	case yes:
		return p, no
	case no:
		return p, yes
	}
	return p, unsure
}

func (t *trial) holds(e *ast.Expr) (place, truth) {
	switch terms := e.Terms.(type) {
	case *ast.Term:
		if ref, ok := terms.Value.(ast.Ref); ok && t.isRule(ref) {
			return t.helper(ref)
		}
		p, ok := t.resolve(terms)
		if t.certain && t.facts.maybes.covers(p.path) {
			return p, unsure
		}
		if met := t.exists(p, ok); met != yes || p.value != false {
			return p, met
		}
		return p, no
	case []*ast.Term:
		return t.call(terms)
	}
	return place{}, unsure
}

// exists tells whether there is something where a reference leads.
func (t *trial) exists(p place, resolved bool) truth {
	switch {
	case !resolved, p.each && p.value != nil:
		return unsure
	case p.value != nil:
		return yes
	case t.certain, t.facts.unknowns.covers(p.path):
		return unsure
	}
	return no
}

// ruledOut tells whether no unknown can make a clause of `subject` derive anything.
func (r *rule) ruledOut(f *facts, clause int) bool {
	if r.explain == nil {
		return false
	}
	t := &trial{explainer: r.explain, facts: f, env: map[ast.Var]place{}, certain: true}
	_, met := t.all(r.explain.subjects[clause].Body)
	return met == no
}

// open tells whether an unknown could yet change what is there.
func (t *trial) open(p place) bool {
	return p.path != nil && (composite(p.value) || t.facts.maybes.covers(p.path))
}

// call asks a comparison, or makes the variable of an assignment known.
func (t *trial) call(terms []*ast.Term) (place, truth) {
	if len(terms) < 2 {
		return place{}, unsure
	}
	if terms[0].String() == ast.Equality.Name && len(terms) == 3 {
		for _, pair := range [2][2]*ast.Term{{terms[1], terms[2]}, {terms[2], terms[1]}} {
			v, isVar := pair[0].Value.(ast.Var)
			if _, known := t.env[v]; isVar && !known {
				p, ok := t.resolve(pair[1])
				if ok {
					t.env[v] = p
				}
				return p, t.exists(p, ok)
			}
		}
	}
	var args []place
	var of place
	for _, a := range terms[1:] {
		p, ok := t.resolve(a)
		if !ok || p.each {
			return place{}, unsure
		}
		if of.path == nil && of.parameter == "" {
			of = p
		}
		if t.certain && t.open(p) {
			return p, unsure
		}
		if met := t.exists(p, true); met != yes {
			return p, met
		}
		args = append(args, p)
	}
	return of, compare(terms[0].String(), args)
}

// compare asks a comparison of known values.
func compare(operator string, args []place) truth {
	if len(args) != 2 {
		return unsure
	}
	a, errA := ast.InterfaceToValue(args[0].value)
	b, errB := ast.InterfaceToValue(args[1].value)
	if errA != nil || errB != nil {
		return unsure
	}
	c := ast.Compare(a, b)
	var met bool
	switch operator {
	case ast.Equality.Name, ast.Equal.Name:
		met = c == 0
	case ast.NotEqual.Name:
		met = c != 0
	case ast.GreaterThan.Name:
		met = c > 0
	case ast.GreaterThanEq.Name:
		met = c >= 0
	case ast.LessThan.Name:
		met = c < 0
	case ast.LessThanEq.Name:
		met = c <= 0
	case ast.Member.Name:
		met = isMember(a, b)
	default:
		return unsure
	}
	if met {
		return yes
	}
	return no
}

func isMember(x, collection ast.Value) bool {
	switch c := collection.(type) {
	case *ast.Array:
		return c.Until(func(e *ast.Term) bool { return ast.Compare(e.Value, x) == 0 })
	case ast.Set:
		return c.Contains(ast.NewTerm(x))
	}
	return false
}

// isRule tells whether ref names a helper of the rule's own package.
func (t *trial) isRule(ref ast.Ref) bool {
	return ref[0].Equal(ast.DefaultRootDocument) && len(t.compiler.GetRulesExact(ref)) > 0
}

// helper asks a rule without arguments: none of its bodies may be met.
func (t *trial) helper(ref ast.Ref) (place, truth) {
	var first place
	for i, r := range t.compiler.GetRulesExact(ref) {
		if t.depth == maxDepth || len(r.Head.Args) > 0 {
			return place{}, unsure
		}
		inner := *t
		inner.env, inner.depth = map[ast.Var]place{}, t.depth+1
		p, met := inner.all(r.Body)
		if met != no {
			return p, met
		}
		if i == 0 {
			first = p
		}
	}
	return first, no
}

// resolve follows a term; false where it cannot be told where it leads.
func (t *trial) resolve(term *ast.Term) (place, bool) {
	switch v := term.Value.(type) {
	case ast.Var:
		p, ok := t.env[v]
		return p, ok
	case ast.Ref:
		return t.follow(v)
	case ast.Call:
		return place{}, false
	}
	value, err := ast.JSON(term.Value)
	return place{value: value}, err == nil
}

func (t *trial) follow(ref ast.Ref) (place, bool) {
	if ref[0].Equal(ast.InputRootDocument) {
		return t.walk(place{value: t.facts.doc.Facts(), path: compliance.Path{}}, ref[1:])
	}
	if v, ok := ref[0].Value.(ast.Var); ok && !ref[0].Equal(ast.DefaultRootDocument) {
		p, known := t.env[v]
		if !known || p.each {
			return place{}, false
		}
		return t.walk(p, ref[1:])
	}
	if len(ref) > 2 && ref[1].Equal(ast.StringTerm("parameters")) {
		name, _ := scalarText(ref[2])
		p := place{value: t.parameters[name], parameter: name}
		if len(ref) == 4 && len(asList(p.value)) == 0 { // an element of a list that has none
			p.value = nil
			return p, true
		}
		return p, len(ref) == 3
	}
	if row, ok := t.row(ref); ok {
		return place{value: row}, true
	}
	return place{}, false
}

// row is the row of the family's own table that is asked for.
func (t *trial) row(ref ast.Ref) (any, bool) {
	last := len(ref) - 1
	v, isVar := ref[last].Value.(ast.Var)
	parts := strings.Split(t.tables, "/")
	if t.table == nil || !isVar || last != len(parts)+2 || !ref[1].Equal(ast.StringTerm("tables")) {
		return nil, false
	}
	for i, part := range parts {
		if !ref[i+2].Equal(ast.StringTerm(part)) {
			return nil, false
		}
	}
	t.env[v] = place{value: t.key}
	return t.table[t.key], true
}

func (t *trial) walk(p place, rest ast.Ref) (place, bool) {
	for _, term := range rest {
		name, ok := scalarText(term)
		if v, isVar := term.Value.(ast.Var); isVar {
			bound, known := t.env[v]
			if known {
				name, ok = bound.value.(string)
			} else if p.path != nil {
				return place{value: p.value, path: p.path, each: true}, true
			}
		}
		if !ok {
			return place{}, false
		}
		p.value, _ = compliance.Lookup(p.value, compliance.Path{name})
		if p.path != nil {
			p.path = p.path.Append(name)
		}
	}
	return p, true
}
