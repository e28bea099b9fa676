package terraform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"merlon/compliance"
)

// A memory is what is remembered of a tree that was scanned: names, no syntax.
type memory struct {
	outlines map[string]*outline

	mu    sync.Mutex
	roots map[string]rootReads
	// modules are those that root modules use, by directory.
	modules map[string]seen
}

// rootReads are what one root module was evaluated from.
type rootReads struct {
	own seen
	// modules are all that it uses, by directory. What is remembered has the
	// directories alone.
	modules map[string]seen
	dirs    []string
	fetched map[string]string
}

func newMemory(v *survey) *memory {
	return &memory{outlines: v.outlines, roots: map[string]rootReads{}, modules: map[string]seen{}}
}

// put adds a root module. Those that use the same module share what is known of it.
func (k *memory) put(dir string, r rootReads) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for m, s := range r.modules {
		if _, known := k.modules[m]; !known {
			k.modules[m] = s
		}
	}
	r.dirs, r.modules = slices.Sorted(maps.Keys(r.modules)), nil
	k.roots[dir] = r
}

// remember keeps a memory for ScanBase.
func (s *Scanner) remember(t compliance.Target, k *memory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scanned == nil {
		s.scanned = map[string]*memory{}
	}
	s.scanned[t.Address] = k
}

// readings tells what was read for the root module.
func (e *evaluation) readings() rootReads {
	r := rootReads{own: e.tree.seen(), modules: map[string]seen{}, fetched: e.fetched}
	todo := []*module{e.root.mod}
	for _, h := range e.loaded {
		todo = append(todo, h.mod)
	}
	for len(todo) > 0 {
		m := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, known := r.modules[m.dir]; known {
			continue
		}
		r.modules[m.dir] = m.seen
		for _, c := range m.children {
			todo = append(todo, c)
		}
	}
	return r
}

// names lists what was read, files and directories.
func (r rootReads) names() []string {
	return names(append(slices.Collect(maps.Values(r.modules)), r.own)...)
}

// Roots tell how the root modules of a tree stand to those of an earlier revision.
// Each is named as its document's target is, in order.
type Roots struct {
	// Judged are those of the revision that were evaluated; Same those that were
	// not, since both revisions give the same facts.
	Judged, Same []string
	// Added are not in the revision. Removed are only there; Judged has them too.
	Added, Removed []string
}

// ScanBase compares a tree that was scanned by Scan, under the same target and
// with the same sections, with an earlier revision of it. base is the revision's
// files, from the repository's base on: it tells of links as [fs.ReadLinkFS], or by
// their mode and what they hold. differs tells whether a file, by its name in base,
// is another one in the work tree: there in only one of both, a link in one of
// them, or of other content. It is called by one goroutine at a time.
//
// found gets a document for each root module of the revision whose document may be
// another than the work tree's; of the rest nothing is parsed. Modules that
// `terraform init` fetched, which no revision holds, are read from the work tree
// where the call asks for the same source and version in both, and are missing
// otherwise. A var file that lies in the tree is read as it was; one that was not
// there gives nothing.
func (s *Scanner) ScanBase(ctx context.Context, t compliance.Target, base fs.FS, differs func(name string) bool, sections []string, found func(*compliance.Document)) (Roots, error) {
	tr, dir, err := openTree(t.Address)
	if err != nil {
		return Roots{}, fmt.Errorf("%s cannot be read: %w", t.Address, err)
	}
	defer tr.close()
	work := tr.work
	tr.files = revision{base, work}
	scan, err := s.begin(tr, t, sections)
	if err != nil {
		return Roots{}, err
	}
	scan.table = newModuleTable()
	c := &comparison{scan: scan, head: s.remembered(t), differs: differs, modules: map[string]bool{}}
	where, err := scan.find(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) {
		where, err = &findings{}, nil
	}
	if err != nil {
		return Roots{}, err
	}
	v, err := scan.survey(ctx, where.dirs, c.outline)
	if err != nil {
		return Roots{}, err
	}
	roots, affected := c.compare(v.roots)
	if len(affected) > 0 {
		affected[0].diagnostics = slices.Concat(scan.diagnostics, where.diagnostics, affected[0].diagnostics)
	}
	v.each(ctx, affected, func(root rootModule) {
		if doc, _ := scan.document(ctx, root); ctx.Err() == nil {
			found(doc)
		}
	})
	return roots, ctx.Err()
}

