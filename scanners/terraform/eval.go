package terraform

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// A scope is where an expression is evaluated: in which instance of a module, in
// which instance of a resource, and with which names bound by "for" and "dynamic".
type scope struct {
	in    *instance
	each  *repetition
	self  *resource
	names *binding
}

// A repetition holds count.index, or each.key and each.value.
type repetition struct {
	index, key, value cty.Value // cty.NilVal where they do not exist
	// from is the expression that gave each.value, for its place.
	from hclsyntax.Expression
	in   scope
}

// A binding gives a name, or the symbol of a splat, its value.
type binding struct {
	name   string
	symbol *hclsyntax.AnonSymbolExpr
	value  cty.Value
	// from and key say which element of which expression the value is, where
	// that is known: its place is looked up there.
	from *repetition
	next *binding
}

func (s scope) bind(name string, v cty.Value) scope {
	s.names = &binding{name: name, value: v, next: s.names}
	return s
}

func (s scope) lookup(name string) (*binding, bool) {
	for b := s.names; b != nil; b = b.next {
		if b.symbol == nil && b.name == name {
			return b, true
		}
	}
	return nil, false
}

// A failure is an error in an expression that Terraform would report, and that
// try and can catch. What cannot be known, or was not read, is no failure but an
// unknown value.
type failure struct {
	text string
	at   hcl.Range
}

func (f *failure) Error() string { return f.text }

func failf(at hcl.Range, format string, args ...any) error {
	return &failure{fmt.Sprintf(format, args...), at}
}

func fromDiags(at hcl.Range, diags hcl.Diagnostics) error {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			if d.Subject != nil {
				at = *d.Subject
			}
			return failf(at, "%s", strings.TrimSuffix(d.Detail, "."))
		}
	}
	return nil
}

// maxRecursion bounds how deeply evaluation nests, through names too.
const maxRecursion = 8000

// eval evaluates an expression. The error is a *failure.
func (e *evaluation) eval(x hclsyntax.Expression, s scope) (cty.Value, error) {
	if c := e.spend(1); c != nil {
		return unknown(c), nil
	}
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > maxRecursion {
		c := &cause{text: "its expression nests too deeply to be evaluated", at: sourceOf(x.Range()), unread: true}
		e.once(c)
		return unknown(c), nil
	}
	switch x := x.(type) {
	case *hclsyntax.LiteralValueExpr:
		if x.Val.Type() == cty.Number && x.Val.IsKnown() && !x.Val.IsNull() && hugeNumber(x.Val) {
			return e.tooLarge(x.SrcRange), nil
		}
		return x.Val, nil
	case *hclsyntax.ParenthesesExpr:
		return e.eval(x.Expression, s)
	case *hclsyntax.TemplateWrapExpr:
		return e.eval(x.Wrapped, s)
	case *hclsyntax.ObjectConsKeyExpr:
		return e.objectKey(x, s)
	case *hclsyntax.TemplateExpr:
		return e.template(x, s)
	case *hclsyntax.TemplateJoinExpr:
		return e.templateJoin(x, s)
	case *hclsyntax.ScopeTraversalExpr:
		return e.traversal(x.Traversal, s)
	case *hclsyntax.RelativeTraversalExpr:
		v, err := e.eval(x.Source, s)
		if err != nil {
			return v, err
		}
		return e.walk(v, x.Traversal)
	case *hclsyntax.IndexExpr:
		return e.indexExpr(x, s)
	case *hclsyntax.SplatExpr:
		return e.splat(x, s)
	case *hclsyntax.AnonSymbolExpr:
		for b := s.names; b != nil; b = b.next {
			if b.symbol == x {
				return b.value, nil
			}
		}
		return cty.DynamicVal, nil
	case *hclsyntax.ConditionalExpr:
		return e.conditional(x, s)
	case *hclsyntax.TupleConsExpr:
		return e.tuple(x, s)
	case *hclsyntax.ObjectConsExpr:
		return e.object(x, s)
	case *hclsyntax.ForExpr:
		return e.forExpr(x, s)
	case *hclsyntax.BinaryOpExpr:
		return e.binary(x, s)
	case *hclsyntax.UnaryOpExpr:
		v, err := e.eval(x.Val, s)
		if err != nil {
			return v, err
		}
		return e.operate(x.Op, x.SrcRange, v)
	case *hclsyntax.FunctionCallExpr:
		return e.call(x, s)
	case *hclsyntax.ExprSyntaxError:
		return unknown(&cause{text: "its expression does not parse", at: sourceOf(x.SrcRange), unread: true}), nil
	}
	return unknown(&cause{text: "its expression is of a kind that Merlon does not know", at: sourceOf(x.Range()), unread: true}), nil
}

