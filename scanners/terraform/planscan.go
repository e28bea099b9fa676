package terraform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"merlon/compliance"
)

// ScanPlan reads t.Address, a plan as `terraform show -json` writes it (at most
// 256 MiB), and calls found with one document of the same form as [Scanner.Scan]'s.
// Resources that will be destroyed, or forgotten, are left out.
//
// source is the directory of the root module that the plan was made from; "" where
// it is not at hand. It gives lines, and what a plan lacks: what locals refer to,
// which unknown attributes were written by somebody, the known parts of policies.
// Without it sources name the plan and the resource's address. An error means that
// the plan cannot be read.
func (s *Scanner) ScanPlan(ctx context.Context, t compliance.Target, source string, sections []string, found func(*compliance.Document)) error {
	p, err := readPlan(ctx, t.Address)
	if err != nil {
		return err
	}
	defer p.close()
	dir := filepath.Dir(t.Address)
	if source != "" {
		dir = source
	}
	tr, rel, err := openTree(dir)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", dir, err)
	}
	defer tr.close()
	file := tr.nameOf(t.Address)
	t.Name, t.Kind = file, compliance.KindTerraform
	var beside *compliance.Document
	if source != "" {
		if beside, err = s.besidePlan(ctx, tr, rel, t, p); err != nil {
			return err
		}
		t.Name, t.Address = rel, filepath.Join(tr.base, filepath.FromSlash(rel))
	}
	doc := compliance.NewDocument(t)
	doc.Sections = sections
	x := newPlanExtraction(ctx, p, doc, file, newBeside(beside), selectionOf(sections))
	if err := errors.Join(x.run(), ctx.Err()); err != nil {
		return err
	}
	found(doc)
	return nil
}

// besidePlan evaluates the configuration, with the variables that the plan had.
func (s *Scanner) besidePlan(ctx context.Context, tr *tree, dir string, t compliance.Target, p *plan) (*compliance.Document, error) {
	scan, err := s.begin(tr, t, nil)
	if err != nil {
		return nil, err
	}
	held := scan.module(dir)
	if held.mod.files == 0 {
		return nil, fmt.Errorf("%s holds no Terraform files; give the directory that the plan was made in", filepath.Join(tr.base, dir))
	}
	scan.linkAll(held.mod, map[*module]bool{})
	root := rootModule{dir: dir, held: held}
	scan.given = scan.planVariables(ctx, root, p)
	doc, _ := scan.document(ctx, root)
	return doc, nil
}

// planVariables returns the variables to which the plan gives other values than
// the configuration does: those that agree keep the lines where they are set.
func (s *scan) planVariables(ctx context.Context, root rootModule, p *plan) given {
	g := given{files: map[string]*hclsyntax.Attribute{}}
	e := s.evaluation(ctx, root, compliance.NewDocument(s.target))
	e.readVars(root.dir)
	for name, v := range p.variables {
		decl, a := root.held.mod.inputs[name], constant(name, v.Value)
		if decl == nil || a == nil {
			continue
		}
		e.begin(decl.at)
		own, _ := e.root.variable(e, name).UnmarkDeep()
		planned, err := decl.convert(settle(e.eval(a.Expr, scope{})), decl.at)
		if err != nil || !own.IsWhollyKnown() || !own.RawEquals(planned) {
			g.files[name] = a
		}
	}
	return g
}

// constant is a definition of a variable by a JSON value.
func constant(name string, value any) *hclsyntax.Attribute {
	if value == nil {
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	ty, err := ctyjson.ImpliedType(text)
	if err != nil {
		return nil
	}
	v, err := ctyjson.Unmarshal(text, ty)
	if err != nil {
		return nil
	}
	at := hcl.Range{Filename: commandLine + "the plan's variable " + name, Start: hcl.InitialPos, End: hcl.InitialPos}
	return &hclsyntax.Attribute{Name: name, Expr: &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}, SrcRange: at, NameRange: at}
}

// beside is the document of the configuration that a plan was made from.
type beside struct {
	*compliance.Document // nil where there is none
	// unknown holds the paths of unknowns, and of what is above them.
	unknown map[string][]compliance.Unknown
}

func newBeside(d *compliance.Document) *beside {
	b := &beside{Document: d, unknown: map[string][]compliance.Unknown{}}
	if d == nil {
		return b
	}
	for _, u := range d.Unknowns() {
		if u.Maybe {
			continue
		}
		for n := 2; n <= len(u.Path); n++ {
			k := strings.Join(u.Path[:n], "\x00")
			b.unknown[k] = append(b.unknown[k], u)
		}
	}
	return b
}

