package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"merlon/compliance"
)

// A clause is one `subject` or one `fail` rule, with what it reads.
type clause struct {
	// subject and path are the head's lists. subject is nil in a fail clause whose
	// subject is the beginning of its path.
	subject, path *ast.Array
	reads         []*read
	// relax asks the clause without some of its conditions.
	relax *relaxer
}

// clauseMark separates a clause's name from its number. No rule that a person
// wrote has it: lint refuses names with it.
const clauseMark = "__clause"

// separate gives each `subject` and `fail` rule a name of its own, so that each
// result tells which of them derived it.
func separate(m *ast.Module) {
	n := map[string]int{}
	for _, r := range m.Rules {
		name := r.Head.Reference.String()
		if name != "subject" && name != "fail" {
			continue
		}
		r.Head.SetRef(ast.Ref{ast.VarTerm(fmt.Sprintf("%s%s%d", name, clauseMark, n[name]))})
		n[name]++
	}
}

// queryText asks for what each clause derives: one binding a clause.
func (r *rule) queryText() string {
	pkg := r.module.Package.Path.String()
	var parts []string
	for name, clauses := range map[string][]clause{"subject": r.subject, "fail": r.fail} {
		for i := range clauses {
			parts = append(parts, fmt.Sprintf("%[1]s%[2]s%[3]d = %[4]s.%[1]s%[2]s%[3]d", name, clauseMark, i, pkg))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// analyse fills r.subject and r.fail from the compiled module, and what follows
// from them: the sections, and when the rule can apply.
func (r *rule) analyse(c *ast.Compiler, store storage.Store) error {
	r.subject, r.fail = nil, nil
	var all []*read
	rules := map[string][]*ast.Rule{}
	var where *ast.Location
	for _, rule := range c.Modules[r.file].Rules {
		name, _, numbered := strings.Cut(rule.Head.Ref().String(), clauseMark)
		if !numbered {
			continue
		}
		cl, err := newClause(c, name, rule)
		if err != nil {
			return err
		}
		rules[name] = append(rules[name], rule)
		where = rule.Location
		all = append(all, cl.reads...)
		if name == "subject" {
			r.subject = append(r.subject, cl)
		} else {
			r.fail = append(r.fail, cl)
		}
	}
	needs, err := sections(all, where)
	if err != nil {
		return err
	}
	for _, c := range r.controls {
		c.Sections = needs
	}
	if err := r.checkPaths(); err != nil {
		return err
	}
	r.applies = r.applicable(needs)
	r.explain = &explainer{compiler: c, subjects: rules["subject"]}
	for i := range r.fail {
		f := &r.fail[i]
		f.relax = newRelaxer(c, store, f, rules["fail"][i], r.subjectsOf(c.Modules[r.file].Package, f))
	}
	return nil
}

// subjectsOf returns an expression that runs over the subjects that f could be
// about, with f's own variables; nil where more than one clause makes them.
func (r *rule) subjectsOf(pkg *ast.Package, f *clause) *ast.Expr {
	var out *ast.Expr
	for i, s := range r.subject {
		named := f.subject
		if named == nil {
			if f.path.Len() < s.subject.Len() {
				continue
			}
			named = f.path.Slice(0, s.subject.Len())
		}
		if named.Len() != s.subject.Len() || !begins(named, s.subject) {
			continue
		}
		if out != nil {
			return nil
		}
		set := append(slices.Clone(pkg.Path), ast.StringTerm(fmt.Sprint("subject", clauseMark, i)), ast.NewTerm(named))
		out = ast.NewExpr(ast.NewTerm(set))
	}
	return out
}

func newClause(c *ast.Compiler, name string, rule *ast.Rule) (clause, error) {
	var cl clause
	if name == "subject" {
		cl.subject, _ = rule.Head.Key.Value.(*ast.Array)
	} else if o, ok := rule.Head.Key.Value.(ast.Object); ok {
		cl.path = list(o.Get(ast.StringTerm("path")))
		cl.subject = list(o.Get(ast.StringTerm("subject")))
	}
	if cl.subject == nil && cl.path == nil {
		return cl, &PolicyError{Location: location(rule.Location), Message: "the head of " + name + " is not understood: use literal lists of constants and variables"}
	}
	head := map[ast.Var]bool{}
	for _, l := range []*ast.Array{cl.subject, cl.path} {
		if l != nil {
			l.Foreach(func(t *ast.Term) {
				if v, ok := t.Value.(ast.Var); ok {
					head[v] = true
				}
			})
		}
	}
	var err error
	cl.reads, err = clauseReads(c, rule, head)
	return cl, err
}

func list(t *ast.Term) *ast.Array {
	if t == nil {
		return nil
	}
	l, _ := t.Value.(*ast.Array)
	return l
}

// checkPaths refuses a fail whose subject nobody could tell.
func (r *rule) checkPaths() error {
	for _, f := range r.fail {
		if f.subject != nil {
			continue
		}
		if !slices.ContainsFunc(r.subject, func(s clause) bool { return begins(f.path, s.subject) }) {
			return &PolicyError{Location: compliance.Source{File: r.file},
				Message: fmt.Sprintf("fail: the path %v begins with no subject; name the subject in the fail too", f.path)}
		}
	}
	return nil
}

// begins tells whether path could begin with subject.
func begins(path, subject *ast.Array) bool {
	if path.Len() < subject.Len() {
		return false
	}
	for i := range subject.Len() {
		a, aok := scalarText(path.Elem(i))
		b, bok := scalarText(subject.Elem(i))
		if aok && bok && a != b {
			return false
		}
	}
	return true
}

// applicable returns the sections that subjects are named after; none where a
// subject is named after nothing that is read.
func (r *rule) applicable(needs []string) []string {
	var out []string
	for _, s := range r.subject {
		var p compliance.Path
		for i := range min(2, s.subject.Len()) {
			t, _ := scalarText(s.subject.Elem(i))
			p = append(p, t)
		}
		section := p.Section()
		if !slices.Contains(needs, section) {
			return nil
		}
		if !slices.Contains(out, section) {
			out = append(out, section)
		}
	}
	return out
}

// bind gives the variables of l the values that p has; it tells whether p could
// come from l. p may be longer or shorter.
func bind(l *ast.Array, p compliance.Path, b bindings) bool {
	for i := range min(l.Len(), len(p)) {
		switch v := l.Elem(i).Value.(type) {
		case ast.Var:
			if old, ok := b[string(v)]; ok && old != p[i] {
				return false
			}
			b[string(v)] = p[i]
		default:
			if t, ok := scalarText(l.Elem(i)); ok && t != p[i] {
				return false
			}
		}
	}
	return true
}

// match binds a clause to a subject and, where there is one, a witness. It tells
// whether the clause could have to do with them.
func (c clause) match(subject, witness compliance.Path) (bindings, bool) {
	b := bindings{}
	if c.subject != nil && (c.subject.Len() != len(subject) || !bind(c.subject, subject, b)) {
		return nil, false
	}
	if c.path == nil {
		return b, true
	}
	if witness != nil {
		return b, c.path.Len() == len(witness) && bind(c.path, witness, b)
	}
	if c.subject == nil {
		return b, c.path.Len() >= len(subject) && bind(c.path, subject, b)
	}
	return b, true
}
