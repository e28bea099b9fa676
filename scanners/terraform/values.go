package terraform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"merlon/compliance"
)

// What is known about a value beside the value itself travels as cty marks: they
// pass through collections, conversions and functions on their own.
type (
	// reference marks what was derived from a resource: its address.
	reference string

	// secret marks what Terraform would call sensitive.
	secret struct{}

	// open marks a value of which it is not known what it refers to.
	open struct{}

	// perhaps marks a value read through an instance that may not come to exist.
	perhaps struct{}

	// A cause, as a pointer, marks an unknown value with the reason.
	cause struct {
		text string
		at   compliance.Source
		// unread: it was there to be read, and was not.
		unread bool
	}

	// A partial, as a pointer, marks an unknown value of which a part is known.
	// It holds only for the value itself: whatever computes with the value
	// drops it. The known part has unknown values where the rest would be; an
	// unknown element, or a key "?", stands for any number of them.
	partial struct {
		value cty.Value
		// template is the text of a string whose interpolations are not all
		// known: placeholder(i) stands for parts[i].
		template string
		parts    []cty.Value
		// encoded: the value is the JSON text of this.
		encoded bool
	}

	// A standIn, as a pointer, marks an unknown string that names one thing: an
	// id, an ARN, an account. What it will be is unknown, what it will not be is
	// not: no pattern, no range, nobody's name for everyone. In facts it stands as
	// the reference that was written, "${aws_s3_bucket.logs.arn}". It holds for the
	// value itself and as a part of a template; of what else computes see overNames.
	standIn struct {
		text string
		// certain: it will be neither null nor empty.
		certain bool
	}

	// A writtenAt, as a pointer, marks what an expression does not show the place of:
	// a statement that a nested block gives.
	writtenAt struct{ hcl.Range }

	// lazy is the mark of an object whose attributes are worked out when asked for.
	lazy interface {
		attribute(e *evaluation, name string) cty.Value
	}

	// A symbolic, as a pointer, marks all instances of a resource or module
	// whose number is unknown; one stands for them.
	symbolic struct{ item lazyItem }

	// A computed, as a pointer, marks a resource's nested block: what is not
	// set in it is known after apply.
	computed struct{ missing cty.Value }
)

// lazyItem is an instance of a resource or of a module.
type lazyItem interface {
	lazy
	value() cty.Value
}

// unknown returns a value that nobody can know, with the reason.
func unknown(c *cause) cty.Value { return cty.DynamicVal.Mark(c) }

// causeOf returns the first reason among a value's marks, nil where there is none.
func causeOf(marks cty.ValueMarks) *cause {
	var found *cause
	for m := range marks {
		if c, ok := m.(*cause); ok && (found == nil || c.less(found)) {
			found = c
		}
	}
	return found
}

// less orders reasons so that results do not depend on the order of maps; what
// was not read comes first.
func (c *cause) less(d *cause) bool {
	if c.unread != d.unread {
		return c.unread
	}
	return c.text < d.text
}

// markOf returns the value's own mark of type T, nil where there is none.
func markOf[T comparable](v cty.Value) (found T) {
	if !v.IsMarked() {
		return found
	}
	_, marks := v.Unmark()
	for m := range marks {
		if x, ok := m.(T); ok {
			return x
		}
	}
	return found
}

// lazyOf returns the object behind v whose attributes are worked out on demand.
func lazyOf(v cty.Value) lazy {
	if !v.IsMarked() {
		return nil
	}
	_, marks := v.Unmark()
	for m := range marks {
		if x, ok := m.(lazy); ok {
			return x
		}
	}
	return nil
}

func has[T comparable](v cty.Value) bool {
	if !v.IsMarked() {
		return false
	}
	_, marks := v.Unmark()
	for m := range marks {
		if _, ok := m.(T); ok {
			return true
		}
	}
	return false
}