func (b *beside) unknownsAt(p compliance.Path) []compliance.Unknown {
	return b.unknown[strings.Join(p, "\x00")]
}

// A planExtraction turns a plan into its document.
type planExtraction struct {
	*extraction
	plan   *plan
	file   string
	refs   *planReferences
	beside *beside
}

func newPlanExtraction(ctx context.Context, p *plan, doc *compliance.Document, file string, b *beside, want selection) *planExtraction {
	e := &evaluation{
		ctx: ctx, doc: doc, root: newInstance(newModule(".")),
		told: map[string]bool{}, types: map[string]string{}, templates: map[string]hclsyntax.Expression{},
	}
	return &planExtraction{
		extraction: &extraction{evaluation: e, want: want, names: map[string]map[string][]string{}},
		plan:       p, file: file, refs: newPlanReferences(p), beside: b,
	}
}

func (x *planExtraction) run() (err error) {
	defer func() {
		if p := recover(); p != nil {
			x.doc.Diagnose(compliance.LevelError, fmt.Sprintf("the reading of %s broke off by a defect: %v; what it had not reached is missing", x.file, p), compliance.Source{File: x.file})
		}
	}()
	if x.plan.errored {
		x.doc.Diagnose(compliance.LevelError, x.file+" was made by a run of Terraform that failed: it does not hold all resources", compliance.Source{File: x.file})
	}
	if x.beside.Document == nil {
		x.doc.Diagnose(compliance.LevelWarning, "a plan alone tells neither lines, nor what locals refer to, nor which unknown blocks somebody wrote: more is unknown than with the configuration beside it (--source DIR)", compliance.Source{File: x.file})
	}
	for _, r := range x.plan.resources {
		x.types[r.address] = r.typ
	}
	err = x.plan.each(x.ctx, func(r *plannedResource) {
		x.work = 0 // a plan's values are written out: the work is as large as the plan
		x.resource(r)
	})
	if err != nil {
		return err
	}
	for _, d := range x.plan.deferred {
		x.doc.Add(compliance.Unknown{Path: planPath(d.typ, d.address, d.data), Cause: "Terraform cannot plan it yet: " + d.reason, Source: x.inPlan(d.address), Deferred: true})
	}
	x.putModules()
	x.putProviders()
	x.join()
	x.putLinks()
	if x.beside.Document != nil {
		for _, d := range x.beside.Diagnostics {
			level := compliance.LevelWarning
			if strings.HasPrefix(d.Message, waiverFault) {
				level = d.Level
			}
			x.doc.Diagnose(level, d.Message, d.Source)
		}
		x.doc.Waivers = x.beside.Waivers
	}
	return nil
}

// inPlan is the source of what has no line.
func (x *planExtraction) inPlan(address string) compliance.Source {
	return compliance.Source{File: x.file, Command: address}
}

func planPath(typ, address string, data bool) compliance.Path {
	if data {
		return compliance.Path{"data", typ, address}
	}
	return compliance.Path{typ, address}
}

// A planWalker extracts one resource of a plan.
type planWalker struct {
	*walker
	x     *planExtraction
	r     *plannedResource
	scope *planScope
	block *planBlock // nil where the configuration lacks it
	key   string
	cause *cause
	// source is where the resource is written.
	source compliance.Source
	// twin: the configuration beside the plan has the resource under its address.
	twin bool
}

func (x *planExtraction) resource(r *plannedResource) {
	if reserved[r.typ] && !r.data {
		x.once(&cause{text: "a resource cannot have the type " + r.typ + "; it is not read", at: x.inPlan(r.address), unread: true})
		return
	}
	facts, refs := x.want.has(r.typ), x.want.has("references/"+r.typ) || x.want.anyOf("referrers")
	if r.data {
		facts, refs = x.want.has("data/"+r.typ), false
	} else if x.want.anyOf("references") || x.want.anyOf("referrers") {
		x.nameOf(r)
	}
	if !facts && !refs {
		return
	}
	path := planPath(r.typ, r.address, r.data)
	scope := x.refs.scope(r.module)
	w := &planWalker{
		x: x, r: r, scope: scope, block: x.refs.block(scope, r), key: strings.TrimPrefix(r.address, r.base()),
		cause: &cause{text: r.address + " is known after apply"},
	}
	w.source, w.twin = x.sourceOf(r, path)
	in := newInstance(nil)
	in.anchor = &w.source
	w.walker = &walker{extraction: x.extraction, in: in, facts: facts, links: links{typ: r.typ, address: r.address, to: map[string]map[string]bool{}}}
	var written planExpressions
	if w.block != nil {
		written = w.block.Expressions
	}
	values, _ := r.values.(map[string]any)
	conf, _ := x.beside.value(path)
	body := w.body(part{values: values, unknown: r.unknown, sensitive: r.sensitive, written: written, told: w.block != nil}, path, path, conf, "")
	if refs {
		x.links = append(x.links, w.links)
	}
	if facts {
		x.doc.Put(path, body, w.source)
	}
}