// remembered returns what Scan remembers of a tree; nothing where it found nothing.
func (s *Scanner) remembered(t compliance.Target) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.scanned[t.Address]; k != nil {
		return k
	}
	return &memory{}
}

// A revision is the files of an earlier revision. What `terraform init` fetched is
// no part of it, and taken from the work tree.
type revision struct {
	base fs.FS
	work *workTree
}

func (r revision) having(name string) fs.FS {
	if fetched(name) {
		return r.work
	}
	return r.base
}

// Open implements [fs.FS].
func (r revision) Open(name string) (fs.File, error) { return r.having(name).Open(name) }

// ReadDir implements [fs.ReadDirFS].
func (r revision) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(r.having(name), name)
}

// Stat implements [fs.StatFS].
func (r revision) Stat(name string) (fs.FileInfo, error) { return fs.Lstat(r.having(name), name) }

// Lstat implements [fs.ReadLinkFS].
func (r revision) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(r.having(name), name) }

// ReadLink implements [fs.ReadLinkFS]. git keeps a link's target as its content.
func (r revision) ReadLink(name string) (string, error) {
	files := r.having(name)
	if links, ok := files.(fs.ReadLinkFS); ok {
		return links.ReadLink(name)
	}
	text, err := fs.ReadFile(files, name)
	if err == nil && len(text) > maxLinkText {
		err = errTooBig
	}
	return string(text), err
}

// A comparison tells what is the same in the work tree and in a revision.
type comparison struct {
	*scan // of the revision
	head  *memory

	mu      sync.Mutex
	differs func(string) bool
	modules map[string]bool // that are the same, by directory
}

// outline returns that of a directory in which nothing changed, nil for others.
func (c *comparison) outline(dir string) *outline {
	if o := c.head.outlines[dir]; o != nil && c.same(o.seen) {
		return o
	}
	return nil
}

func (c *comparison) same(s seen) bool {
	return s.same(c.tree, c.ignore, func(name string) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.differs(name)
	})
}

// compare sorts the revision's root modules, and returns those to be evaluated.
func (c *comparison) compare(base []rootModule) (Roots, []rootModule) {
	var roots Roots
	var affected []rootModule
	given := !slices.ContainsFunc(c.VarFiles, func(file string) bool {
		name, ok := c.tree.within(file)
		return ok && c.differs(name)
	})
	there := map[string]bool{}
	for _, r := range base {
		there[r.dir] = true
		known, both := c.head.roots[r.dir]
		if both && given && c.unaffected(known) {
			roots.Same = append(roots.Same, r.dir)
			continue
		}
		if !both {
			roots.Removed = append(roots.Removed, r.dir)
		}
		r.fetchedBefore = map[string]string{}
		maps.Copy(r.fetchedBefore, known.fetched)
		roots.Judged = append(roots.Judged, r.dir)
		affected = append(affected, r)
	}
	for _, dir := range sortedKeys(c.head.roots) {
		if !there[dir] {
			roots.Added = append(roots.Added, dir)
		}
	}
	return roots, affected
}

// unaffected tells whether all that a root module was evaluated from is the same.
func (c *comparison) unaffected(r rootReads) bool {
	for _, dir := range r.dirs {
		same, known := c.modules[dir]
		if !known {
			same = c.same(c.head.modules[dir])
			c.modules[dir] = same
		}
		if !same {
			return false
		}
	}
	return c.same(r.own)
}
