package policies

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// fuzz makes each node of w unknown in turn, and each resource conditional, and
// compares the verdicts with those of every world that this could turn out to be.
func (t *tester) fuzz(ctx context.Context, w world) {
	w.each(func(p compliance.Path, v any) {
		doubtful, _ := t.judge(ctx, w.hide(p))
		for _, alt := range t.alternatives(p, v) {
			real, _ := t.judge(ctx, w.with(p, alt))
			t.contradiction(w.name, p.String()+" is unknown", describe(alt), doubtful, real)
		}
	})
	t.fuzzPairs(ctx, w)
	if w.kind == compliance.KindTerraform {
		t.fuzzExistence(ctx, w)
	}
}

// How many pairs of unknowns are tried in one fixture, and in how many worlds each.
const (
	fuzzedPairs  = 40
	fuzzedWorlds = 3
)

// fuzzPairs makes two nodes unknown at once: together they may bring about what
// neither does alone. Which pairs is the same from run to run.
func (t *tester) fuzzPairs(ctx context.Context, w world) {
	type node struct {
		at    compliance.Path
		value any
	}
	var nodes []node
	w.each(func(p compliance.Path, v any) { nodes = append(nodes, node{p, v}) })
	if len(nodes) < 2 {
		return
	}
	pick := rand.New(rand.NewPCG(1, uint64(len(nodes)))) //nolint:gosec // to choose what to try, not to hide anything
	for range min(fuzzedPairs, len(nodes)*len(nodes)) {
		i, j := pick.IntN(len(nodes)), pick.IntN(len(nodes))
		p, q := nodes[min(i, j)], nodes[max(i, j)]
		parent := p.at[:len(p.at)-1]
		if value, _ := compliance.Lookup(w.facts, parent); q.at.HasPrefix(p.at) || isList(value) && q.at.HasPrefix(parent) {
			continue // one holds the other, or moves it
		}
		doubtful, _ := t.judge(ctx, w.hide(q.at).hide(p.at))
		ps, qs := t.alternatives(p.at, p.value), t.alternatives(q.at, q.value)
		for range fuzzedWorlds {
			a, b := ps[pick.IntN(len(ps))], qs[pick.IntN(len(qs))]
			real, _ := t.judge(ctx, w.with(q.at, b).with(p.at, a))
			t.contradiction(w.name, p.at.String()+" and "+q.at.String()+" are unknown", describe(a)+" and "+describe(b), doubtful, real)
		}
	}
}

// fuzzExistence makes each resource one that may not come to exist.
func (t *tester) fuzzExistence(ctx context.Context, w world) {
	w.each(func(p compliance.Path, _ any) {
		if len(p) != 2 || p[0] == "references" || p[0] == "referrers" || p[0] == "data" {
			return
		}
		maybe := w
		maybe.unknowns = append(slices.Clip(w.unknowns), compliance.Unknown{Path: p, Cause: "fuzz", Maybe: true})
		doubtful, _ := t.judge(ctx, maybe)
		delete(doubtful, p.String())
		real, _ := t.judge(ctx, w.without(p))
		delete(real, p.String())
		t.contradiction(w.name, p.String()+" may not exist", "not there", doubtful, real)
		same, _ := t.judge(ctx, w)
		delete(same, p.String())
		t.contradiction(w.name, p.String()+" may not exist", "there", doubtful, same)
	})
}

// contradiction reports each verdict that was decided in doubt and is another in
// a world that the doubt allows.
func (t *tester) contradiction(fixture, doubt, alt string, doubtful, real map[string]compliance.State) {
	covered := func(subject string) bool {
		if _, ok := doubtful[subject]; ok {
			return true
		}
		for s, state := range doubtful {
			if state == compliance.Unsure && matchesAny(s, subject) {
				return true
			}
		}
		return false
	}
	for subject, x := range real {
		g := doubtful[subject]
		if x == compliance.Unsure || g == compliance.Unsure || g == x || g == "" && covered(subject) {
			continue
		}
		t.problem("UNSOUND %s: while %s, %s is %s; with %s there it is %s", fixture, doubt, subject, orNone(g), alt, x)
	}
	for subject, g := range doubtful {
		if _, ok := real[subject]; !ok && g != compliance.Unsure {
			t.problem("UNSOUND %s: while %s, %s is %s; with %s there it does not apply", fixture, doubt, subject, g, alt)
		}
	}
}

