package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	maxHops    = 40       // symbolic links on the way to one file, as in path_resolution(7)
	maxPath    = 4096     // bytes of a path, PATH_MAX
	maxEntries = 100_000  // entries of one directory
	maxWhole   = 32 << 20 // bytes of a file that is read whole
	maxKept    = 100_000  // answers of lstat(2) that are kept
)

// onlyRunning is why a fact of an image is unknown that no file decides.
const onlyRunning = "only the running system can tell"

// liveDirs hold what the kernel and the running programs make. In an image they
// are empty or stale.
var liveDirs = []string{"proc", "sys", "run", "dev"}

// transientDirs are the places below /run in which configuration may lie that is
// gone after a boot. An image has none.
var transientDirs = []string{"run/sysctl.d", "run/modprobe.d", "run/systemd"}

// An imageTree is a directory that is read as the root of a file system: links are
// resolved as in a chroot, and nothing outside is read. It may be used by many
// goroutines at once.
type imageTree struct {
	dir  string
	root *os.Root
	// unmounted are the directories on which fstab mounts a file system that is not
	// there: what lies below is not what the system has.
	unmounted []string

	mu     sync.Mutex
	infos  map[string]lstatAnswer
	listed map[string][]fs.DirEntry
}

type lstatAnswer struct {
	info fs.FileInfo
	err  error
}

func openTree(dir string) (*imageTree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	t := &imageTree{dir: dir, root: root, infos: map[string]lstatAnswer{}, listed: map[string][]fs.DirEntry{}}
	t.unmounted = t.missingMounts()
	return t, nil
}

func (t *imageTree) close() { t.root.Close() }

// hidden says why nothing is known of what is at a path of the image, "" where it
// can be known.
func (t *imageTree) hidden(name string) string {
	at, err := t.walk(name, false)
	if errors.Is(err, errNoPath) || at == "" {
		at = strings.TrimPrefix(path.Clean("/"+name), "/")
	}
	if below(at+"/", liveDirs) {
		return onlyRunning
	}
	for _, m := range t.unmounted {
		if below(at+"/", []string{m}) {
			return fmt.Sprintf("/etc/fstab mounts another file system at /%s, and nothing is mounted there in the image", m)
		}
	}
	return ""
}

// covered says why nothing is known of a directory that is there in the image:
// something else is mounted on it when the system runs.
func (t *imageTree) covered(name string) string {
	at, err := t.walk(name, true)
	switch {
	case err != nil:
	case slices.Contains(liveDirs, at):
		return onlyRunning
	case slices.Contains(t.unmounted, at):
		return t.hidden("/" + at + "/.")
	}
	return ""
}

// below tells whether at lies in one of dirs, without being it; at+"/" may be it.
func below(at string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return strings.HasPrefix(at, d+"/") })
}

var (
	errHidden = syscall.EACCES
	errNoPath = errors.New("no path")
)

// walk returns where name leads within the tree, a path without links relative to
// the root; the last component's link is followed where follow is set. The last
// component need not exist.
func (t *imageTree) walk(name string, follow bool) (string, error) {
	if len(name) > maxPath || strings.ContainsRune(name, 0) {
		return "", errNoPath
	}
	todo := strings.Split(name, "/")
	at, hops := ".", 0
	for len(todo) > 0 {
		step := todo[0]
		todo = todo[1:]
		switch step {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, step)
		if t.madeUp(next) != nil {
			at = next
			continue
		}
		if below(next, transientDirs) && !below(next+"/", []string{"run/systemd/netif"}) {
			return next, syscall.ENOENT
		}
		if below(next, liveDirs) || below(next, t.unmounted) {
			return next, errHidden
		}
		last := !slices.ContainsFunc(todo, func(s string) bool { return s != "" && s != "." })
		info, err := t.lstat(next)
		switch {
		case err != nil && last:
			return next, err
		case err != nil:
			return "", err
		case info.Mode()&fs.ModeSymlink != 0 && (follow || !last):
			if hops++; hops > maxHops {
				return "", syscall.ELOOP
			}
			target, err := t.root.Readlink(next)
			if err != nil {
				return "", err
			}
			if strings.HasPrefix(target, "/") {
				at = "."
			}
			todo = append(strings.Split(target, "/"), todo...)
		case !last && !info.IsDir():
			return "", syscall.ENOTDIR
		default:
			at = next
		}
	}
	return at, nil
}

// lstat asks about a path of which the directories hold no link.
func (t *imageTree) lstat(at string) (fs.FileInfo, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a, ok := t.infos[at]; ok {
		return a.info, a.err
	}
	info, err := t.root.Lstat(at)
	if len(t.infos) >= maxKept {
		clear(t.infos)
	}
	t.infos[at] = lstatAnswer{info, err}
	return info, err
}

// stat returns what name is in the tree.
func (t *imageTree) stat(name string, follow bool) (fs.FileInfo, error) {
	at, err := t.walk(name, follow)
	if err != nil {
		return nil, pathError("stat", name, err)
	}
	if info := t.madeUp(at); info != nil {
		return info, nil
	}
	info, err := t.lstat(at)
	return info, pathError("stat", name, err)
}

// open opens a regular file for reading; nothing else is ever opened.
func (t *imageTree) open(name string) (*os.File, error) {
	at, err := t.walk(name, true)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	if at == "dev/null" {
		return os.Open(os.DevNull)
	}
	info, err := t.lstat(at)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, pathError("open", name, syscall.EINVAL)
	}
	// It may be another file by now: no pipe may hold the scan up.
	f, err := t.root.OpenFile(at, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	if now, err := f.Stat(); err != nil || !now.Mode().IsRegular() {
		f.Close()
		return nil, pathError("open", name, syscall.EINVAL)
	}
	return f, nil
}

