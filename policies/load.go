// Package policies holds the controls and judges documents by them: it loads
// Rego, derives what each rule reads, evaluates, and turns what was derived into
// verdicts that are true or say that they do not know.
//
// Controls live in host/, app/ and terraform/<provider>/, functions that they
// share in lib/, named selections in baselines/.
package policies

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"merlon/compliance"
)

//go:embed host/*/*.rego host/*/*.table.yaml terraform/*/*.rego lib/*.rego baselines/*.yaml baselines/frameworks/*.yaml schemas/host.json index.json
var shipped embed.FS

// indexFile lists the shipped controls, so that a run parses only the policies
// that can apply. `go generate ./policies` makes it anew.
const indexFile = "index.json"

//go:generate go test -run ^TestIndex$ -update .

// A rule is one policy: a control, or a family of them.
type rule struct {
	policy     string // "host/sshd/root_login"
	file       string
	fsys       fs.FS
	kind       compliance.Kind
	controls   []*compliance.Control
	keys       []string // of a family: the row of each control
	parameters map[string]Parameter
	table      map[string]any
	// applies are sections, one of which a target must have for a subject to exist.
	applies []string

	module        *ast.Module
	subject, fail []clause
	query         rego.PreparedEvalQuery
	explain       *explainer
	// broken is why the rule could not be compiled.
	broken error
	ready  bool
}

// indexEntry is a rule as the index has it.
type indexEntry struct {
	File       string                `json:"file"`
	Policy     string                `json:"policy"`
	Kind       compliance.Kind       `json:"kind"`
	Applies    []string              `json:"applies"`
	Reads      []string              `json:"reads"`
	Controls   []*compliance.Control `json:"controls"`
	Keys       []string              `json:"keys,omitempty"`
	Parameters map[string]Parameter  `json:"parameters,omitempty"`
	Table      map[string]any        `json:"table,omitempty"`
}

// Options say which controls a run has.
type Options struct {
	// Dirs hold a user's own policies.
	Dirs []string
	// Baseline is a shipped baseline's name or a file; "" is "default".
	Baseline string
	// Controls, where there are any, select by id, by policy path or by a pattern
	// of policy paths ("host/sshd/*"), whatever the baseline has.
	Controls []string
}

// A Set is the controls of one run. It is safe for concurrent use.
type Set struct {
	rules      []*rule
	selected   map[*rule]map[string]*compliance.Control // key ("" for a single control) -> the control as the baseline has it
	parameters map[string]any
	baseline   []*Baseline        // those that were applied, in this order
	taken      map[string]*taking // by framework
	frameworks map[string]*Framework
	// libraries are the shipped functions; extra are the user's, which the shipped
	// rules do not see.
	libraries, extra map[string]*ast.Module

	// limit bounds one rule on one document; zero is [timeLimit].
	limit time.Duration

	mu sync.Mutex // guards rule.module, rule.ready and what follows from them
}

// Load reads the shipped index, the user's policies and the baseline. Errors
// are returned beside a Set that works without what they name; each says file
// and line.
func Load(o Options) (*Set, []error) {
	s := &Set{extra: map[string]*ast.Module{}}
	var errs []error
	if err := s.readIndex(); err != nil {
		return s, []error{err}
	}
	for _, dir := range o.Dirs {
		errs = append(errs, s.addDir(dir)...)
	}
	errs = append(errs, s.checkUnique()...)
	chain, problems := readBaseline(o.Baseline)
	errs = append(errs, problems...)
	errs = append(errs, s.choose(chain, o)...)
	errs = append(errs, s.prepare(slices.DeleteFunc(slices.Clone(s.rules), (*rule).isShipped))...)
	for _, r := range s.rules {
		if r.broken != nil {
			delete(s.selected, r)
		}
	}
	return s, errs
}

// fromSource compiles every policy in fsys without an index, all enabled.
func fromSource(fsys fs.FS) (*Set, []error) {
	s := &Set{}
	var errs []error
	s.rules, s.libraries, errs = parseAll(fsys, "")
	errs = append(errs, s.checkUnique()...)
	errs = append(errs, s.choose(everything(), Options{})...)
	return s, append(errs, s.prepare(s.rules)...)
}

func (s *Set) readIndex() error {
	data, err := shipped.ReadFile(indexFile)
	if err != nil {
		return err
	}
	var entries []indexEntry
	if err := json.Unmarshal(data, &entries); err != nil {
		return fmt.Errorf("%s: %w", indexFile, err)
	}
	for _, e := range entries {
		s.rules = append(s.rules, &rule{
			policy: e.Policy, file: e.File, fsys: shipped, kind: e.Kind, controls: e.Controls, keys: e.Keys,
			parameters: e.Parameters, table: e.Table, applies: e.Applies,
		})
	}
	return nil
}