// settle turns a failure into an unknown value, where an expression ends.
func settle(v cty.Value, err error) cty.Value {
	if err == nil {
		return v
	}
	c := &cause{text: "its expression fails: " + err.Error(), unread: true}
	if f := (*failure)(nil); errors.As(err, &f) {
		c.at = sourceOf(f.at)
	}
	return unknown(c)
}

func (e *evaluation) tooLarge(at hcl.Range) cty.Value {
	c := &cause{text: "its expression makes a value that is too large", at: sourceOf(at), unread: true}
	e.once(c)
	return unknown(c)
}

func (e *evaluation) tuple(x *hclsyntax.TupleConsExpr, s scope) (cty.Value, error) {
	vals := make([]cty.Value, 0, len(x.Exprs))
	for _, item := range x.Exprs {
		v, err := e.eval(item, s)
		if err != nil {
			return v, err
		}
		vals = append(vals, v)
	}
	return cty.TupleVal(vals), nil
}

func (e *evaluation) objectKey(x *hclsyntax.ObjectConsKeyExpr, s scope) (cty.Value, error) {
	if !x.ForceNonLiteral {
		if word := hcl.ExprAsKeyword(x.Wrapped); word != "" {
			return cty.StringVal(word), nil
		}
	}
	return e.eval(x.Wrapped, s)
}

func (e *evaluation) object(x *hclsyntax.ObjectConsExpr, s scope) (cty.Value, error) {
	build := newObject(len(x.Items))
	for _, item := range x.Items {
		k, err := e.eval(item.KeyExpr, s)
		if err != nil {
			return k, err
		}
		v, err := e.eval(item.ValueExpr, s)
		if err != nil {
			return v, err
		}
		if err := build.add(k, v, item.KeyExpr.Range()); err != nil {
			return cty.DynamicVal, err
		}
	}
	return build.value(), nil
}

// objectBuilder gathers the items of an object, of which some keys may be unknown.
type objectBuilder struct {
	attrs map[string]cty.Value
	marks cty.ValueMarks
	// rest stands for the items whose keys are unknown; cty.NilVal where there are none.
	rest cty.Value
	// names are the marks of keys that are names of what is unknown.
	names []cty.ValueMarks
}

func newObject(n int) *objectBuilder {
	return &objectBuilder{attrs: make(map[string]cty.Value, n), marks: cty.ValueMarks{}}
}

func (o *objectBuilder) add(key, v cty.Value, at hcl.Range) error {
	key, marks := key.Unmark()
	for m := range marks {
		if isSecret(m) {
			o.marks[m] = struct{}{}
		}
	}
	key, err := convert.Convert(key, cty.String)
	if err != nil || key.IsNull() {
		return failf(at, "a key of an object must be a string")
	}
	if !key.IsKnown() {
		if text, ok := named(key.WithMarks(marks)); ok {
			o.names = append(o.names, marks)
			o.attrs[text] = withOnly(v, marks, func(m any) bool { _, isRef := m.(reference); return isRef })
			return nil
		}
		_, deep := v.UnmarkDeep()
		o.unknownKey(marks, deep)
		return nil
	}
	o.attrs[key.AsString()] = v
	return nil
}

func (o *objectBuilder) unknownKey(marks ...cty.ValueMarks) {
	if o.rest == cty.NilVal {
		o.rest = cty.DynamicVal
	}
	o.rest = derived(o.rest.WithMarks(marks...))
}

