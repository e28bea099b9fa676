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
	"unicode/utf8"
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
	// modules are those of a repository, by its base.
	modules map[string]*moduleTable
	// scanned is what ScanBase needs to know of each tree that was scanned.
	scanned map[string]*memory
}

// A moduleTable holds what is parsed as long as a scan needs it, and no longer.
type moduleTable struct {
	mu    sync.Mutex
	byDir map[string]weak.Pointer[shared]
}

// table returns the modules of the repository at base.
func (s *Scanner) table(base string) *moduleTable {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.modules == nil {
		s.modules = map[string]*moduleTable{}
	}
	if s.modules[base] == nil {
		s.modules[base] = newModuleTable()
	}
	return s.modules[base]
}

func newModuleTable() *moduleTable {
	return &moduleTable{byDir: map[string]weak.Pointer[shared]{}}
}

// entry returns the one place for a directory's module.
func (t *moduleTable) entry(dir string) *shared {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.byDir[dir].Value()
	if h == nil {
		h = &shared{}
		t.byDir[dir] = weak.Make(h)
	}
	return h
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
	survey, err := scan.survey(ctx, where.dirs, nil)
	if err != nil {
		return err
	}
	first := &survey.roots[0]
	first.diagnostics = slices.Concat(scan.diagnostics, where.diagnostics, where.leftOut(), scan.unused(survey), first.diagnostics)
	known := newMemory(survey)
	survey.each(ctx, survey.roots, func(root rootModule) {
		if doc, read := scan.document(ctx, root); ctx.Err() == nil {
			known.put(root.dir, read)
			found(doc)
		}
	})
	s.remember(t, known)
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
	table  *moduleTable
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
	scan := &scan{Scanner: s, tree: tr, table: s.table(tr.base), target: t, sections: sections, want: selectionOf(sections)}
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
	if len(f.diagnostics) > 0 {
		return errors.New(f.diagnostics[0].Message)
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
	err := fs.WalkDir(s.tree.files, dir, w.visit)
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
	if !utf8.ValidString(name) {
		f.findings.diagnostics = append(f.findings.diagnostics, compliance.Diagnostic{
			Level: compliance.LevelError, Message: fmt.Sprintf("%q was not read: its name is not UTF-8; rename it", name),
		})
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
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
	_ = fs.WalkDir(f.tree.files, dir, func(_ string, d fs.DirEntry, err error) error {
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

// module returns the parsed module of a directory.
func (s *scan) module(dir string) *shared { return s.parsed(s.table.entry(dir), dir) }

func (s *scan) parsed(h *shared, dir string) *shared {
	h.once.Do(func() {
		h.mod = newModule(dir)
		h.mod.self = h
		r := s.tree.reader()
		defer func() {
			if p := recover(); p != nil {
				h.mod.unread(dir, fmt.Errorf("a defect ended the reading: %v", p))
			}
			h.mod.seen = r.seen()
		}()
		h.mod.parse(r, s.ignore)
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
	r := s.tree.reader()
	for name, dir := range s.localCalls(m) {
		if entries, _ := r.list(dir, configFiles, s.ignore); len(entries) > 0 {
			m.children[name] = s.module(dir).mod
		}
	}
	more := r.seen()
	m.seen.files, m.seen.lists = append(m.seen.files, more.files...), append(m.seen.lists, more.lists...)
}

// localCalls returns the directories that a module's calls lead to, by the calls'
// names. They need not exist.
func (s *scan) localCalls(m *module) map[string]string {
	out := map[string]string{}
	for name, call := range m.calls {
		source := literalText(call.Body.Attributes["source"])
		if !isLocal(source) {
			continue
		}
		if dir, err := s.tree.resolve(m.dir, source); err == nil { // else the evaluation tells
			out[name] = dir
		}
	}
	return out
}

// document evaluates one root module, and tells what was read for it.
func (s *scan) document(ctx context.Context, root rootModule) (*compliance.Document, rootReads) {
	t := s.target
	t.Name, t.Kind = root.dir, compliance.KindTerraform
	t.Address = filepath.Join(s.tree.base, filepath.FromSlash(root.dir))
	doc := compliance.NewDocument(t)
	doc.Sections = s.sections
	doc.Diagnostics = append(doc.Diagnostics, root.diagnostics...)
	e := s.evaluation(ctx, root, doc)
	e.run(root.dir, s.given, s.want)
	read := e.readings()
	doc.Reads = read.names()
	return doc, read
}

// evaluation begins the evaluation of a root module.
func (s *scan) evaluation(ctx context.Context, root rootModule, doc *compliance.Document) *evaluation {
	e := &evaluation{
		ctx: ctx, tree: s.tree.reader(), doc: doc, root: newInstance(root.held.mod), workspace: cmp.Or(s.Workspace, "default"),
		told: map[string]bool{}, types: map[string]string{}, templates: map[string]hclsyntax.Expression{}, special: specialFunctions(),
		loaded: map[string]*shared{}, fetched: map[string]string{}, fetchedBefore: root.fetchedBefore,
	}
	e.load = func(dir string) *module {
		if e.loaded[dir] == nil {
			e.loaded[dir] = s.module(dir)
			s.linkAll(e.loaded[dir].mod, map[*module]bool{})
		}
		return e.loaded[dir].mod
	}
	return e
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
