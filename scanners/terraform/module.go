package terraform

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"merlon/compliance"
)

// A variable is what a module declares of one of its inputs.
type variable struct {
	ty        cty.Type
	defaults  *typeexpr.Defaults
	fallback  *hclsyntax.Attribute // its default; nil where it has none
	literal   bool                 // on a command line its value is text, not HCL
	nullable  bool
	sensitive bool
	at        hcl.Range
}

// declare works out the variables, once all files are merged.
func (m *module) declare() {
	m.inputs = make(map[string]*variable, len(m.variables))
	for name, b := range m.variables {
		v := &variable{
			ty:        cty.DynamicPseudoType,
			literal:   true,
			fallback:  b.Body.Attributes["default"],
			nullable:  !literalFalse(b.Body.Attributes["nullable"]),
			sensitive: literalTrue(b.Body.Attributes["sensitive"]) || literalTrue(b.Body.Attributes["ephemeral"]),
			at:        b.DefRange(),
		}
		if t := b.Body.Attributes["type"]; t != nil {
			v.ty, v.defaults = m.typeOf(t)
			v.literal = v.ty.IsPrimitiveType()
		}
		m.inputs[name] = v
	}
}

func (m *module) typeOf(a *hclsyntax.Attribute) (cty.Type, *typeexpr.Defaults) {
	// Before Terraform 0.12, and in JSON, simple types were strings.
	switch literalText(a) {
	case "string":
		return cty.String, nil
	case "number":
		return cty.Number, nil
	case "bool":
		return cty.Bool, nil
	case "list":
		return cty.List(cty.DynamicPseudoType), nil
	case "map":
		return cty.Map(cty.DynamicPseudoType), nil
	case "any":
		return cty.DynamicPseudoType, nil
	}
	ty, defaults, diags := typeexpr.TypeConstraintWithDefaults(a.Expr)
	if diags.HasErrors() {
		m.complain(a.SrcRange, "the type of this variable is not understood, any value is taken: "+diags[0].Detail)
		return cty.DynamicPseudoType, nil
	}
	return ty, defaults
}

func literalTrue(a *hclsyntax.Attribute) bool  { return literalIs(a, cty.True) }
func literalFalse(a *hclsyntax.Attribute) bool { return literalIs(a, cty.False) }

func literalIs(a *hclsyntax.Attribute, want cty.Value) bool {
	if a == nil {
		return false
	}
	l, ok := a.Expr.(*hclsyntax.LiteralValueExpr)
	return ok && l.Val.RawEquals(want)
}

// literalText returns the text of a string without interpolations, else "".
func literalText(a *hclsyntax.Attribute) string {
	if a == nil {
		return ""
	}
	x := a.Expr
	if t, ok := x.(*hclsyntax.TemplateExpr); ok && len(t.Parts) == 1 {
		x = t.Parts[0]
	}
	l, ok := x.(*hclsyntax.LiteralValueExpr)
	if !ok || l.Val.IsNull() || l.Val.Type() != cty.String {
		return ""
	}
	return l.Val.AsString()
}

func isLocal(source string) bool {
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// installed tells whether a directory belongs to what `terraform init` fetched.
func installed(dir string) bool { return slices.Contains(split(dir), ".terraform") }

func split(dir string) []string {
	if dir == "." {
		return nil
	}
	return strings.Split(dir, "/")
}

func join(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

// readVars reads the files that set a root module's variables by themselves; a
// later file wins. TF_VAR_ in the environment is not looked at: a scan must not
// depend on who runs it.
func (e *evaluation) readVars(dir string) {
	e.tfvars = map[string]*hclsyntax.Attribute{}
	entries, err := e.tree.list(dir, varFiles, nil)
	if err != nil {
		return // the module's own reading has told
	}
	var auto []string
	present := map[string]bool{}
	for _, entry := range entries {
		name := entry.Name()
		present[name] = true
		if isAutoVarFile(name) {
			auto = append(auto, name)
		}
	}
	for _, name := range append([]string{"terraform.tfvars", "terraform.tfvars.json"}, auto...) {
		if present[name] {
			e.readVarFile(join(dir, name))
		}
	}
}

// isVarFile tells whether Terraform reads a file of values by itself.
func isVarFile(name string) bool {
	return name == "terraform.tfvars" || name == "terraform.tfvars.json" || isAutoVarFile(name)
}

func isAutoVarFile(name string) bool {
	return strings.HasSuffix(name, ".auto.tfvars") || strings.HasSuffix(name, ".auto.tfvars.json")
}

func (e *evaluation) readVarFile(file string) {
	src, err := e.tree.read(file, sourceLimit(file))
	if err != nil {
		e.doc.Diagnose(compliance.LevelError, fmt.Sprintf("%s was not read: it %s", file, describe(err)), compliance.Source{File: file})
		return
	}
	body, diags := guardedParse(src, file)
	bad := firstError(diags)
	if bad != nil {
		d := syntaxDiagnostic(file, bad)
		e.doc.Diagnostics = append(e.doc.Diagnostics, d)
	}
	if bad == nil {
		found, faults := inlineWaivers(src, file, body, false)
		e.doc.Waivers = append(e.doc.Waivers, found...)
		e.doc.Diagnostics = append(e.doc.Diagnostics, faults...)
	}
	for name, a := range body.Attributes {
		if bad == nil || a.SrcRange.End.Byte <= bad.Subject.Start.Byte {
			e.tfvars[name] = a
		}
	}
}

// readManifest reads where `terraform init` put the modules that come from elsewhere.
func (e *evaluation) readManifest(dir string) {
	file := join(dir, ".terraform/modules/modules.json")
	src, err := e.tree.read(file, sourceLimit(file))
	if err != nil {
		return // never initialised; calls that need it tell
	}
	var manifest struct {
		Modules []struct{ Key, Dir string }
	}
	if err := json.Unmarshal(src, &manifest); err != nil {
		e.doc.Diagnose(compliance.LevelError, fmt.Sprintf("%s is not understood (%s); run `terraform init` again", file, err), compliance.Source{File: file})
		return
	}
	e.manifest = map[string]string{}
	for _, m := range manifest.Modules {
		if rel, err := e.tree.resolve(dir, m.Dir); err == nil && m.Key != "" {
			e.manifest[m.Key] = path.Clean(rel)
		}
	}
}
