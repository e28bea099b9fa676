package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"merlon/compliance"
)

// What a rule reads.
//
// Facts only ever grow when unknowns resolve. So for each place that a rule
// reads, one question decides whether an unknown there matters: can more facts
// only make the rule derive more (even), only less (odd: beneath a `not`), or
// either? The analysis walks a clause of compiled Rego, follows rules and
// functions, and writes down each read as a pattern with that parity. It never
// guesses: what it does not understand is an error of the control.

// A segment is one element of a pattern.
type segment struct {
	// text is the constant, or the variable where bound or named.
	text string
	kind segmentKind
	// choices limits a variable that runs over constants.
	choices []string
	// each: an element of `every`. That there may be more of them is a read of its
	// own; what is read of this one are facts beneath it.
	each bool
}

type segmentKind int8

const (
	constant segmentKind = iota
	bound                // a variable of the clause's head: the subject or the witness gives its value
	named                // another variable of the clause's body
	free                 // anything
)

func (s segment) String() string {
	switch s.kind {
	case constant:
		return s.text
	case bound:
		return "<" + s.text + ">"
	}
	if len(s.choices) > 0 {
		return "{" + strings.Join(s.choices, ",") + "}"
	}
	if s.each {
		return "each"
	}
	return "*"
}

// key tells segments apart that are written alike.
func (s segment) key() string {
	if s.kind == named {
		return s.String() + s.text
	}
	return s.String()
}

type pattern []segment

func (p pattern) key() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = s.key()
	}
	return strings.Join(parts, "/")
}

func (p pattern) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = s.String()
	}
	return strings.Join(parts, "/")
}

func (p pattern) extend(more ...segment) pattern {
	return append(slices.Clip(slices.Clone(p)), more...)
}

// A read is one place that a clause looks at.
type read struct {
	at pattern
	parity
	// deep: the whole value is used, so that an unknown beneath it matters too.
	deep bool
	// beyond: only unknowns with longer paths count; see segment.each.
	beyond int
	// from are the expressions of the clause's body that read it, by index;
	// inHead stands for its head.
	from []int
}

const inHead = -1

type parity struct{ even, odd bool }

var both = parity{true, true}

func (p parity) flip() parity { return parity{even: p.odd, odd: p.even} }

// maxSteps bounds the analysis of one clause: functions are followed at each
// call, and a hostile policy could nest them without end.
const maxSteps = 200_000

// refusal is what the analysis panics with, inside this file only.
type refusal struct{ err error }

type analyser struct {
	compiler *ast.Compiler
	head     map[ast.Var]bool
	top      *scope // the clause's own
	at       int    // the expression of its body that is looked at
	reads    map[string]*read
	order    []*read
	steps    int
}

// A binding is what a variable stands for. The zero binding is a plain value
// whose reads are on record already.
type binding struct {
	alias   []pattern // parts of the input
	set     ast.Ref   // a set that rules make, not yet looked into
	choices []string  // constants: the elements, or one of them
	list    bool      // the constants stand in a list, whose keys are indexes
}

// A scope holds the variables of one body.
type scope struct {
	vars map[ast.Var]binding
	// names are the caller's segments for formal arguments and keys.
	names map[ast.Var]segment
}

func newScope() *scope {
	return &scope{vars: map[ast.Var]binding{}, names: map[ast.Var]segment{}}
}

// clauseReads returns what rule reads, where the variables in head are those
// that a concrete subject or witness will bind.
func clauseReads(c *ast.Compiler, rule *ast.Rule, head map[ast.Var]bool) (reads []*read, err error) {
	defer func() {
		if r := recover(); r != nil {
			no, ok := r.(refusal)
			if !ok {
				panic(r)
			}
			reads, err = nil, no.err
		}
	}()
	a := &analyser{compiler: c, head: head, reads: map[string]*read{}}
	e := newScope()
	a.top = e
	for a.at = range rule.Body {
		a.expr(rule.Body[a.at], e, parity{even: true})
	}
	a.at = inHead
	ast.WalkVars(rule.Head.Key, func(v ast.Var) bool {
		if b := e.vars[v]; len(b.alias) > 0 {
			a.use(ast.NewTerm(v), e, parity{even: true})
		}
		return false
	})
	for _, r := range a.order {
		r.beyond = 1 + lastIndex(r.at, func(s segment) bool { return s.each })
	}
	return a.order, nil
}

