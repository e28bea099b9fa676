package policies

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"

	"merlon/compliance"
)

// A Fixture is a small target with the verdicts that a control must give on it.
// Fixtures stand beside the policy, in <name>.fixtures.yaml, as a list.
type Fixture struct {
	Name string `yaml:"name"`
	// Input is the facts. {$unknown: cause} in place of a value, an element or a
	// section makes it unknown; the key $maybe in an object makes it conditional.
	Input map[string]any `yaml:"input"`
	// Terraform is HCL to be read in place of Input.
	Terraform string `yaml:"terraform"`
	// Parameters are set as a baseline would set them.
	Parameters map[string]any `yaml:"parameters"`
	// Expect maps each subject, its path joined with "/", to pass, fail or unknown.
	// A subject that is not named must not come up.
	Expect map[string]compliance.State `yaml:"expect"`
}

// ReadTerraform turns HCL into a document, as the Terraform scanner does.
type ReadTerraform func(ctx context.Context, hcl string) (*compliance.Document, error)

// A MendTerraform mends HCL by the fixes of controls: of those whose ids are own,
// what judge finds in it. It returns the ids of those that it mended, and what is
// wrong with the result by the findings before and after.
type MendTerraform func(ctx context.Context, hcl string, own map[string]bool, judge func(*compliance.Document) []compliance.Finding) (mended map[string]bool, problems []string)

// A TestResult is what testing one policy brought out.
type TestResult struct {
	Policy   string
	Controls int
	Fixtures int
	// Worlds is how many documents the soundness fuzz judged.
	Worlds   int
	Problems []string
}

// Test runs the fixtures of every policy in dir, and the soundness fuzz over
// them: each node of each fixture is made unknown in turn, and a verdict that is
// decided nevertheless must hold for every value that the node could turn out to
// have. Where a control has a fix, it must mend what fails in its fixtures. The error
// is for dir as a whole; policies that do not compile are in errs.
func Test(ctx context.Context, dir string, read ReadTerraform, mend MendTerraform) (results []TestResult, errs []error) {
	s, errs := forTest(dir)
	rules := slices.DeleteFunc(s.rules, func(r *rule) bool { return !r.ready })
	results = make([]TestResult, len(rules))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, r := range rules {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			t := &tester{set: s, rule: r, read: read, mend: mend, pool: map[string][]any{}}
			t.all = func(doc *compliance.Document) []compliance.Finding {
				found, _ := s.Evaluate(ctx, doc) // each rule's own test tells its errors
				return found
			}
			results[i] = t.run(ctx, dir)
		})
	}
	wg.Wait()
	slices.SortFunc(results, func(a, b TestResult) int { return strings.Compare(a.Policy, b.Policy) })
	return results, errs
}

// forTest compiles the policies of dir, with the shipped libraries that dir has
// not itself.
func forTest(dir string) (*Set, []error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return &Set{}, []error{fmt.Errorf("%s is no folder of policies", dir)}
	}
	s := &Set{}
	if err := s.loadLibraries(); err != nil {
		return s, []error{err}
	}
	var errs []error
	s.rules, s.extra, errs = parseAll(os.DirFS(dir), dir)
	own := map[string]bool{}
	for _, m := range s.extra {
		own[m.Package.Path.String()] = true
	}
	maps.DeleteFunc(s.libraries, func(_ string, m *ast.Module) bool { return own[m.Package.Path.String()] })
	if len(s.rules) == 0 {
		if len(errs) == 0 {
			errs = append(errs, fmt.Errorf("%s holds no .rego file with a control", dir))
		}
		return s, errs
	}
	errs = append(errs, s.checkUnique()...)
	errs = append(errs, s.choose(everything(), Options{})...)
	errs = append(errs, s.checkSchemas()...)
	return s, append(errs, s.prepare(s.rules)...)
}

