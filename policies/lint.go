package policies

import (
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"merlon/compliance"
)

// lint refuses, on the policy as it was written, what would make a verdict
// untrue or slow, before the analysis sees it.
func lint(m *ast.Module, control bool) []error {
	l := &linter{sets: map[string]bool{}}
	for _, r := range m.Rules {
		if r.Head.RuleKind() == ast.MultiValue && len(r.Head.Reference) == 1 {
			l.sets[r.Head.Reference.String()] = true
		}
	}
	if !importsNot(m) {
		l.add(m.Package.Location, "`import future.keywords.not` is missing: without it `not x >= 14` is undefined where x is absent, and what is absent would pass")
	}
	if control {
		l.control(m)
	}
	for _, r := range m.Rules {
		l.rule(r)
	}
	return l.errs
}

type linter struct {
	sets map[string]bool
	errs []error
}

func (l *linter) add(loc *ast.Location, format string, args ...any) {
	l.errs = append(l.errs, &PolicyError{Location: location(loc), Message: fmt.Sprintf(format, args...)})
}

func importsNot(m *ast.Module) bool {
	want := ast.MustParseRef("future.keywords.not")
	for _, i := range m.Imports {
		if ref, ok := i.Path.Value.(ast.Ref); ok && ref.Equal(want) {
			return true
		}
	}
	return false
}

// control checks that `subject` and `fail` are there and have their form.
func (l *linter) control(m *ast.Module) {
	n := map[string]int{}
	for _, r := range m.Rules {
		name := r.Head.Reference.String()
		n[name]++
		switch name {
		case "subject":
			if r.Head.Key == nil || !literalPath(r.Head.Key) {
				l.add(r.Location, "subject holds paths: `subject contains [\"section\", x] if ...`, a literal list of constants and variables")
			}
		case "fail":
			l.fail(r)
		case "pass", "deny", "violation", "allow":
			l.add(r.Location, "a control has `subject` and `fail` and no %s: what is no failure passes, or is unknown", name)
		}
	}
	for _, name := range []string{"subject", "fail"} {
		if n[name] == 0 {
			l.add(m.Package.Location, "the control has no rule `%s contains ...`", name)
		}
	}
}

func (l *linter) fail(r *ast.Rule) {
	o, ok := ast.Object(nil), false
	if r.Head.Key != nil {
		o, ok = r.Head.Key.Value.(ast.Object)
	}
	if !ok {
		l.add(r.Location, "fail holds objects: `fail contains {\"path\": [...], \"want\": ...} if ...`")
		return
	}
	o.Foreach(func(k, v *ast.Term) {
		switch name, _ := scalarText(k); name {
		case "path", "subject":
			if !literalPath(v) {
				l.add(v.Location, "%s must be a literal list of constants and variables", name)
			}
		case "want":
			if !v.IsGround() && !isVar(v) {
				l.add(v.Location, "want must be a constant or a variable that holds one")
			}
		default:
			l.add(k.Location, "fail knows path, want and subject, not %v", k)
		}
	})
	if o.Get(ast.StringTerm("path")) == nil {
		l.add(r.Location, "fail needs a path: the fact that is wrong, or would have to be there")
	}
}

func isVar(t *ast.Term) bool {
	_, ok := t.Value.(ast.Var)
	return ok
}

func literalPath(t *ast.Term) bool {
	list, ok := t.Value.(*ast.Array)
	if !ok || list.Len() == 0 {
		return false
	}
	if _, ok := list.Elem(0).Value.(ast.String); !ok {
		return false
	}
	for i := range list.Len() {
		if _, ok := scalarText(list.Elem(i)); !ok && !isVar(list.Elem(i)) {
			return false
		}
	}
	return true
}

func (l *linter) rule(r *ast.Rule) {
	if strings.Contains(r.Head.Reference.String(), clauseMark) {
		l.add(r.Location, "a name with %s is kept for Merlon's own use", clauseMark)
	}
	if r.Default || r.Else != nil {
		l.add(r.Location, "`default` and `else` are not allowed: with them more knowledge can turn a value round; write one rule for each case")
	}
	if len(r.Head.Reference) > 1 {
		l.add(r.Location, "a rule that makes an object is not allowed; make a set, or a function")
	}
	ast.WalkExprs(r, func(x *ast.Expr) bool {
		if len(x.With) > 0 {
			l.add(x.Location, "`with` is not allowed: it changes what is known")
		}
		return false
	})
	l.headReads(r)
	l.terms(r)
}

