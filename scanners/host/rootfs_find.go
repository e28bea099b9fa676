package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const (
	maxFound = 2_000_000 // files that one find visits; its time is bounded too
	maxBatch = 1000      // files that one command of -exec is given
)

// A visit is one file that find(1) looks at.
type visit struct {
	name string
	info fs.FileInfo
	// prune: what lies below is not looked at.
	prune bool
}

// A findTest is a test of find's expression, or an action, which is true.
type findTest func(*visit) bool

// A findCall is find(1): -L, where it starts, -xdev, -maxdepth, -mindepth, -type, -perm,
// -name, -path, -user, -group, -nouser, -nogroup, -prune, joined by -o, ! and
// parentheses, and the actions -print, -printf and -exec ... {} +. Other file systems
// are part of an image; -xdev keeps it from what the running system has there.
type findCall struct {
	shell    *imageShell
	call     *call
	words    []string
	follow   bool
	maxDepth int
	minDepth int
	xdev     bool
	exec     []string
	acts     bool // there is an action
	visited  int
	found    []string
	status   int
}

// find runs find(1); see [findCall].
func (s *imageShell) find(ctx context.Context, c *call) (int, error) {
	f := &findCall{shell: s, call: c, words: c.args, maxDepth: 64}
	f.follow = f.next("-L")
	var starts []string
	for len(f.words) > 0 && !strings.HasPrefix(f.words[0], "-") && f.words[0] != "(" && f.words[0] != "!" {
		starts, f.words = append(starts, f.words[0]), f.words[1:]
	}
	test, ok := f.either()
	if !ok || len(f.words) > 0 || len(starts) == 0 {
		return s.unsupported(c)
	}
	if !f.acts {
		wanted, print := test, f.print
		test = func(v *visit) bool { return wanted(v) && print(v) }
	}
	for _, start := range starts {
		info, err := s.tree.stat(start, f.follow)
		if err != nil {
			f.complain(start, err)
			continue
		}
		if err := f.walk(ctx, start, info, 0, test); err != nil {
			return 1, err
		}
	}
	return f.finish(ctx)
}

func (f *findCall) complain(name string, err error) {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	fmt.Fprintf(f.call.stderr, "find: %s: %v\n", printable(name), err)
	f.status = 1
}

// either reads TERM -o TERM...
func (f *findCall) either() (findTest, bool) {
	left, ok := f.all()
	for ok && f.next("-o") {
		var right findTest
		right, ok = f.all()
		before := left
		left = func(v *visit) bool { return before(v) || right(v) }
	}
	return left, ok
}

