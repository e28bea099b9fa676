package terraform

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"merlon/compliance"
)

// A module is one directory of Terraform files, parsed and merged. It is never
// changed once it is loaded, and shared by all its instances.
type module struct {
	dir   string // relative to the repository's base
	files int
	// broken: part of it could not be read, so what seems undeclared may be declared.
	broken bool

	variables map[string]*hclsyntax.Block
	inputs    map[string]*variable // what variables declares
	locals    map[string]*hclsyntax.Attribute
	outputs   map[string]*hclsyntax.Block
	calls     map[string]*hclsyntax.Block
	resources map[string]*hclsyntax.Block // "aws_x.y", "data.aws_x.y"
	providers []*hclsyntax.Block
	moves     []compliance.Move // by addresses within the module

	// children are the local modules it calls, by the call's name; a call
	// whose source is no local path is not in it.
	children    map[string]*module
	diagnostics []compliance.Diagnostic
	waivers     []compliance.Waiver
	seen        seen    // what of the tree it came from
	self        *shared // keeps it in the scanner's table while it is in use
}

func newModule(dir string) *module {
	return &module{
		dir:       dir,
		variables: map[string]*hclsyntax.Block{},
		locals:    map[string]*hclsyntax.Attribute{},
		outputs:   map[string]*hclsyntax.Block{},
		calls:     map[string]*hclsyntax.Block{},
		resources: map[string]*hclsyntax.Block{},
		children:  map[string]*module{},
	}
}

// parse reads the module's directory, but for files that are left out. Those that
// override others come last, as Terraform merges them.
func (m *module) parse(t *reader, out ignore) {
	entries, err := t.list(m.dir, configFiles, out)
	if err != nil {
		m.unread(m.dir, err)
		return
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	all := slices.Clone(names)
	names = slices.DeleteFunc(names, func(n string) bool { return shadowed(n, all) })
	slices.SortStableFunc(names, func(a, b string) int { return btoi(isOverride(a)) - btoi(isOverride(b)) })
	for _, n := range names {
		m.parseFile(t, n)
	}
	m.declare()
	m.slim()
}

func (m *module) parseFile(t *reader, name string) {
	m.files++
	file := join(m.dir, name)
	src, err := t.read(file, sourceLimit(file))
	if err != nil {
		m.unread(file, err)
		return
	}
	body, diags := guardedParse(src, file)
	blocks := body.Blocks
	if bad := firstError(diags); bad != nil {
		m.broken = true
		m.diagnostics = append(m.diagnostics, syntaxDiagnostic(file, bad))
		// What comes at or after the error may have lost parts.
		blocks = slices.DeleteFunc(blocks, func(b *hclsyntax.Block) bool { return b.CloseBraceRange.End.Byte > bad.Subject.Start.Byte })
	}
	m.readWaivers(src, file, &hclsyntax.Body{Blocks: blocks}, diags.HasErrors())
	for _, b := range blocks {
		m.add(b, isOverride(name))
	}
}

// guardedParse is parseBody; a panic of the parser costs the file, no more.
func guardedParse(src []byte, file string) (body *hclsyntax.Body, diags hcl.Diagnostics) {
	defer func() {
		if p := recover(); p != nil {
			body = &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
			diags = hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Parser defect", Detail: fmt.Sprint(p), Subject: &hcl.Range{Filename: file}}}
		}
	}()
	return parseBody(src, file)
}

// parseBody reads one file in either syntax; the body is never nil.
func parseBody(src []byte, file string) (*hclsyntax.Body, hcl.Diagnostics) {
	empty := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
	if strings.HasSuffix(file, ".json") {
		if diag := jsonTooDeep(src, file); diag != nil {
			return empty, hcl.Diagnostics{diag}
		}
		return parseJSON(src, file)
	}
	if diag := tooDeep(src, file); diag != nil {
		return empty, hcl.Diagnostics{diag}
	}
	f, diags := hclsyntax.ParseConfig(src, file, hcl.InitialPos)
	if f == nil {
		return empty, diags
	}
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok {
		return empty, diags
	}
	return body, diags
}

// add sorts a top-level block into its table.
func (m *module) add(b *hclsyntax.Block, override bool) {
	switch b.Type {
	case "variable":
		m.put(m.variables, b, 1, override, "")
	case "output":
		m.put(m.outputs, b, 1, override, "")
	case "module":
		m.put(m.calls, b, 1, override, "")
	case "resource":
		m.put(m.resources, b, 2, override, "")
	case "data":
		m.put(m.resources, b, 2, override, "data.")
	case "provider":
		if m.labelled(b, 1) {
			m.providers = append(m.providers, b)
		}
	case "moved":
		if move, ok := readMove(b); ok {
			m.moves = append(m.moves, move)
		}
	case "locals":
		for name, attr := range b.Body.Attributes {
			if old, twice := m.locals[name]; twice && !override {
				m.complain(attr.SrcRange, fmt.Sprintf("local %q is declared twice, first at %s; Merlon reads the first", name, place(old.SrcRange)))
				continue
			}
			m.locals[name] = attr
		}
	}
}

func (m *module) put(table map[string]*hclsyntax.Block, b *hclsyntax.Block, labels int, override bool, prefix string) {
	if !m.labelled(b, labels) {
		return
	}
	key := prefix + strings.Join(b.Labels, ".")
	old, exists := table[key]
	switch {
	case !exists:
		table[key] = b
	case override:
		table[key] = overridden(old, b)
	default:
		m.complain(b.DefRange(), fmt.Sprintf("%s %q is declared twice, first at %s; Merlon reads the first", b.Type, key, place(old.DefRange())))
	}
}

func (m *module) labelled(b *hclsyntax.Block, n int) bool {
	ok := len(b.Labels) == n
	for _, l := range b.Labels {
		ok = ok && hclsyntax.ValidIdentifier(l)
	}
	if !ok {
		m.complain(b.DefRange(), fmt.Sprintf("this %s block needs %d plain names as labels; it is not read", b.Type, n))
	}
	return ok
}

// overridden merges an override into a block: attributes one by one, nested
// blocks type by type (Terraform, "Override Files").
func overridden(old, with *hclsyntax.Block) *hclsyntax.Block {
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: old.Body.SrcRange, EndRange: old.Body.EndRange}
	for n, a := range old.Body.Attributes {
		body.Attributes[n] = a
	}
	for n, a := range with.Body.Attributes {
		body.Attributes[n] = a
	}
	replaced := map[string]bool{}
	for _, b := range with.Body.Blocks {
		replaced[blockName(b)] = true
	}
	for _, b := range old.Body.Blocks {
		if !replaced[blockName(b)] {
			body.Blocks = append(body.Blocks, b)
		}
	}
	body.Blocks = append(body.Blocks, with.Body.Blocks...)
	merged := *old
	merged.Body = body
	return &merged
}

