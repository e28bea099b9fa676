// Package terraform reads Terraform and OpenTofu configurations: a tree of HCL
// becomes one document for each root module in it. It evaluates what can be known
// before a plan, says of the rest why it is unknown, judges nothing and knows no
// provider.
package terraform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"merlon/compliance"
)

// A Scanner reads Terraform trees. One serves a whole run: it parses each module's
// directory once. The zero value is ready; it is safe for concurrent use, its
// fields must not change meanwhile.
type Scanner struct {
	// VarFiles are tfvars files that every root module is given after its own, in
	// order, as by -var-file. Paths are relative to the working directory.
	VarFiles []string
	// Vars are values of variables, as by -var: text where the variable's type is
	// string, number, bool or not declared, HCL otherwise. They come last.
	Vars map[string]string
	// Workspace is terraform.workspace; "" is "default".
	Workspace string
	// Exclude are patterns of what is left out, as in .gitignore, relative to the
	// repository's base. They add to those in .merlonignore there. A module that is
	// called from what is scanned is read nevertheless.
	Exclude []string

	mu sync.Mutex
	// modules holds what is parsed as long as a scan needs it, and no longer.
	modules map[string]weak.Pointer[shared]
}

// shared is a module that is parsed once.
type shared struct {
	once sync.Once
	mod  *module
	link sync.Once
}

// Bounds on the tree itself.
const (
	maxEntries = 1_000_000 // files and directories looked at
	maxBytes   = 512 << 20 // configuration read for one target
)

// Scan reads the directory t.Address, and calls found with a document for each
// root module: a directory with configuration that no other module in the tree
// calls. found may be called from several goroutines at once. sections limits
// what is extracted, see [compliance.Path.Section]; nil is everything.
//
// Files are read within the repository only: the nearest directory above that
// holds .git, else the working directory, else t.Address itself. An error means
// that there is nothing to scan; a part that cannot be read is a diagnostic or an
// unknown in its document.
func (s *Scanner) Scan(ctx context.Context, t compliance.Target, sections []string, found func(*compliance.Document)) error {
	tr, dir, err := openTree(t.Address)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", t.Address, err)
	}
	defer tr.close()
	scan, err := s.begin(tr, t, sections)
	if err != nil {
		return err
	}
	where, err := scan.find(ctx, dir)
	if err != nil {
		return err
	}
	if len(where.dirs) == 0 {
		return where.nothing(t.Address)
	}
	roots, err := scan.roots(ctx, where.dirs)
	if err != nil {
		return err
	}
	roots[0].diagnostics = slices.Concat(scan.diagnostics, where.diagnostics, where.leftOut(), scan.unused(roots), roots[0].diagnostics)
	inParallel(ctx, len(roots), func(i int) {
		root := roots[i]
		roots[i] = rootModule{} // what no later root needs can be freed
		if doc := scan.document(ctx, root); ctx.Err() == nil {
			found(doc)
		}
	})
	return ctx.Err()
}

// inParallel calls f for 0 to n-1, on as many goroutines as there are processors.
func inParallel(ctx context.Context, n int, f func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	group.Wait()
}

// A scan is one call of Scan.
type scan struct {
	*Scanner
	tree   *tree
	target compliance.Target
	ignore ignore
	given  given
	// diagnostics are about the scan as a whole.
	diagnostics []compliance.Diagnostic

	sections []string
	want     selection
}

// begin reads what holds for the whole scan: the ignore file, and the values that
// were given for variables.
func (s *Scanner) begin(tr *tree, t compliance.Target, sections []string) (*scan, error) {
	scan := &scan{Scanner: s, tree: tr, target: t, sections: sections, want: selectionOf(sections)}
	var err error
	if scan.ignore, err = parseIgnore(s.Exclude); err != nil {
		return nil, fmt.Errorf("what to leave out is not clear: %w", err)
	}
	if written, err := readIgnore(tr); err != nil {
		scan.diagnostics = append(scan.diagnostics, compliance.Diagnostic{
			Level: compliance.LevelError, Message: fmt.Sprintf("%s has no effect: %s", ignoreFile, err), Source: compliance.Source{File: ignoreFile},
		})
	} else {
		scan.ignore = append(written, scan.ignore...)
	}
	scan.given, err = s.readGiven(tr)
	return scan, err
}

// findings say where configuration lies.
type findings struct {
	dirs        []string
	excluded    []string // directories and files with configuration that were left out
	hidden      []string
	diagnostics []compliance.Diagnostic
}

