package terraform

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// planReferences finds what the expressions in a plan's configuration refer to.
// A plan lists the names in each expression, but not what locals stand for.
type planReferences struct {
	root *planScope
	// instances maps an address without its own key to the instances there are.
	instances map[string][]string
	scopes    map[string]*planScope
	calls     map[string][]*planScope // the instances of a call, by its address
	blocks    map[*planModule]map[string]*planBlock
	names     map[*byte][]string // of expressions, by where they begin
	looked    int
}

// Bounds on what is looked at, all of which a plan may set as high as it likes.
const (
	maxAddress   = 4096      // bytes of a module's address
	maxNames     = 1000      // names in one attribute, and those that they lead to
	maxNamesEver = 5_000_000 // in all
)

// A planScope is one instance of a module in a plan.
type planScope struct {
	module  *planModule
	call    *planCall // that made it; nil for the root
	parent  *planScope
	address string
	key     string // `["a"]`, "" where it has none
}

func newPlanReferences(p *plan) *planReferences {
	root := &planScope{module: &p.config.Root}
	refs := &planReferences{
		root: root, instances: map[string][]string{}, scopes: map[string]*planScope{"": root},
		calls: map[string][]*planScope{}, blocks: map[*planModule]map[string]*planBlock{}, names: map[*byte][]string{},
	}
	for _, r := range p.resources {
		refs.instances[r.base()] = append(refs.instances[r.base()], r.address)
		refs.scope(r.module)
	}
	return refs
}

// scope returns the instance of a module at an address; nil where the
// configuration has none.
func (p *planReferences) scope(address string) *planScope {
	if s, ok := p.scopes[address]; ok {
		return s
	}
	s := p.root
	for _, step := range moduleSteps(address) {
		if s = p.into(s, step); s == nil {
			break
		}
	}
	if s != nil && s.address != address {
		s = nil // it is no module's address
	}
	p.scopes[address] = s
	return s
}

// into returns an instance of a module that s calls.
func (p *planReferences) into(s *planScope, step moduleStep) *planScope {
	call := s.prefix() + "module." + step.name
	if child, ok := p.scopes[call+step.key]; ok {
		return child
	}
	child := s.child(step.name, step.key)
	if child != nil {
		p.calls[call] = append(p.calls[call], child)
	}
	p.scopes[call+step.key] = child
	return child
}

type moduleStep struct{ name, key string }