func (o *objectBuilder) value() cty.Value {
	var marks cty.ValueMarks
	switch {
	case o.rest != cty.NilVal:
		o.attrs[anyKey] = o.rest
		_, marks = o.rest.Unmark()
	case len(o.names) > 0:
		_, deep := cty.ObjectVal(o.attrs).UnmarkDeep()
		marks = marksOf(derived(cty.DynamicVal.WithMarks(append(o.names, deep)...)))
	default:
		return cty.ObjectVal(o.attrs).WithMarks(o.marks)
	}
	return cty.DynamicVal.WithMarks(o.marks, marks).Mark(&partial{value: cty.ObjectVal(o.attrs)})
}

// anyKey stands in a partial object for keys that are unknown.
const anyKey = "?"

func (e *evaluation) conditional(x *hclsyntax.ConditionalExpr, s scope) (cty.Value, error) {
	cond, err := e.eval(x.Condition, s)
	if err != nil {
		return cond, err
	}
	raw, marks := cond.Unmark()
	if raw, err = convert.Convert(raw, cty.Bool); err != nil || raw.IsNull() {
		return cty.DynamicVal, failf(x.Condition.Range(), "the condition must be true or false")
	}
	if raw.IsKnown() {
		branch := x.FalseResult
		if raw.True() {
			branch = x.TrueResult
		}
		v, err := e.eval(branch, s)
		if err != nil {
			return v, err
		}
		return withOnly(v, marks, isSecret), nil
	}
	yes, err := e.eval(x.TrueResult, s)
	if err != nil {
		yes = settle(yes, err)
	}
	no, err := e.eval(x.FalseResult, s)
	if err != nil {
		no = settle(no, err)
	}
	return e.undecided(marks, yes, no), nil
}

// undecided is one of two values; nobody knows which.
func (e *evaluation) undecided(marks cty.ValueMarks, yes, no cty.Value) cty.Value {
	a, ma := yes.UnmarkDeep()
	b, mb := no.UnmarkDeep()
	if a.IsWhollyKnown() && b.IsWhollyKnown() && a.RawEquals(b) && len(ma) == 0 && len(mb) == 0 {
		return withOnly(a, marks, isSecret)
	}
	ty := cty.DynamicPseudoType
	if a.Type().Equals(b.Type()) {
		ty = a.Type()
	}
	c := causeOf(marks)
	if c == nil {
		c = &cause{text: "its condition is unknown"}
	}
	told := *c
	told.text += fmt.Sprintf("; it is %s or %s", quoted(yes), quoted(no))
	out := withOnly(cty.UnknownVal(ty), marks, isSecret)
	for _, more := range []cty.ValueMarks{ma, mb} {
		out = withOnly(out, more, isSecret)
	}
	return out.Mark(&told).Mark(open{})
}

func (e *evaluation) binary(x *hclsyntax.BinaryOpExpr, s scope) (cty.Value, error) {
	l, err := e.eval(x.LHS, s)
	if err != nil {
		return l, err
	}
	if v, decided := shortCircuit(x.Op, l); decided {
		return v, nil
	}
	r, err := e.eval(x.RHS, s)
	if err != nil {
		return r, err
	}
	if v, decided := shortCircuit(x.Op, r); decided && isUnknownBool(l) {
		return v, nil
	}
	if v, decided := compared(x.Op, l, r); decided {
		return v, nil
	}
	return e.operate(x.Op, x.SrcRange, l, r)
}

func isUnknownBool(v cty.Value) bool {
	v, _ = v.Unmark()
	return !v.IsKnown() && (v.Type() == cty.Bool || v.Type() == cty.DynamicPseudoType)
}

// shortCircuit returns the result of && and || where one side decides it.
func shortCircuit(op *hclsyntax.Operation, left cty.Value) (cty.Value, bool) {
	if op != hclsyntax.OpLogicalAnd && op != hclsyntax.OpLogicalOr {
		return cty.NilVal, false
	}
	raw, marks := left.Unmark()
	raw, err := convert.Convert(raw, cty.Bool)
	if err != nil || raw.IsNull() || !raw.IsKnown() || raw.True() != (op == hclsyntax.OpLogicalOr) {
		return cty.NilVal, false
	}
	return withOnly(raw, marks, isSecret), true
}

