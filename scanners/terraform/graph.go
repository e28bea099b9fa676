package terraform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"merlon/compliance"
)

// Bounds on how often things repeat.
const (
	maxRepeat    = 10_000  // of one resource, module or nested block
	maxInstances = 100_000 // resources and modules of one root module
	maxModules   = 64      // modules within modules
)

// An evaluation is one root module with everything it reaches. Every name (a
// local, a variable, an output, an attribute of a resource) is evaluated once,
// when something first asks for it.
type evaluation struct {
	ctx  context.Context
	tree *reader
	load func(dir string) *module
	// loaded are the modules that load returned, by directory.
	loaded map[string]*shared
	// fetched are the calls whose modules the manifest gave, by their paths, with
	// the source and version that they ask for. Where fetchedBefore is not nil, those
	// of them count that are in it: another revision may ask for another module.
	fetched, fetchedBefore map[string]string
	doc                    *compliance.Document
	root                   *instance
	// manifest maps the path of a module call ("a.b") to the directory that
	// `terraform init` put it in.
	manifest  map[string]string
	tfvars    map[string]*hclsyntax.Attribute
	workspace string

	work, depth, instances int
	// began is the work when the attribute at hand was begun, at where it is.
	began     int
	at        hcl.Range
	stopped   *cause
	told      map[string]bool
	types     map[string]string // of resources and data sources, by address
	templates map[string]hclsyntax.Expression
	special   map[string]specialFunction
}

// spend counts work, and returns why the evaluation has ended where it has.
func (e *evaluation) spend(n int) *cause {
	if e.stopped != nil {
		return e.stopped
	}
	before := e.work
	e.work += n
	switch {
	case e.work-e.began > maxWork/4:
		c := &cause{text: fmt.Sprintf("its evaluation was stopped after %d steps", maxWork/4), at: sourceOf(e.at), unread: true}
		e.once(c)
		return c
	case e.work > maxWork:
		e.stopped = &cause{text: fmt.Sprintf("the evaluation of this root module was stopped after %d steps", maxWork), unread: true}
		e.doc.Diagnose(compliance.LevelError, e.stopped.text+"; what was not evaluated by then is unknown. Look for locals, counts or templates that multiply one another", compliance.Source{File: e.root.mod.dir})
	case before>>12 != e.work>>12 && e.ctx.Err() != nil:
		e.stopped = &cause{text: "the scan was cancelled", unread: true}
	}
	return e.stopped
}

// begin starts an attribute, which may cost a part of the whole.
func (e *evaluation) begin(at hcl.Range) { e.began, e.at = e.work, at }

// once records a reason as an error of the scan, the first time it is met.
func (e *evaluation) once(c *cause) {
	key := fmt.Sprint(c.at.File, c.at.Line, c.text)
	if e.told[key] {
		return
	}
	e.told[key] = true
	e.doc.Diagnose(compliance.LevelError, place(hcl.Range{Filename: cmp.Or(c.at.File, c.at.Command), Start: hcl.Pos{Line: c.at.Line}})+": "+c.text, c.at)
}

// A thunk is a value that is worked out once.
type thunk struct {
	v     cty.Value
	state int8
}

const (
	fresh = iota
	busy
	done
)

func (e *evaluation) force(t *thunk, name string, at hcl.Range, f func() (cty.Value, error)) cty.Value {
	switch t.state {
	case done:
		return t.v
	case busy:
		return e.cycle(name, at)
	}
	t.state = busy
	v, err := f()
	if err != nil {
		c := &cause{text: name + " fails: " + err.Error(), at: sourceOf(at), unread: true}
		if fail := (*failure)(nil); errors.As(err, &fail) {
			c.at = sourceOf(fail.at)
		}
		v = unknown(c)
	}
	n, ok := size(v)
	if c := e.spend(n); c != nil {
		v = unknown(c)
	} else if !ok {
		v = e.tooLarge(at)
	}
	t.v, t.state = v, done
	return v
}

func (e *evaluation) cycle(name string, at hcl.Range) cty.Value {
	c := &cause{text: name + " refers to itself", at: sourceOf(at), unread: true}
	e.once(c)
	return unknown(c)
}

// An instance is one instance of a module, with its inputs.
type instance struct {
	mod     *module // nil where it is not on disk
	missing *cause  // why
	parent  *instance
	call    *hclsyntax.Block
	name    string // of the call
	each    *repetition
	address string // "", `module.a["k"]`
	depth   int
	// maybe: whether it will exist is open.
	maybe *cause
	// via are the module blocks above it, nearest first.
	via []compliance.Source
	// anchor is where findings go when the module's own files are no part of
	// the repository.
	anchor *compliance.Source

	variables, locals, outputs map[string]*thunk
	resources                  map[string]*expansion[*resource]
	modules                    map[string]*expansion[*instance]
}