// nothing is the error where there is nothing to scan.
func (f *findings) nothing(address string) error {
	if out := slices.Concat(f.excluded, f.hidden); len(out) > 0 {
		return fmt.Errorf("all Terraform files in %s are left out (%s); give the directory that is to be scanned, or change what is excluded", address, some(out))
	}
	return fmt.Errorf("%s holds no Terraform files (.tf, .tf.json, .tofu); give the directory that does", address)
}

// leftOut says what was not looked at.
func (f *findings) leftOut() []compliance.Diagnostic {
	var out []compliance.Diagnostic
	if len(f.excluded) > 0 {
		out = append(out, compliance.Diagnostic{Level: compliance.LevelWarning, Message: fmt.Sprintf("left out, as %s or --exclude asks: %s", ignoreFile, some(f.excluded))})
	}
	if len(f.hidden) > 0 {
		out = append(out, compliance.Diagnostic{Level: compliance.LevelWarning, Message: "left out, since their names begin with a dot: " + some(f.hidden) + "; scan them by themselves"})
	}
	return out
}

// some lists names, not all where they are many.
func some(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

var errEnough = errors.New("enough")

// find returns the directories beneath dir that hold configuration.
func (s *scan) find(ctx context.Context, dir string) (*findings, error) {
	w := &finder{scan: s, ctx: ctx, start: dir}
	err := fs.WalkDir(s.tree.root.FS(), dir, w.visit)
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("%s cannot be read: %w", s.target.Address, err)
	}
	slices.Sort(w.dirs)
	w.dirs = slices.Compact(w.dirs)
	return &w.findings, nil
}

type finder struct {
	*scan
	findings
	ctx     context.Context
	start   string
	entries int
	bytes   int64
}

func (f *finder) visit(name string, d fs.DirEntry, err error) error {
	if err != nil {
		if name == f.start {
			return plainError(err)
		}
		f.findings.diagnostics = append(f.findings.diagnostics, compliance.Diagnostic{Level: compliance.LevelError, Message: fmt.Sprintf("%s was not read: %s", name, plainError(err)), Source: compliance.Source{File: name}})
		return fs.SkipDir
	}
	if f.entries++; f.entries%1024 == 0 && f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	if d.IsDir() {
		return f.directory(name, d.Name())
	}
	if !isConfig(d.Name()) {
		return nil
	}
	if f.ignore.matchOne(name, false) {
		f.excluded = append(f.excluded, name)
		return nil
	}
	if info, err := d.Info(); err == nil && info.Size() <= sourceLimit(name) {
		f.bytes += info.Size()
	}
	if f.entries > maxEntries || f.bytes > maxBytes {
		f.findings.diagnostics = append(f.findings.diagnostics, compliance.Diagnostic{
			Level:   compliance.LevelError,
			Message: fmt.Sprintf("the tree is too large (more than %d entries or %d MiB of configuration): nothing after %s was read; scan its directories one by one", maxEntries, maxBytes>>20, name),
			Source:  compliance.Source{File: name},
		})
		return errEnough
	}
	if parent := path.Dir(name); len(f.dirs) == 0 || f.dirs[len(f.dirs)-1] != parent {
		f.dirs = append(f.dirs, parent)
	}
	return nil
}

// caches are hidden directories of tools; what counts in them is read through the
// modules that call it.
var caches = map[string]bool{".git": true, ".terraform": true, ".terragrunt-cache": true}

func (f *finder) directory(name, base string) error {
	switch {
	case name == f.start:
		return nil
	case caches[base]:
		return fs.SkipDir
	case f.ignore.matchOne(name, true):
		f.note(&f.excluded, name)
		return fs.SkipDir
	case strings.HasPrefix(base, "."):
		f.note(&f.hidden, name)
		return fs.SkipDir
	}
	return nil
}

// note adds a directory to a list, where it holds configuration.
func (f *finder) note(list *[]string, dir string) {
	_ = fs.WalkDir(f.tree.root.FS(), dir, func(_ string, d fs.DirEntry, err error) error {
		f.entries++
		switch {
		case err != nil, d.IsDir() && caches[d.Name()]:
			return fs.SkipDir
		case f.entries > maxEntries || f.ctx.Err() != nil:
			return fs.SkipAll
		case !d.IsDir() && isConfig(d.Name()):
			*list = append(*list, dir)
			return fs.SkipAll
		}
		return nil
	})
}

// A rootModule is what nothing in the tree calls.
type rootModule struct {
	dir         string
	held        *shared // keeps it, and what it calls, from being parsed again
	diagnostics []compliance.Diagnostic
}

