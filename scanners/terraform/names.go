package terraform

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// What is computed from a text in which names stand for unknown parts. A function
// is carried out on the parts that are known, and on a name only where the result
// is certain to be the name of one thing again.

// certainNames are computed attributes that every resource of every provider fills:
// they are neither null nor empty. Of others ("kms_key_id") only that they name one
// thing, where they are filled.
var certainNames = map[string]bool{"id": true, "arn": true, "self_link": true, "email": true, "member": true, "unique_id": true}

// oddKeys are keys of instances that could be mistaken for a pattern in a text.
var oddKeys = regexp.MustCompile(`\["(?:[^"\\]|\\.)*[*?](?:[^"\\]|\\.)*"\]`)

// nameOf is the name of a resource's attribute that is known after apply.
func nameOf(address, attribute string) *standIn {
	return &standIn{text: "${" + oddKeys.ReplaceAllString(address, "[...]") + "." + attribute + "}", certain: certainNames[attribute]}
}

// applied is the name of what a function makes of the thing. Its other arguments
// are left out, lest they be taken for a part of the text.
func (s *standIn) applied(function, others string) *standIn {
	return &standIn{text: "${" + function + "(" + strings.TrimSuffix(strings.TrimPrefix(s.text, "${"), "}") + others + ")}"}
}

// A piece of a text is a name, or known.
type piece struct {
	known string
	name  *standIn  // nil where it is known
	value cty.Value // what the name stands for
}

// pieces takes a text apart; ok says that all its unknown parts are names.
func pieces(v cty.Value) (out []piece, ok bool) {
	raw, _ := v.Unmark()
	if id := markOf[*standIn](v); id != nil && !raw.IsKnown() {
		return []piece{{name: id, value: v}}, true
	}
	if p := markOf[*partial](v); p != nil && p.template != "" && !raw.IsKnown() {
		return piecesOf(p.template, p.parts)
	}
	if raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.String {
		return []piece{{known: raw.AsString()}}, true
	}
	return nil, false
}

func piecesOf(template string, parts []cty.Value) (out []piece, ok bool) {
	at := 0
	for _, m := range placeholders.FindAllStringSubmatchIndex(template, -1) {
		i, err := strconv.Atoi(template[m[2]:m[3]])
		if err != nil || i >= len(parts) || markOf[*standIn](parts[i]) == nil {
			return nil, false
		}
		if m[0] > at {
			out = append(out, piece{known: template[at:m[0]]})
		}
		out = append(out, piece{name: markOf[*standIn](parts[i]), value: parts[i]})
		at = m[1]
	}
	if at < len(template) {
		out = append(out, piece{known: template[at:]})
	}
	return out, true
}

// textOf puts pieces together; more are marks of what it was computed from.
func textOf(pieces []piece, more cty.ValueMarks) cty.Value {
	t := templateText{marks: []cty.ValueMarks{more}}
	for _, p := range pieces {
		v := cty.StringVal(p.known)
		if p.name != nil {
			v = derived(p.value).Mark(p.name)
		}
		_ = t.add(v, hcl.Range{}) // a string that is not null
	}
	if len(pieces) == 1 && pieces[0].name != nil {
		return withOnly(cty.UnknownVal(cty.String), marksOf(pieces[0].value), derivable).Mark(pieces[0].name)
	}
	return t.value()
}

// isNamed tells whether a value is a text with names in it.
func isNamed(v cty.Value) bool {
	raw, _ := v.Unmark()
	if raw.IsKnown() {
		return false
	}
	_, ok := pieces(v)
	return ok
}

// notEmpty tells whether a text that is unknown, or a part of it, is certain to have
// a character at least, and so not to be null.
func notEmpty(v cty.Value) bool {
	raw, _ := v.Unmark()
	if !raw.IsKnown() && raw.Type() == cty.String && raw.Range().StringPrefix() != "" {
		return true
	}
	ps, ok := pieces(v)
	for _, p := range ps {
		if ok && (p.known != "" || p.name != nil && p.name.certain) {
			return true
		}
	}
	return false
}

// overNames carries out a function on texts with names in them; ok is false where
// nothing certain comes of it.
func (e *evaluation) overNames(name string, f function.Function, args []cty.Value, at hcl.Range) (out cty.Value, ok bool) {
	switch name {
	case "lower", "upper", "trimprefix", "trimsuffix", "trimspace", "chomp", "trim", "substr", "replace":
		if len(args) == 0 || !isNamed(args[0]) {
			return cty.NilVal, false
		}
		return onNamed(name, args)
	case "coalesce":
		return firstFilled(args)
	case "format", "join", "formatlist":
		return e.withPlaceholders(name, f, args, at)
	case "compact", "distinct", "toset", "setunion":
		return gathered(name, args)
	}
	return cty.NilVal, false
}