func newInstance(mod *module) *instance {
	return &instance{
		mod:       mod,
		resources: map[string]*expansion[*resource]{}, modules: map[string]*expansion[*instance]{},
	}
}

func (in *instance) prefix() string {
	if in.address == "" {
		return ""
	}
	return in.address + "."
}

func (in *instance) scope() scope { return scope{in: in} }

// callScope is where the arguments of the module's call are evaluated.
func (in *instance) callScope() scope { return scope{in: in.parent, each: in.each} }

func (in *instance) value() cty.Value {
	return unknown(&cause{text: in.address + " is a module, no plain value"}).Mark(in)
}

func (in *instance) attribute(e *evaluation, name string) cty.Value {
	if in.mod == nil {
		return unknown(in.missing)
	}
	b, ok := in.mod.outputs[name]
	if !ok {
		return unknown(in.undeclared(in.address + "." + name))
	}
	attr := b.Body.Attributes["value"]
	if attr == nil {
		return unknown(in.undeclared(in.address + "." + name))
	}
	return e.force(memo(&in.outputs, name), in.address+"."+name, attr.SrcRange, func() (cty.Value, error) {
		v, err := e.eval(attr.Expr, in.scope())
		if err == nil && literalTrue(b.Body.Attributes["sensitive"]) {
			v = v.Mark(secret{})
		}
		return v, err
	})
}

// forget drops what was worked out of resources, which takes much memory. What asks
// for it again works it out again.
func (in *instance) forget() {
	for _, x := range in.resources {
		for _, r := range x.items {
			r.arguments, r.computed = nil, nil
		}
	}
}

// undeclared is the reason where a name is used that nothing declares.
func (in *instance) undeclared(name string) *cause {
	text := name + " is not declared"
	if in.mod != nil && in.mod.broken {
		text = name + " is not declared in what could be read of " + in.mod.dir
	}
	return &cause{text: text, unread: true}
}

func memo(m *map[string]*thunk, name string) *thunk {
	t := (*m)[name]
	if t == nil {
		if *m == nil {
			*m = map[string]*thunk{}
		}
		t = &thunk{}
		(*m)[name] = t
	}
	return t
}

func (in *instance) local(e *evaluation, name string) cty.Value {
	attr, ok := in.mod.locals[name]
	if !ok {
		return unknown(in.undeclared("local." + name))
	}
	return e.force(memo(&in.locals, name), "local."+name, attr.SrcRange, func() (cty.Value, error) {
		return e.eval(attr.Expr, in.scope())
	})
}

// definition returns what sets a variable: an argument of the call, a tfvars
// file, or its default; nil where nothing does.
func (in *instance) definition(e *evaluation, v *variable, name string) (*hclsyntax.Attribute, scope) {
	given := e.tfvars[name]
	s := scope{}
	if in.parent != nil {
		given, s = in.call.Body.Attributes[name], in.callScope()
	}
	if given == nil {
		return v.fallback, scope{}
	}
	return given, s
}

func (in *instance) variable(e *evaluation, name string) cty.Value {
	decl, ok := in.mod.inputs[name]
	if !ok {
		return unknown(in.undeclared("var." + name))
	}
	return e.force(memo(&in.variables, name), "var."+name, decl.at, func() (cty.Value, error) {
		v, err := in.input(e, decl, name)
		if err == nil && decl.sensitive {
			v = v.Mark(secret{})
		}
		return v, err
	})
}

func (in *instance) input(e *evaluation, decl *variable, name string) (cty.Value, error) {
	unset := &cause{text: "var." + name + " has no value", at: sourceOf(decl.at)}
	attr, s := in.definition(e, decl, name)
	if attr == nil {
		return cty.UnknownVal(decl.ty).Mark(unset), nil
	}
	v, err := e.eval(attr.Expr, s)
	if err != nil {
		return v, err
	}
	if v.IsNull() && !decl.nullable && decl.fallback != nil {
		attr = decl.fallback
		if v, err = e.eval(attr.Expr, scope{}); err != nil {
			return v, err
		}
	}
	return decl.convert(v, attr.Expr.Range())
}