func lastIndex(p pattern, f func(segment) bool) int {
	for i, s := range slices.Backward(p) {
		if f(s) {
			return i
		}
	}
	return -1
}

func refuse(loc *ast.Location, format string, args ...any) {
	panic(refusal{&PolicyError{Location: location(loc), Message: fmt.Sprintf(format, args...)}})
}

func (a *analyser) record(p pattern, par parity, deep bool) {
	key := p.key()
	if deep {
		key += "\x00deep"
	}
	r, ok := a.reads[key]
	if !ok {
		r = &read{at: p, deep: deep}
		a.reads[key] = r
		a.order = append(a.order, r)
	}
	r.even = r.even || par.even
	r.odd = r.odd || par.odd
	if !slices.Contains(r.from, a.at) {
		r.from = append(r.from, a.at)
	}
}

func (a *analyser) body(b ast.Body, e *scope, par parity) {
	for _, x := range b {
		a.expr(x, e, par)
	}
}

func (a *analyser) expr(x *ast.Expr, e *scope, par parity) {
	if a.steps++; a.steps > maxSteps {
		refuse(x.Location, "the rule is too large to analyse: its functions call one another too often")
	}
	if len(x.With) > 0 {
		refuse(x.Location, "`with` changes what is known")
	}
	if x.Negated {
		par = par.flip()
	}
	switch t := x.Terms.(type) {
	case *ast.Term:
		if r, ok := t.Value.(ast.Ref); ok {
			a.ref(r, e, par, false)
			return
		}
		a.use(t, e, par)
	case *ast.Not:
		a.body(t.Body, e, par.flip())
	case *ast.Every:
		a.every(t, e, par)
	case []*ast.Term:
		a.call(x, t, e, par)
	default:
		refuse(x.Location, "%T is not understood", x.Terms)
	}
}

// every: one more element can only make it false, one more fact about an element
// works as in any body.
func (a *analyser) every(t *ast.Every, e *scope, par parity) {
	var elements []pattern
	domain := a.resolve(t.Domain, e, par)
	for _, p := range domain.alias {
		a.record(p.extend(segment{kind: free}), par.flip(), false)
		elements = append(elements, p.extend(segment{kind: free, each: true}))
	}
	if domain.set != nil {
		a.ref(domain.set, e, both, true)
	}
	if v, ok := t.Value.Value.(ast.Var); ok {
		e.vars[v] = binding{alias: elements, choices: domain.choices}
	}
	if t.Key != nil {
		if v, ok := t.Key.Value.(ast.Var); ok {
			e.vars[v] = binding{}
		}
	}
	a.body(t.Body, e, par)
}

func (a *analyser) call(x *ast.Expr, t []*ast.Term, e *scope, par parity) {
	op, ok := t[0].Value.(ast.Ref)
	if !ok {
		refuse(x.Location, "%v is not understood", t[0])
	}
	args := t[1:]
	if op[0].Equal(ast.DefaultRootDocument) {
		a.function(x, op, args, e, par)
		return
	}
	switch name := op.String(); name {
	case "eq", "assign":
		a.unify(args[0], args[1], e, par)
	case "internal.member_2":
		a.member(args[0], args[1], e, par)
	default:
		b, ok := ast.BuiltinMap[name]
		if !ok {
			refuse(x.Location, "%s is not understood", name)
		}
		n := b.Decl.Arity()
		for _, arg := range args[:n] {
			a.use(arg, e, par)
		}
		a.outputs(args[n:], e, par)
	}
}

// outputs binds what a call returns: a plain value, since all that it was made
// from is on record.
func (a *analyser) outputs(out []*ast.Term, e *scope, par parity) {
	for _, t := range out {
		if v, ok := t.Value.(ast.Var); ok && !e.known(v) {
			e.vars[v] = binding{}
			continue
		}
		a.use(t, e, par)
	}
}

func (e *scope) known(v ast.Var) bool {
	_, ok := e.vars[v]
	return ok
}

// member is `x in y`: as monotone as iterating.
func (a *analyser) member(key, in *ast.Term, e *scope, par parity) {
	a.use(key, e, par)
	b := a.resolve(in, e, par)
	for _, p := range b.alias {
		a.record(p.extend(segment{kind: free}), par, true)
	}
	if b.set != nil {
		a.virtual(b.set, []segment{a.segment(key, e)}, par, false)
	}
}