func (e *evaluation) operate(op *hclsyntax.Operation, at hcl.Range, args ...cty.Value) (cty.Value, error) {
	params := op.Impl.Params()
	for i, v := range args {
		p := params[i]
		n, ok := size(v)
		if c := e.spend(n); c != nil {
			return unknown(c), nil
		}
		if !ok {
			return e.tooLarge(at), nil
		}
		v, err := convert.Convert(v, p.Type)
		if err != nil {
			return cty.DynamicVal, failf(at, "unsuitable operand: %s", err)
		}
		if !p.AllowNull && v.IsNull() {
			return cty.DynamicVal, failf(at, "unsuitable operand: it is null")
		}
		args[i] = v
	}
	out, err := op.Impl.Call(args)
	if err != nil {
		return cty.DynamicVal, failf(at, "operation failed: %s", err)
	}
	out = explained(out, args)
	raw, _ := out.Unmark()
	if raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.Number && hugeNumber(raw) {
		return e.tooLarge(at), nil
	}
	return derived(out), nil
}

func (e *evaluation) indexExpr(x *hclsyntax.IndexExpr, s scope) (cty.Value, error) {
	coll, err := e.eval(x.Collection, s)
	if err != nil {
		return coll, err
	}
	key, err := e.eval(x.Key, s)
	if err != nil {
		return key, err
	}
	return e.index(coll, key, x.SrcRange)
}

// index is coll[key].
func (e *evaluation) index(coll, key cty.Value, at hcl.Range) (cty.Value, error) {
	if sym := markOf[*symbolic](coll); sym != nil {
		return sym.item.value().Mark(perhaps{}), nil
	}
	key, keyMarks := key.Unmark()
	if l := lazyOf(coll); l != nil && key.Type() == cty.String && key.IsKnown() && !key.IsNull() {
		return l.attribute(e, key.AsString()), nil
	}
	v, diags := hcl.Index(coll, key, &at)
	if err := fromDiags(at, diags); err != nil {
		return missing(coll, err)
	}
	if key.IsKnown() {
		return inherit(v, coll, keyMarks), nil
	}
	c := causeOf(keyMarks)
	if c == nil {
		c = &cause{text: "its index is unknown", at: sourceOf(at)}
	}
	return derived(v).Mark(c).Mark(open{}), nil
}

// inherit gives an element the marks of its key that matter, and takes from it
// those of the collection that speak of the collection.
func inherit(v, coll cty.Value, key cty.ValueMarks) cty.Value {
	v = withOnly(v, key, isSecret)
	if p := markOf[*partial](coll); p != nil {
		v = without(v, func(m any) bool { return m == any(p) })
	}
	return v
}

// missing is an attribute or index that does not exist. In a resource's nested
// block that is known after apply.
func missing(v cty.Value, err error) (cty.Value, error) {
	if c := markOf[*computed](v); c != nil {
		return c.missing, nil
	}
	return cty.DynamicVal, err
}

// attribute is v.name.
func (e *evaluation) attribute(v cty.Value, name string, at hcl.Range) (cty.Value, error) {
	if l := lazyOf(v); l != nil {
		out := l.attribute(e, name)
		if has[perhaps](v) {
			out = out.Mark(perhaps{})
		}
		return out, nil
	}
	if sym := markOf[*symbolic](v); sym != nil {
		return sym.item.attribute(e, name).Mark(perhaps{}), nil
	}
	out, diags := hcl.GetAttr(v, name, &at)
	if err := fromDiags(at, diags); err != nil {
		return missing(v, err)
	}
	return inherit(out, v, nil), nil
}