// roots parses all modules and returns those that no other calls.
func (s *scan) roots(ctx context.Context, dirs []string) ([]rootModule, error) {
	held := make([]*shared, len(dirs))
	inParallel(ctx, len(dirs), func(i int) { held[i] = s.module(dirs[i]) })
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	called, linked := map[*module]bool{}, map[*module]bool{}
	for _, h := range held {
		s.linkAll(h.mod, linked)
		for _, c := range h.mod.children {
			if c != h.mod {
				called[c] = true
			}
		}
	}
	var out []rootModule
	reached := map[*module]bool{}
	for i, h := range held {
		if !called[h.mod] {
			out = append(out, rootModule{dir: dirs[i], held: h})
			reach(h.mod, reached)
		}
	}
	// Modules that call each other in a circle have no root; one stands in.
	for i, h := range held {
		if !reached[h.mod] {
			reach(h.mod, reached)
			out = append(out, rootModule{dir: dirs[i], held: h, diagnostics: []compliance.Diagnostic{{
				Level:   compliance.LevelError,
				Message: fmt.Sprintf("the modules around %s call each other in a circle, which Terraform refuses; this one is taken as the root", dirs[i]),
				Source:  compliance.Source{File: dirs[i]},
			}}})
		}
	}
	return out, nil
}

func reach(m *module, seen map[*module]bool) {
	for todo := []*module{m}; len(todo) > 0; {
		m, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if seen[m] {
			continue
		}
		seen[m] = true
		for _, c := range m.children {
			todo = append(todo, c)
		}
	}
}

// module returns the parsed module of a directory.
func (s *scan) module(dir string) *shared {
	key := s.tree.base + "\x00" + dir
	s.mu.Lock()
	if s.modules == nil {
		s.modules = map[string]weak.Pointer[shared]{}
	}
	h := s.modules[key].Value()
	if h == nil {
		h = &shared{}
		s.modules[key] = weak.Make(h)
	}
	s.mu.Unlock()
	h.once.Do(func() {
		h.mod = newModule(dir)
		h.mod.parse(s.tree, s.ignore)
		h.mod.self = h
	})
	return h
}

// linkAll finds the local modules that a module calls, and those that they call.
func (s *scan) linkAll(m *module, seen map[*module]bool) {
	for todo := []*module{m}; len(todo) > 0; {
		m, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if seen[m] {
			continue
		}
		seen[m] = true
		m.self.link.Do(func() { s.link(m) })
		for _, c := range m.children {
			todo = append(todo, c)
		}
	}
}

func (s *scan) link(m *module) {
	for name, call := range m.calls {
		source := literalText(call.Body.Attributes["source"])
		if !isLocal(source) {
			continue
		}
		dir, err := s.tree.resolve(m.dir, source)
		if err != nil {
			continue // the evaluation tells
		}
		if info, err := s.tree.root.Stat(filepath.FromSlash(dir)); err == nil && info.IsDir() {
			if c := s.module(dir).mod; c.files > 0 {
				m.children[name] = c
			}
		}
	}
}

// document evaluates one root module.
func (s *scan) document(ctx context.Context, root rootModule) *compliance.Document {
	t := s.target
	t.Name, t.Kind = root.dir, compliance.KindTerraform
	t.Address = filepath.Join(s.tree.base, filepath.FromSlash(root.dir))
	doc := compliance.NewDocument(t)
	doc.Sections = s.sections
	doc.Diagnostics = append(doc.Diagnostics, root.diagnostics...)
	e := s.evaluation(ctx, root, doc)
	e.run(root.dir, s.given, s.want)
	return doc
}

// evaluation begins the evaluation of a root module.
func (s *scan) evaluation(ctx context.Context, root rootModule, doc *compliance.Document) *evaluation {
	held := map[string]*shared{}
	return &evaluation{
		ctx: ctx, tree: s.tree, doc: doc, root: newInstance(root.held.mod), workspace: cmp.Or(s.Workspace, "default"),
		told: map[string]bool{}, types: map[string]string{}, templates: map[string]hclsyntax.Expression{}, special: specialFunctions(),
		load: func(dir string) *module {
			if held[dir] == nil {
				held[dir] = s.module(dir)
				s.linkAll(held[dir].mod, map[*module]bool{})
			}
			return held[dir].mod
		},
	}
}

// run evaluates and extracts. A panic in a library, which hostile input may find,
// ends this root module only.
func (e *evaluation) run(dir string, g given, want selection) {
	defer func() {
		if p := recover(); p != nil {
			e.doc.Diagnose(compliance.LevelError, fmt.Sprintf("the evaluation of %s broke off by a defect: %v; what it had not reached is missing", dir, p), compliance.Source{File: dir})
		}
	}()
	e.readVars(dir)
	e.setGiven(g)
	e.readManifest(dir)
	e.adopt(e.root.mod)
	e.extract(want)
}
