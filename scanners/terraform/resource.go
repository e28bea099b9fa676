package terraform

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A resource is one instance of a resource or data source.
type resource struct {
	block   *hclsyntax.Block
	typ     string
	data    bool
	in      *instance
	each    *repetition
	address string
	maybe   *cause
	// arguments and computed hold its attributes, once they are worked out.
	arguments, computed map[string]*thunk
}

func (r *resource) scope() scope { return scope{in: r.in, each: r.each, self: r} }

func (r *resource) value() cty.Value {
	return unknown(r.later("")).Mark(r).Mark(reference(r.address))
}

// later is the reason for what only Terraform's apply can tell.
func (r *resource) later(name string) *cause {
	full := r.address
	if name != "" {
		full += "." + name
	}
	at := sourceOf(r.block.DefRange())
	if r.data {
		return &cause{text: r.address + " is read during apply", at: at}
	}
	return &cause{text: full + " is known after apply", at: at}
}

// notAttributes are arguments that Terraform itself reads.
var notAttributes = map[string]bool{"count": true, "for_each": true, "depends_on": true, "provider": true}

// notBlocks are nested blocks that Terraform itself reads.
var notBlocks = map[string]bool{"provisioner": true, "connection": true}

// attribute is what other expressions read: what the configuration sets, else an
// unknown value. It refers to the resource.
func (r *resource) attribute(e *evaluation, name string) cty.Value {
	if r.sets(name) {
		v := r.raw(e, name)
		if v.IsNull() { // the provider chooses
			v = unknown(r.later(name))
		}
		return v.Mark(reference(r.address))
	}
	return e.force(memo(&r.computed, name), r.address+"."+name, r.block.DefRange(), func() (cty.Value, error) {
		return r.compute(e, name), nil
	}).Mark(reference(r.address))
}

// sets tells whether the configuration sets the attribute.
func (r *resource) sets(name string) bool {
	return r.block.Body.Attributes[name] != nil && !notAttributes[name]
}

// raw is the value of an argument.
func (r *resource) raw(e *evaluation, name string) cty.Value {
	a := r.block.Body.Attributes[name]
	return e.force(memo(&r.arguments, name), r.address+"."+name, a.SrcRange, func() (cty.Value, error) {
		return e.eval(a.Expr, r.scope())
	})
}

// compute is an attribute that is no argument.
func (r *resource) compute(e *evaluation, name string) cty.Value {
	later := unknown(r.later(name))
	if r.data {
		if doc := e.policyDocument(r, name); doc != nil {
			_, marks := doc.value.UnmarkDeep()
			return withOnly(withOnly(unknownText("{"), marksOf(later), derivable), marks, derivable).Mark(doc)
		}
	}
	if r.sets("input") && r.typ == "terraform_data" && name == "output" {
		return r.attribute(e, "input")
	}
	for _, g := range e.nested(r.block.Body, r.scope()) {
		if g.name == name {
			return e.blockList(g, later.Mark(reference(r.address)))
		}
	}
	if namesOne(name) {
		return later.Mark(nameOf(r.address, name))
	}
	return later
}

// namesOne tells whether a computed attribute is the name of one thing.
func namesOne(attribute string) bool {
	switch attribute {
	case "id", "arn", "self_link", "email", "member", "unique_id", "name", "url", "uri", "number", "region", "partition", "dns_suffix":
		return true
	}
	for _, suffix := range []string{"_id", "_arn", "_link", "_url"} {
		if strings.HasSuffix(attribute, suffix) {
			return true
		}
	}
	return false
}

// named returns the text that stands for an unknown string of which every unknown
// part names one thing.
func named(v cty.Value) (string, bool) {
	if id := markOf[*standIn](v); id != nil {
		return id.text, true
	}
	if p := markOf[*partial](v); p != nil && p.template != "" {
		return withNames(p.template, p.parts)
	}
	return "", false
}

// withNames puts the names in place of a template's placeholders.
func withNames(template string, parts []cty.Value) (string, bool) {
	ok := true
	text := placeholders.ReplaceAllStringFunc(template, func(m string) string {
		i, err := strconv.Atoi(placeholders.FindStringSubmatch(m)[1])
		if err != nil || i >= len(parts) {
			ok = false
			return m
		}
		id := markOf[*standIn](parts[i])
		if id == nil {
			ok = false
			return m
		}
		return id.text
	})
	return text, ok
}