// convert brings a value to the variable's type, with the defaults of its
// optional attributes.
func (v *variable) convert(val cty.Value, at hcl.Range) (cty.Value, error) {
	if v.ty == cty.DynamicPseudoType {
		return val, nil
	}
	if v.defaults != nil && !val.IsNull() && val.IsKnown() {
		val = v.defaults.Apply(val)
	}
	out, err := convert.Convert(val, v.ty)
	if err != nil {
		return cty.DynamicVal, failf(at, "its value does not have the type of the variable: %s", err)
	}
	return out, nil
}

// resourceOf returns the instances of a resource; key is "aws_x.y" or "data.aws_x.y".
func (in *instance) resourceOf(e *evaluation, key string) *expansion[*resource] {
	if x, ok := in.resources[key]; ok {
		return x
	}
	b, ok := in.mod.resources[key]
	if !ok {
		return &expansion[*resource]{unknown: in.undeclared(in.prefix() + key)}
	}
	x := &expansion[*resource]{unknown: &cause{text: in.prefix() + key + " refers to itself", at: sourceOf(b.DefRange()), unread: true}}
	in.resources[key] = x
	expand(e, x, b, in.scope(), func(suffix string, each *repetition, maybe *cause) *resource {
		if maybe == nil {
			maybe = in.maybe
		}
		r := &resource{
			block: b, typ: b.Labels[0], data: b.Type == "data", in: in, each: each,
			address: in.prefix() + key + suffix, maybe: maybe,
		}
		e.types[r.address] = r.typ
		return r
	})
	return x
}

// moduleOf returns the instances of a module call.
func (in *instance) moduleOf(e *evaluation, name string) *expansion[*instance] {
	if x, ok := in.modules[name]; ok {
		return x
	}
	b, ok := in.mod.calls[name]
	if !ok {
		return &expansion[*instance]{unknown: in.undeclared(in.prefix() + "module." + name)}
	}
	address := in.prefix() + "module." + name
	x := &expansion[*instance]{unknown: &cause{text: address + " refers to itself", at: sourceOf(b.DefRange()), unread: true}}
	in.modules[name] = x
	mod, missing := e.child(in, name, b)
	expand(e, x, b, in.scope(), func(suffix string, each *repetition, maybe *cause) *instance {
		c := newInstance(mod)
		c.missing, c.parent, c.call, c.name, c.each, c.depth = missing, in, b, name, each, in.depth+1
		c.address = address + suffix
		if c.maybe = maybe; maybe == nil {
			c.maybe = in.maybe
		}
		c.via = append([]compliance.Source{sourceOf(b.DefRange())}, in.via...)
		c.anchor = in.anchor
		if c.anchor == nil && mod != nil && installed(mod.dir) {
			at := sourceOf(b.DefRange())
			at.Via = in.via
			c.anchor = &at
		}
		return c
	})
	return x
}

// child finds the module that a call names.
func (e *evaluation) child(in *instance, name string, call *hclsyntax.Block) (*module, *cause) {
	at := sourceOf(call.DefRange())
	if in.depth >= maxModules {
		c := &cause{text: fmt.Sprintf("module %q lies more than %d modules deep and is not read", name, maxModules), at: at, unread: true}
		e.once(c)
		return nil, c
	}
	mod := in.mod.children[name]
	source := literalText(call.Body.Attributes["source"])
	if mod == nil && !isLocal(source) {
		if dir, ok := e.manifest[in.callPath(name)]; ok && e.isFetched(in.callPath(name), call) {
			mod = e.load(dir)
		}
	}
	switch {
	case mod == nil || mod.files == 0:
		c := &cause{text: fmt.Sprintf("%smodule.%s is not on disk", in.prefix(), name), at: at, unread: true}
		advice := "run `terraform init` before the scan, so that it is"
		if isLocal(source) {
			advice = "its source leads to no Terraform files within the repository"
		}
		if key := in.mod.dir + "\x00" + name; !e.told[key] {
			e.told[key] = true
			e.doc.Diagnose(compliance.LevelWarning, fmt.Sprintf("module %q (source %q) is not on disk, so nothing in it is scanned: %s", name, source, advice), at)
		}
		return nil, c
	case in.within(mod.dir):
		c := &cause{text: fmt.Sprintf("module %q calls itself", name), at: at, unread: true}
		e.once(c)
		return nil, c
	}
	e.adopt(mod)
	return mod, nil
}

// isFetched notes that a call uses what the manifest has for it, and tells whether
// it may.
func (e *evaluation) isFetched(path string, call *hclsyntax.Block) bool {
	wanted := literalText(call.Body.Attributes["source"]) + "\x00" + literalText(call.Body.Attributes["version"])
	if before, same := e.fetchedBefore[path]; e.fetchedBefore != nil && !(same && before == wanted) {
		return false
	}
	e.fetched[path] = wanted
	return true
}

