package policies

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"merlon/compliance"
)

// timeLimit bounds one rule on one document, by the clock: generous, for a machine
// that others use too.
const timeLimit = time.Minute

// facts is a document made ready for many rules.
type facts struct {
	doc      *compliance.Document
	input    ast.Value // made of the facts as rules come to read them
	limit    time.Duration
	unknowns trie // what is not known
	maybes   trie // what is known, and may come not to exist
	// sections are those of which something is known, or known to be unknown.
	sections map[string]bool
	// unread holds, by address, resources that were handed to a module which could
	// not be read: what it does with them is unknown, in whichever section.
	unread map[string]*compliance.Unknown
	// of tells which resource a maybe is about, where its path does not.
	of map[*compliance.Unknown]compliance.Path
}

func newFacts(doc *compliance.Document) *facts {
	f := &facts{doc: doc, input: ast.LazyObject(doc.Facts()), limit: timeLimit, sections: map[string]bool{}, unread: map[string]*compliance.Unknown{}, of: map[*compliance.Unknown]compliance.Path{}}
	for k, v := range doc.Facts() {
		f.sections[k] = true
		if m, ok := v.(map[string]any); ok {
			for k2 := range m {
				f.sections[compliance.Path{k, k2}.Section()] = true
			}
		}
	}
	list := doc.Unknowns()
	for i := range list {
		f.addUnknown(&list[i])
	}
	return f
}

func (f *facts) addUnknown(u *compliance.Unknown) {
	f.sections[u.Path.Section()] = true
	if u.Maybe {
		f.addMaybe(u)
		return
	}
	f.unknowns.add(u, f.doc.Facts())
	if len(u.Path) == 4 && u.Path[0] == "referrers" && u.Path[3] == compliance.Any {
		f.unread[u.Path[2]] = u
	}
}

// addMaybe records a resource that may not come to exist, and with it the
// references that it has, which would go too.
func (f *facts) addMaybe(u *compliance.Unknown) {
	f.maybes.add(u, nil)
	if len(u.Path) < 2 || f.doc.Target.Kind != compliance.KindTerraform {
		return
	}
	section, address := u.Path[len(u.Path)-2], u.Path[len(u.Path)-1]
	own := *u
	own.Path = compliance.Path{"references", section, address}
	f.maybes.add(&own, nil)
	f.of[&own] = u.Path
	refs, _ := compliance.Lookup(f.doc.Facts(), own.Path)
	m, _ := refs.(map[string]any)
	for _, reached := range m {
		for _, to := range asList(reached) {
			back := *u
			back.Path = compliance.Path{"referrers", typeOf(fmt.Sprint(to)), fmt.Sprint(to), section, compliance.Any}
			f.maybes.add(&back, nil)
			f.of[&back] = u.Path
		}
	}
}

// typeOf is the resource type in an address: module.a["x"].aws_s3_bucket.b[0].
func typeOf(address string) string {
	depth, part, parts := 0, "", []string{}
	for _, c := range address {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case depth > 0:
		case c == '.':
			parts = append(parts, part)
			part = ""
		default:
			part += string(c)
		}
	}
	if len(parts) == 0 {
		return address
	}
	return parts[len(parts)-1]
}

// Evaluate judges a document by the enabled controls of its kind: at least one
// finding for each control, in no particular order. A control that fails to
// evaluate is unknown, and its error tells why.
func (s *Set) Evaluate(ctx context.Context, doc *compliance.Document) ([]compliance.Finding, []error) {
	f := newFacts(doc)
	if s.limit > 0 {
		f.limit = s.limit
	}
	for _, section := range s.Sections(doc.Target.Kind) {
		if !doc.Gathered(section) {
			f.addUnknown(&compliance.Unknown{Path: strings.Split(section, "/"), Cause: section + " was not collected"})
		}
	}
	errs := s.Prepare(doc.Target.Kind, f.sections)
	out := make([]compliance.Finding, 0, 2*len(s.selected))
	for r, chosen := range s.selected {
		if r.kind != doc.Target.Kind {
			continue
		}
		found, err := r.judge(ctx, f)
		if err != nil {
			errs = append(errs, err)
		}
		out = append(out, r.pick(found, chosen, f)...)
	}
	return out, errs
}

// pick keeps the verdicts of chosen controls, and says of those without one that
// they do not apply.
func (r *rule) pick(found []compliance.Finding, chosen map[string]*compliance.Control, on *facts) []compliance.Finding {
	doc := on.doc
	seen := map[*compliance.Control]bool{}
	decided := map[string]bool{}
	var out []compliance.Finding
	for _, f := range found {
		decided[join(f.Subject)] = true
	}
	for _, f := range found {
		for _, c := range r.controlsOf(&f, chosen) {
			if r.already(&f, c, chosen, decided) {
				continue
			}
			g := f
			g.Control, g.Target, g.Content = c, &doc.Target, content(doc, &f)
			seen[c] = true
			out = append(out, g)
		}
	}
	for key, c := range chosen {
		if !seen[c] {
			out = append(out, r.nothing(c, key, on))
		}
	}
	return out
}