// addDir parses a folder of the user's policies.
func (s *Set) addDir(dir string) []error {
	if info, err := os.Stat(dir); err != nil {
		return []error{fmt.Errorf("policies: %w", err)}
	} else if !info.IsDir() {
		return []error{fmt.Errorf("policies: %s is no folder", dir)}
	}
	rules, libs, errs := parseAll(os.DirFS(dir), dir)
	maps.Copy(s.extra, libs)
	s.rules = append(s.rules, rules...)
	if len(rules) == 0 && len(errs) == 0 {
		errs = append(errs, fmt.Errorf("policies: %s holds no .rego file with a control", dir))
	}
	return errs
}

// parseAll reads every policy in fsys. Locations show prefix before the path.
func parseAll(fsys fs.FS, prefix string) (rules []*rule, libs map[string]*ast.Module, errs []error) {
	libs = map[string]*ast.Module{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".rego") || strings.HasSuffix(p, "_test.rego") {
			return err
		}
		r, lib, problems := parseFile(fsys, p, prefix)
		errs = append(errs, problems...)
		switch {
		case len(problems) > 0:
		case lib != nil:
			libs[filepath.Join(prefix, p)] = lib
		default:
			rules = append(rules, r)
		}
		return nil
	})
	if err != nil {
		errs = append(errs, fmt.Errorf("policies: %w", err))
	}
	return rules, libs, errs
}

// parseFile returns a rule, or the module where the file is a library.
func parseFile(fsys fs.FS, name, prefix string) (*rule, *ast.Module, []error) {
	shown := filepath.Join(prefix, name)
	m, err := parseModule(fsys, name, shown)
	if err != nil {
		return nil, nil, policyErrors(err)
	}
	pkg := packagePath(m)
	if pkg[0] == "lib" {
		errs := lint(m, false)
		return nil, m, errs
	}
	r := &rule{file: shown, fsys: fsys, module: m}
	if r.kind, err = kindOf(pkg); err != nil {
		return nil, nil, []error{&PolicyError{Location: location(m.Package.Location), Message: err.Error()}}
	}
	r.policy = strings.Join(pkg[1:], "/")
	table, err := fs.ReadFile(fsys, tableName(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, []error{err}
	}
	var errs []error
	if err := r.describe(m, table); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, lint(m, true)...)
	errs = append(errs, r.undeclared(m)...)
	return r, nil, errs
}

func parseModule(fsys fs.FS, name, shown string) (*ast.Module, error) {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return ast.ParseModuleWithOpts(shown, string(src), ast.ParserOptions{ProcessAnnotation: true})
}

// packagePath is data.policies.host.sshd.root_login without "data".
func packagePath(m *ast.Module) []string {
	var out []string
	for _, t := range m.Package.Path[1:] {
		s, _ := scalarText(t)
		out = append(out, s)
	}
	return out
}

func kindOf(pkg []string) (compliance.Kind, error) {
	if len(pkg) >= 3 && pkg[0] == "policies" {
		switch pkg[1] {
		case "host", "app":
			return compliance.KindHost, nil
		case "terraform":
			return compliance.KindTerraform, nil
		}
	}
	return "", fmt.Errorf("the package %s is no place for a control: it must begin with policies.host, policies.app or policies.terraform, and name the control (a library begins with lib)", strings.Join(pkg, "."))
}

func tableName(file string) string { return strings.TrimSuffix(file, ".rego") + ".table.yaml" }

// checkUnique refuses an id or a policy path that two files claim; the first stays.
func (s *Set) checkUnique() []error {
	var errs []error
	ids, paths := map[string]string{}, map[string]string{}
	s.rules = slices.DeleteFunc(s.rules, func(r *rule) bool {
		if other, dup := paths[r.policy]; dup {
			errs = append(errs, &PolicyError{Location: compliance.Source{File: r.file}, Message: fmt.Sprintf("the package is that of %s too", other)})
			return true
		}
		for _, c := range r.controls {
			if other, dup := ids[c.ID]; dup {
				errs = append(errs, &PolicyError{Location: compliance.Source{File: r.file}, Message: fmt.Sprintf("the id %s is that of %s too", c.ID, other)})
				return true
			}
			ids[c.ID] = r.file
		}
		paths[r.policy] = r.file
		return false
	})
	return errs
}