// headReads refuses input in a head: it would be read, and no condition would say so.
func (l *linter) headReads(r *ast.Rule) {
	for _, t := range []*ast.Term{r.Head.Key, r.Head.Value} {
		if t == nil {
			continue
		}
		if ref, ok := t.Value.(ast.Ref); ok && len(r.Head.Args) > 0 && !ref[0].Equal(ast.InputRootDocument) {
			continue // a function that returns a part of its argument
		}
		ast.WalkRefs(t, func(ref ast.Ref) bool {
			l.add(t.Location, "%v in a head: give it a name in the body", ref)
			return true
		})
	}
}

func (l *linter) terms(r *ast.Rule) {
	ast.WalkTerms(r, func(t *ast.Term) bool {
		switch v := t.Value.(type) {
		case ast.Ref:
			l.ref(t.Location, v)
		case *ast.Array, ast.Object, ast.Set:
			l.literal(t)
		}
		return false
	})
}

func (l *linter) literal(t *ast.Term) {
	ast.WalkRefs(t, func(ref ast.Ref) bool {
		if len(ref) > 1 && !insideComprehension(t, ref) {
			l.add(t.Location, "%v inside a list, set or object: give it a name first", ref)
			return true
		}
		return false
	})
}

// insideComprehension tells whether ref stands in a comprehension within t, which
// has conditions of its own.
func insideComprehension(t *ast.Term, ref ast.Ref) bool {
	found := false
	ast.WalkTerms(t, func(x *ast.Term) bool {
		switch x.Value.(type) {
		case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
			ast.WalkRefs(x, func(r ast.Ref) bool {
				found = found || r.Equal(ref)
				return found
			})
		}
		return found
	})
	return found
}

func (l *linter) ref(loc *ast.Location, ref ast.Ref) {
	if len(ref) == 1 && ref[0].Equal(ast.InputRootDocument) {
		l.add(loc, "`input` as a whole is used; name a section: input.sshd")
	}
	if len(ref) < 2 {
		return
	}
	if ref[0].Equal(ast.InputRootDocument) {
		if _, ok := ref[1].Value.(ast.String); !ok {
			l.add(loc, "%v: the section must be a constant, so that it is known what to gather", ref)
		}
		return
	}
	head, ok := ref[0].Value.(ast.Var)
	if ok && l.sets[string(head)] && isVar(ref[1]) {
		l.add(loc, "%v looks a varying key up in a set that rules make, which is slow; write `%v in %v`", ref, ref[1], ref[0])
	}
}

// allowed are the built-ins that a policy may call: pure functions of their
// arguments, whose result is no larger than what went in by much. Nothing here
// reaches the network, the clock, the environment or a file.
var allowed = []string{
	"eq", "assign", "equal", "neq", "lt", "lte", "gt", "gte", "internal.member_2",
	"plus", "minus", "mul", "div", "rem", "abs", "ceil", "floor", "round",
	"count", "sum", "max", "min", "sort", "and", "or", "union", "intersection",
	"array.concat", "array.slice", "object.keys",
	"concat", "contains", "startswith", "endswith", "lower", "upper", "split", "replace", "substring", "indexof", "sprintf",
	"trim", "trim_left", "trim_right", "trim_prefix", "trim_suffix", "trim_space",
	"strings.any_prefix_match", "strings.any_suffix_match", "regex.match", "glob.match",
	"is_string", "is_number", "is_boolean", "is_array", "is_object", "is_set", "to_number", "type_name",
	"bits.and", "bits.or", "bits.negate", "bits.xor", "bits.lsh", "bits.rsh",
	"net.cidr_contains", "net.cidr_intersects", "net.cidr_is_valid",
	"semver.compare", "semver.is_valid", "units.parse_bytes", "time.parse_duration_ns",
}

// capabilities limits the compiler to the allowed built-ins.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	ok := map[string]bool{}
	for _, name := range allowed {
		ok[name] = true
	}
	var keep []*ast.Builtin
	for _, b := range c.Builtins {
		if ok[b.Name] {
			keep = append(keep, b)
		}
	}
	c.Builtins = keep
	c.AllowNet = []string{}
	return c
}

// policyErrors turns OPA's errors, which name file and line, into ours.
func policyErrors(err error) []error {
	var list ast.Errors
	if !errors.As(err, &list) {
		return []error{err}
	}
	var out []error
	for _, e := range list {
		msg := e.Message
		if e.Code == ast.TypeErr && e.Details != nil {
			for _, line := range e.Details.Lines() {
				msg += "\n\t" + line
			}
		}
		var at compliance.Source
		if e.Location != nil {
			at = location(e.Location)
		}
		out = append(out, &PolicyError{Location: at, Message: msg})
	}
	return out
}