// adopt takes over what reading the module brought up, once.
func (e *evaluation) adopt(m *module) {
	if key := "module\x00" + m.dir; !e.told[key] {
		e.told[key] = true
		e.doc.Diagnostics = append(e.doc.Diagnostics, m.diagnostics...)
		e.doc.Waivers = append(e.doc.Waivers, m.waivers...)
	}
}

// within tells whether the instance, or one above it, is of the module in dir.
func (in *instance) within(dir string) bool {
	for p := in; p != nil; p = p.parent {
		if p.mod.dir == dir {
			return true
		}
	}
	return false
}

// callPath is the key of a call in modules.json: the names of the calls, with dots.
func (in *instance) callPath(name string) string {
	for p := in; p.parent != nil; p = p.parent {
		name = p.name + "." + name
	}
	return name
}

// traversal resolves a name with its steps.
func (e *evaluation) traversal(t hcl.Traversal, s scope) (cty.Value, error) {
	root, at := t.RootName(), t.SourceRange()
	if b, ok := s.lookup(root); ok {
		return e.walk(b.value, t[1:])
	}
	if root == "path" || root == "terraform" || root == "tofu" {
		return e.builtin(root, step(t, 1), s, at)
	}
	if s.in == nil {
		return cty.DynamicVal, failf(at, "names cannot be used here")
	}
	if root == "resource" {
		t, root = t[1:], step(t, 1)
		return e.resourceRef(t, s, root, "", at)
	}
	name := step(t, 1)
	if name == "" {
		return cty.DynamicVal, failf(at, "%q is no value by itself", root)
	}
	switch root {
	case "var":
		return e.walk(s.in.variable(e, name), t[2:])
	case "local":
		return e.walk(s.in.local(e, name), t[2:])
	case "module":
		return e.walk(s.in.moduleOf(e, name).value(), t[2:])
	case "data":
		return e.resourceRef(t[1:], s, name, "data.", at)
	case "each", "count":
		v := s.each.get(root, name)
		if v == cty.NilVal {
			return cty.DynamicVal, failf(at, "%s.%s does not exist here", root, name)
		}
		return e.walk(v, t[2:])
	case "self":
		if s.self == nil {
			return cty.DynamicVal, failf(at, "self does not exist here")
		}
		return e.walk(s.self.value(), t[1:])
	case "ephemeral":
		return unknown(&cause{text: "ephemeral values are opened during apply", at: sourceOf(at)}), nil
	}
	return e.resourceRef(t, s, root, "", at)
}

// resourceRef resolves t, which begins with the resource's type.
func (e *evaluation) resourceRef(t hcl.Traversal, s scope, typ, prefix string, at hcl.Range) (cty.Value, error) {
	name := step(t, 1)
	if name == "" {
		return cty.DynamicVal, failf(at, "a resource type needs a name after it")
	}
	return e.walk(s.in.resourceOf(e, prefix+typ+"."+name).value(), t[2:])
}

// step returns the name in a traversal's i-th step, "" where there is none.
func step(t hcl.Traversal, i int) string {
	if i < len(t) {
		if a, ok := t[i].(hcl.TraverseAttr); ok {
			return a.Name
		}
	}
	return ""
}

func (r *repetition) get(root, name string) cty.Value {
	switch {
	case r == nil:
		return cty.NilVal
	case root == "count" && name == "index":
		return r.index
	case root == "each" && name == "key":
		return r.key
	case root == "each" && name == "value":
		return r.value
	}
	return cty.NilVal
}

// builtin resolves path.* and terraform.*. Paths are relative to the root
// module, as Terraform has them when it runs there.
func (e *evaluation) builtin(root, name string, s scope, at hcl.Range) (cty.Value, error) {
	switch {
	case root == "path" && name == "module" && s.in != nil:
		return cty.StringVal(relative(e.root.mod.dir, s.in.mod.dir)), nil
	case root == "path" && (name == "root" || name == "cwd"):
		return cty.StringVal("."), nil
	case root != "path" && name == "workspace":
		return cty.StringVal(e.workspace), nil
	}
	return cty.DynamicVal, failf(at, "%s.%s does not exist", root, name)
}

// relative leads from one directory to another, both relative to the base.
func relative(from, to string) string {
	f, t := split(from), split(to)
	for len(f) > 0 && len(t) > 0 && f[0] == t[0] {
		f, t = f[1:], t[1:]
	}
	out := "."
	for range f {
		out = path.Join(out, "..")
	}
	return path.Join(append([]string{out}, t...)...)
}