// blockName is the nested block's type, seen through "dynamic".
func blockName(b *hclsyntax.Block) string {
	if b.Type == "dynamic" && len(b.Labels) == 1 {
		return b.Labels[0]
	}
	return b.Type
}

func (m *module) unread(file string, err error) {
	m.broken = true
	m.diagnostics = append(m.diagnostics, compliance.Diagnostic{
		Level:   compliance.LevelError,
		Message: fmt.Sprintf("%s was not read: it %s", file, describe(err)),
		Source:  compliance.Source{File: file},
	})
}

func (m *module) complain(at hcl.Range, message string) {
	m.diagnostics = append(m.diagnostics, compliance.Diagnostic{Level: compliance.LevelError, Message: message, Source: sourceOf(at)})
}

// describe makes an error continue a sentence that begins with "it".
func describe(err error) string {
	switch {
	case errors.Is(err, errOutside), errors.Is(err, errSpecial):
		return err.Error()
	case errors.Is(err, errTooBig):
		return fmt.Sprintf("is too large (more than %d MiB, or %d MiB of JSON)", maxSource>>20, maxJSON>>20)
	}
	return "cannot be read: " + err.Error()
}

func syntaxDiagnostic(file string, d *hcl.Diagnostic) compliance.Diagnostic {
	return compliance.Diagnostic{
		Level:   compliance.LevelError,
		Message: fmt.Sprintf("%s does not parse, what follows in it is not read: %s: %s", file, d.Summary, d.Detail),
		Source:  sourceOf(*d.Subject),
	}
}

