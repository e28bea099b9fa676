package terraform

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"merlon/compliance"
)

// An expansion is all instances of a resource or module.
type expansion[T lazyItem] struct {
	items []T
	keys  []cty.Value // of the items; nil where there is just one, without a key
	// maybe: how many there are is unknown, and one item stands for them all.
	maybe *cause
	// unknown: there is nothing to have.
	unknown *cause
	whole   cty.Value
}

// value is what the name without an index stands for.
func (x *expansion[T]) value() cty.Value {
	if x.unknown != nil {
		return unknown(x.unknown)
	}
	if x.whole != cty.NilVal {
		return x.whole
	}
	x.whole = x.build()
	return x.whole
}

func (x *expansion[T]) build() cty.Value {
	switch {
	case x.maybe != nil:
		return unknown(x.maybe).Mark(&symbolic{x.items[0]})
	case x.keys == nil:
		return x.items[0].value()
	case len(x.keys) > 0 && x.keys[0].Type() == cty.String:
		attrs := make(map[string]cty.Value, len(x.items))
		for i, k := range x.keys {
			attrs[k.AsString()] = x.items[i].value()
		}
		return cty.ObjectVal(attrs)
	}
	vals := make([]cty.Value, len(x.items))
	for i := range x.items {
		vals[i] = x.items[i].value()
	}
	return cty.TupleVal(vals)
}

// expand fills x with the instances that count or for_each in a block ask for.
func expand[T lazyItem](e *evaluation, x *expansion[T], b *hclsyntax.Block, s scope, item func(suffix string, each *repetition, maybe *cause) T) {
	count, forEach := b.Body.Attributes["count"], b.Body.Attributes["for_each"]
	stand := func(c *cause, each *repetition) {
		x.maybe = c
		x.items = []T{item(`["?"]`, each, c)}
	}
	switch {
	case count != nil:
		keys, c := e.counted(count, s)
		if c != nil {
			stand(c, &repetition{index: cty.UnknownVal(cty.Number).Mark(c)})
			break
		}
		x.keys = keys
		for _, k := range keys {
			x.items = append(x.items, item(keyText(k), &repetition{index: k}, nil))
		}
	case forEach != nil:
		coll, c := e.keyed(forEach, s)
		if c != nil {
			each := elementOf(settle(e.eval(forEach.Expr, s))).Mark(c)
			stand(c, &repetition{key: cty.UnknownVal(cty.String).Mark(c), value: each})
			break
		}
		raw, marks := coll.Unmark()
		x.keys = []cty.Value{}
		for it := raw.ElementIterator(); it.Next(); {
			k, v := it.Element()
			if raw.Type().IsSetType() {
				k = v
			}
			x.keys = append(x.keys, k)
			v = withOnly(v, marks, derivable)
			x.items = append(x.items, item(keyText(k), &repetition{key: withOnly(k, marks, derivable), value: v, from: forEach.Expr, in: s}, nil))
		}
	default:
		x.items = []T{item("", nil, nil)}
	}
	x.unknown = nil
}

// counted evaluates a count; the cause says why it is unknown.
func (e *evaluation) counted(attr *hclsyntax.Attribute, s scope) ([]cty.Value, *cause) {
	v, marks := settle(e.eval(attr.Expr, s)).Unmark()
	v, err := convert.Convert(v, cty.Number)
	at := sourceOf(attr.SrcRange)
	switch {
	case err != nil || v.IsNull():
		return nil, &cause{text: "its count is no number", at: at, unread: true}
	case !v.IsKnown():
		return nil, causeOr(marks, "its count is unknown")
	}
	n, _ := v.AsBigFloat().Float64()
	if n < 0 || n != float64(int(min(n, maxRepeat+1))) && n <= maxRepeat {
		return nil, &cause{text: "its count is no whole number", at: at, unread: true}
	}
	if c := e.room(n, "its count", at); c != nil {
		return nil, c
	}
	keys := make([]cty.Value, int(n))
	for i := range keys {
		keys[i] = cty.NumberIntVal(int64(i))
	}
	return keys, nil
}

// keyed evaluates a for_each; the cause says why its keys are unknown.
func (e *evaluation) keyed(attr *hclsyntax.Attribute, s scope) (cty.Value, *cause) {
	coll := settle(e.eval(attr.Expr, s))
	v, marks := coll.Unmark()
	at := sourceOf(attr.SrcRange)
	ty := v.Type()
	switch {
	case !v.IsKnown(), ty.IsSetType() && !v.IsWhollyKnown():
		return coll, causeOr(marks, "its for_each is unknown")
	case v.IsNull(), !(ty.IsMapType() || ty.IsObjectType() || ty.IsSetType()):
		return coll, &cause{text: "its for_each is neither a map nor a set of strings", at: at, unread: true}
	case ty.IsSetType() && ty.ElementType() != cty.String && v.LengthInt() > 0:
		return coll, &cause{text: "its for_each is a set of something else than strings", at: at, unread: true}
	}
	return coll, e.room(float64(v.LengthInt()), "its for_each", at)
}

// room counts n more instances, and says why where they are too many.
func (e *evaluation) room(n float64, what string, at compliance.Source) *cause {
	var c *cause
	switch {
	case n > maxRepeat:
		c = &cause{text: fmt.Sprintf("%s asks for %.0f instances, of which Merlon evaluates at most %d; one stands for them all", what, n, maxRepeat), at: at, unread: true}
	case e.instances+int(n) > maxInstances:
		c = &cause{text: fmt.Sprintf("the root module has more than %d instances; one stands for all of these", maxInstances), at: at, unread: true}
	default:
		e.instances += int(n)
		return nil
	}
	e.once(c)
	return c
}