func (b *beside) value(p compliance.Path) (any, bool) {
	if b.Document == nil || p == nil {
		return nil, false
	}
	return b.Document.Value(p)
}

// sourceOf returns where a resource is written, and whether the configuration
// beside the plan has it under its very address.
func (x *planExtraction) sourceOf(r *plannedResource, path compliance.Path) (compliance.Source, bool) {
	if x.beside.Document == nil {
		return x.inPlan(r.address), false
	}
	if _, ok := x.beside.value(path); ok {
		src, _ := x.beside.Source(path)
		return src, true
	}
	// One instance stands for all where their number was unknown; else the module's block.
	for _, p := range []compliance.Path{planPath(r.typ, r.base()+`["?"]`, r.data), {"modules", r.module}} {
		if _, ok := x.beside.value(p); ok {
			src, _ := x.beside.Source(p)
			return src, false
		}
	}
	return x.inPlan(r.address), false
}

// nameOf notes the strings that identify a resource, as extraction.name does.
func (x *planExtraction) nameOf(r *plannedResource) {
	values, _ := r.values.(map[string]any)
	for attr, v := range values {
		if s, ok := v.(string); ok && s != "" && (identity[attr] || tells(attr, r.typ)) {
			x.named(s, r.typ, r.address)
		}
	}
}

// A part is a block's body in a plan: what is known, what is not, what is
// sensitive, and how it was written, where the plan tells.
type part struct {
	values             map[string]any
	unknown, sensitive any
	written            planExpressions
	told               bool
	// whole is the expression that gave the block, where it was written as a value.
	whole json.RawMessage
}

// body returns the facts of a block. beside is the path of the same block in the
// configuration's document, nil where it has none, and conf its facts.
func (w *planWalker) body(p part, at, besideAt compliance.Path, conf any, dotted string) map[string]any {
	out := map[string]any{}
	unknown, _ := p.unknown.(map[string]any)
	sensitive, _ := p.sensitive.(map[string]any)
	facts, _ := conf.(map[string]any)
	names := sortedKeys(p.values)
	for name, u := range unknown {
		if _, known := p.values[name]; !known && hasTrue(u, 0) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if dotted == "" && notAttributes[name] {
			continue
		}
		f := field{name: name, value: p.values[name], unknown: unknown[name], sensitive: sensitive[name], part: p, conf: facts[name], dotted: dotted + name}
		f.at = at.Append(name)
		if besideAt != nil {
			f.besideAt = besideAt.Append(name)
		}
		if v, ok := w.field(f); ok {
			out[name] = v
		}
	}
	return out
}

// A field is an attribute, or the nested blocks of one type.
type field struct {
	name                      string
	value, unknown, sensitive any
	part                      part
	conf                      any // the same in the configuration's document
	at, besideAt              compliance.Path
	dotted                    string
}

// neverBlock tells from a name that it is an attribute. What a plan knows nothing
// of, and nobody seems to have written, may otherwise be dynamic blocks: those are
// not in its configuration.
func neverBlock(name string) bool {
	return namesOne(name) || name == "tags_all" || strings.HasSuffix(name, "_ids") || strings.HasSuffix(name, "_arns") || strings.HasSuffix(name, "_name")
}

// expression is what gives the field its value, nil where a plan does not tell.
func (f field) expression() json.RawMessage {
	if x := f.part.written[f.name]; x != nil {
		return x
	}
	return f.part.whole
}

// written tells whether somebody wrote the field.
func (w *planWalker) written(f field) bool {
	if f.part.written[f.name] != nil || f.conf != nil {
		return true
	}
	return w.twin && len(w.x.beside.unknownsAt(f.besideAt)) > 0
}

