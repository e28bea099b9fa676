package policies

import (
	"slices"
	"strconv"

	"merlon/compliance"
)

// A trie holds the paths of unknowns, so that a read finds those that meet it
// without looking at the others.
type trie struct {
	// here are the unknowns whose path ends at this node, in the order recorded.
	here []*compliance.Unknown
	// children keeps the order of insertion, so that the cause that is told does
	// not change from run to run.
	children []*trie
	byName   map[string]*trie
	name     string
	// among, of a node named [compliance.Any], are the keys that are known beside
	// it. A list has none: what is missing there has moved the others.
	among map[string]any
	// missing: nothing is known of the node itself, so what is unknown beneath it
	// leaves open whether it exists.
	missing bool
}

// add puts u where its path leads; facts are those of the document.
func (t *trie) add(u *compliance.Unknown, facts map[string]any) {
	wild := false
	for i, s := range u.Path {
		wild = wild || s == compliance.Any
		next, ok := t.byName[s]
		if !ok {
			next = &trie{name: s}
			if t.byName == nil {
				t.byName = map[string]*trie{}
			}
			t.byName[s] = next
			t.children = append(t.children, next)
			if facts != nil && !wild {
				_, known := compliance.Lookup(facts, u.Path[:i+1])
				next.missing = !known
			}
			if s == compliance.Any {
				parent, _ := compliance.Lookup(facts, u.Path[:i])
				next.among, _ = parent.(map[string]any)
			}
		}
		t = next
	}
	t.here = append(t.here, u)
}

// covers tells whether p or an ancestor of it was added.
func (t *trie) covers(p compliance.Path) bool {
	for _, s := range p {
		if t = t.byName[s]; t == nil {
			return false
		}
		if len(t.here) > 0 {
			return true
		}
	}
	return false
}

// bindings are the values that a subject and a witness give to a clause's variables.
type bindings map[string]string

// find calls visit with unknowns that matter to r read with parity par, until it
// returns true. all disregards parity: the unknown is a
// thing that is known but may come not to exist.
func (t *trie) find(r *read, b bindings, par parity, all bool, visit func(*compliance.Unknown) bool) {
	t.walk(r, r.at, b, all || r.matters(par), visit)
}

// isBound tells whether b gives any variable of r a value; where it does not, the
// answer is the same for each subject.
func (r *read) isBound(b bindings) bool {
	return slices.ContainsFunc(r.at, func(s segment) bool {
		_, ok := b[s.text]
		return ok && (s.kind == bound || s.kind == named)
	})
}

// matters tells whether more facts where r reads could change what par asks.
func (r *read) matters(par parity) bool { return par.even && r.even || par.odd && r.odd }

// own tells whether r reads the subject itself, or its references.
func (r *read) own(subject compliance.Path, b bindings) bool {
	at := r.at
	if len(at) > 0 && at[0].kind == constant && at[0].text == "references" {
		at = at[1:]
	}
	return len(at) > 1 && at[0].text == subject[0] && at[1].kind == bound && b[at[1].text] == subject[1]
}

func (t *trie) walk(r *read, rest pattern, b bindings, relevant bool, visit func(*compliance.Unknown) bool) bool {
	if relevant && len(r.at)-len(rest) > r.beyond && slices.ContainsFunc(t.here, visit) {
		return true
	}
	if len(rest) == 0 {
		return (r.deep || relevant && t.missing) && t.beneath(visit)
	}
	s := rest[0]
	value, fixed := s.text, s.kind == constant
	if s.kind == bound || s.kind == named {
		value, fixed = b[s.text]
	}
	if !fixed {
		for _, c := range t.children {
			if len(s.choices) > 0 && c.name != compliance.Any && !slices.Contains(s.choices, c.name) {
				continue
			}
			if c.walk(r, rest[1:], b, relevant, visit) {
				return true
			}
		}
		return false
	}
	if c := t.byName[value]; c != nil && c.walk(r, rest[1:], b, relevant, visit) {
		return true
	}
	c := t.byName[compliance.Any]
	if c == nil {
		return false
	}
	if _, other := c.among[value]; other {
		return false
	}
	// A list that lacks elements has moved the others: what stands at a constant
	// index may be another one's value, whichever way it is read.
	if s.kind == constant && isIndex(value) {
		relevant = true
	}
	return c.walk(r, rest[1:], b, relevant, visit)
}

func (t *trie) beneath(visit func(*compliance.Unknown) bool) bool {
	for _, c := range t.children {
		if slices.ContainsFunc(c.here, visit) || c.beneath(visit) {
			return true
		}
	}
	return false
}

func isIndex(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}
