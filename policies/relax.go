package policies

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"

	"merlon/compliance"
)

// Whether an unknown matters.
//
// That an unknown meets a read of a `fail` clause does not yet mean that it could
// make the clause derive: another condition, which is known, may rule that out. A
// rule for port 443 cannot open port 22, whatever its unknown range.
//
// So the clause is asked without the expressions that the unknown meets, and
// without those that cannot be asked any more then. What is left are conditions
// that more facts cannot make true where they are not. Where they have no solution
// for this subject, in which an unknown meets a read, the clause cannot fail it.
// Leaving out too much only makes the answer more careful.

// A relaxer asks a clause without some of its expressions. Queries are made when
// they are first needed, and kept.
type relaxer struct {
	compiler *ast.Compiler
	store    storage.Store
	rule     *ast.Rule
	body     ast.Body // the rule's
	// subjects runs over the subjects that the clause could be about; nil where
	// several clauses make them.
	subjects *ast.Expr
	// own are the variables that the body itself gives a value; keys are those of
	// them that reads or the head name.
	own, keys ast.VarSet

	mu      sync.Mutex
	queries map[string]*relaxed

	once   sync.Once
	others []*clause // see variants
}

// relaxed is a clause without some expressions.
type relaxed struct {
	query rego.PreparedEvalQuery
	// parts are the keys of each set of expressions that hang together.
	parts [][]string
}

// maxRelaxed bounds the ways in which one clause is asked.
const maxRelaxed = 32

func newRelaxer(c *ast.Compiler, store storage.Store, cl *clause, rule *ast.Rule, subjects *ast.Expr) *relaxer {
	x := &relaxer{compiler: c, store: store, rule: rule, body: rule.Body, subjects: subjects, own: ast.OutputVarsFromBody(c, rule.Body, ast.ReservedVars), keys: ast.VarSet{}, queries: map[string]*relaxed{}}
	for _, r := range cl.reads {
		for _, s := range r.at {
			if s.kind == bound || s.kind == named {
				x.keys.Add(ast.Var(s.text))
			}
		}
	}
	for _, l := range []*ast.Array{cl.subject, cl.path} {
		if l != nil {
			ast.WalkVars(l, func(v ast.Var) bool {
				x.keys.Add(v)
				return false
			})
		}
	}
	return x
}

// without returns the clause without the expressions in drop. Nil is that nothing
// can be said: nothing is left, or there are too many ways.
func (x *relaxer) without(ctx context.Context, drop []int) *relaxed {
	if slices.Contains(drop, inHead) {
		return nil
	}
	key := fmt.Sprint(drop)
	x.mu.Lock()
	defer x.mu.Unlock()
	q, ok := x.queries[key]
	if !ok && len(x.queries) < maxRelaxed {
		rest := x.rest(nil, drop)
		if x.subjects != nil {
			if more := x.rest(ast.Body{x.subjects}, drop); len(more) > len(rest)+1 {
				rest = more
			}
		}
		q = x.prepare(ctx, rest)
		x.queries[key] = q
	}
	return q
}

// rest returns first, and the expressions that can still be asked: those not in
// drop whose variables have values.
func (x *relaxer) rest(first ast.Body, drop []int) ast.Body {
	out := slices.Clone(first)
	safe := ast.ReservedVars.Copy()
	safe.Update(ast.OutputVarsFromBody(x.compiler, first, safe))
	for i, e := range x.body {
		if slices.Contains(drop, i) {
			continue
		}
		gives := ast.OutputVarsFromExpr(x.compiler, e, safe)
		if len(x.vars(e).Diff(safe).Diff(gives)) == 0 {
			out = append(out, e)
			safe.Update(gives)
		}
	}
	return out
}

// vars returns the body's variables that e uses, in whatever depth.
func (x *relaxer) vars(e *ast.Expr) ast.VarSet {
	all := ast.VarSet{}
	ast.WalkVars(e, func(v ast.Var) bool {
		all.Add(v)
		return false
	})
	return all.Intersect(x.own)
}

// prepare makes one query of a body, in which each part that shares no variable
// with the others is a set of its own: their combinations are of no interest.
func (x *relaxer) prepare(ctx context.Context, body ast.Body) *relaxed {
	var query ast.Body
	out := &relaxed{}
	for i, part := range x.parts(body) {
		vars := ast.VarSet{}
		for _, e := range part {
			vars.Update(x.vars(e))
		}
		var names []string
		var terms []*ast.Term
		for _, v := range vars.Intersect(x.keys).Sorted() {
			names = append(names, string(v))
			terms = append(terms, ast.NewTerm(v))
		}
		out.parts = append(out.parts, names)
		set := ast.SetComprehensionTerm(ast.ArrayTerm(terms...), part.Copy())
		query.Append(ast.Equality.Expr(ast.VarTerm(partName(i)), set))
	}
	if len(query) == 0 {
		return nil
	}
	var err error
	out.query, err = rego.New(rego.Compiler(x.compiler), rego.Store(x.store), rego.ParsedQuery(query)).PrepareForEval(ctx)
	if err != nil {
		return nil
	}
	return out
}

func partName(i int) string { return fmt.Sprint("part", clauseMark, i) }

// parts divides a body by the variables that its expressions share.
func (x *relaxer) parts(body ast.Body) []ast.Body {
	var parts []ast.Body
	var vars []ast.VarSet
	for _, e := range body {
		joined, used := ast.Body{}, x.vars(e)
		for i := 0; i < len(parts); {
			if len(used.Intersect(vars[i])) == 0 {
				i++
				continue
			}
			joined = append(joined, parts[i]...)
			used.Update(vars[i])
			parts, vars = slices.Delete(parts, i, i+1), slices.Delete(vars, i, i+1)
		}
		parts, vars = append(parts, append(joined, e)), append(vars, used)
	}
	return parts
}

