package policies

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"

	"merlon/compliance"
)

// recipe is what METADATA holds under `custom.fix`.
type recipe struct {
	// Set is the word `want`, or attributes with their values.
	Set      yaml.Node `yaml:"set"`
	Remove   string    `yaml:"remove"`
	Add      string    `yaml:"add"`
	Replaces []string  `yaml:"replaces"`
}

var argument = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// read checks a recipe and turns it into the control's.
func (f *recipe) read(kind compliance.Kind) (*compliance.Recipe, error) {
	if f == nil {
		return nil, nil
	}
	out := &compliance.Recipe{Remove: f.Remove, Add: strings.TrimSpace(f.Add), Replaces: f.Replaces}
	set, err := f.readSet()
	switch {
	case err != nil:
		return nil, err
	case kind != compliance.KindTerraform:
		return nil, errors.New("custom.fix is for Terraform; nothing is ever changed on a host")
	}
	out.Set, out.Want = set, set == nil && !f.Set.IsZero()
	for _, name := range append(slices.Sorted(maps.Keys(set)), slices.Concat([]string{}, f.Replaces)...) {
		if !argument.MatchString(name) {
			return nil, fmt.Errorf("custom.fix: %q is no name of an attribute or a resource type", name)
		}
	}
	switch {
	case out.Remove != "" && !argument.MatchString(out.Remove):
		return nil, fmt.Errorf("custom.fix.remove: %q is no name of a block or an attribute", out.Remove)
	case !out.Want && out.Set == nil && out.Remove == "" && out.Add == "":
		return nil, errors.New("custom.fix does nothing: it has set, remove or add")
	}
	return out, nil
}

// readSet returns the attributes; nil where the word `want` stands in their place.
func (f *recipe) readSet() (map[string]any, error) {
	if f.Set.IsZero() || f.Set.Kind == yaml.ScalarNode && f.Set.Value == "want" {
		return nil, nil
	}
	var set map[string]any
	if err := f.Set.Decode(&set); err != nil || len(set) == 0 {
		return nil, errors.New("custom.fix.set is the word want, for the value that the rule wants, or attributes with their values: {http_tokens: required}")
	}
	for name, v := range set {
		if !isConstant(v) {
			return nil, fmt.Errorf("custom.fix.set: the value of %s is neither text, a number, a boolean nor a list of those", name)
		}
	}
	return set, nil
}

func isConstant(v any) bool {
	switch x := v.(type) {
	case bool, string, int, float64:
		return true
	case []any:
		return !slices.ContainsFunc(x, func(e any) bool { _, list := e.([]any); return list || !isConstant(e) })
	}
	return false
}

// lineOfFix is where METADATA has the fix; else where the package begins.
func lineOfFix(m *ast.Module) int {
	for _, c := range m.Comments {
		if strings.TrimSpace(string(c.Text)) == "fix:" || strings.HasPrefix(strings.TrimSpace(string(c.Text)), "fix: ") {
			return c.Location.Row
		}
	}
	return m.Package.Location.Row
}
