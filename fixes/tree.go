package fixes

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxFile bounds a file, in bytes, as it does what the scanner reads.
const maxFile = 4 << 20

// A tree is where files are read and written; nothing leads out of it.
type tree struct{ root *os.Root }

func openTree(base string) (tree, error) {
	root, err := os.OpenRoot(base)
	return tree{root}, err
}

var errLink = errors.New("its file is a link")

// read returns a file's content. A link is refused: whoever replaces it would
// replace the link.
func (t tree) read(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, errors.New("its file lies outside of the repository")
	}
	info, err := t.root.Lstat(filepath.FromSlash(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("its file cannot be read: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, errLink
	}
	// Without O_NONBLOCK, opening a named pipe would wait for its writer.
	f, err := t.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("its file cannot be read: %w", err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("its file is no regular file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(text) > maxFile {
		return nil, errors.New("its file cannot be read, or is too large")
	}
	return text, nil
}

// sources are the configuration files of a directory.
func (t tree) sources(dir string) ([]string, error) {
	entries, err := fs.ReadDir(t.root.FS(), dir)
	if err != nil {
		return nil, fmt.Errorf("its directory cannot be read: %w", err)
	}
	var out []string
	for _, e := range entries {
		if ext := path.Ext(e.Name()); ext == ".tf" || ext == ".tofu" {
			out = append(out, path.Join(dir, e.Name()))
		}
	}
	return out, nil
}

// Write puts the files of a plan in place, each at once and with the mode it had.
// It writes nothing where a file is no longer what it was when it was read.
func (r *Repository) Write(p *Plan) (err error) {
	written := map[string]string{} // temporary names
	defer func() {
		for _, temporary := range written {
			err = errors.Join(err, r.tree.root.Remove(temporary))
		}
	}()
	for _, f := range p.Files {
		now, err := r.tree.read(f.Name)
		if err != nil {
			return fmt.Errorf("%s: %w; nothing was written", f.Name, err)
		}
		if !bytes.Equal(now, f.Old) {
			return fmt.Errorf("%s has changed since it was scanned; nothing was written: try again", f.Name)
		}
		if written[f.Name], err = r.tree.beside(f); err != nil {
			delete(written, f.Name)
			return fmt.Errorf("%s cannot be written; nothing was: %w", f.Name, err)
		}
	}
	for i, f := range p.Files {
		if err := r.tree.root.Rename(written[f.Name], filepath.FromSlash(f.Name)); err != nil {
			return fmt.Errorf("%s cannot be written, %d of %d files were: %w", f.Name, i, len(p.Files), err)
		}
		delete(written, f.Name)
	}
	return nil
}

// beside writes a file's new content beside it.
func (t tree) beside(f File) (string, error) {
	info, err := t.root.Stat(filepath.FromSlash(f.Name))
	if err != nil {
		return "", err
	}
	name := filepath.FromSlash(path.Join(path.Dir(f.Name), ".merlon-"+strings.ToLower(rand.Text())))
	w, err := t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = w.Write(f.New)
	if err = errors.Join(err, w.Chmod(info.Mode().Perm()), w.Sync(), w.Close()); err != nil {
		return "", errors.Join(err, t.root.Remove(name))
	}
	return name, nil
}

// Changed is the repository as the plan makes it, for the scanner to read. Links
// are told of, and not followed.
func (r *Repository) Changed(p *Plan) fs.FS {
	o := &overlay{root: r.tree.root, files: map[string][]byte{}}
	for _, f := range p.Files {
		o.files[f.Name] = f.New
	}
	return o
}

// Changes tells whether the plan changes a file.
func (p *Plan) Changes(name string) bool {
	_, found := slices.BinarySearchFunc(p.Files, name, func(f File, name string) int { return strings.Compare(f.Name, name) })
	return found
}

// An overlay is a tree in which some files hold something else.
type overlay struct {
	root  *os.Root
	files map[string][]byte
}

// Open implements [fs.FS].
func (o *overlay) Open(name string) (fs.File, error) {
	if text, ok := o.files[name]; ok {
		info, err := o.Lstat(name)
		return &changed{Reader: bytes.NewReader(text), info: info}, err
	}
	f, err := o.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Lstat implements [fs.ReadLinkFS].
func (o *overlay) Lstat(name string) (fs.FileInfo, error) {
	info, err := o.root.Lstat(filepath.FromSlash(name))
	if text, ok := o.files[name]; ok && err == nil {
		info = resized{info, int64(len(text))}
	}
	return info, err
}

// ReadLink implements [fs.ReadLinkFS].
func (o *overlay) ReadLink(name string) (string, error) {
	target, err := o.root.Readlink(filepath.FromSlash(name))
	return filepath.ToSlash(target), err
}

// changed is an open file of an overlay.
type changed struct {
	*bytes.Reader
	info fs.FileInfo
}

func (c *changed) Stat() (fs.FileInfo, error) { return c.info, nil }
func (c *changed) Close() error               { return nil }

// resized is what is known of a file, but for its size.
type resized struct {
	fs.FileInfo
	size int64
}

func (r resized) Size() int64 { return r.size }