// errTooMuch ends the scan of an image that would take too much of this machine.
type errTooMuch struct{ what string }

func (e errTooMuch) Error() string { return e.what }

// openWhole opens a file that a program reads to its end.
func (t *imageTree) openWhole(name string) (*os.File, error) {
	f, err := t.open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.Size() > maxWhole {
		f.Close()
		return nil, errTooMuch{fmt.Sprintf("%s is larger than %d MB", printable(name), maxWhole>>20)}
	}
	return f, nil
}

// list returns the entries of a directory.
func (t *imageTree) list(ctx context.Context, name string) ([]fs.DirEntry, error) {
	at, err := t.walk(name, true)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	t.mu.Lock()
	known, ok := t.listed[at]
	t.mu.Unlock()
	if ok || slices.Contains(transientDirs, at) {
		return known, nil
	}
	if t.closed(at) {
		return nil, pathError("open", name, errHidden)
	}
	if info, err := t.lstat(at); err != nil || !info.IsDir() {
		return nil, pathError("open", name, errors.Join(err, syscall.ENOTDIR))
	}
	f, err := t.root.OpenFile(at, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	defer f.Close()
	var entries []fs.DirEntry
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		more, err := f.ReadDir(4096)
		entries = append(entries, more...)
		if len(entries) > maxEntries {
			return nil, errTooMuch{fmt.Sprintf("%s holds more than %d entries", printable(name), maxEntries)}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, pathError("open", name, err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.listed) >= 1000 {
		clear(t.listed)
	}
	t.listed[at] = entries
	return entries, nil
}

// access tells whether the one who scans may read (4) or enter and run (1) what is
// at name. Nobody writes.
func (t *imageTree) access(name string, mode uint32) error {
	at, err := t.walk(name, true)
	if err != nil {
		return pathError("access", name, err)
	}
	switch {
	case mode&2 != 0:
		return pathError("access", name, syscall.EROFS)
	case t.closed(at):
		return pathError("access", name, errHidden)
	case t.madeUp(at) != nil:
		return nil
	}
	info, err := t.lstat(at)
	if err == nil && !permitted(info, mode) {
		err = syscall.EACCES
	}
	return pathError("access", name, err)
}

// permitted reads the permission bits as access(2) does.
func permitted(info fs.FileInfo, mode uint32) bool {
	perm := uint32(info.Mode().Perm())
	if os.Geteuid() == 0 {
		return mode&1 == 0 || info.IsDir() || perm&0o111 != 0
	}
	own, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
	case int(own.Uid) == os.Geteuid():
		return perm>>6&mode == mode
	case inGroup(int(own.Gid)):
		return perm>>3&mode == mode
	}
	return perm&mode == mode
}

func inGroup(gid int) bool {
	groups, err := os.Getgroups()
	return gid == os.Getegid() || err == nil && slices.Contains(groups, gid)
}

// missingMounts reads fstab(5) of the image, and returns where it mounts at boot
// what is not mounted now.
func (t *imageTree) missingMounts() []string {
	f, err := t.openWhole("/etc/fstab")
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []string
	lines := bufio.NewScanner(io.LimitReader(f, maxItem))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || strings.HasPrefix(fields[0], "#") || fields[2] == "swap" || slices.Contains(strings.Split(fields[3], ","), "noauto") {
			continue
		}
		point := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(fields[1])
		at, err := t.walk(point, true)
		if (err == nil || errors.Is(err, fs.ErrNotExist)) && at != "" && at != "." && !t.isMountPoint(at) && len(out) < 1000 {
			out = append(out, at)
		}
	}
	return out
}

// isMountPoint tells whether another file system begins at a directory.
func (t *imageTree) isMountPoint(at string) bool {
	here, err := t.lstat(at)
	above, err1 := t.lstat(path.Dir(at))
	if err != nil || err1 != nil {
		return false
	}
	a, ok := here.Sys().(*syscall.Stat_t)
	b, ok1 := above.Sys().(*syscall.Stat_t)
	return ok && ok1 && a.Dev != b.Dev
}

// pathError is what the shell prints and goes on after; other errors end it.
func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return &fs.PathError{Op: op, Path: printable(name), Err: err}
}

// closed tells whether at is a directory of which only the running system knows
// what it holds.
func (t *imageTree) closed(at string) bool {
	return slices.Contains(liveDirs, at) || slices.Contains(t.unmounted, at)
}

// A standIn is what every running system has, whatever the image has in its place:
// /dev/null, to which a link masks a file, and directories.
type standIn struct {
	name string
	mode fs.FileMode
}

// madeUp returns the stand-in for a path, nil where there is none.
func (t *imageTree) madeUp(at string) fs.FileInfo {
	switch {
	case at == "dev/null":
		return standIn{"null", fs.ModeDevice | fs.ModeCharDevice | 0o666}
	case slices.Contains(transientDirs, at), t.closed(at):
		return standIn{path.Base(at), fs.ModeDir | 0o755}
	}
	return nil
}

func (s standIn) Name() string      { return s.name }
func (standIn) Size() int64         { return 0 }
func (s standIn) Mode() fs.FileMode { return s.mode }
func (standIn) ModTime() time.Time  { return time.Time{} }
func (s standIn) IsDir() bool       { return s.mode.IsDir() }
func (standIn) Sys() any            { return nil }