// moduleSteps splits `module.a.module.b["k"]`; nil where it is no such address.
func moduleSteps(address string) []moduleStep {
	if len(address) > maxAddress {
		return nil
	}
	t, diags := hclsyntax.ParseTraversalAbs([]byte(address), "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	var out []moduleStep
	for i := 0; i+1 < len(t) && len(out) < maxModules; i += 2 {
		s := moduleStep{name: step(t, i+1)}
		if i+2 < len(t) {
			if index, ok := t[i+2].(hcl.TraverseIndex); ok {
				s.key = keyText(index.Key)
				i++
			}
		}
		out = append(out, s)
	}
	return out
}

func (s *planScope) child(name, key string) *planScope {
	call := s.module.Calls[name]
	if call == nil {
		return nil
	}
	return &planScope{module: &call.Module, call: call, parent: s, address: s.prefix() + "module." + name + key, key: key}
}

func (s *planScope) prefix() string {
	if s.address == "" {
		return ""
	}
	return s.address + "."
}

// block returns how a resource is written; nil where the configuration lacks it.
func (p *planReferences) block(s *planScope, r *plannedResource) *planBlock {
	if s == nil {
		return nil
	}
	byAddress := p.blocks[s.module]
	if byAddress == nil {
		byAddress = map[string]*planBlock{}
		for _, b := range s.module.Resources {
			byAddress[b.Address] = b
		}
		p.blocks[s.module] = byAddress
	}
	return byAddress[strings.TrimPrefix(r.base(), s.prefix())]
}

// A search gathers the addresses that expressions reach.
type search struct {
	*planReferences
	to   map[string]bool
	seen map[string]bool
	// open: something is reached that a plan does not tell.
	open bool
}

// reach returns the addresses that an expression reaches. The block in which it
// stands has the key `["k"]`, "" where it has none, and is repeated by forEach.
func (p *planReferences) reach(s *planScope, x json.RawMessage, forEach json.RawMessage, key string) (to map[string]bool, open bool) {
	f := &search{planReferences: p, to: map[string]bool{}, seen: map[string]bool{}}
	if s == nil {
		return f.to, true
	}
	f.expression(s, x, forEach, key)
	return f.to, f.open
}

func (f *search) expression(s *planScope, x, forEach json.RawMessage, key string) {
	names := f.namesIn(x)
	if len(names) > maxNames {
		names, f.open = names[:maxNames], true
	}
	byKey := false
	for _, n := range names {
		byKey = byKey || strings.HasPrefix(n, "each.") || strings.HasPrefix(n, "count.")
	}
	if !byKey {
		key = ""
	}
	for _, n := range names {
		if !isPrefixOfAnother(n, names) {
			f.name(s, n, forEach, key)
		}
	}
}

// isPrefixOfAnother tells whether a name stands in the list only because a longer
// one does: "aws_x.y" beside "aws_x.y[0].id".
func isPrefixOfAnother(name string, all []string) bool {
	for _, n := range all {
		if rest, ok := strings.CutPrefix(n, name); ok && rest != "" && (rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

func (f *search) name(s *planScope, name string, forEach json.RawMessage, key string) {
	id := s.address + "\x00" + name + "\x00" + key
	if f.seen[id] {
		return
	}
	f.seen[id] = true
	if f.looked++; len(f.seen) > maxNames || f.looked > maxNamesEver || len(name) > maxAddress {
		f.open = true
		return
	}
	t, diags := hclsyntax.ParseTraversalAbs([]byte(name), "", hcl.InitialPos)
	if diags.HasErrors() {
		f.open = true
		return
	}
	switch root := t.RootName(); root {
	case "var":
		if s.parent != nil {
			f.expression(s.parent, s.call.Expressions[step(t, 1)], s.call.ForEach, s.key)
		}
	case "local", "ephemeral":
		f.open = true
	case "each":
		if step(t, 1) == "value" {
			f.expression(s, forEach, nil, "")
		}
	case "count", "path", "terraform", "tofu", "self":
	case "module":
		f.output(s, t, key)
	case "data":
		f.resource(s, "data."+step(t, 1)+"."+step(t, 2), t, 3, key)
	default:
		f.resource(s, root+"."+step(t, 1), t, 2, key)
	}
}

func (f *search) resource(s *planScope, address string, t hcl.Traversal, next int, key string) {
	base := s.prefix() + address
	if next < len(t) {
		if index, ok := t[next].(hcl.TraverseIndex); ok {
			key = keyText(index.Key)
		}
	}
	all := f.instances[base]
	for _, a := range all {
		if key != "" && a == base+key {
			f.to[a] = true
			return
		}
	}
	for _, a := range all {
		f.to[a] = true
	}
}

func (f *search) output(s *planScope, t hcl.Traversal, key string) {
	name, next := step(t, 1), 2
	if next < len(t) {
		if index, ok := t[next].(hcl.TraverseIndex); ok {
			key = keyText(index.Key)
			next++
		}
	}
	for _, child := range f.children(s, name, key) {
		for out, o := range child.module.Outputs {
			if want := step(t, next); want == "" || want == out {
				f.expression(child, o.Expression, nil, "")
			}
		}
	}
}

// children returns the instances of a module call: the one with the key if it is
// there, else all that hold resources, else one that stands for them.
func (f *search) children(s *planScope, name, key string) []*planScope {
	call := s.module.Calls[name]
	if call == nil {
		f.open = true
		return nil
	}
	if call.Count == nil && call.ForEach == nil {
		return []*planScope{s.child(name, "")}
	}
	prefix := s.prefix() + "module." + name
	if child := f.scopes[prefix+key]; key != "" && child != nil {
		return []*planScope{child}
	}
	if all := f.calls[prefix]; all != nil {
		return all
	}
	return []*planScope{s.child(name, "")}
}

// namesIn lists the references in an expression; it is read once.
func (p *planReferences) namesIn(x json.RawMessage) []string {
	if len(x) == 0 {
		return nil
	}
	names, ok := p.names[&x[0]]
	if !ok {
		names = namesIn(x, 0)
		p.names[&x[0]] = names
	}
	return names
}

// namesIn lists the references in an expression, or in the blocks that it is.
func namesIn(x json.RawMessage, depth int) []string {
	if len(x) == 0 || depth > maxDepth {
		return nil
	}
	var out []string
	if x[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(x, &list) == nil {
			for _, item := range list {
				out = append(out, namesIn(item, depth+1)...)
			}
		}
		return out
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(x, &fields) != nil {
		return nil
	}
	if refs, ok := fields["references"]; ok && json.Unmarshal(refs, &out) == nil {
		return out
	}
	if _, constant := fields["constant_value"]; constant {
		return nil
	}
	for _, k := range sortedKeys(fields) {
		out = append(out, namesIn(fields[k], depth+1)...)
	}
	return out
}

// blocksOf returns the expressions of nested blocks, where x is such and not an
// attribute's; single says that the schema has one block, no list.
func (x planExpressions) blocksOf(name string) (blocks []planExpressions, single, ok bool) {
	raw := x[name]
	if len(raw) == 0 {
		return nil, false, false
	}
	if raw[0] == '[' {
		err := json.Unmarshal(raw, &blocks)
		return blocks, false, err == nil
	}
	var one planExpressions
	if json.Unmarshal(raw, &one) != nil || len(one) == 0 || one["references"] != nil || one["constant_value"] != nil {
		return nil, false, false
	}
	return []planExpressions{one}, true, true
}

// cty values of a plan's parts.

// planValue joins the three trees of a plan into one value: what is not known is
// an unknown of that cause.
func planValue(value, unknownPart, sensitive any, c *cause, depth int) cty.Value {
	if depth > maxDepth {
		return unknown(&cause{text: "its value nests too deeply", unread: true})
	}
	if unknownPart == true {
		return markSecret(unknown(c), sensitive)
	}
	var out cty.Value
	switch v := value.(type) {
	case map[string]any:
		out = planObject(v, unknownPart, sensitive, c, depth)
	case []any:
		out = planList(v, unknownPart, sensitive, c, depth)
	case string:
		out = cty.StringVal(v)
	case bool:
		out = cty.BoolVal(v)
	case json.Number:
		n, err := cty.ParseNumberVal(v.String())
		if len(v) > 40 || err != nil || hugeNumber(n) {
			n = unknown(&cause{text: "its number is too large", unread: true})
		}
		out = n
	default:
		switch u := unknownPart.(type) { // a value that is null but for its unknown parts
		case map[string]any:
			if hasTrue(u, 0) {
				out = planObject(nil, u, sensitive, c, depth)
				break
			}
			return cty.NullVal(cty.DynamicPseudoType)
		case []any:
			if hasTrue(u, 0) {
				out = planList(nil, u, sensitive, c, depth)
				break
			}
			return cty.NullVal(cty.DynamicPseudoType)
		default:
			return cty.NullVal(cty.DynamicPseudoType)
		}
	}
	return markSecret(out, sensitive)
}

func markSecret(v cty.Value, sensitive any) cty.Value {
	if sensitive == true {
		return v.Mark(secret{})
	}
	return v
}

func planObject(v map[string]any, unknownPart, sensitive any, c *cause, depth int) cty.Value {
	u, _ := unknownPart.(map[string]any)
	s, _ := sensitive.(map[string]any)
	attrs := map[string]cty.Value{}
	for k, e := range v {
		attrs[k] = planValue(e, u[k], s[k], c, depth+1)
	}
	for k, e := range u {
		if _, known := v[k]; !known && hasTrue(e, 0) {
			attrs[k] = planValue(nil, e, s[k], c, depth+1)
		}
	}
	return cty.ObjectVal(attrs)
}

func planList(v []any, unknownPart, sensitive any, c *cause, depth int) cty.Value {
	u, _ := unknownPart.([]any)
	s, _ := sensitive.([]any)
	vals := make([]cty.Value, max(len(v), len(u)))
	for i := range vals {
		vals[i] = planValue(at(v, i), at(u, i), at(s, i), c, depth+1)
	}
	return cty.TupleVal(vals)
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// hasTrue tells whether anything in a tree of booleans is true.
func hasTrue(v any, depth int) bool {
	switch v := v.(type) {
	case bool:
		return v
	case map[string]any:
		for _, e := range v {
			if depth > maxDepth || hasTrue(e, depth+1) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if depth > maxDepth || hasTrue(e, depth+1) {
				return true
			}
		}
	}
	return false
}
