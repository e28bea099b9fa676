package terraform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
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

// A tree is a repository: the boundary of every read. Names are relative to its
// base, with slashes. Links that lead out of it are never followed.
type tree struct {
	base string // absolute
	root *os.Root
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
	return &tree{base: base, root: root}, filepath.ToSlash(rel), nil
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

func (t *tree) close() { t.root.Close() }

// read returns the content of a regular file of at most limit bytes.
func (t *tree) read(name string, limit int64) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, errOutside
	}
	// Without O_NONBLOCK, opening a named pipe would wait for its writer.
	f, err := t.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
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
	if !fs.ValidPath(dir) {
		return nil, errOutside
	}
	entries, err := fs.ReadDir(t.root.FS(), dir)
	return entries, plainError(err)
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