// solutions are the values that the keys may have, for each part of a relaxed
// clause.
type solutions []*part

type part struct {
	keys []string
	all  []bindings
	// index finds those that agree with given values of given keys.
	index map[string]map[string][]bindings
}

// solve evaluates q; nil where it took too long or failed.
func (q *relaxed) solve(ctx context.Context, f *facts) solutions {
	ctx, cancel := context.WithTimeout(ctx, f.limit)
	defer cancel()
	rs, err := q.query.Eval(ctx, rego.EvalParsedInput(f.input))
	if err != nil || len(rs) != 1 {
		return nil
	}
	var out solutions
	for i, keys := range q.parts {
		p := &part{keys: keys, index: map[string]map[string][]bindings{}}
		for _, v := range asList(rs[0].Bindings[partName(i)]) {
			b := bindings{}
			for j, value := range asList(v) {
				b[keys[j]] = fmt.Sprint(value)
			}
			p.all = append(p.all, b)
		}
		out = append(out, p)
	}
	return out
}

// with returns the solutions that agree with b, of the parts that b has to do
// with, and with b's own values. None where such a part has none, or where another
// part has no solution at all.
func (s solutions) with(b bindings) []bindings {
	out := []bindings{b}
	for _, p := range s {
		if len(p.all) == 0 {
			return nil
		}
		some, related := p.with(b)
		if !related {
			continue
		}
		var next []bindings
		for _, o := range out {
			for _, x := range some {
				next = append(next, merge(o, x))
			}
		}
		out = next
	}
	return out
}

// with returns the part's solutions that agree with b, and whether they share keys.
func (p *part) with(b bindings) ([]bindings, bool) {
	var shared []string
	for _, k := range p.keys {
		if _, ok := b[k]; ok {
			shared = append(shared, k)
		}
	}
	if len(shared) == 0 {
		return nil, false
	}
	name := strings.Join(shared, " ")
	if p.index[name] == nil {
		p.index[name] = map[string][]bindings{}
		for _, x := range p.all {
			v := x.values(shared)
			p.index[name][v] = append(p.index[name][v], x)
		}
	}
	return p.index[name][b.values(shared)], true
}

func (b bindings) values(keys []string) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = b[k]
	}
	return strings.Join(out, "\x00")
}

// merge joins two sets of bindings that agree.
func merge(a, b bindings) bindings {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// canFail returns an unknown that could make clause c fail the subject, nil where
// none can.
func (j *judgement) canFail(ctx context.Context, c *clause, subject compliance.Path) *compliance.Unknown {
	doubt := j.canFailAs(ctx, c, subject)
	if doubt == nil {
		return nil
	}
	variants := c.relax.variants(c)
	for _, v := range variants {
		if u := j.canFailAs(ctx, v, subject); u != nil {
			return u
		}
	}
	if len(variants) > 0 {
		return nil
	}
	return doubt
}

// canFailAs is canFail without a look into the functions that c calls.
func (j *judgement) canFailAs(ctx context.Context, c *clause, subject compliance.Path) *compliance.Unknown {
	b, ok := c.match(subject, nil)
	if !ok {
		return nil
	}
	doubt, here := j.doubts(c, b, subject)
	if doubt == nil {
		return nil
	}
	met := slices.Concat(j.metByAny(c), here)
	slices.Sort(met)
	met = slices.Compact(met)
	without := j.solved(ctx, c, met)
	if without == nil {
		return doubt
	}
	for _, s := range without.with(b) {
		u, drop := j.doubts(c, s, subject)
		if u == nil {
			continue
		}
		if slices.Equal(drop, met) {
			return u
		}
		fewer := j.solved(ctx, c, drop)
		if fewer == nil || len(fewer.with(s)) > 0 {
			return u
		}
	}
	return nil
}

// doubts returns an unknown that meets, where the variables have the values b, a
// read of c in a way that could make it derive more, and all expressions that
// unknowns so meet.
func (j *judgement) doubts(c *clause, b bindings, subject compliance.Path) (*compliance.Unknown, []int) {
	var first *compliance.Unknown
	var met []int
	for _, r := range c.reads {
		u := j.meet(&j.facts.unknowns, r, b, whetherMore, nil)
		if u == nil {
			u = j.meet(&j.facts.maybes, r, b, both, subject)
		}
		if on := j.handedOn(subject); u == nil && on != nil && r.matters(whetherMore) && !r.own(subject, b) {
			u = on
		}
		if u != nil {
			met = append(met, r.from...)
			if first == nil {
				first = u
			}
		}
	}
	slices.Sort(met)
	return first, slices.Compact(met)
}

// metByAny returns the expressions of c that unknowns meet, whichever the subject.
func (j *judgement) metByAny(c *clause) []int {
	met, ok := j.met[c]
	if !ok {
		_, met = j.doubts(c, nil, nil)
		j.met[c] = met
	}
	return met
}

// solved returns the solutions of c without the expressions in drop; nil where
// they cannot be had.
func (j *judgement) solved(ctx context.Context, c *clause, drop []int) solutions {
	key := fmt.Sprintf("%p %v", c, drop)
	if s, ok := j.solutions[key]; ok {
		return s
	}
	var out solutions
	if q := c.relax.without(ctx, drop); q != nil {
		out = q.solve(ctx, j.facts)
	}
	j.solutions[key] = out
	return out
}
