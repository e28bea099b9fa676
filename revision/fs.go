package revision

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxHops bounds how many links lead to one file.
const maxHops = 16

var (
	_ fs.ReadDirFS  = (*Revision)(nil)
	_ fs.ReadFileFS = (*Revision)(nil)
	_ fs.ReadLinkFS = (*Revision)(nil)
	_ fs.StatFS     = (*Revision)(nil)
)

// Open implements [fs.FS].
func (r *Revision) Open(name string) (fs.File, error) {
	at, e, err := r.resolve("open", name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return r.work.FS().Open(at)
	}
	if e.mode.IsDir() {
		list, err := r.ReadDir(at)
		return &dir{info{path.Base(at), e.mode, 0}, list}, err
	}
	content, err := r.content(at, e)
	if err != nil {
		return nil, err
	}
	return &file{bytes.NewReader(content), info{path.Base(at), e.mode, int64(len(content))}}, nil
}

// ReadFile implements [fs.ReadFileFS].
func (r *Revision) ReadFile(name string) ([]byte, error) {
	at, e, err := r.resolve("open", name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return fs.ReadFile(r.work.FS(), at)
	}
	return r.content(at, e)
}

func (r *Revision) content(name string, e *entry) ([]byte, error) {
	if !e.mode.IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	content, err := e.from.read(e.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return content, nil
}

// Stat implements [fs.StatFS].
func (r *Revision) Stat(name string) (fs.FileInfo, error) {
	at, e, err := r.resolve("stat", name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return fs.Stat(r.work.FS(), at)
	}
	return info{path.Base(at), e.mode, e.size}, nil
}

// ReadLink implements [fs.ReadLinkFS].
func (r *Revision) ReadLink(name string) (string, error) {
	at, e, err := r.parent("readlink", name)
	if err != nil {
		return "", err
	}
	if e == nil {
		return r.work.Readlink(filepath.FromSlash(at))
	}
	if e.mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return r.target(e)
}

// Lstat implements [fs.ReadLinkFS].
func (r *Revision) Lstat(name string) (fs.FileInfo, error) {
	at, e, err := r.parent("lstat", name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return r.work.Lstat(filepath.FromSlash(at))
	}
	return info{path.Base(at), e.mode, e.size}, nil
}

// parent follows the links on the way to name, and not name itself.
func (r *Revision) parent(op, name string) (string, *entry, error) {
	if !fs.ValidPath(name) {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	dir, _, err := r.resolve(op, path.Dir(name))
	if err != nil {
		return "", nil, err
	}
	at := path.Join(dir, path.Base(name))
	e := r.entries[at]
	if e == nil && !r.isIgnored(at) {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return at, e, nil
}

// target returns where a link leads.
func (r *Revision) target(link *entry) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	to, err := link.from.read(link.hash)
	return string(to), err
}

// ReadDir implements [fs.ReadDirFS]. What git ignores in the directory is in it.
func (r *Revision) ReadDir(name string) ([]fs.DirEntry, error) {
	at, e, err := r.resolve("readdir", name)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return fs.ReadDir(r.work.FS(), at)
	}
	if !e.mode.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	list := slices.Clone(e.list)
	for _, x := range r.ignored {
		x = strings.TrimSuffix(x, "/")
		if path.Dir(x) != at || r.entries[x] != nil {
			continue
		}
		if now, err := r.work.Lstat(filepath.FromSlash(x)); err == nil {
			list = append(list, fs.FileInfoToDirEntry(now))
		}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// resolve follows links, and returns what name stands for in the end. A nil entry
// is an ignored file of the work tree.
func (r *Revision) resolve(op, name string) (string, *entry, error) {
	fail := func(err error) (string, *entry, error) {
		return "", nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	at := name
	for range maxHops {
		link, rest := r.firstLink(at)
		if link == "" {
			e := r.entries[at]
			if e == nil && !r.isIgnored(at) {
				return fail(fs.ErrNotExist)
			}
			return at, e, nil
		}
		target, err := r.target(r.entries[link])
		if err != nil {
			return fail(err)
		}
		at = path.Join(path.Dir(link), target, rest)
		if path.IsAbs(target) || !fs.ValidPath(at) {
			return fail(errEscapes)
		}
	}
	return fail(fs.ErrInvalid)
}

// firstLink returns the first link on the way to name, and what follows it.
func (r *Revision) firstLink(name string) (link, rest string) {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		if e := r.entries[name[:i]]; e != nil && e.mode&fs.ModeSymlink != 0 {
			return name[:i], strings.TrimPrefix(name[i:], "/")
		}
	}
	return "", ""
}

// errEscapes reads as that of [os.Root] does.
var errEscapes = escapes{}

type escapes struct{}

func (escapes) Error() string { return "path escapes from parent" }

// info describes a file of a revision.
type info struct {
	name string
	mode fs.FileMode
	size int64
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) Mode() fs.FileMode          { return i.mode | 0o444 }
func (i info) Type() fs.FileMode          { return i.mode.Type() }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) IsDir() bool                { return i.mode.IsDir() }
func (i info) Sys() any                   { return nil }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

type file struct {
	*bytes.Reader
	info info
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

type dir struct {
	info info
	rest []fs.DirEntry
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *dir) Close() error               { return nil }
func (d *dir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.name, Err: fs.ErrInvalid}
}

// ReadDir implements [fs.ReadDirFile].
func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.rest) {
		if n > 0 && len(d.rest) == 0 {
			return nil, io.EOF
		}
		n = len(d.rest)
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out, nil
}
