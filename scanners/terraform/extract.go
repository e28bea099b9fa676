package terraform

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"merlon/compliance"
)

// A selection is which sections of a document are asked for; nil is all.
type selection map[string]bool

func selectionOf(sections []string) selection {
	if sections == nil {
		return nil
	}
	s := selection{}
	for _, name := range sections {
		s[name] = true
	}
	return s
}

func (s selection) has(section string) bool { return s == nil || s[section] }

// anyOf tells whether a section beneath this one is asked for.
func (s selection) anyOf(above string) bool {
	if s == nil {
		return true
	}
	for name := range s {
		if strings.HasPrefix(name, above+"/") {
			return true
		}
	}
	return false
}

// An extraction turns an evaluation into its document.
type extraction struct {
	*evaluation
	want  selection
	links []links
	// names are the identifying attributes of all resources: value, type, addresses.
	names  map[string]map[string][]string
	handed []handover
}

// extract fills the document.
func (e *evaluation) extract(want selection) {
	x := &extraction{evaluation: e, want: want, names: map[string]map[string][]string{}}
	x.instance(e.root)
	x.join()
	x.putLinks()
	x.putHandovers()
}

// instance extracts a module's instance and those beneath it.
func (x *extraction) instance(in *instance) {
	if in.mod == nil {
		return
	}
	for _, b := range inOrder(in.mod.resources) {
		key := strings.Join(b.Labels, ".")
		if b.Type == "data" {
			key = "data." + key
		}
		x.resources(in, key, b)
	}
	x.providers(in)
	x.moves(in)
	for _, b := range inOrder(in.mod.calls) {
		x.modules(in, b)
	}
}

func inOrder(blocks map[string]*hclsyntax.Block) []*hclsyntax.Block {
	out := make([]*hclsyntax.Block, 0, len(blocks))
	for _, b := range blocks {
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Block) int {
		return cmp.Or(cmp.Compare(a.TypeRange.Filename, b.TypeRange.Filename), cmp.Compare(a.TypeRange.Start.Byte, b.TypeRange.Start.Byte),
			strings.Compare(strings.Join(a.Labels, "."), strings.Join(b.Labels, ".")))
	})
	return out
}

// reserved are sections that no resource type may take.
var reserved = map[string]bool{"data": true, "references": true, "referrers": true, "providers": true, "modules": true}

func (x *extraction) resources(in *instance, key string, b *hclsyntax.Block) {
	typ := b.Labels[0]
	if reserved[typ] && b.Type != "data" {
		x.once(&cause{text: "a resource cannot have the type " + typ + "; it is not read", at: sourceOf(b.DefRange()), unread: true})
		return
	}
	facts := x.want.has(compliance.Path{typ}.Section())
	refs := x.want.has("references/"+typ) || x.want.anyOf("referrers")
	if b.Type == "data" {
		facts, refs = x.want.has("data/"+typ), false
	}
	named := b.Type != "data" && (x.want.anyOf("references") || x.want.anyOf("referrers"))
	if !facts && !refs && !named {
		return
	}
	x.begin(b.DefRange())
	exp := in.resourceOf(x.evaluation, key)
	if exp.unknown != nil {
		x.doc.Add(compliance.Unknown{Path: factPath(b, in.prefix()+key), Cause: exp.unknown.text, Source: in.located(b.DefRange(), nil)})
		return
	}
	for _, r := range exp.items {
		if named {
			x.name(r)
		}
		if facts || refs {
			x.resource(r, facts, refs)
		}
	}
}

func factPath(b *hclsyntax.Block, address string) compliance.Path {
	if b.Type == "data" {
		return compliance.Path{"data", b.Labels[0], address}
	}
	return compliance.Path{b.Labels[0], address}
}

func (x *extraction) resource(r *resource, facts, refs bool) {
	path := factPath(r.block, r.address)
	w := &walker{extraction: x, r: r, in: r.in, facts: facts, links: links{typ: r.typ, address: r.address, to: map[string]map[string]bool{}}}
	body := w.body(r.block.Body, r.scope(), path, "")
	if refs {
		x.links = append(x.links, w.links)
	}
	if !facts {
		return
	}
	x.doc.Put(path, body, r.in.located(r.block.DefRange(), nil))
	if r.maybe != nil {
		x.doc.Add(compliance.Unknown{
			Path: path, Cause: r.maybe.text, Source: r.in.located(r.block.DefRange(), nil), Maybe: true, Deferred: !r.maybe.unread,
		})
	}
}

