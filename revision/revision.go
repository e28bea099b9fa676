// Package revision reads an earlier state of a work tree out of its git
// repository, as a file system, without touching the work tree or the index.
//
// It asks the git program, whose reading of packs, alternates, worktrees and
// object formats is the one that counts; a library (go-git) would bring some twenty
// modules and read fewer repositories. Only commands
// that read objects and names are run: none of them runs hooks, filters, pagers
// or anything else that a hostile repository's configuration may name, and none
// may reach a network.
package revision

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // what git names objects by
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maxFile bounds one file, in bytes; a longer one counts as different and cannot
// be read.
const maxFile = 64 << 20

// A Revision is one commit, as a file system rooted at the top of the work tree.
// Names are relative to it, with slashes. Links are followed within the
// repository. Files that git ignores, which no commit has (.terraform, a local
// terraform.tfvars), are those of the work tree. It is safe for concurrent use.
type Revision struct {
	// Top is the work tree's directory, absolute.
	Top string
	// Commit is its hash, in hex.
	Commit string
	// Name is what people call it: "main (1f0c4de8)".
	Name string
	// Warning says what is not quite as asked for; "" where all is.
	Warning string

	entries map[string]*entry
	ignored []string // a directory ends in a slash
	work    *os.Root

	mu      sync.Mutex // guards what follows
	objects []*objects // the repository's, then those of its submodules
	differs map[string]bool
}