// withOnly puts on v those of the marks that keep says.
func withOnly(v cty.Value, marks cty.ValueMarks, keep func(any) bool) cty.Value {
	if len(marks) == 0 {
		return v
	}
	kept := cty.ValueMarks{}
	for m := range marks {
		if keep(m) {
			kept[m] = struct{}{}
		}
	}
	if len(kept) == 0 {
		return v
	}
	return v.WithMarks(kept)
}

// derivable tells which marks survive a computation: not those that speak of the
// value as it was.
func derivable(m any) bool {
	switch m.(type) {
	case *partial, *standIn, *symbolic, *computed, *writtenAt, lazy:
		return false
	}
	return true
}

func isSecret(m any) bool { return m == secret{} }

// derived drops the marks that speak of the value as it was.
func derived(v cty.Value) cty.Value {
	if !v.IsMarked() {
		return v
	}
	raw, marks := v.Unmark()
	return withOnly(raw, marks, derivable)
}

// without drops one kind of mark.
func without(v cty.Value, drop func(any) bool) cty.Value {
	if !v.IsMarked() {
		return v
	}
	raw, marks := v.Unmark()
	return withOnly(raw, marks, func(m any) bool { return !drop(m) })
}

// Bounds on values. Terraform's own configurations stay far below.
const (
	maxNodes = 200_000
	maxDepth = 100
	maxText  = 8 << 20    // bytes of all strings in one value
	maxBits  = 4096       // of a number's exponent: 1e1000 is within
	maxWork  = 20_000_000 // steps and nodes of one root module
	maxParts = 10_000     // known and unknown parts of a value that is partly known
)

// size returns how many nodes v has, strings counting by length, and whether it
// is within bounds. It stops counting where it passes them.
func size(v cty.Value) (int, bool) {
	s := sizer{}
	s.add(v, 0)
	return s.nodes + s.text/16, !s.over
}

type sizer struct {
	nodes, text int
	over        bool
}

func (s *sizer) add(v cty.Value, depth int) {
	s.nodes++
	if s.over = s.over || s.nodes > maxNodes || s.text > maxText || depth > maxDepth; s.over {
		return
	}
	if p := markOf[*partial](v); p != nil && p.value != cty.NilVal {
		s.add(p.value, depth+1)
	}
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		s.text += len(v.AsString())
		s.over = s.over || s.text > maxText
	case ty == cty.Number:
		s.over = s.over || hugeNumber(v)
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next() && !s.over; {
			_, e := it.Element()
			s.add(e, depth+1)
		}
	}
}

// hugeNumber tells whether writing a known number out would take thousands of digits.
func hugeNumber(v cty.Value) bool {
	f := v.AsBigFloat()
	e := f.MantExp(nil)
	return f.IsInf() || e > maxBits || e < -maxBits
}

// quoted writes a value for a message: short, and only where it is a plain known one.
func quoted(v cty.Value) string {
	if v.IsMarked() && has[secret](v) {
		return "a sensitive value"
	}
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown():
		return "an unknown value"
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		s := v.AsString()
		if len(s) > 60 {
			s = strings.ToValidUTF8(s[:60], "") + "..."
		}
		return fmt.Sprintf("%q", s)
	case v.Type() == cty.Bool:
		return fmt.Sprint(v.True())
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('g', 10)
	}
	return "another " + v.Type().FriendlyName()
}

// keyText writes an instance's key as Terraform's addresses do.
func keyText(key cty.Value) string {
	if key.Type() == cty.Number {
		return "[" + key.AsBigFloat().Text('f', 0) + "]"
	}
	return "[" + quoteKey(key.AsString()) + "]"
}

// quoteKey quotes a key as HCL does.
func quoteKey(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", "$${", "%{", "%%{", "\x00", `\u0000`).Replace(s) + `"`
}

// references returns the addresses among marks, in order.
func references(marks cty.ValueMarks) []string {
	var out []string
	for m := range marks {
		if r, ok := m.(reference); ok {
			out = append(out, string(r))
		}
	}
	slices.Sort(out)
	return out
}