// Controls returns the enabled controls, ordered by id.
func (s *Set) Controls() []*compliance.Control {
	var out []*compliance.Control
	for _, chosen := range s.selected {
		out = slices.AppendSeq(out, maps.Values(chosen))
	}
	slices.SortFunc(out, func(a, b *compliance.Control) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// All returns every control that there is, enabled or not.
func (s *Set) All() []*compliance.Control {
	var out []*compliance.Control
	for _, r := range s.rules {
		out = append(out, r.controls...)
	}
	return out
}

// Parameters returns the declared parameters of the policy that has control id.
func (s *Set) Parameters(id string) map[string]Parameter {
	for _, r := range s.rules {
		for _, c := range r.controls {
			if c.ID == id {
				return r.parameters
			}
		}
	}
	return nil
}

// Value returns what a parameter is set to.
func (s *Set) Value(parameter string) any { return s.parameters[parameter] }

// Baseline returns the baseline of the run; nil where it could not be read.
func (s *Set) Baseline() *Baseline {
	if len(s.baseline) == 0 {
		return nil
	}
	return s.baseline[len(s.baseline)-1]
}

// Sections returns what the enabled controls of a kind read; see
// [compliance.Path.Section].
func (s *Set) Sections(kind compliance.Kind) []string {
	seen := map[string]bool{}
	for r := range s.selected {
		if r.kind != kind {
			continue
		}
		for _, x := range r.controls[0].Sections {
			seen[x] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Prepare compiles the rules of kind that can apply to a target that has
// these sections (nil: any), so that [Set.Evaluate] need not. It may run while the
// target is still being read.
func (s *Set) Prepare(kind compliance.Kind, sections map[string]bool) []error {
	var need []*rule
	for r := range s.selected {
		if r.kind == kind && (sections == nil || r.canApply(sections)) {
			need = append(need, r)
		}
	}
	return s.prepare(need)
}

func (r *rule) isShipped() bool { return r.fsys == fs.FS(shipped) }

func (r *rule) canApply(sections map[string]bool) bool {
	return len(r.applies) == 0 || slices.ContainsFunc(r.applies, func(a string) bool { return sections[a] })
}

// prepare compiles those of rules that are not yet ready. A rule that does not
// compile is marked broken, and the others are compiled without it.
func (s *Set) prepare(rules []*rule) []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	var need []*rule
	for _, r := range rules {
		if r.ready || r.broken != nil {
			continue
		}
		if r.module == nil {
			m, err := parseModule(r.fsys, r.file, r.file)
			if err != nil {
				r.broken = err
				errs = append(errs, err)
				continue
			}
			r.module = m
		}
		separate(r.module)
		need = append(need, r)
	}
	if len(need) == 0 {
		return errs
	}
	if err := s.loadLibraries(); err != nil {
		return append(errs, err)
	}
	slices.SortFunc(need, func(a, b *rule) int { return strings.Compare(a.policy, b.policy) })
	theirs := slices.DeleteFunc(slices.Clone(need), (*rule).isShipped)
	ours := slices.DeleteFunc(need, func(r *rule) bool { return !r.isShipped() })
	errs = append(errs, s.compile(ours, s.libraries)...)
	libs := maps.Clone(s.libraries)
	maps.Copy(libs, s.extra)
	return append(errs, s.compile(theirs, libs)...)
}

func (s *Set) loadLibraries() error {
	if s.libraries != nil {
		return nil
	}
	s.libraries = map[string]*ast.Module{}
	files, err := fs.Glob(shipped, "lib/*.rego")
	if err != nil {
		return err
	}
	for _, f := range files {
		m, err := parseModule(shipped, f, f)
		if err != nil {
			return err
		}
		s.libraries[f] = m
	}
	return nil
}

func (s *Set) compile(rules []*rule, libs map[string]*ast.Module) []error {
	var errs []error
	for len(rules) > 0 {
		c := ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities())
		c.Compile(modules(rules, libs))
		if !c.Failed() {
			return append(errs, s.finish(c, rules)...)
		}
		problems := policyErrors(c.Errors)
		errs = append(errs, problems...)
		n := len(rules)
		rules = dropBroken(rules, problems)
		if len(rules) == n {
			// The mistake lies in a library: nothing can be compiled.
			for _, r := range rules {
				r.broken = problems[0]
			}
			return errs
		}
	}
	return errs
}

func modules(rules []*rule, libs map[string]*ast.Module) map[string]*ast.Module {
	mods := maps.Clone(libs)
	for _, r := range rules {
		mods[r.file] = r.module
	}
	return mods
}

func dropBroken(rules []*rule, problems []error) []*rule {
	return slices.DeleteFunc(rules, func(r *rule) bool {
		for _, p := range problems {
			var e *PolicyError
			if errors.As(p, &e) && e.Location.File == r.file {
				r.broken = p
				return true
			}
		}
		return false
	})
}

// finish derives the reads of each compiled rule and prepares its query.
func (s *Set) finish(c *ast.Compiler, rules []*rule) []error {
	var errs []error
	store := inmem.NewFromObject(map[string]any{"parameters": s.parameters, "tables": s.tables()})
	for _, r := range rules {
		if err := r.analyse(c, store); err != nil {
			r.broken = err
			errs = append(errs, err)
			continue
		}
		r.explain.parameters = s.parameters
		q, err := rego.New(rego.Compiler(c), rego.Store(store), rego.Query(r.queryText())).PrepareForEval(context.Background())
		if err != nil {
			r.broken = err
			errs = append(errs, err)
			continue
		}
		r.query, r.ready = q, true
		r.module = nil
	}
	return errs
}

// tables is data.tables: each family's rows under its policy path.
func (s *Set) tables() map[string]any {
	out := map[string]any{}
	for _, r := range s.rules {
		if r.table == nil {
			continue
		}
		at := out
		parts := strings.Split(r.policy, "/")
		for _, p := range parts[:len(parts)-1] {
			next, ok := at[p].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[p] = next
			}
			at = next
		}
		at[parts[len(parts)-1]] = r.table
	}
	return out
}
