package terraform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Bounds on what is read from a tree, in bytes.
const (
	maxSource = 4 << 20  // one .tf or .tfvars: its syntax tree takes up to 300 times as much
	maxJSON   = 16 << 20 // one .tf.json, .tfvars.json or modules.json
	maxData   = 8 << 20  // what file() and its kin read
)

var (
	errOutside = errors.New("lies outside of the repository")
	errTooBig  = errors.New("is too large")
	errSpecial = errors.New("is no regular file")
)

// A tree is a repository, as it lies on disk or as it was in another revision: the
// boundary of every read. Names are relative to its base, with slashes. Links that
// lead out of it are never followed.
type tree struct {
	base string // absolute
	// files tell of links, and do not follow them: whoever reads must know of each.
	files fs.FS
	work  *workTree
	// dirs are the destinations that directories' names lead to.
	dirs sync.Map
}

// openTree opens the repository around dir, and returns dir relative to its base.
func openTree(dir string) (*tree, string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", err
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, "", err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return nil, "", err
	}
	if !info.IsDir() {
		return nil, "", fmt.Errorf("%s is a file; give the directory that holds the Terraform files", dir)
	}
	base := baseOf(abs)
	rel, err := filepath.Rel(base, abs)
	if err != nil {
		return nil, "", err
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, "", err
	}
	work := &workTree{root}
	return &tree{base: base, files: work, work: work}, filepath.ToSlash(rel), nil
}

// baseOf returns the nearest ancestor that holds .git, else the working directory
// where it contains dir, else dir.
func baseOf(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Lstat(filepath.Join(d, ".git")); err == nil {
			return d
		}
		if d == filepath.Dir(d) {
			break
		}
	}
	if wd, err := os.Getwd(); err == nil {
		if wd, err = filepath.EvalSymlinks(wd); err == nil {
			if rel, err := filepath.Rel(wd, dir); err == nil && filepath.IsLocal(rel) {
				return wd
			}
		}
	}
	return dir
}

// earlier tells whether the tree is of another revision than the one on disk.
func (t *tree) earlier() bool { return t.files != fs.FS(t.work) }

func (t *tree) close() { t.work.root.Close() }

// A workTree is the directory tree on disk. What leads out of it cannot be opened.
type workTree struct{ root *os.Root }

// Open implements [fs.FS].
func (w *workTree) Open(name string) (fs.File, error) {
	// Without O_NONBLOCK, opening a named pipe would wait for its writer.
	f, err := w.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Lstat implements [fs.ReadLinkFS].
func (w *workTree) Lstat(name string) (fs.FileInfo, error) {
	return w.root.Lstat(filepath.FromSlash(name))
}

// ReadLink implements [fs.ReadLinkFS].
func (w *workTree) ReadLink(name string) (string, error) {
	target, err := w.root.Readlink(filepath.FromSlash(name))
	return filepath.ToSlash(target), err
}

// A destination is what a name leads to.
type destination struct {
	real string // the name without links
	// links are those on the way.
	links []string
	err   error
}

const (
	maxLinks    = 40   // on the way to one file
	maxLinkText = 4096 // bytes of a link's target, PATH_MAX
)

// follow finds what a name leads to. That need not exist.
func (t *tree) follow(name string) destination {
	if !fs.ValidPath(name) {
		return destination{err: errOutside}
	}
	return t.step(t.dir(path.Dir(name)), path.Base(name))
}

// dir is follow for a directory; a tree has few of them, so the answers are kept.
func (t *tree) dir(name string) destination {
	if name == "." {
		return destination{real: "."}
	}
	if p, ok := t.dirs.Load(name); ok {
		if p, ok := p.(destination); ok {
			return p
		}
	}
	p := t.step(t.dir(path.Dir(name)), path.Base(name))
	t.dirs.Store(name, p)
	return p
}

// step goes on from a destination to a name in it, and to what that links to.
func (t *tree) step(from destination, name string) destination {
	if from.err != nil || name == "." {
		return from
	}
	next := destination{real: join(from.real, name), links: from.links}
	info, err := fs.Lstat(t.files, next.real)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return next
	}
	next.links = append(slices.Clone(from.links), next.real)
	target, err := fs.ReadLink(t.files, next.real)
	switch {
	case err != nil:
		next.err = plainError(err)
		return next
	case path.IsAbs(target) || filepath.IsAbs(target):
		next.err = errOutside
		return next
	case len(next.links) > maxLinks:
		next.err = errors.New("leads through too many links")
		return next
	}
	at := destination{real: from.real, links: next.links}
	for _, s := range strings.Split(target, "/") {
		switch {
		case s == "" || s == ".":
		case s == ".." && at.real == ".":
			at.err = errOutside
		case s == "..":
			at.real = path.Dir(at.real)
		default:
			at = t.step(at, s)
		}
		if at.err != nil {
			break
		}
	}
	return at
}

// read returns the content of a regular file of at most limit bytes.
func (t *tree) read(name string, limit int64) ([]byte, error) {
	p := t.follow(name)
	if p.err != nil {
		return nil, p.err
	}
	return t.readAt(p, limit)
}

func (t *tree) readAt(p destination, limit int64) ([]byte, error) {
	f, err := t.files.Open(p.real)
	if err != nil {
		return nil, plainError(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, plainError(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errSpecial
	}
	if info.Size() > limit {
		return nil, errTooBig
	}
	src, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, plainError(err)
	}
	if int64(len(src)) > limit {
		return nil, errTooBig
	}
	return src, nil
}

// list returns the names in a directory, in order.
func (t *tree) list(dir string) ([]fs.DirEntry, error) {
	p := t.follow(dir)
	if p.err != nil {
		return nil, p.err
	}
	entries, err := fs.ReadDir(t.files, p.real)
	return entries, plainError(err)
}

// stat describes what a name leads to.
func (t *tree) stat(name string) (fs.FileInfo, error) {
	p := t.follow(name)
	if p.err != nil {
		return nil, p.err
	}
	info, err := fs.Lstat(t.files, p.real)
	return info, plainError(err)
}

// resolve joins a path that is written in a file in dir. What leads out of the
// tree comes back with errOutside.
func (t *tree) resolve(dir, name string) (string, error) {
	if filepath.IsAbs(name) || strings.HasPrefix(name, "/") {
		rel, err := filepath.Rel(t.base, filepath.FromSlash(name))
		if err != nil || !filepath.IsLocal(rel) {
			return "", errOutside
		}
		return filepath.ToSlash(rel), nil
	}
	joined := path.Join(dir, filepath.ToSlash(name))
	if !fs.ValidPath(joined) {
		return "", errOutside
	}
	return joined, nil
}

// plainError drops the operation and the path, which the caller names better.
func plainError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		if strings.Contains(p.Err.Error(), "escapes") {
			return errOutside
		}
		if errors.Is(err, fs.ErrNotExist) {
			return fs.ErrNotExist // one text for every kind of tree
		}
		return p.Err
	}
	return err
}

// sourceLimit is the bound of a configuration file.
func sourceLimit(name string) int64 {
	if strings.HasSuffix(name, ".json") {
		return maxJSON
	}
	return maxSource
}