func (w *planWalker) field(f field) (any, bool) {
	if isVoid(f.value) && !hasTrue(f.unknown, 0) && !w.written(f) {
		return nil, false // the schema has it, nobody uses it
	}
	if f.unknown == true && w.twin {
		return w.unknownField(f)
	}
	if f.unknown == true && f.part.told && f.expression() == nil && neverBlock(f.name) {
		return nil, false // nobody wrote it: the provider will choose
	}
	if list, _ := f.value.([]any); hasTrue(f.unknown, 0) && !(len(list) > 0 && onlyObjects(list)) && w.twin && f.conf != nil && len(w.x.beside.unknownsAt(f.besideAt)) == 0 {
		return w.unknownField(f) // where the plan has a gap, the configuration has a name
	}
	blocks, single, isBlock := f.part.written.blocksOf(f.name)
	_, confList := f.conf.([]any)
	if m, ok := f.value.(map[string]any); ok && (isBlock && single || confList) {
		f.value, f.unknown, f.sensitive = []any{m}, []any{f.unknown}, []any{f.sensitive}
	}
	if list, ok := f.value.([]any); ok && len(list) > 0 && onlyObjects(list) && len(f.at) < maxDepth {
		return w.blocks(f, list, blocks), true
	}
	return w.attribute(f)
}

// isVoid tells whether a value says nothing where nobody wrote it.
func isVoid(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func onlyObjects(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(map[string]any); return !ok })
}

// unknownField is what a plan knows nothing of, and the configuration may: that
// nobody wrote it, so that it is the provider's to choose; or parts of it.
func (w *planWalker) unknownField(f field) (any, bool) {
	unknowns := w.x.beside.unknownsAt(f.besideAt)
	if f.conf == nil && len(unknowns) == 0 {
		return nil, false
	}
	w.refer(f, true)
	if w.facts {
		w.putSources(f.at, f.besideAt, f.conf, f.conf)
		for _, u := range unknowns {
			u.Path = f.at.Append(u.Path[len(f.besideAt):]...)
			w.doc.Add(u)
		}
		if f.sensitive == true || isSensitiveName(f.name) || w.x.beside.Sensitive(f.besideAt) {
			w.doc.PutSensitive(f.at)
		}
	}
	return f.conf, f.conf != nil
}

func (w *planWalker) blocks(f field, list []any, written []planExpressions) []any {
	unknown, _ := f.unknown.([]any)
	sensitive, _ := f.sensitive.([]any)
	conf, _ := f.conf.([]any)
	if hasTrue(f.sensitive, 0) && f.sensitive == true && w.facts {
		w.doc.PutSensitive(f.at)
	}
	w.putTwinSource(f.at, f.besideAt)
	w.refer(f, false)
	pairs := pairUp(list, conf)
	var out []any
	for i, item := range list {
		values, _ := item.(map[string]any)
		n := strconv.Itoa(i)
		p := part{values: values, unknown: at(unknown, i), sensitive: at(sensitive, i)}
		if i < len(written) && len(written) == len(list) {
			p.written, p.told = written[i], true
		} else if p.whole = f.expression(); p.whole != nil {
			p.told = true
		}
		var twin any
		var besideAt compliance.Path
		if j := pairs[i]; j >= 0 {
			twin, besideAt = conf[j], f.besideAt.Append(strconv.Itoa(j))
		}
		w.putTwinSource(f.at.Append(n), besideAt)
		out = append(out, w.body(p, f.at.Append(n), besideAt, twin, f.dotted+"."+n+"."))
	}
	return out
}

// pairUp finds for each element of a plan's list the one of the configuration's
// that it comes from, -1 where none fits: a plan has sets in an order of its own.
func pairUp(list, conf []any) []int {
	const most = 500 // beyond, pairing would cost too much
	out := make([]int, len(list))
	taken := map[int]bool{}
	for i, item := range list {
		out[i] = -1
		for n := range min(len(conf), most) {
			j := (i + n) % len(conf)
			if !taken[j] && fits(item, conf[j]) {
				out[i], taken[j] = j, true
				break
			}
		}
	}
	return out
}

// fits tells whether all that the configuration says of a value is true of the plan's.
func fits(plan, conf any) bool {
	switch h := conf.(type) {
	case map[string]any:
		p, ok := plan.(map[string]any)
		if !ok {
			_, ok = plan.(string) // a policy
			return ok
		}
		for k, e := range h {
			if v, ok := p[k]; ok && v != nil && !fits(v, e) {
				return false
			}
		}
		return true
	case []any:
		if p, ok := plan.(map[string]any); ok && len(h) == 1 {
			return fits(p, h[0])
		}
		p, ok := plan.([]any)
		return ok && len(p) >= len(h)
	case string:
		if strings.Contains(h, "${") {
			return true // it stands for something unknown
		}
	}
	return fmt.Sprint(plan) == fmt.Sprint(conf)
}