// walk follows the steps of a traversal.
func (e *evaluation) walk(v cty.Value, steps hcl.Traversal) (cty.Value, error) {
	var err error
	for _, step := range steps {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			v, err = e.attribute(v, step.Name, step.SrcRange)
		case hcl.TraverseIndex:
			v, err = e.index(v, step.Key, step.SrcRange)
		default:
			err = failf(step.SourceRange(), "this kind of traversal is not supported")
		}
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

func (e *evaluation) splat(x *hclsyntax.SplatExpr, s scope) (cty.Value, error) {
	src, err := e.eval(x.Source, s)
	if err != nil {
		return src, err
	}
	each := func(v cty.Value) (cty.Value, error) {
		inner := s
		inner.names = &binding{symbol: x.Item, value: v, next: s.names}
		return e.eval(x.Each, inner)
	}
	raw, marks := src.Unmark()
	ty := raw.Type()
	sequence := ty.IsTupleType() || ty.IsListType() || ty.IsSetType()
	switch {
	case markOf[*symbolic](src) != nil:
		v, err := each(markOf[*symbolic](src).item.value())
		return unknownList(v, marks), err
	case raw.IsNull() && sequence:
		return cty.DynamicVal, failf(x.SrcRange, "a splat of null")
	case raw.IsNull():
		return cty.EmptyTupleVal, nil
	case lazyOf(src) != nil || !sequence && raw.IsKnown():
		v, err := each(src)
		if err != nil {
			return v, err
		}
		return cty.TupleVal([]cty.Value{v}), nil
	case !raw.IsKnown():
		v, err := each(elementOf(src))
		return unknownList(v, marks), err
	}
	var vals []cty.Value
	for it := raw.ElementIterator(); it.Next(); {
		_, item := it.Element()
		v, err := each(item)
		if err != nil {
			return v, err
		}
		vals = append(vals, v)
	}
	return withOnly(cty.TupleVal(vals), marks, derivable), nil
}

// unknownList is a list of unknown length whose elements would be like v.
func unknownList(v cty.Value, marks cty.ValueMarks) cty.Value {
	_, inner := v.UnmarkDeep()
	return derived(withOnly(cty.DynamicVal, inner, derivable).WithMarks(marks))
}

// elementOf is any element of an unknown collection.
func elementOf(coll cty.Value) cty.Value {
	raw, marks := coll.Unmark()
	if ty := raw.Type(); ty.IsCollectionType() {
		return withOnly(cty.UnknownVal(ty.ElementType()), marks, derivable)
	}
	return withOnly(cty.DynamicVal, marks, derivable)
}

func (e *evaluation) forExpr(x *hclsyntax.ForExpr, s scope) (cty.Value, error) {
	coll, err := e.eval(x.CollExpr, s)
	if err != nil {
		return coll, err
	}
	raw, marks := coll.Unmark()
	if raw.IsNull() {
		return cty.DynamicVal, failf(x.CollExpr.Range(), "a for expression over null")
	}
	if sym := markOf[*symbolic](coll); sym != nil {
		return e.forUnknown(x, s, sym.item.value(), marks)
	}
	if !raw.IsKnown() {
		return e.forUnknown(x, s, elementOf(coll), marks)
	}
	if !raw.CanIterateElements() {
		return cty.DynamicVal, failf(x.CollExpr.Range(), "a for expression over %s", raw.Type().FriendlyName())
	}
	loop := forLoop{e: e, x: x, object: newObject(0), groups: map[string][]cty.Value{}}
	for it := raw.ElementIterator(); it.Next(); {
		k, v := it.Element()
		if err := loop.step(s, k, v); err != nil {
			return cty.DynamicVal, err
		}
		if loop.nodes > maxNodes {
			return e.tooLarge(x.SrcRange), nil
		}
	}
	return withOnly(loop.result(), marks, derivable), nil
}

// forUnknown evaluates the body once, for what it refers to.
func (e *evaluation) forUnknown(x *hclsyntax.ForExpr, s scope, item cty.Value, marks cty.ValueMarks) (cty.Value, error) {
	_, itemMarks := item.Unmark()
	key := withOnly(cty.DynamicVal, itemMarks, func(m any) bool { _, ok := m.(*cause); return ok })
	inner := s.bind(x.ValVar, item)
	if x.KeyVar != "" {
		inner = inner.bind(x.KeyVar, key)
	}
	v, err := e.eval(x.ValExpr, inner)
	if err != nil {
		v = cty.DynamicVal
	}
	return unknownList(v, marks), nil
}

// A forLoop gathers the results of a for expression.
type forLoop struct {
	e      *evaluation
	x      *hclsyntax.ForExpr
	list   []cty.Value
	object *objectBuilder
	groups map[string][]cty.Value
	// rest are the marks of elements of which it is unknown whether they are in.
	rest []cty.ValueMarks
	// nodes counts the result's size, so that it stops growing in time.
	nodes int
}

func (l *forLoop) step(s scope, k, v cty.Value) error {
	s = s.bind(l.x.ValVar, v)
	if l.x.KeyVar != "" {
		s = s.bind(l.x.KeyVar, k)
	}
	in, marks, err := l.included(s)
	if err != nil || !in && marks == nil {
		return err
	}
	val, err := l.e.eval(l.x.ValExpr, s)
	if err != nil {
		return err
	}
	n, ok := size(val)
	if l.nodes += n; !ok {
		l.nodes = maxNodes + 1
	}
	if l.e.spend(n) != nil {
		return nil
	}
	if !in {
		l.rest = append(l.rest, marks)
		return nil
	}
	if l.x.KeyExpr == nil {
		l.list = append(l.list, val)
		return nil
	}
	key, err := l.e.eval(l.x.KeyExpr, s)
	if err != nil {
		return err
	}
	if !l.x.Group {
		if raw, _ := key.Unmark(); raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.String && l.object.attrs[raw.AsString()] != cty.NilVal {
			return failf(l.x.KeyExpr.Range(), "two items have the key %s", quoted(key))
		}
		return l.object.add(key, val, l.x.KeyExpr.Range())
	}
	raw, keyMarks := key.Unmark()
	if !raw.IsKnown() {
		l.object.unknownKey(keyMarks)
		return nil
	}
	if raw, err = convert.Convert(raw, cty.String); err != nil || raw.IsNull() {
		return failf(l.x.KeyExpr.Range(), "a key of an object must be a string")
	}
	l.groups[raw.AsString()] = append(l.groups[raw.AsString()], val)
	return nil
}

// included evaluates the "if"; where that is unknown, it returns its marks.
func (l *forLoop) included(s scope) (bool, cty.ValueMarks, error) {
	if l.x.CondExpr == nil {
		return true, nil, nil
	}
	cond, err := l.e.eval(l.x.CondExpr, s)
	if err != nil {
		return false, nil, err
	}
	raw, marks := cond.Unmark()
	raw, err = convert.Convert(raw, cty.Bool)
	if err != nil || raw.IsNull() {
		return false, nil, failf(l.x.CondExpr.Range(), "the condition must be true or false")
	}
	if raw.IsKnown() {
		return raw.True(), nil, nil
	}
	undecided := cty.ValueMarks{open{}: {}}
	if c := causeOf(marks); c != nil {
		undecided[c] = struct{}{}
	}
	return false, undecided, nil
}

func (l *forLoop) result() cty.Value {
	if l.x.KeyExpr == nil {
		if len(l.rest) == 0 {
			return cty.TupleVal(l.list)
		}
		rest := cty.DynamicVal.WithMarks(l.rest...)
		_, marks := rest.Unmark()
		return cty.DynamicVal.WithMarks(marks).Mark(&partial{value: cty.TupleVal(append(l.list, rest))})
	}
	for k, vals := range l.groups {
		l.object.attrs[k] = cty.TupleVal(vals)
	}
	if len(l.rest) > 0 {
		l.object.unknownKey(l.rest...)
	}
	return l.object.value()
}

func (e *evaluation) template(x *hclsyntax.TemplateExpr, s scope) (cty.Value, error) {
	if len(x.Parts) == 1 {
		if lit, ok := x.Parts[0].(*hclsyntax.LiteralValueExpr); ok {
			return lit.Val, nil
		}
	}
	t := templateText{}
	for _, part := range x.Parts {
		v, err := e.eval(part, s)
		if err != nil {
			return v, err
		}
		if err := t.add(v, part.Range()); err != nil {
			return cty.DynamicVal, err
		}
		if t.text.Len() > maxText {
			return e.tooLarge(x.SrcRange), nil
		}
	}
	if c := e.spend(t.text.Len() / 4); c != nil {
		return unknown(c), nil
	}
	return t.value(), nil
}

func (e *evaluation) templateJoin(x *hclsyntax.TemplateJoinExpr, s scope) (cty.Value, error) {
	v, err := e.eval(x.Tuple, s)
	if err != nil {
		return v, err
	}
	raw, marks := v.Unmark()
	t := templateText{marks: []cty.ValueMarks{marks}}
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return withOnly(cty.UnknownVal(cty.String), marks, derivable), nil
	}
	for it := raw.ElementIterator(); it.Next(); {
		_, item := it.Element()
		if err := t.add(item, x.Tuple.Range()); err != nil {
			return cty.DynamicVal, err
		}
		if t.text.Len() > maxText {
			return e.tooLarge(x.Tuple.Range()), nil
		}
	}
	if c := e.spend(t.text.Len() / 4); c != nil {
		return unknown(c), nil
	}
	return t.value(), nil
}