// checkSchemas compiles the host policies once more against the schema of host
// facts, so that a misspelt name is an error and not an absent fact.
func (s *Set) checkSchemas() []error {
	data, err := shipped.ReadFile("schemas/host.json")
	if err != nil {
		return []error{err}
	}
	var schema any
	if err := yaml.Unmarshal(data, &schema); err != nil {
		return []error{err}
	}
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, schema)
	hosts := slices.DeleteFunc(slices.Clone(s.rules), func(r *rule) bool { return r.kind != compliance.KindHost })
	libs := maps.Clone(s.libraries)
	maps.Copy(libs, s.extra)
	libs = imported(hosts, libs)
	c := ast.NewCompiler().WithCapabilities(capabilities()).WithSchemas(set)
	if c.Compile(modules(hosts, libs)); c.Failed() {
		return policyErrors(c.Errors)
	}
	return nil
}

// imported returns those of libs that rules import, and what these import.
func imported(rules []*rule, libs map[string]*ast.Module) map[string]*ast.Module {
	out := map[string]*ast.Module{}
	var follow func(m *ast.Module)
	follow = func(m *ast.Module) {
		for _, i := range m.Imports {
			ref, _ := i.Path.Value.(ast.Ref)
			for name, lib := range libs {
				if ref.HasPrefix(lib.Package.Path) && out[name] == nil {
					out[name] = lib
					follow(lib)
				}
			}
		}
	}
	for _, r := range rules {
		follow(r.module)
	}
	return out
}

// A tester tests one policy.
type tester struct {
	set    *Set
	rule   *rule
	read   ReadTerraform
	mend   MendTerraform
	all    func(*compliance.Document) []compliance.Finding // by all policies
	pool   map[string][]any                                // values that the fixtures have at like places
	result TestResult
}

func (t *tester) problem(format string, args ...any) {
	const most = 5
	if len(t.result.Problems) < most {
		t.result.Problems = append(t.result.Problems, fmt.Sprintf(format, args...))
	}
}

func (t *tester) run(ctx context.Context, dir string) TestResult {
	t.result = TestResult{Policy: t.rule.policy, Controls: len(t.rule.controls)}
	fixtures, err := readFixtures(t.rule.fsys, dir, t.rule.file)
	if err != nil {
		t.problem("%v", err)
		return t.result
	}
	t.result.Fixtures = len(fixtures)
	var worlds []world
	cover := newCoverage(t.rule)
	for _, f := range fixtures {
		w, err := t.world(ctx, f)
		if err == nil {
			w.rule, err = t.parametrise(dir, f.Parameters)
		}
		if err != nil {
			t.problem("%s: %v", f.Name, err)
			continue
		}
		worlds = append(worlds, w)
		t.compare(ctx, f, w, cover)
		w.each(func(p compliance.Path, v any) { t.pool[general(p)] = append(t.pool[general(p)], v) })
	}
	for _, missing := range cover.missing() {
		t.problem("no fixture %s", missing)
	}
	for _, w := range worlds {
		t.fuzz(ctx, w)
	}
	t.fixes(ctx, fixtures)
	return t.result
}

// fixes tries the fixes of the controls on the fixtures in HCL.
func (t *tester) fixes(ctx context.Context, fixtures []Fixture) {
	own := map[string]bool{}
	for _, c := range t.rule.controls {
		if c.Fix != nil {
			own[c.ID] = true
		}
	}
	if len(own) == 0 || t.mend == nil {
		return
	}
	shown := map[string]bool{}
	for _, f := range fixtures {
		if f.Terraform == "" {
			continue
		}
		mended, problems := t.mend(ctx, f.Terraform, own, t.all)
		maps.Copy(shown, mended)
		for _, p := range problems {
			t.problem("%s: its fix: %s", f.Name, p)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(own)) {
		if !shown[id] {
			t.problem("no fixture in HCL shows the fix of %s: one that fails, and can be mended", id)
		}
	}
}

func readFixtures(fsys fs.FS, dir, file string) ([]Fixture, error) {
	name := strings.TrimSuffix(file, ".rego") + ".fixtures.yaml"
	rel, err := filepath.Rel(dir, name)
	if err != nil {
		return nil, err
	}
	data, err := fs.ReadFile(fsys, filepath.ToSlash(rel))
	if err != nil {
		return nil, fmt.Errorf("%s: the control has no fixtures", name)
	}
	var out []Fixture
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&out); err != nil {
		return nil, &PolicyError{Location: compliance.Source{File: name}, Message: plainYAML(err).Error()}
	}
	return out, nil
}