// firstError returns the error that comes first in the file, with a place.
func firstError(diags hcl.Diagnostics) *hcl.Diagnostic {
	var first *hcl.Diagnostic
	for _, d := range diags {
		if d.Severity != hcl.DiagError {
			continue
		}
		if d.Subject == nil {
			d.Subject = &hcl.Range{}
		}
		if first == nil || d.Subject.Start.Byte < first.Subject.Start.Byte {
			first = d
		}
	}
	return first
}

var extensions = []string{".tf", ".tf.json", ".tofu", ".tofu.json"}

func isConfig(name string) bool { return stem(name) != "" }

// stem is a configuration file's name without its extension; "" for other files,
// for hidden ones and for the leavings of editors.
func stem(name string) string {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") {
		return ""
	}
	for _, ext := range extensions {
		if s, ok := strings.CutSuffix(name, ext); ok {
			return s
		}
	}
	return ""
}

func isOverride(name string) bool {
	s := stem(name)
	return s == "override" || strings.HasSuffix(s, "_override")
}

// shadowed tells whether a .tofu file beside it takes the file's place.
func shadowed(name string, all []string) bool {
	if s, ok := strings.CutSuffix(name, ".tf"); ok {
		return slices.Contains(all, s+".tofu")
	}
	s, ok := strings.CutSuffix(name, ".tf.json")
	return ok && slices.Contains(all, s+".tofu.json")
}

// Bounds on nesting. The parser recurses without any, so that a file of brackets
// would exhaust the stack and end the process.
const (
	maxNesting = 500
	// maxSuspicion is how much a file may hold of what can nest before its
	// tokens are counted exactly, which costs a third of parsing.
	maxSuspicion = 4000
)

// tooDeep tells whether an expression nests too deeply to be parsed.
func tooDeep(src []byte, file string) *hcl.Diagnostic {
	if depth(src) <= maxNesting && !suspicious(src, 1) {
		return nil
	}
	if depth(src) > 20*maxNesting || suspicious(src, 20) {
		return deep(hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos}) // no matter where
	}
	tokens, _ := hclsyntax.LexConfig(src, file, hcl.InitialPos)
	return deepToken(tokens)
}

func suspicious(src []byte, times int) bool {
	for _, s := range []string{"?", "!", "%{", "[*]", ".*"} {
		if bytes.Count(src, []byte(s)) > times*maxSuspicion {
			return true
		}
	}
	return bytes.Count(src, []byte("-")) > 10*times*maxSuspicion
}

// depth is the deepest nesting of brackets, or more: it does not know strings
// and comments.
func depth(src []byte) int {
	deepest, now := 0, 0
	for _, c := range src {
		switch c {
		case '{', '[', '(':
			now++
			deepest = max(deepest, now)
		case '}', ']', ')':
			now = max(0, now-1)
		}
	}
	return deepest
}

// deepToken finds where brackets, or operators that recurse within one item,
// pass the bound.
func deepToken(tokens hclsyntax.Tokens) *hcl.Diagnostic {
	brackets, run := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenOQuote:
			brackets++
		case hclsyntax.TokenTemplateControl:
			brackets++
			run++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote:
			brackets = max(0, brackets-1)
		case hclsyntax.TokenQuestion, hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenStar:
			run++
		case hclsyntax.TokenNewline, hclsyntax.TokenComma:
			if brackets <= 1 || t.Type == hclsyntax.TokenComma {
				run = 0
			}
		}
		if brackets > maxNesting || run > maxSuspicion {
			return deep(t.Range)
		}
	}
	return nil
}

func deep(at hcl.Range) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Nested too deeply",
		Detail:   fmt.Sprintf("it has more than %d levels", maxNesting),
		Subject:  &at,
	}
}

// parseTemplate parses a template from a file or a string, within the same bounds.
func parseTemplate(src []byte, file string, start hcl.Pos) (hclsyntax.Expression, hcl.Diagnostics) {
	if depth(src) > maxNesting || suspicious(src, 1) {
		if depth(src) > 20*maxNesting || suspicious(src, 20) {
			return nil, hcl.Diagnostics{deep(hcl.Range{Filename: file, Start: start, End: start})}
		}
		tokens, _ := hclsyntax.LexTemplate(src, file, start)
		if d := deepToken(tokens); d != nil {
			return nil, hcl.Diagnostics{d}
		}
	}
	return hclsyntax.ParseTemplate(src, file, start)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
