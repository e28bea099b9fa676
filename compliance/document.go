package compliance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kind says what a target is, and with it which scanner reads it and which
// controls judge it.
type Kind string

// The kinds of targets.
const (
	KindHost      Kind = "host"
	KindTerraform Kind = "terraform"
)

// A Target is one thing to scan.
type Target struct {
	// Name is how people and reports call it: the host's name in the inventory, a
	// directory, "local". It is the same at a desk and in a pipeline.
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Address is how to reach it: "local", "ssh://user@host:port", a directory.
	Address string            `json:"address"`
	Labels  map[string]string `json:"labels,omitempty"`
	// Declared is the inventory's line that names the target, where there is one.
	Declared Source `json:"declared,omitzero"`
}

// An Unknown is a fact that could not be had.
type Unknown struct {
	Path   Path   `json:"path"`
	Cause  string `json:"cause"`
	Source Source `json:"source,omitzero"`
	// Maybe: the value at Path is there, but whether it will exist is open (a
	// resource whose count is unknown).
	Maybe bool `json:"maybe,omitempty"`
	// Deferred: nobody could know it now (a value known after apply, a variable
	// nobody has set). Otherwise the scan is incomplete: something was there to
	// be read, and was not.
	Deferred bool `json:"deferred,omitempty"`
}

// A Diagnostic is what a scanner has to say about the reading itself.
type Diagnostic struct {
	// Level: "error" where something that should have been read was not, and the
	// scan is incomplete with it; "warning" otherwise.
	Level   string `json:"level"`
	Message string `json:"message"`
	Source  Source `json:"source,omitzero"`
}

// The levels of a diagnostic.
const (
	LevelError   = "error"
	LevelWarning = "warning"
)

// String is the message, with its place before it where it does not begin with that:
// "merlon.yaml:12: ...".
func (d Diagnostic) String() string {
	at := d.Source.File
	if d.Source.Line > 0 {
		at = fmt.Sprintf("%s:%d", at, d.Source.Line)
	}
	if at == "" || strings.HasPrefix(d.Message, at) {
		return d.Message
	}
	return at + ": " + d.Message
}

// A Document is what one scan of one target found: plain values for the
// policies and, beside them, where each was read or why it was not.
//
// Values are bool, string, int, int64, float64, json.Number, []any and
// map[string]any; never nil. A Document is filled by one goroutine, and read by
// many afterwards.
type Document struct {
	Target      Target
	Diagnostics []Diagnostic
	// Sections are those that were gathered; nil is all that there are. What a
	// control reads beyond them is unknown.
	Sections []string
	// Waivers are those written in what was scanned, each with the lines it covers.
	Waivers []Waiver
	// Moves are what the configuration says to have another address now.
	Moves []Move
	// Reads are the files and directories of a tree that the document came from,
	// those included that were looked for and not found. It is not recorded.
	Reads []string

	facts     map[string]any
	sources   map[string]Source
	sensitive map[string]bool
	unknowns  []Unknown
}

// NewDocument returns an empty document of t.
func NewDocument(t Target) *Document {
	return &Document{Target: t, facts: map[string]any{}, sources: map[string]Source{}, sensitive: map[string]bool{}}
}

// Put sets the fact at p and its source. Maps on the way are made; a list on the
// way must be put whole, and the sources of its elements added by [Document.PutSource].
// It panics where p is empty or leads through something that is not a map, which
// only a mistake in a scanner can bring about.
func (d *Document) Put(p Path, value any, from Source) {
	m := d.facts
	for _, k := range p[:len(p)-1] {
		next, ok := m[k]
		if !ok {
			next = map[string]any{}
			m[k] = next
		}
		child, ok := next.(map[string]any)
		if !ok {
			panic(fmt.Sprintf("compliance: %q leads through a value that is no map", p))
		}
		m = child
	}
	m[p[len(p)-1]] = value
	d.PutSource(p, from)
}

// PutSource sets the source of p, which may lie inside a value that was put whole.
func (d *Document) PutSource(p Path, from Source) {
	if !from.IsZero() {
		d.sources[p.key()] = from
	}
}

// PutUnknown records that the fact at p could not be had. The fact itself must
// not be put. A path ending in [Any] says that elements of the list or keys of
// the map above it are missing, nobody knows how many.
func (d *Document) PutUnknown(p Path, cause string, from Source) {
	d.Add(Unknown{Path: p, Cause: cause, Source: from})
}

// Add records an unknown with its finer traits.
func (d *Document) Add(u Unknown) { d.unknowns = append(d.unknowns, u) }

// PutSensitive marks p and what is beneath it: reports never show its value.
func (d *Document) PutSensitive(p Path) { d.sensitive[p.key()] = true }

// Diagnose records something about the reading itself.
func (d *Document) Diagnose(level, message string, from Source) {
	d.Diagnostics = append(d.Diagnostics, Diagnostic{Level: level, Message: message, Source: from})
}

// Facts returns the facts. The caller must not change them.
func (d *Document) Facts() map[string]any { return d.facts }

// Unknowns returns what could not be had. The caller must not change it.
func (d *Document) Unknowns() []Unknown { return d.unknowns }

// SortUnknowns orders the unknowns by path, those of one path as they were added, so
// that the same facts make the same document whichever way they were come by.
func (d *Document) SortUnknowns() {
	slices.SortStableFunc(d.unknowns, func(a, b Unknown) int { return slices.Compare(a.Path, b.Path) })
}