// matchesAny tells whether pattern, with "?" for any element, covers subject.
func matchesAny(pattern, subject string) bool {
	if !strings.Contains(pattern, compliance.Any) {
		return pattern == subject
	}
	a, b := strings.Split(pattern, "/"), strings.Split(subject, "/")
	for i, s := range a {
		if s == compliance.Any && i == len(a)-1 {
			return true
		}
		if i >= len(b) || s != compliance.Any && s != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// absent stands for a node that is not there.
type absent struct{}

func describe(v any) string {
	if _, ok := v.(absent); ok {
		return "nothing"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return cut(string(b))
}

// alternatives are values that the node at p could turn out to have.
func (t *tester) alternatives(p compliance.Path, v any) []any {
	out := []any{absent{}, v}
	seen := map[string]bool{describe(v): true}
	add := func(values ...any) {
		for _, x := range values {
			if d := describe(x); !seen[d] {
				seen[d] = true
				out = append(out, x)
			}
		}
	}
	add(t.pool[general(p)]...)
	switch x := v.(type) {
	case bool:
		add(!x)
	case string:
		add("0.0.0.0/0", "zzz", "*")
	case int, int64, float64, json.Number:
		add(0, 22, 65535, -1)
	case []any:
		add([]any{})
	}
	const most = 24
	return out[:min(len(out), most)]
}

// general makes like places alike: indexes and addresses become "*".
func general(p compliance.Path) string {
	out := p.Append()
	for i, s := range out {
		if isIndex(s) || strings.ContainsAny(s, "./") {
			out[i] = "*"
		}
	}
	return out.String()
}

// each visits every node of the facts.
func (w world) each(visit func(compliance.Path, any)) {
	var walk func(v any, at compliance.Path)
	walk = func(v any, at compliance.Path) {
		if len(at) > 0 {
			visit(at, v)
		}
		children(v, func(k string, e any) { walk(e, at.Append(k)) })
	}
	walk(w.facts, nil)
}

func (w world) with(p compliance.Path, v any) world {
	if _, ok := v.(absent); ok {
		return w.without(p)
	}
	out := w
	out.facts = change(w.facts, p, func(any) (any, bool) { return clone(v), true }).(map[string]any)
	return out
}

func (w world) without(p compliance.Path) world {
	out := w
	out.facts = change(w.facts, p, func(any) (any, bool) { return nil, false }).(map[string]any)
	return out
}

// hide makes the node at p unknown.
func (w world) hide(p compliance.Path) world {
	out := w.without(p)
	at := p
	if parent, _ := compliance.Lookup(w.facts, p[:len(p)-1]); isList(parent) {
		at = p[:len(p)-1].Append(compliance.Any)
	}
	out.unknowns = append(slices.Clip(w.unknowns), compliance.Unknown{Path: at, Cause: "fuzz"})
	return out
}

func isList(v any) bool { _, ok := v.([]any); return ok }

// change returns a copy of v in which f has replaced or removed what is at p.
func change(v any, p compliance.Path, f func(any) (any, bool)) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			if k != p[0] {
				out[k] = e
			} else if n, keep := changed(e, p, f); keep {
				out[k] = n
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(x))
		for i, e := range x {
			if strconv.Itoa(i) != p[0] {
				out = append(out, e)
			} else if n, keep := changed(e, p, f); keep {
				out = append(out, n)
			}
		}
		return out
	}
	return v
}

func changed(e any, p compliance.Path, f func(any) (any, bool)) (any, bool) {
	if len(p) == 1 {
		return f(e)
	}
	return change(e, p[1:], f), true
}

func clone(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = clone(e)
		}
		return out
	}
	return v
}