func (x *extraction) providers(in *instance) {
	if !x.want.has("providers") {
		return
	}
	for _, b := range in.mod.providers {
		name := in.prefix() + b.Labels[0]
		if alias := literalText(b.Body.Attributes["alias"]); alias != "" {
			name += "." + alias
		}
		path := compliance.Path{"providers", name}
		if _, twice := x.doc.Value(path); twice {
			continue
		}
		w := &walker{extraction: x, in: in, facts: true, links: links{to: map[string]map[string]bool{}}}
		x.doc.Put(path, w.body(b.Body, in.scope(), path, ""), in.located(b.DefRange(), nil))
	}
}

func (x *extraction) modules(in *instance, b *hclsyntax.Block) {
	name := b.Labels[0]
	x.begin(b.DefRange())
	exp := in.moduleOf(x.evaluation, name)
	if exp.unknown != nil {
		x.doc.Add(compliance.Unknown{Path: compliance.Path{"modules", in.prefix() + "module." + name}, Cause: exp.unknown.text, Source: in.located(b.DefRange(), nil)})
		return
	}
	for _, child := range exp.items {
		if x.want.has("modules") {
			facts := map[string]any{}
			for _, k := range []string{"source", "version"} {
				if text := literalText(b.Body.Attributes[k]); text != "" {
					facts[k] = text
				}
			}
			path := compliance.Path{"modules", child.address}
			x.doc.Put(path, facts, in.located(b.DefRange(), nil))
			if child.maybe != nil {
				x.doc.Add(compliance.Unknown{Path: path, Cause: child.maybe.text, Source: in.located(b.DefRange(), nil), Maybe: true, Deferred: !child.maybe.unread})
			}
		}
		if child.mod == nil || child.mod.broken {
			x.handOver(child)
		}
		if child.missing != nil {
			x.doc.PutUnknown(compliance.Path{"modules", child.address, compliance.Any}, child.missing.text, in.located(b.DefRange(), nil))
		}
		x.instance(child)
		child.forget()
	}
}

// A walker extracts one resource.
type walker struct {
	*extraction
	r     *resource // nil for a provider
	in    *instance
	facts bool // put them, besides the references
	links links

	// Of the attribute at hand:
	own    hcl.Range
	refs   map[string]bool
	unsure *cause // some value's references are unknown, for this reason
}

// body returns the facts of a block's body. dotted is its place in the names of
// references, with a dot at its end where it is not empty.
func (w *walker) body(body *hclsyntax.Body, s scope, at compliance.Path, dotted string) map[string]any {
	out := map[string]any{}
	for _, name := range sortedKeys(body.Attributes) {
		if top := dotted == ""; top && notAttributes[name] {
			continue
		}
		if v, ok := w.attribute(body.Attributes[name], s, at.Append(name), dotted); ok {
			out[name] = v
		}
	}
	for _, g := range w.nested(body, s) {
		if list := w.blocks(g, at.Append(g.name), dotted+g.name); len(list) > 0 {
			out[g.name] = list
		}
	}
	return out
}

func (w *walker) blocks(g *group, at compliance.Path, dotted string) []any {
	var list []any
	for i, b := range g.items {
		w.begin(b.at)
		n := strconv.Itoa(i)
		p := at.Append(n)
		list = append(list, w.body(b.body, b.s, p, dotted+"."+n+"."))
		w.putSource(p, w.in.located(b.at, nil))
	}
	if len(g.items) > 0 {
		w.putSource(at, w.in.located(g.items[0].at, nil))
	}
	if g.rest != nil {
		w.own = g.at
		c := causeOf(g.rest)
		w.missing(at.Append(compliance.Any), c)
		w.links.unsure(dotted, c, w.in.located(g.at, nil))
	}
	return list
}

func (w *walker) attribute(a *hclsyntax.Attribute, s scope, at compliance.Path, dotted string) (any, bool) {
	w.begin(a.SrcRange)
	v := w.value(a, s, dotted)
	if v.IsNull() {
		return nil, false
	}
	w.own, w.refs, w.unsure = a.SrcRange, map[string]bool{}, nil
	o := w.trace(a.Expr, s, 0)
	w.putSource(at, w.in.located(a.SrcRange, o.at))
	if isSensitiveName(a.Name) && w.facts {
		w.doc.PutSensitive(at)
	}
	out, ok := w.emit(v, at, o, false)
	w.links.add(dotted+a.Name, w.refs)
	w.links.name(dotted+a.Name, out)
	if w.unsure != nil {
		w.links.unsure(dotted+a.Name, w.unsure, w.in.located(a.SrcRange, o.at))
	}
	return out, ok
}