// onNamed carries out a function of a text.
func onNamed(name string, args []cty.Value) (cty.Value, bool) {
	ps, _ := pieces(args[0])
	rest, ok := plainArguments(args[1:])
	if !ok || name == "replace" && len(rest) != 2 || strings.HasPrefix(name, "trim") && name != "trimspace" && len(rest) != 1 {
		return cty.NilVal, false
	}
	ps = append([]piece(nil), ps...)
	first, last := &ps[0], &ps[len(ps)-1]
	switch name {
	case "lower", "upper":
		turn := strings.ToLower
		if name == "upper" {
			turn = strings.ToUpper
		}
		for i := range ps {
			ps[i].known = turn(ps[i].known)
			if ps[i].name != nil {
				certain := ps[i].name.certain
				ps[i].name = ps[i].name.applied(name, "")
				ps[i].name.certain = certain
			}
		}
	case "trimspace", "chomp":
		// A name neither begins nor ends with a space.
		last.known = strings.TrimRight(last.known, "\r\n")
		if name == "trimspace" {
			first.known, last.known = strings.TrimLeft(first.known, " \t\r\n"), strings.TrimRight(last.known, " \t\r\n")
		}
	case "trimprefix", "trimsuffix":
		end, cut := first, strings.CutPrefix
		if name == "trimsuffix" {
			end, cut = last, strings.CutSuffix
		}
		switch {
		case end.name != nil && len(ps) == 1:
			end.name = end.name.applied(name, ", ...")
		case len(end.known) < len(rest[0]): // it may reach across a name
			return cty.NilVal, false
		default:
			end.known, _ = cut(end.known, rest[0])
		}
	case "trim", "substr":
		if len(ps) != 1 {
			return cty.NilVal, false
		}
		first.name = first.name.applied(name, ", ...")
	case "replace":
		if !replaced(ps, rest[0], rest[1]) {
			return cty.NilVal, false
		}
	}
	return textOf(ps, marksOf(args[0])), true
}

// replaced replaces in the pieces of a text, where that cannot make a pattern of a
// name and what is replaced cannot reach from one piece into the next.
func replaced(ps []piece, old, with string) bool {
	if old == "" || strings.ContainsAny(with, "*?") || len(old) > 1 && old[0] == '/' && old[len(old)-1] == '/' {
		return false
	}
	for i := range ps {
		if ps[i].name != nil {
			ps[i].name = ps[i].name.applied("replace", ", ...")
			continue
		}
		if i > 0 && i+1 < len(ps) && strings.Contains(old, ps[i].known) {
			return false
		}
		for n := 1; n < len(old); n++ {
			if i+1 < len(ps) && strings.HasSuffix(ps[i].known, old[:n]) || i > 0 && strings.HasPrefix(ps[i].known, old[n:]) {
				return false
			}
		}
		ps[i].known = strings.ReplaceAll(ps[i].known, old, with)
	}
	return true
}

// plainArguments returns plain arguments, numbers among them as they are written.
func plainArguments(args []cty.Value) (out []string, ok bool) {
	for _, a := range args {
		raw, _ := a.Unmark()
		if !raw.IsKnown() || raw.IsNull() {
			return nil, false
		}
		switch raw.Type() {
		case cty.String:
			out = append(out, raw.AsString())
		case cty.Number:
			out = append(out, raw.AsBigFloat().String())
		default:
			return nil, false
		}
	}
	return out, true
}

// firstFilled is coalesce: the first argument that is neither null nor empty.
func firstFilled(args []cty.Value) (cty.Value, bool) {
	for _, a := range args {
		raw, _ := a.Unmark()
		switch {
		case raw.IsNull() || raw.IsKnown() && raw.Type() == cty.String && raw.AsString() == "":
			continue
		case raw.IsKnown():
			return cty.NilVal, false // nothing unknown decides; leave it to the function
		}
		return a, notEmpty(a)
	}
	return cty.NilVal, false
}

// plainVerbs are the verbs of format that put a text in as it is, or that take no name.
var plainVerbs = regexp.MustCompile(`^(?:[^%]|%%|%(?:\[[0-9]+\])?[svd])*$`)