// Open finds the repository around dir and reads the names in the commit that the
// work tree's branch and ref last had in common: what was added to ref since is
// none of this branch's doing. Where they have none in common, or the clone is too
// shallow to tell, it is ref itself, with a Warning.
func Open(ctx context.Context, dir, ref string) (*Revision, error) {
	top, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("%s is in no git repository that can be read: %w", dir, err)
	}
	r := &Revision{Top: filepath.FromSlash(strings.TrimRight(top, "\n")), differs: map[string]bool{}}
	if err := r.find(ctx, ref); err != nil {
		return nil, err
	}
	if r.work, err = os.OpenRoot(r.Top); err != nil {
		return nil, err
	}
	if err := r.list(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Close ends the git programs that hand out objects.
func (r *Revision) Close() error {
	errs := []error{r.work.Close()}
	for _, o := range r.objects {
		errs = append(errs, o.close())
	}
	return errors.Join(errs...)
}

func (r *Revision) find(ctx context.Context, ref string) error {
	commit, err := git(ctx, r.Top, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return fmt.Errorf("there is no revision %q in %s; fetch it first (git fetch origin %s; in a pipeline, raise GIT_DEPTH)", ref, r.Top, ref)
	}
	r.Commit = strings.TrimSpace(commit)
	common, err := git(ctx, r.Top, "merge-base", "HEAD", r.Commit)
	if err != nil {
		r.Warning = fmt.Sprintf("no commit that HEAD and %s have in common is in this clone; compared with %s itself", ref, ref)
	} else {
		r.Commit = strings.TrimSpace(common)
	}
	r.Name = ref
	if !strings.HasPrefix(r.Commit, ref) {
		r.Name = fmt.Sprintf("%s (%.8s)", ref, r.Commit)
	}
	return nil
}

// An entry is one name in the commit.
type entry struct {
	mode fs.FileMode // regular, directory, link, or irregular: a submodule
	hash string
	size int64
	from *objects      // where its content is
	list []fs.DirEntry // of a directory
}

// list reads all names of the commit, and what git ignores in the work tree.
func (r *Revision) list(ctx context.Context) error {
	r.entries = map[string]*entry{".": {mode: fs.ModeDir}}
	if err := r.listTree(ctx, ".", r.Commit); err != nil {
		return fmt.Errorf("the files of %s cannot be listed: %w", r.Name, err)
	}
	out, err := git(ctx, r.Top, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
	if err != nil {
		return fmt.Errorf("what git ignores in %s cannot be told: %w", r.Top, err)
	}
	for name := range strings.SplitSeq(out, "\x00") {
		if fs.ValidPath(strings.TrimSuffix(name, "/")) {
			r.ignored = append(r.ignored, name)
		}
	}
	return nil
}

// listTree reads the names in a commit of the repository, or of the submodule, that
// lies in dir. A submodule without its repository, or without the commit, has none.
func (r *Revision) listTree(ctx context.Context, dir, commit string) error {
	at := filepath.Join(r.Top, filepath.FromSlash(dir))
	out, err := git(ctx, at, "ls-tree", "-r", "-l", "-z", "--full-tree", commit)
	if err != nil {
		return err
	}
	objects, err := openObjects(ctx, at)
	if err != nil {
		return err
	}
	r.objects = append(r.objects, objects)
	for line := range strings.SplitSeq(out, "\x00") {
		// MODE TYPE HASH SIZE <tab> NAME; the size of a submodule is "-".
		head, name, ok := strings.Cut(line, "\t")
		words := strings.Fields(head)
		if !ok || len(words) != 4 || !fs.ValidPath(name) {
			continue
		}
		name = path.Join(dir, name)
		if words[1] == "commit" && r.isDirectory(name) && r.listTree(ctx, name, words[2]) == nil {
			continue
		}
		size, _ := strconv.ParseInt(words[3], 10, 64)
		r.add(name, &entry{mode: modeOf(words[0]), hash: words[2], size: size, from: objects})
	}
	return nil
}

// isDirectory tells whether the work tree has a directory of that name, to which no
// link leads.
func (r *Revision) isDirectory(name string) bool {
	at := filepath.Join(r.Top, filepath.FromSlash(name))
	real, err := filepath.EvalSymlinks(at)
	info, err2 := os.Lstat(at)
	return err == nil && err2 == nil && real == at && info.IsDir()
}

func modeOf(git string) fs.FileMode {
	switch git {
	case "100644", "100755", "100664":
		return 0
	case "120000":
		return fs.ModeSymlink
	}
	return fs.ModeIrregular
}

// add puts e under name, and name into its directories.
func (r *Revision) add(name string, e *entry) {
	for {
		_, known := r.entries[name]
		r.entries[name] = e
		if known {
			return
		}
		parent := path.Dir(name)
		dir := r.entries[parent]
		made := dir == nil
		if made {
			dir = &entry{mode: fs.ModeDir}
		}
		dir.list = append(dir.list, info{path.Base(name), e.mode, e.size})
		if !made {
			return
		}
		name, e = parent, dir
	}
}

// Differs tells whether the file name is not the same in the work tree, which
// includes being in one of both only. The answer is kept.
func (r *Revision) Differs(name string) bool {
	r.mu.Lock()
	known, ok := r.differs[name]
	r.mu.Unlock()
	if ok {
		return known
	}
	now := r.hashNow(name)
	var then string
	if e := r.entries[name]; e != nil {
		then = e.hash
	} else if r.isIgnored(name) {
		then = now
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.differs[name] = now != then
	return now != then
}

// hashNow returns the name that git would give the file in the work tree; "" where
// there is none, and something that no object is called where it cannot be read.
func (r *Revision) hashNow(name string) string {
	const unreadable = "unreadable"
	at := filepath.FromSlash(name)
	info, err := r.work.Lstat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ""
	case err != nil:
		return unreadable
	case info.IsDir():
		return ""
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := r.work.Readlink(at)
		if err != nil {
			return unreadable
		}
		return r.blob([]byte(filepath.ToSlash(target)))
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return unreadable
	}
	content, err := r.work.ReadFile(at)
	if err != nil {
		return unreadable
	}
	return r.blob(content)
}

// blob names content as git does, in the repository's object format.
func (r *Revision) blob(content []byte) string {
	h := sha1.New() //nolint:gosec // as above
	if len(r.Commit) == 2*sha256.Size {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(content))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}

func (r *Revision) isIgnored(name string) bool {
	for _, x := range r.ignored {
		if dir, ok := strings.CutSuffix(x, "/"); ok {
			if name == dir || strings.HasPrefix(name, x) {
				return true
			}
		} else if name == x {
			return true
		}
	}
	return false
}

// Moved returns, by their new names, the directories that a rename has moved since
// the revision, where git takes every file of the old one that is still somewhere
// to be in the new. Uncommitted renames are not seen.
func (r *Revision) Moved(ctx context.Context) (map[string]string, error) {
	out, err := git(ctx, r.Top, "diff-tree", "-r", "-z", "-M", "--diff-filter=R", "--name-status", "--no-ext-diff", "--no-textconv", r.Commit, "HEAD")
	if err != nil {
		return nil, fmt.Errorf("what was renamed since %s cannot be told: %w", r.Name, err)
	}
	words := strings.Split(strings.TrimRight(out, "\x00"), "\x00")
	to := map[string]map[string]bool{} // old directory -> new ones
	for ; len(words) >= 3; words = words[3:] {
		from, now := path.Dir(words[1]), path.Dir(words[2])
		if from == now {
			continue
		}
		if to[from] == nil {
			to[from] = map[string]bool{}
		}
		to[from][now] = true
	}
	moved := map[string]string{}
	for from, places := range to {
		if len(places) != 1 || r.stillThere(from) {
			continue
		}
		for now := range places {
			if _, twice := moved[now]; !twice {
				moved[now] = from
			}
		}
	}
	return moved, nil
}

// stillThere tells whether a file that the revision has in dir is in the work tree.
func (r *Revision) stillThere(dir string) bool {
	for _, x := range r.entries[dir].list {
		if _, err := r.work.Lstat(filepath.FromSlash(path.Join(dir, x.Name()))); err == nil && !x.IsDir() {
			return true
		}
	}
	return false
}

// git runs one git command that only reads, and returns what it prints.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := command(ctx, dir, args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("there is no git program in PATH; install git")
		}
		if said := strings.TrimSpace(complaint.String()); said != "" {
			return "", errors.New("git: " + said)
		}
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.String(), nil
}