// attribute emits an attribute as the evaluation's walker does.
func (w *planWalker) attribute(f field) (any, bool) {
	c := *w.cause
	c.text = w.r.address + "." + f.dotted + " is known after apply"
	if w.r.data {
		c.text = w.r.address + " is read during apply"
	}
	v := planValue(f.value, f.unknown, f.sensitive, &c, 0)
	if v.IsNull() {
		return nil, false
	}
	if src, ok := w.putTwinSource(f.at, f.besideAt); ok {
		w.in.anchor = &src
	} else {
		w.in.anchor = &w.source
	}
	w.begin(hcl.Range{})
	w.refs, w.unsure = map[string]bool{}, nil
	if n, ok := size(v); !ok || w.spend(n) != nil {
		v = unknown(&cause{text: "its value is too large", unread: true})
	}
	if w.facts && isSensitiveName(f.name) {
		w.doc.PutSensitive(f.at)
	}
	out, ok := w.emit(v, f.at, origin{}, false)
	w.refer(f, w.unsure != nil)
	w.links.name(f.dotted, out)
	if w.facts {
		w.putSources(f.at, f.besideAt, out, f.conf)
	}
	return out, ok
}

// refer adds what a field refers to; where its value is unknown, and what it
// reaches too, that is said.
func (w *planWalker) refer(f field, isUnknown bool) {
	var open *cause
	to := map[string]bool{}
	if w.twin {
		path := compliance.Path{"references", w.r.typ, w.r.address, f.dotted}
		if f.besideAt != nil {
			path[3] = strings.Join(f.besideAt[len(planPath(w.r.typ, w.r.address, w.r.data)):], ".")
		}
		list, _ := w.x.beside.value(path)
		for _, a := range asAny(list) {
			w.addInstances(fmt.Sprint(a), to)
		}
		if us := w.x.beside.unknownsAt(path.Append(compliance.Any)); len(us) > 0 {
			open = &cause{text: us[0].Cause, unread: !us[0].Deferred}
		}
	} else {
		var forEach json.RawMessage
		if w.block != nil {
			forEach = w.block.ForEach
		}
		var isOpen bool
		to, isOpen = w.x.refs.reach(w.scope, f.expression(), forEach, w.key)
		if isOpen || !f.part.told {
			open = &cause{text: "a plan does not tell what " + w.r.address + "." + f.dotted + " refers to; give the configuration beside it"}
		}
	}
	w.links.add(f.dotted, to)
	if isUnknown && open == nil && len(to) == 0 {
		open = w.cause
	}
	if isUnknown && open != nil {
		w.links.unsure(f.dotted, open, w.in.located(hcl.Range{}, nil))
	}
}

func asAny(v any) []any { l, _ := v.([]any); return l }

// addInstances adds an address of the configuration's document, as the plan has it.
func (w *planWalker) addInstances(address string, to map[string]bool) {
	if _, ok := w.x.types[address]; ok {
		to[address] = true
		return
	}
	if base, ok := strings.CutSuffix(address, `["?"]`); ok {
		for _, a := range w.x.refs.instances[base] {
			to[a] = true
		}
	}
}

// putTwinSource puts the source that the configuration's document has for exactly a path.
func (w *planWalker) putTwinSource(at, besideAt compliance.Path) (compliance.Source, bool) {
	if besideAt == nil || w.x.beside.Document == nil {
		return compliance.Source{}, false
	}
	src, n := w.x.beside.Source(besideAt)
	if n == len(besideAt) {
		w.putSource(at, src)
	}
	return src, n == len(besideAt)
}

// putSources puts the sources of a fact and of what is in it.
func (w *planWalker) putSources(at, besideAt compliance.Path, fact, conf any) {
	if besideAt == nil || w.x.beside.Document == nil {
		return
	}
	w.putTwinSource(at, besideAt)
	switch f := fact.(type) {
	case map[string]any:
		h, _ := conf.(map[string]any)
		for k, e := range f {
			if twin, ok := h[k]; ok {
				w.putSources(at.Append(k), besideAt.Append(k), e, twin)
			}
		}
	case []any:
		h, _ := conf.([]any)
		for i, j := range pairUp(f, h) {
			if j >= 0 {
				w.putSources(at.Append(strconv.Itoa(i)), besideAt.Append(strconv.Itoa(j)), f[i], h[j])
			}
		}
	}
}