// A world is a document that can be changed.
type world struct {
	name     string
	kind     compliance.Kind
	rule     *rule // with the fixture's parameters
	facts    map[string]any
	unknowns []compliance.Unknown
}

func (t *tester) world(ctx context.Context, f Fixture) (world, error) {
	w := world{name: f.Name, kind: t.rule.kind}
	if f.Terraform == "" {
		w.facts, _ = w.strip(f.Input, nil).(map[string]any)
		if _, err := ast.InterfaceToValue(w.facts); err != nil {
			return w, fmt.Errorf("its input is more than text, numbers, booleans, lists, and objects with text for keys: %w", err)
		}
		return w, nil
	}
	if t.read == nil {
		return w, fmt.Errorf("HCL cannot be read here")
	}
	doc, err := t.read(ctx, f.Terraform)
	if err != nil {
		return w, err
	}
	for _, d := range doc.Diagnostics {
		if d.Level == compliance.LevelError {
			return w, fmt.Errorf("line %d: %s", d.Source.Line, d.Message)
		}
	}
	w.facts, w.unknowns = clone(doc.Facts()).(map[string]any), doc.Unknowns()
	return w, nil
}

// parametrise returns the rule as it is with these parameters.
func (t *tester) parametrise(dir string, values map[string]any) (*rule, error) {
	if len(values) == 0 {
		return t.rule, nil
	}
	s := &Set{rules: t.set.rules, libraries: t.set.libraries, extra: t.set.extra, parameters: maps.Clone(t.set.parameters)}
	for name, v := range values {
		p, ok := t.rule.parameters[name]
		if !ok {
			return nil, fmt.Errorf("the control has no parameter %q", name)
		}
		if why := p.check(v); why != "" {
			return nil, fmt.Errorf("the parameter %s: %s", name, why)
		}
		s.parameters[name] = v
	}
	r := &rule{
		policy: t.rule.policy, file: t.rule.file, fsys: t.rule.fsys, kind: t.rule.kind, controls: t.rule.controls, keys: t.rule.keys,
		parameters: t.rule.parameters, table: t.rule.table,
	}
	name, err := filepath.Rel(dir, r.file)
	if err != nil {
		return nil, err
	}
	if r.module, err = parseModule(r.fsys, filepath.ToSlash(name), r.file); err != nil {
		return nil, err
	}
	return r, errors.Join(s.prepare([]*rule{r})...)
}

const (
	unknownKey = "$unknown"
	maybeKey   = "$maybe"
)

// strip takes the marks out of v and records them.
func (w *world) strip(v any, at compliance.Path) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, k := range slices.Sorted(maps.Keys(x)) {
			if k == maybeKey {
				w.unknowns = append(w.unknowns, compliance.Unknown{Path: at, Cause: fmt.Sprint(x[k]), Maybe: true, Deferred: true})
			} else if cause, ok := unknownMark(x[k]); ok {
				w.unknowns = append(w.unknowns, compliance.Unknown{Path: at.Append(k), Cause: cause})
			} else {
				out[k] = w.strip(x[k], at.Append(k))
			}
		}
		return out
	case []any:
		out := []any{}
		for _, e := range x {
			if cause, ok := unknownMark(e); ok {
				w.unknowns = append(w.unknowns, compliance.Unknown{Path: at.Append(compliance.Any), Cause: cause})
			} else {
				out = append(out, w.strip(e, at.Append(strconv.Itoa(len(out)))))
			}
		}
		return out
	}
	return v
}

func unknownMark(v any) (string, bool) {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return "", false
	}
	cause, ok := m[unknownKey]
	return fmt.Sprint(cause), ok
}