// value evaluates an attribute; those of the resource itself may be known already.
func (w *walker) value(a *hclsyntax.Attribute, s scope, dotted string) cty.Value {
	if w.r != nil && dotted == "" {
		return w.r.raw(w.evaluation, a.Name)
	}
	v := settle(w.eval(a.Expr, s))
	if _, ok := size(v); !ok {
		return w.tooLarge(a.SrcRange)
	}
	return v
}

func (w *walker) putSource(at compliance.Path, s compliance.Source) {
	if w.facts {
		w.doc.PutSource(at, s)
	}
}

// missing records what is unknown.
func (w *walker) missing(at compliance.Path, c *cause) {
	if !w.facts {
		return
	}
	if c == nil {
		c = &cause{text: "its value is unknown"}
	}
	src := w.in.located(w.own, nil)
	if !c.at.IsZero() && (c.at.File != src.File || c.at.Line != src.Line) {
		src.Via = append([]compliance.Source{c.at}, src.Via...)
	}
	w.doc.Add(compliance.Unknown{Path: at, Cause: c.text, Source: src, Deferred: !c.unread})
}

// emit turns a value into facts, and records what of it is unknown, refers to
// something or is sensitive. Within a policy, text stays text.
func (w *walker) emit(v cty.Value, at compliance.Path, o origin, policy bool) (any, bool) {
	if c := w.spend(1); c != nil {
		v = unknown(c)
	}
	if !policy {
		if doc, ok := w.policyOf(v); ok {
			_, marks := v.UnmarkDeep()
			w.note(marks)
			v, policy = doc, true
		}
	}
	if p := markOf[*partial](v); p != nil && !p.encoded && p.value != cty.NilVal {
		_, marks := v.Unmark()
		v = withOnly(p.value, marks, isSecret)
	}
	if bare, marks := v.Unmark(); !bare.IsKnown() {
		if text, ok := named(v); ok {
			v = withOnly(cty.StringVal(text), marks, derivable)
		}
	}
	raw, marks := v.Unmark()
	w.note(marks)
	if has[secret](v) && w.facts {
		w.doc.PutSensitive(at)
	}
	switch {
	case raw.IsNull():
		return nil, false
	case !raw.IsKnown():
		c := causeOf(marks)
		w.missing(at, c)
		if len(references(marks)) == 0 || has[open](v) {
			w.unsure = c
			if c == nil {
				w.unsure = &cause{text: "its value is unknown"}
			}
		}
		return nil, false
	}
	switch ty := raw.Type(); {
	case ty == cty.String:
		if policy {
			return raw.AsString(), true
		}
		return canonical(raw.AsString()), true
	case ty == cty.Bool:
		return raw.True(), true
	case ty == cty.Number:
		return number(raw), true
	case ty.IsObjectType() || ty.IsMapType():
		return w.emitMap(raw, marks, at, o, policy), true
	case raw.CanIterateElements():
		return w.emitList(raw, marks, at, o, policy), true
	}
	w.missing(at, &cause{text: "it is of a type that has no plain form"})
	return nil, false
}

// note gathers the references among marks.
func (w *walker) note(marks cty.ValueMarks) {
	for m := range marks {
		if r, ok := m.(reference); ok && w.refs != nil {
			w.refs[string(r)] = true
		}
	}
}

func (w *walker) emitMap(raw cty.Value, marks cty.ValueMarks, at compliance.Path, o origin, policy bool) map[string]any {
	out := map[string]any{}
	for it := raw.ElementIterator(); it.Next(); {
		k, v := it.Element()
		key := k.AsString()
		p := at.Append(key)
		item := w.pick(o, k, 0)
		w.putItemSource(p, item, o)
		if key != anyKey && w.facts && isSensitiveName(key) && !policy {
			w.doc.PutSensitive(p)
		}
		if fact, ok := w.emit(inherited(v, marks), p, item, policy); ok {
			out[key] = fact
		}
	}
	return out
}

