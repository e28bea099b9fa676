package terraform

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"merlon/compliance"
)

// An outline is what is known of a directory without its syntax tree.
type outline struct {
	seen seen
	// empty: it holds no configuration.
	empty bool
	// calls are the directories of the local modules that it calls, in order. They
	// need not exist.
	calls []string
}

// A survey tells which modules there are and who calls whom. What calls nothing is
// not parsed for that, so that few syntax trees are held at a time.
type survey struct {
	*scan
	outlines map[string]*outline
	roots    []rootModule

	mu sync.Mutex
	// held are modules that are parsed, or about to be; users are the root modules
	// to come that need each.
	held  map[string]*shared
	users map[string]int
}

// A rootModule is what nothing in the tree calls.
type rootModule struct {
	dir         string
	held        *shared // keeps it, and what it calls, from being parsed again
	diagnostics []compliance.Diagnostic
	// fetchedBefore is set in an earlier revision, see evaluation.
	fetchedBefore map[string]string
}

// survey looks at directories, and at what they call. known has the outlines of
// those that need not be read; it may be nil.
func (s *scan) survey(ctx context.Context, dirs []string, known func(dir string) *outline) (*survey, error) {
	v := &survey{scan: s, outlines: map[string]*outline{}, held: map[string]*shared{}, users: map[string]int{}}
	if known == nil {
		known = func(string) *outline { return nil }
	}
	for todo := dirs; len(todo) > 0; {
		found := make([]*outline, len(todo))
		inParallel(ctx, len(todo), func(i int) {
			if found[i] = known(todo[i]); found[i] == nil {
				found[i] = v.outline(todo[i])
			}
		})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		next := map[string]bool{}
		for i, o := range found {
			v.outlines[todo[i]] = o
		}
		for _, o := range found {
			for _, c := range o.calls {
				if v.outlines[c] == nil {
					next[c] = true
				}
			}
		}
		todo = slices.Sorted(maps.Keys(next))
	}
	v.findRoots(dirs)
	return v, nil
}

// outline looks at a directory, and parses it where it seems to call modules.
func (v *survey) outline(dir string) *outline {
	r := v.tree.reader()
	entries, _ := r.list(dir, configFiles, v.ignore)
	o := &outline{empty: len(entries) == 0}
	calls := false
	for _, e := range entries {
		file := join(dir, e.Name())
		src, err := r.read(file, sourceLimit(file))
		calls = calls || err == nil && mayCall(src)
	}
	o.seen = r.seen()
	if calls {
		called := v.localCalls(v.hold(dir).mod)
		o.calls = slices.Compact(slices.Sorted(maps.Values(called)))
	}
	return o
}

// moduleWord is what a call of a module begins with, in either syntax: first in
// its line, but for a comment or a byte order mark. JSON may write any letter as
// an escape.
var moduleWord = regexp.MustCompile(`(?:^|[\n/\x{FEFF}])[ \t\r]*module(?:[^.\w-]|$)|"module"|\\u`)

func mayCall(src []byte) bool { return moduleWord.Match(src) }

// hold returns the parsed module of a directory, and keeps it.
func (v *survey) hold(dir string) *shared {
	v.mu.Lock()
	h := v.held[dir]
	if h == nil {
		h = v.table.entry(dir)
		v.held[dir] = h
	}
	v.mu.Unlock()
	return v.parsed(h, dir)
}

// findRoots finds the modules that no other calls.
func (v *survey) findRoots(dirs []string) {
	called, reached := map[string]bool{}, map[string]bool{}
	for _, dir := range dirs {
		for _, c := range v.outlines[dir].calls {
			if c != dir {
				called[c] = true
			}
		}
	}
	for _, dir := range dirs {
		if !called[dir] && !v.outlines[dir].empty {
			v.reach(dir, reached)
			v.roots = append(v.roots, rootModule{dir: dir})
		}
	}
	// Modules that call each other in a circle have no root; one stands in.
	for _, dir := range dirs {
		if !reached[dir] && !v.outlines[dir].empty {
			v.reach(dir, reached)
			v.roots = append(v.roots, rootModule{dir: dir, diagnostics: []compliance.Diagnostic{{
				Level:   compliance.LevelError,
				Message: fmt.Sprintf("the modules around %s call each other in a circle, which Terraform refuses; this one is taken as the root", dir),
				Source:  compliance.Source{File: dir},
			}}})
		}
	}
}

// reach adds a directory, and those of the modules beneath it.
func (v *survey) reach(dir string, seen map[string]bool) {
	for todo := []string{dir}; len(todo) > 0; {
		dir, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if o := v.outlines[dir]; !seen[dir] && !o.empty {
			seen[dir] = true
			todo = append(todo, o.calls...)
		}
	}
}

// modulesOf returns the directories that make up a root module.
func (v *survey) modulesOf(root string) []string {
	seen := map[string]bool{}
	v.reach(root, seen)
	return slices.Sorted(maps.Keys(seen))
}

// each calls f for root modules, their modules parsed. Those that share modules
// come one after the other, and what none of the others needs is let go.
func (v *survey) each(ctx context.Context, roots []rootModule, f func(rootModule)) {
	users := map[string][]int{}
	for i, r := range roots {
		for _, dir := range v.modulesOf(r.dir) {
			users[dir] = append(users[dir], i)
			v.users[dir]++
		}
	}
	for dir := range v.held {
		if v.users[dir] == 0 {
			delete(v.held, dir)
		}
	}
	order := v.order(roots, users)
	inParallel(ctx, len(order), func(i int) {
		root := roots[order[i]]
		dirs := v.modulesOf(root.dir)
		inParallel(ctx, len(dirs), func(i int) { v.hold(dirs[i]) })
		if root.held = v.hold(root.dir); ctx.Err() == nil {
			v.linkAll(root.held.mod, map[*module]bool{})
			f(root)
		}
		v.release(dirs)
	})
}

func (v *survey) release(dirs []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, dir := range dirs {
		if v.users[dir]--; v.users[dir] == 0 {
			delete(v.held, dir)
		}
	}
}

// order walks from root module to root module by the modules that they share, those
// that few share first.
func (v *survey) order(roots []rootModule, users map[string][]int) []int {
	var out []int
	met, spread := make([]bool, len(roots)), map[string]bool{}
	visit := func(i int) {
		if !met[i] {
			met[i] = true
			out = append(out, i)
		}
	}
	for start := range roots {
		visit(start)
		for next := len(out) - 1; next < len(out); next++ {
			dirs := v.modulesOf(roots[out[next]].dir)
			slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(len(users[a]), len(users[b])) })
			for _, dir := range dirs {
				if !spread[dir] {
					spread[dir] = true
					for _, i := range users[dir] {
						visit(i)
					}
				}
			}
		}
	}
	return out
}