func (a *analyser) function(x *ast.Expr, op ast.Ref, args []*ast.Term, e *scope, par parity) {
	rules := a.compiler.GetRulesExact(op)
	if len(rules) == 0 {
		refuse(x.Location, "%v is not known", op)
	}
	n := len(rules[0].Head.Args)
	actual := make([]binding, n)
	for i, arg := range args[:n] {
		actual[i] = a.resolve(arg, e, par)
	}
	for _, r := range rules {
		if r.Default || r.Else != nil {
			refuse(r.Location, "`default` and `else` make a function's value change when more becomes known")
		}
		inner := newScope()
		for i, formal := range r.Head.Args {
			v, ok := formal.Value.(ast.Var)
			if !ok {
				a.use(args[i], e, par)
				if !formal.IsGround() {
					refuse(formal.Location, "an argument that is taken apart is not understood; take a variable")
				}
				continue
			}
			inner.vars[v] = actual[i]
			inner.names[v] = a.segment(args[i], e)
		}
		a.body(r.Body, inner, par)
		a.use(r.Head.Value, inner, par)
	}
	a.outputs(args[n:], e, par)
}

// unify is `=` and `:=`: it names a part of the input, or compares.
func (a *analyser) unify(l, r *ast.Term, e *scope, par parity) {
	if v, ok := l.Value.(ast.Var); ok && !e.known(v) {
		b := a.resolve(r, e, par)
		e.vars[v] = b
		return
	}
	if v, ok := r.Value.(ast.Var); ok && !e.known(v) {
		b := a.resolve(l, e, par)
		e.vars[v] = b
		return
	}
	if list, ok := l.Value.(*ast.Array); ok && a.takeApart(list, r, e, par) {
		return
	}
	if list, ok := r.Value.(*ast.Array); ok && a.takeApart(list, l, e, par) {
		return
	}
	a.use(l, e, par)
	a.use(r, e, par)
}

// takeApart is `[a, b] = x`, where x was made by a rule: what it was made from is on
// record. That of the input is not understood, since its length matters too.
func (a *analyser) takeApart(list *ast.Array, from *ast.Term, e *scope, par parity) bool {
	var fresh []ast.Var
	list.Foreach(func(t *ast.Term) {
		if v, ok := t.Value.(ast.Var); ok && !v.IsWildcard() && !e.known(v) {
			fresh = append(fresh, v)
		}
	})
	if len(fresh) == 0 {
		return false
	}
	if b := a.resolve(from, e, par); len(b.alias) > 0 {
		refuse(from.Location, "a list of the input is taken apart; read its elements by their indexes")
	}
	for _, v := range fresh {
		e.vars[v] = binding{}
	}
	list.Foreach(func(t *ast.Term) { a.use(t, e, par) })
	return true
}

// resolve tells what a term stands for, and records its existence only.
func (a *analyser) resolve(t *ast.Term, e *scope, par parity) binding {
	switch v := t.Value.(type) {
	case ast.Var:
		b, ok := e.vars[v]
		if !ok {
			refuse(t.Location, "the variable %v is used before it has a meaning", v)
		}
		return b
	case ast.Ref:
		return a.ref(v, e, par, false)
	case *ast.Array, ast.Set:
		if c, ok := constants(t); ok {
			_, list := t.Value.(*ast.Array)
			return binding{choices: c, list: list}
		}
	}
	a.use(t, e, par)
	return binding{}
}

// constants returns the elements of a list or set of constants.
func constants(t *ast.Term) ([]string, bool) {
	var out []string
	ok := true
	add := func(e *ast.Term) {
		s, scalar := scalarText(e)
		ok = ok && scalar
		out = append(out, s)
	}
	switch v := t.Value.(type) {
	case *ast.Array:
		v.Foreach(add)
	case ast.Set:
		v.Foreach(add)
	default:
		return nil, false
	}
	return out, ok && len(out) > 0
}

func scalarText(t *ast.Term) (string, bool) {
	switch v := t.Value.(type) {
	case ast.String:
		return string(v), true
	case ast.Number:
		return v.String(), true
	}
	return "", false
}