// content is a digest of the list element that f lies in, the outermost, and of
// the value that decided. "" where it lies in none, or where a secret does.
func content(doc *compliance.Document, f *compliance.Finding) string {
	if f.State != compliance.Fail {
		return ""
	}
	for n := 2; n <= len(f.Path); n++ {
		if _, err := strconv.Atoi(f.Path[n-1]); err != nil {
			continue
		}
		element, ok := doc.Value(f.Path[:n])
		if !ok {
			continue
		}
		text, err := json.Marshal(element)
		if err != nil || doc.Sensitive(f.Path[:n]) {
			return ""
		}
		sum := sha256.Sum256(fmt.Append(text, f.Path[n:].String(), f.Saw))
		return hex.EncodeToString(sum[:])
	}
	return ""
}

// already tells whether f, which stands for all rows since its key is not known,
// says of c's row what a finding of that very subject says better.
func (r *rule) already(f *compliance.Finding, c *compliance.Control, chosen map[string]*compliance.Control, decided map[string]bool) bool {
	n := len(f.Subject) - 1
	if r.keys == nil || n < 0 || f.Subject[n] != compliance.Any {
		return false
	}
	for key, x := range chosen {
		if x == c {
			return decided[join(f.Subject[:n].Append(key))]
		}
	}
	return false
}

// nothing is the finding of a control that does not apply, with the fact that decides.
func (r *rule) nothing(c *compliance.Control, key string, on *facts) compliance.Finding {
	f := compliance.Finding{Control: c, Target: &on.doc.Target, State: compliance.NotApplicable}
	f.Message, f.Path = r.reason(on, key)
	f.Source, _ = on.doc.Source(f.Path)
	switch {
	case f.Message != "":
	case len(r.applies) > 0:
		f.Message = "no " + strings.Join(r.applies, ", ") + " here that this control judges"
	default:
		f.Message = "nothing here that this control judges"
	}
	return f
}

// controlsOf returns the control of f: in a family the row that the subject's
// last element names, or all rows where that is not known.
func (r *rule) controlsOf(f *compliance.Finding, chosen map[string]*compliance.Control) []*compliance.Control {
	if r.keys == nil {
		return []*compliance.Control{chosen[""]}
	}
	key := compliance.Any
	if len(f.Subject) > 0 {
		key = f.Subject[len(f.Subject)-1]
	}
	if key != compliance.Any {
		if c, ok := chosen[key]; ok {
			return []*compliance.Control{c}
		}
		return nil
	}
	var out []*compliance.Control
	for _, k := range r.keys {
		if c, ok := chosen[k]; ok {
			out = append(out, c)
		}
	}
	return out
}

// judge evaluates the rule and gives each subject its verdict. Control and
// Target of the findings are not set.
func (r *rule) judge(ctx context.Context, f *facts) ([]compliance.Finding, error) {
	if r.broken == nil && !r.canApply(f.sections) {
		return nil, nil
	}
	subjects, fails, err := r.eval(ctx, f)
	if err != nil {
		err = fmt.Errorf("%s on %s: %w", r.policy, f.doc.Target.Name, err)
		u := &compliance.Unknown{Cause: "the control could not be evaluated: " + err.Error()}
		return []compliance.Finding{{State: compliance.Unsure, Message: u.Cause, Unknown: u}}, err
	}
	j := &judgement{rule: r, facts: f, memo: map[memoKey][]*compliance.Unknown{}, met: map[*clause][]int{}, solutions: map[string]solutions{}}
	j.assign(subjects, fails)
	var out []compliance.Finding
	for i := range j.subjects {
		out = append(out, j.verdict(ctx, &j.subjects[i])...)
	}
	return append(out, j.possible()...), nil
}

// A witness is one member of `fail`.
type witness struct {
	subject, path compliance.Path
	want          any
	from          clause
}

// A derived subject, and a clause that derived it.
type derivation struct {
	path compliance.Path
	from clause
}

