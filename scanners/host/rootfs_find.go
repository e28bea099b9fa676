package host

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const (
	maxFound = 200_000 // files that one find visits
	maxBatch = 1000    // files that one command of -exec is given
)

// A findTest tells whether find's expression takes a file.
type findTest func(name string, info fs.FileInfo) bool

// A findCall is find(1) of one directory: -xdev, -maxdepth, -mindepth, -type, -perm, -name,
// joined by -o, ! and parentheses, and one -exec ... {} + at the end.
type findCall struct {
	shell    *imageShell
	call     *call
	words    []string
	maxDepth int
	minDepth int
	xdev     bool
	exec     []string
	visited  int
	found    []string
	status   int
}

// find runs find(1) on one directory; see [findCall].
func (s *imageShell) find(ctx context.Context, c *call) (int, error) {
	if len(c.args) < 2 || strings.HasPrefix(c.args[0], "-") || strings.HasPrefix(c.args[1], "/") {
		return s.unsupported(c)
	}
	f := &findCall{shell: s, call: c, words: c.args[1:], maxDepth: 64}
	test, ok := f.either()
	if !ok || len(f.words) > 0 {
		return s.unsupported(c)
	}
	start := c.args[0]
	info, err := s.tree.stat(start, false)
	if err != nil {
		return 1, err
	}
	if err := f.walk(ctx, start, info, device(info), 0, test); err != nil {
		return 1, err
	}
	return f.finish(ctx)
}

// either reads TERM -o TERM...
func (f *findCall) either() (findTest, bool) {
	left, ok := f.all()
	for ok && f.next("-o") {
		var right findTest
		right, ok = f.all()
		before := left
		left = func(n string, i fs.FileInfo) bool { return before(n, i) || right(n, i) }
	}
	return left, ok
}

// all reads FACTOR [-a] FACTOR...
func (f *findCall) all() (findTest, bool) {
	yes := findTest(func(string, fs.FileInfo) bool { return true })
	for len(f.words) > 0 && f.words[0] != "-o" && f.words[0] != ")" {
		if f.next("-a") {
			continue
		}
		factor, ok := f.factor()
		if !ok {
			return nil, false
		}
		before := yes
		yes = func(n string, i fs.FileInfo) bool { return before(n, i) && factor(n, i) }
	}
	return yes, true
}

func (f *findCall) next(word string) bool {
	if len(f.words) == 0 || f.words[0] != word {
		return false
	}
	f.words = f.words[1:]
	return true
}

// factor reads one test, option or action.
func (f *findCall) factor() (findTest, bool) {
	always := func(string, fs.FileInfo) bool { return true }
	switch {
	case f.next("("):
		inner, ok := f.either()
		return inner, ok && f.next(")")
	case f.next("!"):
		inner, ok := f.factor()
		return func(n string, i fs.FileInfo) bool { return !inner(n, i) }, ok
	case f.next("-xdev"):
		f.xdev = true
		return always, true
	case f.next("-print"):
		return always, true
	case f.next("-exec"):
		end := slices.Index(f.words, "+")
		if end < 2 || f.words[end-1] != "{}" {
			return nil, false
		}
		f.exec, f.words = f.words[:end-1], f.words[end+1:]
		return always, true
	}
	if len(f.words) < 2 {
		return nil, false
	}
	word, value := f.words[0], f.words[1]
	f.words = f.words[2:]
	switch word {
	case "-maxdepth", "-mindepth":
		n, err := strconv.Atoi(value)
		if word == "-maxdepth" {
			f.maxDepth = n
		} else {
			f.minDepth = n
		}
		return always, err == nil
	case "-type":
		names := map[string]string{"f": "regular", "d": "directory", "l": "symbolic link"}
		return func(_ string, i fs.FileInfo) bool { return strings.HasPrefix(typeName(i), names[value]) }, names[value] != ""
	case "-name":
		_, err := path.Match(value, "")
		return func(n string, _ fs.FileInfo) bool {
			ok, err := path.Match(value, path.Base(n))
			return ok && err == nil
		}, err == nil
	case "-perm":
		bits, err := strconv.ParseUint(strings.TrimLeft(value, "-/"), 8, 12)
		return permTest(value, uint32(bits)), err == nil
	}
	return nil, false
}

// permTest is -perm MODE, -perm -MODE (all bits) or -perm /MODE (any of them).
func permTest(value string, bits uint32) findTest {
	return func(_ string, i fs.FileInfo) bool {
		sys, ok := i.Sys().(*syscall.Stat_t)
		if !ok {
			return false
		}
		mode := sys.Mode & 0o7777
		switch value[0] {
		case '-':
			return mode&bits == bits
		case '/':
			return mode&bits != 0
		}
		return mode == bits
	}
}

func device(i fs.FileInfo) uint64 {
	if sys, ok := i.Sys().(*syscall.Stat_t); ok {
		return sys.Dev
	}
	return 0
}

func (f *findCall) walk(ctx context.Context, name string, info fs.FileInfo, dev uint64, depth int, test findTest) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if f.visited++; f.visited > maxFound {
		return errTooMuch{fmt.Sprintf("%s: there are more than %d files below", printable(f.call.args[0]), maxFound)}
	}
	if depth >= f.minDepth && !strings.ContainsAny(name, "\n\r") && test(name, info) {
		f.found = append(f.found, name)
	}
	if !info.IsDir() || depth >= f.maxDepth || f.xdev && device(info) != dev {
		return nil
	}
	entries, err := f.shell.tree.list(ctx, name)
	if f.shell.check(err) != nil {
		fmt.Fprintf(f.call.stderr, "find: %s: %v\n", printable(name), err)
		f.status = 1
	}
	for _, e := range entries {
		below := path.Join(name, e.Name())
		info, err := f.shell.tree.stat(below, false)
		if err != nil {
			f.status = 1
			continue
		}
		if err := f.walk(ctx, below, info, dev, depth+1, test); err != nil {
			return err
		}
	}
	return nil
}

// finish prints what was found, or gives it to the command of -exec.
func (f *findCall) finish(ctx context.Context) (int, error) {
	if f.exec == nil {
		for _, name := range f.found {
			fmt.Fprintln(f.call.stdout, name)
		}
		return f.status, nil
	}
	for batch := range slices.Chunk(f.found, maxBatch) {
		inner := *f.call
		inner.args = append(slices.Clone(f.exec[1:]), batch...)
		status, err := f.shell.run(ctx, f.exec[0], &inner)
		if err != nil {
			return 1, err
		}
		f.status = max(f.status, min(status, 1))
	}
	return f.status, nil
}