// use records that the whole value of t matters.
func (a *analyser) use(t *ast.Term, e *scope, par parity) {
	switch v := t.Value.(type) {
	case ast.Null, ast.Boolean, ast.Number, ast.String:
	case ast.Var:
		if v.IsWildcard() {
			return
		}
		b, ok := e.vars[v]
		if !ok {
			refuse(t.Location, "the variable %v is used before it has a meaning", v)
		}
		if b.set != nil {
			a.ref(b.set, e, par, true)
		}
		for _, p := range b.alias {
			a.record(p, par, true)
		}
	case ast.Ref:
		a.ref(v, e, par, true)
	case *ast.Array:
		v.Foreach(func(t *ast.Term) { a.use(t, e, par) })
	case ast.Set:
		v.Foreach(func(t *ast.Term) { a.use(t, e, par) })
	case ast.Object:
		v.Foreach(func(k, t *ast.Term) { a.use(k, e, par); a.use(t, e, par) })
	case *ast.ArrayComprehension:
		a.body(v.Body, e, both)
		a.use(v.Term, e, both)
	case *ast.SetComprehension:
		a.body(v.Body, e, both)
		a.use(v.Term, e, both)
	case *ast.ObjectComprehension:
		a.body(v.Body, e, both)
		a.use(v.Key, e, both)
		a.use(v.Value, e, both)
	default:
		refuse(t.Location, "%v is not understood", t)
	}
}

// segment is t as an element of a path.
func (a *analyser) segment(t *ast.Term, e *scope) segment {
	if s, ok := scalarText(t); ok {
		return segment{kind: constant, text: s}
	}
	v, ok := t.Value.(ast.Var)
	if !ok {
		return segment{kind: free}
	}
	if s, ok := e.names[v]; ok {
		return s
	}
	s := segment{kind: free, choices: e.vars[v].choices}
	switch {
	case e != a.top || v.IsWildcard():
	case a.head[v]:
		s.kind, s.text = bound, string(v)
	default:
		s.kind, s.text = named, string(v)
	}
	return s
}

// ref records the read of a reference, and returns what it stands for.
func (a *analyser) ref(r ast.Ref, e *scope, par parity, deep bool) binding {
	head, ok := r[0].Value.(ast.Var)
	if !ok {
		refuse(r[0].Location, "%v is not understood", r)
	}
	if r[0].Equal(ast.InputRootDocument) {
		return a.read([]pattern{{}}, a.keys(r, e, par), par, deep)
	}
	if r[0].Equal(ast.DefaultRootDocument) {
		return a.dataRef(r, e, par, deep)
	}
	b, ok := e.vars[head]
	if !ok {
		refuse(r[0].Location, "the variable %v is used before it has a meaning", head)
	}
	if b.set != nil {
		full := append(slices.Clone(b.set), r[1:]...)
		return a.dataRef(full, e, par, deep)
	}
	keys := a.keys(r, e, par)
	if len(b.choices) > 0 && len(r) == 2 {
		return a.element(r[1], b, e, par)
	}
	return a.read(b.alias, keys, par, deep)
}

func (a *analyser) read(base []pattern, keys []segment, par parity, deep bool) binding {
	var out []pattern
	for _, p := range base {
		p = p.extend(keys...)
		a.record(p, par, deep)
		out = append(out, p)
	}
	return binding{alias: out}
}

// keys turns the rest of a reference into segments; a variable that is new is
// bound by it.
func (a *analyser) keys(r ast.Ref, e *scope, par parity) []segment {
	var out []segment
	for _, t := range r[1:] {
		switch v := t.Value.(type) {
		case ast.String, ast.Number:
		case ast.Var:
			if !e.known(v) {
				e.vars[v] = binding{}
			} else {
				a.use(t, e, par)
			}
		default:
			refuse(t.Location, "the key %v is not understood", t)
		}
		out = append(out, a.segment(t, e))
	}
	return out
}

