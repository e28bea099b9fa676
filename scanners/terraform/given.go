package terraform

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"merlon/compliance"
)

// given are values of variables from outside of the tree.
type given struct {
	files map[string]*hclsyntax.Attribute // of the var files; the last wins
	vars  map[string]string
}

// commandLine begins the name of a "file" that is none but an option.
const commandLine = "\x00"

// readGiven reads the var files. They are named by whoever runs the scan, not by
// the tree, and may lie anywhere.
func (s *Scanner) readGiven(tr *tree) (given, error) {
	g := given{files: map[string]*hclsyntax.Attribute{}, vars: s.Vars}
	for _, file := range s.VarFiles {
		src, err := tr.readGivenFile(file)
		if err != nil && tr.earlier() && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return g, fmt.Errorf("the var file %s was not read: it %s", file, describe(err))
		}
		body, diags := guardedParse(src, tr.nameOf(file))
		if bad := firstError(diags); bad != nil {
			return g, fmt.Errorf("the var file %s does not parse: line %d: %s: %s", file, bad.Subject.Start.Line, bad.Summary, bad.Detail)
		}
		for name, a := range body.Attributes {
			g.files[name] = a
		}
	}
	return g, nil
}

// readGivenFile reads a file that whoever runs the scan has named. In an earlier
// revision it is what that held, where it lies in the tree.
func (t *tree) readGivenFile(file string) ([]byte, error) {
	if name, ok := t.within(file); ok && t.earlier() {
		return t.read(name, sourceLimit(name))
	}
	return readOutside(file)
}

// readOutside reads a regular file anywhere, within the bounds of a source.
func readOutside(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, plainError(err)
	case !info.Mode().IsRegular():
		return nil, errSpecial
	case info.Size() > sourceLimit(file):
		return nil, errTooBig
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, plainError(err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, sourceLimit(file)))
	return src, plainError(err)
}

// nameOf is how reports call a file: relative to the base, if it lies beneath.
func (t *tree) nameOf(file string) string {
	if name, ok := t.within(file); ok {
		return name
	}
	return filepath.ToSlash(file)
}

// within returns the name in the tree of a file that the user names.
func (t *tree) within(file string) (string, bool) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", false
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	rel, err := filepath.Rel(t.base, abs)
	return filepath.ToSlash(rel), err == nil && filepath.IsLocal(rel)
}

// setGiven sets the root module's variables that were given; later ones win.
func (e *evaluation) setGiven(g given) {
	for name, a := range g.files {
		e.tfvars[name] = a
	}
	for _, name := range sortedKeys(g.vars) {
		decl, ok := e.root.mod.inputs[name]
		if !ok {
			continue // another root module's
		}
		option := "--var " + name
		x, err := decl.expression(g.vars[name], commandLine+option)
		if err != nil {
			e.doc.Diagnose(compliance.LevelError, fmt.Sprintf("%s: its value is no expression: %s", option, err), compliance.Source{Command: option})
		}
		e.tfvars[name] = &hclsyntax.Attribute{Name: name, Expr: x, SrcRange: x.Range(), NameRange: x.Range()}
	}
}

// expression is what text on a command line stands for: the text itself where the
// variable's type is a plain one, else HCL (Terraform, "Variables on the Command Line").
func (v *variable) expression(text, file string) (hclsyntax.Expression, error) {
	at := hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.InitialPos}
	if v.literal {
		return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: at}, nil
	}
	broken := &hclsyntax.ExprSyntaxError{Placeholder: cty.DynamicVal, SrcRange: at}
	if tooDeep([]byte(text), file) != nil {
		return broken, errDeep
	}
	x, diags := hclsyntax.ParseExpression([]byte(text), file, hcl.InitialPos)
	if diags.HasErrors() {
		return broken, fromDiags(at, diags)
	}
	return x, nil
}

// unused says which of the given values no root module declares a variable for.
func (s *scan) unused(v *survey) []compliance.Diagnostic {
	if len(s.given.files)+len(s.given.vars) == 0 {
		return nil
	}
	var names []string
	roots := make([]*shared, len(v.roots))
	for i, r := range v.roots {
		roots[i] = v.hold(r.dir)
	}
	for _, name := range slices.Concat(sortedKeys(s.given.files), sortedKeys(s.given.vars)) {
		declared := slices.ContainsFunc(roots, func(r *shared) bool { return r.mod.inputs[name] != nil })
		if !declared && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []compliance.Diagnostic{{
		Level:   compliance.LevelWarning,
		Message: "no root module declares these variables, for which values were given: " + strings.TrimSpace(some(names)),
	}}
}