func (w *walker) emitList(raw cty.Value, marks cty.ValueMarks, at compliance.Path, o origin, policy bool) []any {
	out := []any{}
	n := raw.LengthInt()
	var restNoted bool
	for it, i := raw.ElementIterator(), int64(0); it.Next(); i++ {
		_, v := it.Element()
		v = inherited(v, marks)
		item := w.pickElement(o, i, n)
		if m := markOf[*writtenAt](v); m != nil {
			item = origin{at: &m.Range}
		}
		if bare, _ := v.Unmark(); !bare.IsKnown() && markOf[*partial](v) == nil && markOf[*standIn](v) == nil {
			w.restOf(v, at, &restNoted)
			continue
		}
		p := at.Append(strconv.Itoa(len(out)))
		if fact, ok := w.emit(v, p, item, policy); ok {
			w.putItemSource(p, item, o)
			out = append(out, fact)
		} else if bare, _ := v.Unmark(); !bare.IsNull() && !restNoted {
			restNoted = true
			w.missing(at.Append(compliance.Any), causeOf(marksOf(v)))
		}
	}
	return out
}

// restOf records an element that is unknown; it leaves the list.
func (w *walker) restOf(v cty.Value, at compliance.Path, noted *bool) {
	if *noted {
		// One record says that elements are missing; their references count each.
		w.silently(func() { w.emit(v, at.Append(compliance.Any), origin{}, true) })
		return
	}
	*noted = true
	w.emit(v, at.Append(compliance.Any), origin{}, true)
}

// silently gathers references without putting facts.
func (w *walker) silently(f func()) {
	facts := w.facts
	w.facts = false
	f()
	w.facts = facts
}

func marksOf(v cty.Value) cty.ValueMarks {
	_, marks := v.Unmark()
	return marks
}

// inherited gives an unknown element what is known about its collection.
func inherited(v cty.Value, marks cty.ValueMarks) cty.Value {
	if raw, _ := v.Unmark(); raw.IsKnown() {
		return v
	}
	return withOnly(v, marks, func(m any) bool {
		switch m.(type) {
		case reference, *cause:
			return true
		}
		return false
	})
}

// pickElement finds where an element was written. In a policy a single object
// stands for a list of one.
func (w *walker) pickElement(o origin, i int64, n int) origin {
	if _, single := o.x.(*hclsyntax.ObjectConsExpr); single && n == 1 {
		return o
	}
	if list, ok := o.x.(*hclsyntax.TupleConsExpr); ok && len(list.Exprs) == n {
		return w.pick(o, cty.NumberIntVal(i), 0)
	}
	return origin{}
}

// putItemSource puts the place of an element, where it has one of its own.
func (w *walker) putItemSource(at compliance.Path, item, parent origin) {
	if item.at == nil || !w.facts || strings.Contains(at[len(at)-1], "\x00") {
		return
	}
	if parent.at != nil && item.at.Filename == parent.at.Filename && item.at.Start.Line == parent.at.Start.Line {
		return // the place of what contains it says as much
	}
	within := item.at.Filename == w.own.Filename && w.own.ContainsPos(item.at.Start)
	switch {
	case !within:
		w.doc.PutSource(at, w.in.located(w.own, item.at))
	case parent.at != nil || item.at.Start.Line != w.own.Start.Line:
		w.doc.PutSource(at, w.in.located(*item.at, nil))
	}
}

// canonical gives text that means a boolean or a whole number that value: without
// the provider's schema, "true" and true must be the same.
func canonical(s string) any {
	switch s {
	case "true":
		return true
	case "false":
		return false
	}
	if len(s) > 0 && len(s) <= 17 && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s && n < 1<<53 && n > -1<<53 {
			return n
		}
	}
	return s
}

func number(v cty.Value) any {
	f := v.AsBigFloat()
	if f.IsInt() {
		if n, accuracy := f.Int64(); accuracy == 0 {
			return n
		}
	}
	n, _ := f.Float64()
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return f.Text('g', -1)
	}
	return n
}

// isSensitiveName tells from an attribute's name that its value is a secret, and
// not a reference to one.
func isSensitiveName(name string) bool {
	name = strings.ToLower(name)
	if name == "http_tokens" { // whether AWS's metadata service asks for them
		return false
	}
	for _, suffix := range []string{"_arn", "_id", "_ids", "_name", "_version", "_versions", "_length", "_enabled", "_policy", "_ttl", "_uri", "_url", "_type", "_lifetime", "_days", "_age", "_auth", "_required", "_endpoint", "_expiration"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	for _, prefix := range []string{"require_", "enable_", "allow_", "min_", "max_", "minimum_", "maximum_", "disable_", "use_"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, word := range []string{"password", "secret", "token", "private_key", "access_key"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