func (r *rule) eval(ctx context.Context, f *facts) (subjects []derivation, fails []witness, err error) {
	if r.broken != nil {
		return nil, nil, r.broken
	}
	defer func() { // one rule that trips the evaluator must not take the others down
		if p := recover(); p != nil {
			err = fmt.Errorf("the evaluator gave up: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, f.limit)
	defer cancel()
	rs, err := r.query.Eval(ctx, rego.EvalParsedInput(f.input))
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("it took longer than %v, or was cancelled", f.limit)
		}
		return nil, nil, err
	}
	if len(rs) != 1 {
		return nil, nil, fmt.Errorf("subject or fail is not defined")
	}
	derived := func(name string, i int) []any { return asList(rs[0].Bindings[fmt.Sprint(name, clauseMark, i)]) }
	for i, c := range r.subject {
		for _, v := range derived("subject", i) {
			subjects = append(subjects, derivation{asPath(v), c})
		}
	}
	for i, c := range r.fail {
		for _, v := range derived("fail", i) {
			m, _ := v.(map[string]any)
			fails = append(fails, witness{subject: asPath(m["subject"]), path: asPath(m["path"]), want: m["want"], from: c})
		}
	}
	return subjects, fails, nil
}

func asList(v any) []any { l, _ := v.([]any); return l }

func asPath(v any) compliance.Path {
	var p compliance.Path
	for _, e := range asList(v) {
		p = append(p, fmt.Sprint(e))
	}
	return p
}

// A judgement is one rule on one document.
type judgement struct {
	rule     *rule
	facts    *facts
	subjects []judged
	byPath   map[string]int
	// memo holds, for reads that are the same for each subject, the first two
	// unknowns that meet them: two, since one may be the subject itself.
	memo map[memoKey][]*compliance.Unknown
	// met and solutions keep what canFail has found out about clauses.
	met       map[*clause][]int
	solutions map[string]solutions
}

type memoKey struct {
	read *read
	par  parity
	t    *trie
}

type judged struct {
	path  compliance.Path
	from  []clause // that derived it
	fails []witness
}

// assign gives each witness to its subject: the one it names, or else the
// longest that its path begins with.
func (j *judgement) assign(subjects []derivation, fails []witness) {
	j.byPath = make(map[string]int, len(subjects))
	for _, d := range subjects {
		key := join(d.path)
		i, ok := j.byPath[key]
		if !ok {
			i = len(j.subjects)
			j.byPath[key] = i
			j.subjects = append(j.subjects, judged{path: d.path})
		}
		j.subjects[i].from = append(j.subjects[i].from, d.from)
	}
	for _, w := range fails {
		if i, ok := j.owner(w); ok {
			j.subjects[i].fails = append(j.subjects[i].fails, w)
		}
	}
}

func (j *judgement) owner(w witness) (int, bool) {
	if w.subject != nil {
		i, ok := j.byPath[join(w.subject)]
		return i, ok
	}
	for n := len(w.path); n > 0; n-- {
		if i, ok := j.byPath[join(w.path[:n])]; ok {
			return i, true
		}
	}
	return 0, false
}

func join(p compliance.Path) string { return strings.Join(p, "\x00") }

var (
	whetherLess = parity{odd: true}  // could it be derived no longer?
	whetherMore = parity{even: true} // could it be derived yet?
)

// verdict is: fail where a failure is certain, pass where it is certain that
// there is none, otherwise unknown.
func (j *judgement) verdict(ctx context.Context, s *judged) []compliance.Finding {
	if u := j.mayVanish(s); u != nil {
		return []compliance.Finding{j.unknown(s.path, u)}
	}
	var out []compliance.Finding
	var doubt *compliance.Unknown
	seen := map[string]bool{}
	for _, w := range s.fails {
		if u := j.meets([]clause{w.from}, s.path, w.path, whetherLess); u != nil {
			doubt = u
		} else if key := join(w.path); !seen[key] {
			seen[key] = true
			out = append(out, j.failure(s.path, w))
		}
	}
	if len(out) > 0 {
		return out
	}
	for i := range j.rule.fail {
		if doubt == nil {
			doubt = j.canFail(ctx, &j.rule.fail[i], s.path)
		}
	}
	if doubt != nil {
		return []compliance.Finding{j.unknown(s.path, doubt)}
	}
	src, _ := j.facts.doc.Source(s.path)
	return []compliance.Finding{{
		State: compliance.Pass, Subject: s.path, Path: s.path, Source: src, Message: j.rule.controls[0].Title,
		Conditional: j.conditional(s.path),
	}}
}

// mayVanish returns an unknown that could make s no subject; nil where one clause
// at least has derived it for certain.
func (j *judgement) mayVanish(s *judged) *compliance.Unknown {
	var doubt *compliance.Unknown
	for i := range s.from {
		if doubt = j.meets(s.from[i:i+1], s.path, nil, whetherLess); doubt == nil {
			return nil
		}
	}
	return doubt
}

// meets returns an unknown that stands in the way: one that meets, with parity
// par, a read of a clause which could have to do with the subject and witness.
func (j *judgement) meets(clauses []clause, subject, witness compliance.Path, par parity) *compliance.Unknown {
	for _, c := range clauses {
		b, ok := c.match(subject, witness)
		if !ok {
			continue
		}
		for _, r := range c.reads {
			if u := j.meet(&j.facts.unknowns, r, b, par, nil); u != nil {
				return u
			}
			if u := j.meet(&j.facts.maybes, r, b, both, subject); u != nil {
				return u
			}
			if u := j.handedOn(subject); u != nil && r.matters(par) && !r.own(subject, b) {
				return u
			}
		}
	}
	return nil
}

// isAbout tells whether a maybe is about the subject itself, which is judged as if
// it existed.
func (f *facts) isAbout(u *compliance.Unknown, subject compliance.Path) bool {
	if p, ok := f.of[u]; ok {
		return subject.HasPrefix(p)
	}
	return subject.HasPrefix(u.Path)
}

// handedOn returns the unknown that stands for an unread module which has the
// subject for an argument.
func (j *judgement) handedOn(subject compliance.Path) *compliance.Unknown {
	if len(subject) < 2 {
		return nil
	}
	return j.facts.unread[subject[1]]
}

// meet looks r up in t, leaving out what the subject itself is beneath.
func (j *judgement) meet(t *trie, r *read, b bindings, par parity, subject compliance.Path) *compliance.Unknown {
	if len(t.children) == 0 {
		return nil
	}
	other := func(u *compliance.Unknown) bool { return subject == nil || !j.facts.isAbout(u, subject) }
	if r.isBound(b) {
		var hit *compliance.Unknown
		t.find(r, b, par, t == &j.facts.maybes, func(u *compliance.Unknown) bool {
			if other(u) {
				hit = u
			}
			return hit != nil
		})
		return hit
	}
	key := memoKey{r, par, t}
	hits, known := j.memo[key]
	if !known {
		t.find(r, nil, par, t == &j.facts.maybes, func(u *compliance.Unknown) bool {
			hits = append(hits, u)
			return len(hits) == 2
		})
		j.memo[key] = hits
	}
	for _, u := range hits {
		if other(u) {
			return u
		}
	}
	return nil
}

// possible returns an unknown verdict for each subject that may exist beside
// those that were found.
func (j *judgement) possible() []compliance.Finding {
	var out []compliance.Finding
	for i, c := range j.rule.subject {
		if len(c.reads) > 0 && j.rule.ruledOut(j.facts, i) {
			continue
		}
		for _, r := range c.reads {
			j.facts.unknowns.find(r, nil, whetherMore, false, func(u *compliance.Unknown) bool {
				p := c.fromUnknown(r, u)
				if _, ok := j.byPath[join(p)]; !ok {
					j.byPath[join(p)] = -1
					out = append(out, j.unknown(p, u))
				}
				return false
			})
		}
	}
	return out
}

// fromUnknown is the subject that u may bring about, Any where it does not say.
func (c clause) fromUnknown(r *read, u *compliance.Unknown) compliance.Path {
	b := bindings{}
	for i := range min(len(u.Path), len(r.at)) {
		if r.at[i].kind == bound {
			b[r.at[i].text] = u.Path[i]
		}
	}
	var p compliance.Path
	c.subject.Foreach(func(t *ast.Term) {
		text, ok := scalarText(t)
		if v, isVar := t.Value.(ast.Var); isVar {
			text, ok = b[string(v)]
		}
		if !ok {
			text = compliance.Any
		}
		p = append(p, text)
	})
	return p
}

// conditional tells whether p may come not to exist.
func (j *judgement) conditional(p compliance.Path) bool { return j.facts.maybes.covers(p) }

func (j *judgement) unknown(subject compliance.Path, u *compliance.Unknown) compliance.Finding {
	src := u.Source
	if src.IsZero() {
		src, _ = j.facts.doc.Source(u.Path)
	}
	return compliance.Finding{
		State: compliance.Unsure, Subject: subject, Path: u.Path, Source: src, Unknown: u,
		Message: fmt.Sprintf("cannot tell: %s", u.Cause),
	}
}

func (j *judgement) failure(subject compliance.Path, w witness) compliance.Finding {
	src, _ := j.facts.doc.Source(w.path)
	f := compliance.Finding{
		State: compliance.Fail, Subject: subject, Path: w.path, Source: src, Want: text(w.want),
		Conditional: j.conditional(subject),
	}
	v, ok := j.facts.doc.Value(w.path)
	f.Absent, f.Sensitive = !ok, j.facts.doc.Sensitive(w.path)
	switch {
	case f.Absent:
	case f.Sensitive:
		f.Saw = "(sensitive)"
	default:
		f.Saw = text(v)
	}
	f.Message = sentence(&f)
	return f
}
