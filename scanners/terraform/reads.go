package terraform

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// A reader reads a tree, and remembers what it was asked for: from that can be told
// whether another tree would have given the same. It serves one goroutine.
type reader struct {
	*tree
	files map[string]bool
	lists map[listing]string
	// plain are files that a list has shown to be no links.
	plain map[string]bool
}

func (t *tree) reader() *reader {
	return &reader{tree: t, files: map[string]bool{}, lists: map[listing]string{}, plain: map[string]bool{}}
}

// seen is what was read of a tree.
type seen struct {
	// files are those that were read, looked for in vain, or links on the way.
	files []string
	lists []listed
}

// A listing is a directory's list of names, or those of a kind.
type listing struct {
	dir  string
	kind listKind
}

// listed has a digest of what a directory held, or of what a name led to.
type listed struct {
	listing
	digest string
}

type listKind int8

const (
	itsKind    listKind = iota // no list: what the name leads to
	everything                 // all names
	configFiles
	varFiles
)

// seen returns what was read so far.
func (r *reader) seen() seen {
	s := seen{files: slices.AppendSeq(make([]string, 0, len(r.files)), maps.Keys(r.files)), lists: make([]listed, 0, len(r.lists))}
	for l, d := range r.lists {
		s.lists = append(s.lists, listed{l, d})
	}
	return s
}

// names lists files and directories, in order.
func names(all ...seen) []string {
	var out []string
	for _, s := range all {
		out = append(out, s.files...)
		for _, l := range s.lists {
			out = append(out, l.dir)
		}
	}
	slices.Sort(out)
	return slices.Clip(slices.Compact(out))
}

// note remembers the links on the way to a destination.
func (r *reader) note(p destination) {
	for _, l := range p.links {
		r.files[l] = true
	}
}

func (r *reader) read(name string, limit int64) ([]byte, error) {
	var p destination
	if r.plain[name] {
		p = r.dir(path.Dir(name))
		p.real = join(p.real, path.Base(name))
	} else {
		p = r.follow(name)
	}
	if r.note(p); p.err != nil {
		return nil, p.err
	}
	src, err := r.readAt(p, limit)
	if errors.Is(err, errSpecial) {
		_, _ = r.stat(name) // what it is counts, not what it holds
	} else {
		r.files[p.real] = true
	}
	return src, err
}

// stat tells what a name leads to: whether it is there, a file or a directory.
func (r *reader) stat(name string) (fs.FileInfo, error) {
	r.note(r.follow(name))
	info, err := r.tree.stat(name)
	r.lists[listing{name, itsKind}] = "absent"
	if err == nil {
		r.lists[listing{name, itsKind}] = info.Mode().Type().String()
	}
	return info, err
}

// list returns a directory's entries of a kind; out are left out.
func (r *reader) list(dir string, kind listKind, out ignore) ([]fs.DirEntry, error) {
	r.note(r.follow(dir))
	entries, err := r.tree.list(dir)
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !kind.has(dir, e, out) })
	r.lists[listing{dir, kind}] = listDigest(entries, err)
	for _, e := range entries {
		if e.Type().IsRegular() && kind != everything {
			r.plain[join(dir, e.Name())] = true
		}
	}
	return entries, err
}

func (k listKind) has(dir string, e fs.DirEntry, out ignore) bool {
	switch k {
	case configFiles:
		return isConfig(e.Name()) && !e.IsDir() && !out.matchOne(join(dir, e.Name()), false)
	case varFiles:
		return isVarFile(e.Name())
	}
	return true
}

// listDigest is the same for lists that are the same.
func listDigest(entries []fs.DirEntry, err error) string {
	if err != nil {
		return "absent"
	}
	h := sha256.New()
	for _, e := range entries {
		fmt.Fprintf(h, "%s\x00%s\n", e.Name(), e.Type())
	}
	return string(h.Sum(nil))
}

// same tells whether another tree gives what this one gave. differs tells which
// files are not the same in both.
func (s seen) same(other *tree, out ignore, differs func(name string) bool) bool {
	for _, name := range s.files {
		if !fetched(name) && differs(name) {
			return false
		}
	}
	r := other.reader()
	for _, l := range s.lists {
		switch {
		case fetched(l.dir):
			continue
		case l.kind == itsKind:
			_, _ = r.stat(l.dir)
		default:
			_, _ = r.list(l.dir, l.kind, out)
		}
		if r.lists[l.listing] != l.digest {
			return false
		}
	}
	return true
}

// fetched tells whether a name lies in what `terraform init` fetched, which is no
// part of any revision.
func fetched(name string) bool { return slices.Contains(strings.Split(name, "/"), ".terraform") }

// A globber is a directory of a reader, for patterns to be looked up in.
type globber struct {
	*reader
	dir string
}

// Open implements [fs.FS].
func (g globber) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

// ReadDir implements [fs.ReadDirFS].
func (g globber) ReadDir(name string) ([]fs.DirEntry, error) {
	return g.list(path.Join(g.dir, name), everything, nil)
}

// Stat implements [fs.StatFS].
func (g globber) Stat(name string) (fs.FileInfo, error) {
	return g.stat(path.Join(g.dir, name))
}