func (w *world) document() *compliance.Document {
	d := compliance.NewDocument(compliance.Target{Name: w.name, Kind: w.kind})
	for k, v := range w.facts {
		d.Put(compliance.Path{k}, v, compliance.Source{})
	}
	for _, u := range w.unknowns {
		d.Add(u)
	}
	return d
}

// judge returns the state of each subject.
func (t *tester) judge(ctx context.Context, w world) (map[string]compliance.State, []compliance.Finding) {
	t.result.Worlds++
	found, err := w.rule.judge(ctx, newFacts(w.document()))
	if err != nil {
		t.problem("%s: %v", w.name, err)
	}
	states := map[string]compliance.State{}
	for _, x := range found {
		states[x.Subject.String()] = x.State
	}
	return states, found
}

func (t *tester) compare(ctx context.Context, f Fixture, w world, cover *coverage) {
	got, found := t.judge(ctx, w)
	cover.add(w, found)
	for subject, want := range f.Expect {
		if got[subject] != want {
			t.problem("%s: %s: expected %s, got %s", f.Name, subject, want, orNone(got[subject]))
		}
	}
	for subject, state := range got {
		if _, ok := f.Expect[subject]; !ok {
			t.problem("%s: %s is %s, and is not expected at all", f.Name, subject, state)
		}
	}
}

func orNone(s compliance.State) compliance.State {
	if s == "" {
		return "nothing"
	}
	return s
}

// coverage tells whether the fixtures show each case that a control must survive.
type coverage struct {
	rule          *rule
	fails, passes map[string]bool // by row; "" for a single control
	none, lacks   bool
}

func newCoverage(r *rule) *coverage {
	c := &coverage{rule: r, fails: map[string]bool{}, passes: map[string]bool{}}
	// A control whose witness is the subject itself has no attribute to lack.
	c.lacks = !slices.ContainsFunc(r.fail, func(f clause) bool {
		return slices.ContainsFunc(r.subject, func(s clause) bool { return f.path.Len() > s.subject.Len() || !begins(f.path, s.subject) })
	})
	return c
}

func (c *coverage) add(w world, found []compliance.Finding) {
	c.none = c.none || len(found) == 0
	for _, f := range found {
		key := ""
		if c.rule.keys != nil && len(f.Subject) > 0 {
			key = f.Subject[len(f.Subject)-1]
		}
		switch f.State {
		case compliance.Fail:
			c.fails[key] = true
		case compliance.Pass:
			c.passes[key] = true
		}
		for _, cl := range c.rule.fail {
			if b, ok := cl.match(f.Subject, nil); ok && !present(w.facts, cl.path, 0, b) {
				c.lacks = true
			}
		}
	}
}

// present tells whether v holds something at the rest of path.
func present(v any, path *ast.Array, i int, b bindings) bool {
	if i == path.Len() {
		return true
	}
	key, known := scalarText(path.Elem(i))
	if x, ok := path.Elem(i).Value.(ast.Var); ok {
		key, known = b[string(x)]
	}
	if known {
		next, ok := compliance.Lookup(v, compliance.Path{key})
		return ok && present(next, path, i+1, b)
	}
	found := false
	children(v, func(_ string, e any) { found = found || present(e, path, i+1, b) })
	return found
}

func children(v any, visit func(key string, e any)) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			visit(k, x[k])
		}
	case []any:
		for i, e := range x {
			visit(strconv.Itoa(i), e)
		}
	}
}

func (c *coverage) missing() []string {
	var out []string
	keys := c.rule.keys
	if keys == nil {
		keys = []string{""}
	}
	for _, k := range keys {
		of := ""
		if k != "" {
			of = " for " + k
		}
		if !c.fails[k] {
			out = append(out, "fails"+of)
		}
		if !c.passes[k] {
			out = append(out, "passes"+of)
		}
	}
	if !c.none {
		out = append(out, "is one to which the control does not apply")
	}
	if !c.lacks {
		out = append(out, "lacks the attribute that decides")
	}
	return out
}