// blockList is the value of nested blocks of one type: a list of objects.
func (e *evaluation) blockList(g *group, later cty.Value) cty.Value {
	mark := &computed{missing: later}
	vals := make([]cty.Value, 0, len(g.items)+1)
	for _, item := range g.items {
		vals = append(vals, e.blockValue(item, later).Mark(mark))
	}
	if g.rest == nil {
		return cty.TupleVal(vals).Mark(mark)
	}
	vals = append(vals, cty.DynamicVal.WithMarks(g.rest))
	return withOnly(cty.DynamicVal, g.rest, derivable).Mark(&partial{value: cty.TupleVal(vals)})
}

func (e *evaluation) blockValue(b nestedBlock, later cty.Value) cty.Value {
	attrs := map[string]cty.Value{}
	for name, a := range b.body.Attributes {
		if v := settle(e.eval(a.Expr, b.s)); !v.IsNull() {
			attrs[name] = v
		}
	}
	for _, g := range e.nested(b.body, b.s) {
		attrs[g.name] = e.blockList(g, later)
	}
	return cty.ObjectVal(attrs)
}

// A group is the nested blocks of one type, dynamic ones expanded.
type group struct {
	name  string
	items []nestedBlock
	// rest are the marks of blocks of which it is unknown how many there are.
	rest cty.ValueMarks
	// at is where those are written.
	at hcl.Range
}

type nestedBlock struct {
	body *hclsyntax.Body
	s    scope
	at   hcl.Range
}

// nested returns the blocks in a body by type, in the order of their first.
func (e *evaluation) nested(body *hclsyntax.Body, s scope) []*group {
	var out []*group
	find := func(name string) *group {
		for _, g := range out {
			if g.name == name {
				return g
			}
		}
		g := &group{name: name}
		out = append(out, g)
		return g
	}
	for _, b := range body.Blocks {
		switch {
		case notBlocks[b.Type]:
		case b.Type == "dynamic" && len(b.Labels) == 1:
			e.dynamic(find(b.Labels[0]), b, s)
		default:
			g := find(b.Type)
			g.items = append(g.items, nestedBlock{b.Body, s, b.DefRange()})
		}
	}
	return out
}

// dynamic expands a dynamic block into its group.
func (e *evaluation) dynamic(g *group, b *hclsyntax.Block, s scope) {
	over := b.Body.Attributes["for_each"]
	content := contentOf(b)
	if over == nil || content == nil {
		g.unsure(b.DefRange(), &cause{text: "this dynamic block lacks for_each or content", at: sourceOf(b.DefRange()), unread: true})
		return
	}
	coll := settle(e.eval(over.Expr, s))
	raw, marks := coll.Unmark()
	switch {
	case raw.IsNull():
		g.unsure(over.SrcRange, &cause{text: "the for_each of this dynamic block is null", at: sourceOf(over.SrcRange), unread: true})
		return
	case !raw.IsKnown(), raw.Type().IsSetType() && !raw.IsWhollyKnown():
		g.unsure(over.SrcRange, causeOr(marks, "its for_each is unknown"))
		return
	case !raw.CanIterateElements():
		g.unsure(over.SrcRange, &cause{text: "the for_each of this dynamic block is no collection", at: sourceOf(over.SrcRange), unread: true})
		return
	case raw.LengthInt() > maxRepeat:
		c := &cause{text: fmt.Sprintf("this dynamic block repeats more than %d times", maxRepeat), at: sourceOf(over.SrcRange), unread: true}
		e.once(c)
		g.unsure(over.SrcRange, c)
		return
	}
	name := b.Labels[0]
	if it := b.Body.Attributes["iterator"]; it != nil {
		name = hcl.ExprAsKeyword(it.Expr)
	}
	for it := raw.ElementIterator(); it.Next(); {
		k, v := it.Element()
		if raw.Type().IsSetType() {
			k = v
		}
		v = withOnly(v, marks, derivable)
		inner := s.bind(name, cty.ObjectVal(map[string]cty.Value{"key": k, "value": v}))
		inner.names.from = &repetition{key: k, value: v, from: over.Expr, in: s}
		g.items = append(g.items, nestedBlock{content.Body, inner, b.DefRange()})
	}
}

func (g *group) unsure(at hcl.Range, c *cause) {
	if g.rest == nil {
		g.rest, g.at = cty.ValueMarks{open{}: {}}, at
	}
	g.rest[c] = struct{}{}
}

func contentOf(b *hclsyntax.Block) *hclsyntax.Block {
	for _, c := range b.Body.Blocks {
		if c.Type == "content" {
			return c
		}
	}
	return nil
}

func causeOr(marks cty.ValueMarks, text string) *cause {
	if c := causeOf(marks); c != nil {
		return c
	}
	return &cause{text: text}
}