// templateText joins the parts of a template. Where some are unknown it keeps
// the rest, from which a policy's known part can be read.
type templateText struct {
	text    strings.Builder
	unknown []cty.Value
	marks   []cty.ValueMarks
}

func (t *templateText) add(v cty.Value, at hcl.Range) error {
	raw, marks := v.Unmark()
	if p := markOf[*partial](v); p != nil && p.template != "" && len(t.unknown)+len(p.parts) <= maxParts {
		// A template within a template: its parts become parts of this one.
		t.splice(p, marks)
		return nil
	}
	if len(marks) > 0 {
		t.marks = append(t.marks, marks)
	}
	if raw.IsNull() {
		return failf(at, "a part of a template is null")
	}
	raw, err := convert.Convert(raw, cty.String)
	if err != nil {
		return failf(at, "a part of a template is no string: %s", err)
	}
	if !raw.IsKnown() {
		t.text.WriteString(placeholder(len(t.unknown)))
		part := derived(v)
		if id := markOf[*standIn](v); id != nil {
			part = part.Mark(id)
		}
		t.unknown = append(t.unknown, part)
		return nil
	}
	t.text.WriteString(raw.AsString())
	return nil
}

func (t *templateText) splice(p *partial, marks cty.ValueMarks) {
	t.text.WriteString(renumbered(p.template, len(t.unknown)))
	t.unknown = append(t.unknown, p.parts...)
	t.marks = append(t.marks, marks)
}

// placeholder stands in a template's text for its i-th unknown part. It is made
// of code points that Unicode sets aside for private use.
func placeholder(i int) string { return fmt.Sprintf("\U000F4D31%d\U000F4D32", i) }

// named tells whether each unknown part names one thing.
func (t *templateText) named() bool {
	return !slices.ContainsFunc(t.unknown, func(v cty.Value) bool { return markOf[*standIn](v) == nil })
}

// unknownText is a text of which only the beginning is known.
func unknownText(prefix string) cty.Value {
	return cty.UnknownVal(cty.String).Refine().NotNull().StringPrefix(prefix).NewValue()
}

func (t *templateText) value() cty.Value {
	text := t.text.String()
	out := cty.StringVal(text)
	if len(t.unknown) > 0 {
		prefix, _, _ := strings.Cut(text, placeholder(0))
		out = unknownText(prefix)
	}
	for _, m := range t.marks {
		out = withOnly(out, m, derivable)
	}
	if n := len(t.unknown); n > 0 && n <= maxParts && (strings.HasPrefix(strings.TrimSpace(text), "{") || t.named()) {
		out = out.Mark(&partial{template: text, parts: t.unknown})
	}
	return out
}