// putModules puts the module calls that resources were made by.
func (x *planExtraction) putModules() {
	if x.beside.Document != nil {
		x.copySection("modules")
		return
	}
	if !x.want.has("modules") {
		return
	}
	for _, address := range sortedKeys(x.refs.scopes) {
		s := x.refs.scopes[address]
		if s == nil || s.call == nil {
			continue
		}
		facts := map[string]any{}
		for k, v := range map[string]string{"source": s.call.Source, "version": s.call.Version} {
			if v != "" {
				facts[k] = v
			}
		}
		x.doc.Put(compliance.Path{"modules", address}, facts, x.inPlan(address))
	}
}

// putProviders puts what is constant in the providers' blocks.
func (x *planExtraction) putProviders() {
	if x.beside.Document != nil {
		x.copySection("providers")
		return
	}
	if !x.want.has("providers") {
		return
	}
	for _, id := range sortedKeys(x.plan.config.Providers) {
		if p := x.plan.config.Providers[id]; p != nil && p.Name != "" {
			x.provider(p)
		}
	}
}

func (x *planExtraction) provider(p *planProvider) {
	name := p.Name
	if p.Alias != "" {
		name += "." + p.Alias
	}
	if p.ModuleAddress != "" {
		name = p.ModuleAddress + "." + name
	}
	path := compliance.Path{"providers", name}
	in := newInstance(nil)
	source := x.inPlan("provider " + name)
	in.anchor = &source
	w := &walker{extraction: x.extraction, in: in, facts: true, refs: map[string]bool{}}
	x.doc.Put(path, w.constants(p.Expressions, path, 0), source)
}

// constants returns what is constant in a block's expressions; the rest is unknown.
func (w *walker) constants(x planExpressions, at compliance.Path, depth int) map[string]any {
	out := map[string]any{}
	for _, name := range sortedKeys(x) {
		if blocks, _, ok := x.blocksOf(name); ok && depth < maxDepth {
			var list []any
			for i, b := range blocks {
				list = append(list, w.constants(b, at.Append(name, strconv.Itoa(i)), depth+1))
			}
			out[name] = list
			continue
		}
		v := unknown(&cause{text: "a plan does not tell the values in a provider's block; give the configuration beside it"})
		var constant struct {
			Value any `json:"constant_value"`
		}
		if json.Unmarshal(x[name], &constant) == nil && constant.Value != nil {
			v = planValue(numbersOf(constant.Value), nil, nil, nil, 0)
		}
		if fact, ok := w.emit(v, at.Append(name), origin{}, false); ok {
			out[name] = fact
		}
		if isSensitiveName(name) {
			w.doc.PutSensitive(at.Append(name))
		}
	}
	return out
}

// numbersOf turns the float64s of plain JSON values into json.Number.
func numbersOf(v any) any {
	switch v := v.(type) {
	case float64:
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64))
	case []any:
		for i := range v {
			v[i] = numbersOf(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbersOf(v[k])
		}
	}
	return v
}

// copySection takes a section over from the configuration's document.
func (x *planExtraction) copySection(section string) {
	if !x.want.has(section) {
		return
	}
	at := compliance.Path{section}
	facts, _ := x.beside.value(at)
	m, _ := facts.(map[string]any)
	for _, name := range sortedKeys(m) {
		src, _ := x.beside.Source(at.Append(name))
		x.doc.Put(at.Append(name), m[name], src)
		x.copyTraits(at.Append(name), m[name])
	}
	for _, u := range x.beside.Unknowns() {
		if u.Path[0] == section {
			x.doc.Add(u)
		}
	}
}

// copyTraits takes over where a fact's parts were read, and which are secrets.
func (x *planExtraction) copyTraits(at compliance.Path, fact any) {
	if src, n := x.beside.Source(at); n == len(at) {
		x.doc.PutSource(at, src)
	}
	if m, ok := fact.(map[string]any); ok {
		for k, e := range m {
			x.copyTraits(at.Append(k), e)
		}
		return
	}
	if list, ok := fact.([]any); ok {
		for i, e := range list {
			x.copyTraits(at.Append(strconv.Itoa(i)), e)
		}
		return
	}
	if x.beside.Sensitive(at) {
		x.doc.PutSensitive(at)
	}
}