// Value returns the fact at p.
func (d *Document) Value(p Path) (any, bool) { return Lookup(d.facts, p) }

// Lookup finds p in plain values; elements that meet a list are indexes.
func Lookup(v any, p Path) (any, bool) {
	for _, k := range p {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[k]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(k)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// Source returns where p was read, or its nearest ancestor, and how many
// elements of p that covers; 0 where nothing is known.
func (d *Document) Source(p Path) (Source, int) {
	for n := len(p); n > 0; n-- {
		if s, ok := d.sources[p[:n].key()]; ok {
			return s, n
		}
	}
	return Source{}, 0
}

// Sensitive tells whether p, an ancestor of it or anything beneath it is marked.
func (d *Document) Sensitive(p Path) bool {
	if len(d.sensitive) == 0 {
		return false
	}
	for n := len(p); n > 0; n-- {
		if d.sensitive[p[:n].key()] {
			return true
		}
	}
	for k := range d.sensitive {
		if pathOf(k).HasPrefix(p) {
			return true
		}
	}
	return false
}

// Incomplete tells whether something that was there to be read was not.
func (d *Document) Incomplete() bool {
	return slices.ContainsFunc(d.Diagnostics, func(x Diagnostic) bool { return x.Level == LevelError })
}

// Gathered tells whether section was asked for when the document was made.
func (d *Document) Gathered(section string) bool {
	return d.Sections == nil || slices.Contains(d.Sections, section)
}

// documentJSON is the recorded form, which `merlon facts` prints and `merlon
// check` reads.
type documentJSON struct {
	Version     int            `json:"version"`
	Target      Target         `json:"target"`
	Sections    []string       `json:"sections,omitempty"`
	Facts       map[string]any `json:"facts"`
	Sources     []sourceJSON   `json:"sources"`
	Unknowns    []Unknown      `json:"unknowns"`
	Sensitive   []Path         `json:"sensitive,omitempty"`
	Diagnostics []Diagnostic   `json:"diagnostics,omitempty"`
	Waivers     []Waiver       `json:"waivers,omitempty"`
	Moves       []Move         `json:"moves,omitempty"`
}

type sourceJSON struct {
	Path Path `json:"path"`
	Source
}

// documentVersion changes when an older reader would misread a newer record.
const documentVersion = 1

// mask stands in a recorded document for a value that must not be shown.
const mask = "(sensitive)"

// MarshalJSON writes the recorded form: one object with target, facts, sources,
// unknowns and diagnostics. Sensitive values are masked.
func (d *Document) MarshalJSON() ([]byte, error) {
	out := documentJSON{Version: documentVersion, Target: d.Target, Sections: d.Sections, Diagnostics: d.Diagnostics, Unknowns: d.unknowns, Waivers: d.Waivers, Moves: d.Moves}
	if out.Unknowns == nil {
		out.Unknowns = []Unknown{}
	}
	for _, k := range slices.Sorted(maps.Keys(d.sensitive)) {
		out.Sensitive = append(out.Sensitive, pathOf(k))
	}
	out.Facts = d.facts
	if len(d.sensitive) > 0 {
		out.Facts, _ = d.masked(d.facts, nil).(map[string]any)
	}
	out.Sources = make([]sourceJSON, 0, len(d.sources))
	for _, k := range slices.Sorted(maps.Keys(d.sources)) {
		out.Sources = append(out.Sources, sourceJSON{pathOf(k), d.sources[k]})
	}
	return json.Marshal(out)
}

func (d *Document) masked(v any, at Path) any {
	if len(at) > 0 && d.sensitive[at.key()] {
		return mask
	}
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[k] = d.masked(e, at.Append(k))
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = d.masked(e, at.Append(strconv.Itoa(i)))
		}
		return out
	}
	return v
}

// UnmarshalJSON reads the recorded form. A masked value comes back as unknown:
// its record no longer has it.
func (d *Document) UnmarshalJSON(data []byte) error {
	var in documentJSON
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&in); err != nil {
		return err
	}
	if in.Version != documentVersion {
		return fmt.Errorf("it is of another version, or none: its version is %d, not %d", in.Version, documentVersion)
	}
	*d = *NewDocument(in.Target)
	d.Diagnostics, d.Sections, d.Waivers, d.Moves = in.Diagnostics, in.Sections, in.Waivers, in.Moves
	if in.Facts != nil {
		d.facts = in.Facts
	}
	for _, s := range in.Sources {
		d.PutSource(s.Path, s.Source)
	}
	for _, u := range in.Unknowns {
		if len(u.Path) == 0 {
			return fmt.Errorf("an unknown has no path")
		}
		d.Add(u)
	}
	for _, p := range in.Sensitive {
		if len(p) == 0 {
			return fmt.Errorf("a sensitive fact has no path")
		}
		d.PutSensitive(p)
		remove(d.facts, p)
		s, _ := d.Source(p)
		d.PutUnknown(p, "masked in the recorded document", s)
	}
	return nil
}

// remove takes p out of plain values. An element of a list cannot go without
// moving its neighbours; it becomes the mask, which the unknown at p covers.
func remove(v any, p Path) {
	parent, ok := Lookup(v, p[:len(p)-1])
	if !ok {
		return
	}
	if m, ok := parent.(map[string]any); ok {
		delete(m, p[len(p)-1])
	}
}