// dataRef follows a reference to rules, parameters or a family's table.
func (a *analyser) dataRef(r ast.Ref, e *scope, par parity, deep bool) binding {
	if len(r) > 1 && (r[1].Equal(ast.StringTerm("parameters")) || r[1].Equal(ast.StringTerm("tables"))) {
		a.keys(r, e, par)
		return binding{}
	}
	for n := len(r.GroundPrefix()); n > 1; n-- {
		rules := a.compiler.GetRulesExact(r[:n])
		if len(rules) == 0 {
			continue
		}
		rest := r[n:]
		if len(rest) == 0 && !deep && isSet(rules) {
			return binding{set: r}
		}
		if b, ok := ruleConstants(rules); ok {
			if len(rest) == 1 {
				return a.element(rest[0], b, e, par)
			}
			return b
		}
		keys := a.keys(append(ast.Ref{r[0]}, rest...), e, par)
		if len(keys) > 1 && isSet(rules) {
			// What lies inside a member was recorded, deep, where the member was made.
			keys = keys[:1]
		}
		a.virtual(r[:n], keys, par, deep)
		return binding{}
	}
	refuse(r[0].Location, "%v is no rule, parameter or table", r)
	return binding{}
}

// element looks key up among constants.
func (a *analyser) element(key *ast.Term, b binding, e *scope, par parity) binding {
	v, ok := key.Value.(ast.Var)
	switch {
	case ok && !e.known(v) && b.list:
		e.vars[v] = binding{}
	case ok && !e.known(v):
		e.vars[v] = binding{choices: b.choices}
	default:
		a.use(key, e, par)
	}
	return binding{choices: b.choices}
}

func isSet(rules []*ast.Rule) bool { return rules[0].Head.RuleKind() == ast.MultiValue }

// ruleConstants returns the elements of `name := {"a", "b"}`.
func ruleConstants(rules []*ast.Rule) (binding, bool) {
	if len(rules) != 1 || isSet(rules) || rules[0].Head.Value == nil || len(rules[0].Head.Args) > 0 {
		return binding{}, false
	}
	r := rules[0]
	if len(r.Body) != 1 || !r.Body[0].Equal(ast.NewExpr(ast.BooleanTerm(true))) {
		return binding{}, false
	}
	c, ok := constants(r.Head.Value)
	_, list := r.Head.Value.Value.(*ast.Array)
	return binding{choices: c, list: list}, ok
}

// virtual analyses the rules behind name, of whose set keys are looked up.
func (a *analyser) virtual(name ast.Ref, keys []segment, par parity, deep bool) {
	for _, r := range a.compiler.GetRulesExact(name) {
		if r.Default || r.Else != nil {
			refuse(r.Location, "`default` and `else` make a rule's value change when more becomes known")
		}
		p := par
		inner := newScope()
		if isSet([]*ast.Rule{r}) {
			if deep || len(keys) == 0 {
				p = both // the set as a value: whether it grows or shrinks, it changes
			}
			if v, ok := r.Head.Key.Value.(ast.Var); ok && len(keys) > 0 {
				inner.names[v] = keys[0]
			}
		}
		a.body(r.Body, inner, p)
		if r.Head.Key != nil {
			a.use(r.Head.Key, inner, p)
		}
		if r.Head.Value != nil {
			a.use(r.Head.Value, inner, p)
		}
	}
}

// sections returns what the reads need gathered; see [compliance.Path.Section].
func sections(reads []*read, loc *ast.Location) ([]string, error) {
	var out []string
	for _, r := range reads {
		n := 1
		if len(r.at) == 0 {
			return nil, &PolicyError{Location: location(loc), Message: "`input` as a whole is read; name a section"}
		}
		if t := r.at[0].text; r.at[0].kind == constant && (t == "data" || t == "references" || t == "referrers") {
			n = 2
		}
		if len(r.at) < n {
			return nil, &PolicyError{Location: location(loc), Message: fmt.Sprintf("input.%s is read without a resource type", r.at)}
		}
		names, err := expand(r.at[:n])
		if err != nil {
			return nil, &PolicyError{Location: location(loc), Message: fmt.Sprintf("input.%s: %v", r.at, err)}
		}
		for _, p := range names {
			if s := p.Section(); !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

func expand(p pattern) ([]compliance.Path, error) {
	out := []compliance.Path{{}}
	for _, s := range p {
		texts := s.choices
		if s.kind == constant {
			texts = []string{s.text}
		}
		if len(texts) == 0 {
			return nil, fmt.Errorf("the section must be a constant")
		}
		var next []compliance.Path
		for _, p := range out {
			for _, t := range texts {
				next = append(next, p.Append(t))
			}
		}
		out = next
	}
	return out, nil
}