// elsewhere are what git tells its hooks of the repository that they run in; it
// would go before the directory that is asked about.
var elsewhere = [...]string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE",
	"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
}

// command is a git command that finds no way out: no network, no prompt, no
// pager, no fsmonitor, no lock on the index.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	fixed := []string{"--no-pager", "--literal-pathspecs", "-C", dir, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"}
	cmd := exec.CommandContext(ctx, "git", append(fixed, args...)...)
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !slices.Contains(elsewhere[:], name) {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C", "GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_EXTERNAL_DIFF=")
	return cmd
}

// objects is a running `git cat-file --batch`. Callers take turns.
type objects struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.Reader
	err error // it cannot be used any more
}

func openObjects(ctx context.Context, dir string) (*objects, error) {
	o := &objects{cmd: command(ctx, dir, "cat-file", "--batch")}
	var err error
	if o.in, err = o.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if o.out, err = o.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	return o, o.cmd.Start()
}

func (o *objects) close() error {
	o.in.Close()
	return o.cmd.Wait()
}

// read returns the content of one blob.
func (o *objects) read(hash string) ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	if _, err := io.WriteString(o.in, hash+"\n"); err != nil {
		o.err = fmt.Errorf("git cat-file: %w", err)
		return nil, o.err
	}
	head, err := o.line() // HASH blob SIZE, or HASH missing
	if err != nil {
		o.err = fmt.Errorf("git cat-file: %w", err)
		return nil, o.err
	}
	words := strings.Fields(head)
	if len(words) != 3 || words[1] != "blob" {
		return nil, fmt.Errorf("git has no content of object %.12s; a partial or shallow clone needs `git fetch`", hash)
	}
	size, err := strconv.ParseInt(words[2], 10, 64)
	if err == nil && size > maxFile {
		_, err = io.CopyN(io.Discard, o.out, size+1)
		if err == nil {
			return nil, fmt.Errorf("object %.12s is too large: %d bytes", hash, size)
		}
	}
	content := make([]byte, size+1) // and a newline
	if err == nil {
		_, err = io.ReadFull(o.out, content)
	}
	if err != nil {
		o.err = fmt.Errorf("git cat-file: %w", err)
		return nil, o.err
	}
	return content[:size], nil
}

// line reads one short line, byte by byte: what follows is another's.
func (o *objects) line() (string, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) < 200 {
		if _, err := io.ReadFull(o.out, b); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			return string(line), nil
		}
		line = append(line, b[0])
	}
	return "", errors.New("its answer makes no sense")
}