// all reads FACTOR [-a] FACTOR...
func (f *findCall) all() (findTest, bool) {
	yes := findTest(func(*visit) bool { return true })
	for len(f.words) > 0 && f.words[0] != "-o" && f.words[0] != ")" {
		if f.next("-a") {
			continue
		}
		factor, ok := f.factor()
		if !ok {
			return nil, false
		}
		before := yes
		yes = func(v *visit) bool { return before(v) && factor(v) }
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
	always := func(*visit) bool { return true }
	switch {
	case f.next("("):
		inner, ok := f.either()
		return inner, ok && f.next(")")
	case f.next("!"):
		inner, ok := f.factor()
		return func(v *visit) bool { return !inner(v) }, ok
	case f.next("-xdev"):
		f.xdev = true
		return always, true
	case f.next("-prune"):
		return func(v *visit) bool { v.prune = true; return true }, true
	case f.next("-nouser"):
		return func(v *visit) bool { return f.shell.names.users[owner(v.info)] == "" }, true
	case f.next("-nogroup"):
		return func(v *visit) bool { return f.shell.names.groups[group(v.info)] == "" }, true
	case f.next("-print"):
		f.acts = true
		return f.print, true
	case f.next("-exec"):
		end := slices.Index(f.words, "+")
		if end < 2 || f.words[end-1] != "{}" || f.exec != nil {
			return nil, false
		}
		f.acts, f.exec, f.words = true, f.words[:end-1], f.words[end+1:]
		return func(v *visit) bool {
			if !strings.ContainsAny(v.name, "\n\r") {
				f.found = append(f.found, v.name)
			}
			return true
		}, true
	}
	if len(f.words) < 2 {
		return nil, false
	}
	word, value := f.words[0], f.words[1]
	f.words = f.words[2:]
	return f.valued(word, value)
}

// valued reads what has a value.
func (f *findCall) valued(word, value string) (findTest, bool) {
	n, err := strconv.Atoi(value)
	switch word {
	case "-maxdepth", "-mindepth":
		if word == "-maxdepth" {
			f.maxDepth = n
		} else {
			f.minDepth = n
		}
		return func(*visit) bool { return true }, err == nil
	case "-user":
		return func(v *visit) bool { return int64(owner(v.info)) == int64(n) }, err == nil
	case "-group":
		return func(v *visit) bool { return int64(group(v.info)) == int64(n) }, err == nil
	case "-type":
		names := map[string]string{"f": "regular", "d": "directory", "l": "symbolic link"}
		return func(v *visit) bool { return strings.HasPrefix(typeName(v.info), names[value]) }, names[value] != ""
	case "-name":
		_, err := path.Match(value, "")
		return func(v *visit) bool {
			ok, err := path.Match(value, path.Base(v.name))
			return ok && err == nil
		}, err == nil
	case "-path": // * stands for slashes too
		parts := strings.Split(value, "*")
		return func(v *visit) bool { return matchParts(v.name, parts) }, !strings.ContainsAny(value, `?[\`)
	case "-perm":
		bits, err := strconv.ParseUint(strings.TrimLeft(value, "-/"), 8, 12)
		return permTest(value, uint32(bits)), err == nil
	case "-printf":
		f.acts = true
		return func(v *visit) bool { return f.printf(value, v) }, !strings.ContainsAny(printfDirectives.ReplaceAllString(value, ""), `%\`)
	}
	return nil, false
}

// matchParts tells whether name is the parts with anything between them.
func matchParts(name string, parts []string) bool {
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	for _, p := range parts[1 : len(parts)-1] {
		if _, rest, ok = strings.Cut(rest, p); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

var printfDirectives = regexp.MustCompile(`%[ymUGp]|\\[0n]`)

// printf prints by a format: %y type, %m mode, %U and %G owners' numbers, %p the path.
func (f *findCall) printf(format string, v *visit) bool {
	out := printfDirectives.ReplaceAllStringFunc(format, func(d string) string {
		switch d {
		case "%y":
			return map[byte]string{'r': "f", 'd': "d", 's': "l"}[typeName(v.info)[0]]
		case "%m":
			return strconv.FormatUint(uint64(permission(v.info)), 8)
		case "%U":
			return fmt.Sprint(owner(v.info))
		case "%G":
			return fmt.Sprint(group(v.info))
		case "%p":
			return v.name
		case `\n`:
			return "\n"
		}
		return "\x00"
	})
	return f.write(out)
}

func (f *findCall) print(v *visit) bool {
	return strings.ContainsAny(v.name, "\n\r") || f.write(v.name+"\n")
}

// write writes, until who reads has had enough.
func (f *findCall) write(text string) bool {
	if _, err := io.WriteString(f.call.stdout, text); err != nil {
		f.visited = maxFound
	}
	return true
}

// permTest is -perm MODE, -perm -MODE (all bits) or -perm /MODE (any of them).
func permTest(value string, bits uint32) findTest {
	return func(v *visit) bool {
		mode := permission(v.info)
		switch value[0] {
		case '-':
			return mode&bits == bits
		case '/':
			return mode&bits != 0
		}
		return mode == bits
	}
}

func permission(i fs.FileInfo) uint32 {
	if sys, ok := i.Sys().(*syscall.Stat_t); ok {
		return sys.Mode & 0o7777
	}
	return uint32(i.Mode().Perm())
}

func owner(i fs.FileInfo) uint32 {
	if sys, ok := i.Sys().(*syscall.Stat_t); ok {
		return sys.Uid
	}
	return 0
}

func group(i fs.FileInfo) uint32 {
	if sys, ok := i.Sys().(*syscall.Stat_t); ok {
		return sys.Gid
	}
	return 0
}

func (f *findCall) walk(ctx context.Context, name string, info fs.FileInfo, depth int, test findTest) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if f.visited++; f.visited > maxFound {
		return errTooMuch{fmt.Sprintf("%s: there are more than %d files below", printable(f.call.args[0]), maxFound)}
	}
	v := &visit{name: name, info: info}
	if depth >= f.minDepth {
		test(v)
	}
	if !info.IsDir() || depth >= f.maxDepth || v.prune {
		return nil
	}
	if _, other := info.(standIn); other && f.xdev && depth > 0 {
		if why := f.shell.tree.covered(name); why != onlyRunning && why != "" {
			f.complain(name, errors.New(why))
		}
		return nil
	}
	entries, err := f.shell.tree.list(ctx, name)
	if f.shell.check(err) != nil {
		f.complain(name, err)
	}
	for _, e := range entries {
		below := path.Join(name, e.Name())
		info, err := f.shell.tree.stat(below, f.follow)
		if err != nil {
			f.complain(below, err)
			continue
		}
		if err := f.walk(ctx, below, info, depth+1, test); err != nil {
			return err
		}
	}
	return nil
}

// finish gives what was found to the command of -exec.
func (f *findCall) finish(ctx context.Context) (int, error) {
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