// withPlaceholders calls a function with placeholders for names, and puts the names
// into what comes out.
func (e *evaluation) withPlaceholders(name string, f function.Function, args []cty.Value, at hcl.Range) (cty.Value, bool) {
	if spec, _ := args[0].Unmark(); name != "join" && !(spec.IsKnown() && !spec.IsNull() && spec.Type() == cty.String && plainVerbs.MatchString(spec.AsString())) {
		return cty.NilVal, false
	}
	var names []cty.Value
	filled := make([]cty.Value, len(args))
	for i, a := range args {
		v, err := cty.Transform(a, func(_ cty.Path, v cty.Value) (cty.Value, error) {
			if !isNamed(v) {
				return v, nil
			}
			ps, _ := pieces(v)
			var text strings.Builder
			for _, p := range ps {
				text.WriteString(p.known)
				if p.name != nil {
					text.WriteString(placeholder(len(names)))
					names = append(names, derived(p.value).Mark(p.name))
				}
			}
			return cty.StringVal(text.String()), nil
		})
		if bare, _ := v.UnmarkDeep(); err != nil || !bare.IsWhollyKnown() || len(names) > maxParts {
			return cty.NilVal, false
		}
		filled[i] = v
	}
	if len(names) == 0 {
		return cty.NilVal, false
	}
	out, err := e.apply(name, f, filled, at)
	if err != nil {
		return cty.NilVal, false
	}
	out, err = cty.Transform(out, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		raw, marks := v.Unmark()
		if !raw.IsKnown() || raw.IsNull() || raw.Type() != cty.String || !placeholders.MatchString(raw.AsString()) {
			return v, nil
		}
		ps, ok := piecesOf(raw.AsString(), names)
		if !ok {
			return withOnly(cty.UnknownVal(cty.String), marks, derivable), nil
		}
		return textOf(ps, marks), nil
	})
	return out, err == nil
}

// gathered gives the elements of lists that a function puts into one, in which a
// name may or may not be equal to something else. Where that matters the result is
// unknown, and has the elements as its known part.
func gathered(name string, args []cty.Value) (cty.Value, bool) {
	var vals []cty.Value
	var all []cty.ValueMarks
	found, open := false, name != "compact"
	for _, a := range args {
		raw, marks := a.Unmark()
		if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() || raw.Type().IsMapType() || raw.Type().IsObjectType() {
			return cty.NilVal, false
		}
		all = append(all, marks)
		for it := raw.ElementIterator(); it.Next(); {
			_, v := it.Element()
			bare, deep := v.UnmarkDeep()
			all = append(all, deep)
			found = found || isNamed(v)
			empty := bare.IsNull() || bare.IsKnown() && bare.Type() == cty.String && bare.AsString() == ""
			switch {
			case name == "compact" && empty:
			case name == "compact" && !bare.IsKnown() && !notEmpty(v):
				open = true
				vals = append(vals, without(v, func(m any) bool { _, isName := m.(*standIn); return isName })) // it may go
			default:
				vals = append(vals, v)
			}
		}
	}
	if !found || len(vals) > maxParts {
		return cty.NilVal, false
	}
	if !open {
		return cty.TupleVal(vals), true
	}
	out := cty.DynamicVal
	for _, marks := range all {
		out = withOnly(out, marks, derivable)
	}
	return out.Mark(&partial{value: cty.TupleVal(vals)}), true
}

// compared decides == and != where one side is known, or null, and the other is a
// text with names in it that cannot be it: by its beginning, its end, or since it is
// not empty.
func compared(op *hclsyntax.Operation, l, r cty.Value) (cty.Value, bool) {
	if op != hclsyntax.OpEqual && op != hclsyntax.OpNotEqual {
		return cty.NilVal, false
	}
	if !isNamed(l) {
		l, r = r, l
	}
	raw, marks := r.Unmark()
	if !isNamed(l) || !raw.IsKnown() || !raw.IsNull() && raw.Type() != cty.String || !mustDiffer(l, raw) {
		return cty.NilVal, false
	}
	return withOnly(withOnly(cty.BoolVal(op == hclsyntax.OpNotEqual), marks, isSecret), marksOf(l), isSecret), true
}

func mustDiffer(named, known cty.Value) bool {
	if known.IsNull() {
		return notEmpty(named)
	}
	text := known.AsString()
	ps, _ := pieces(named)
	if text == "" {
		return notEmpty(named)
	}
	return !strings.HasPrefix(text, ps[0].known) || !strings.HasSuffix(text, ps[len(ps)-1].known)
}
