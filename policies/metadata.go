package policies

import (
	"bytes"
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

// A PolicyError is a mistake in a policy, a table, a fixture or a baseline.
type PolicyError struct {
	Location compliance.Source
	Message  string
}

func (e *PolicyError) Error() string {
	l := e.Location
	switch {
	case l.File == "":
		return e.Message
	case l.Line == 0:
		return l.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d: %s", l.File, l.Line, e.Message)
}

func location(l *ast.Location) compliance.Source {
	if l == nil {
		return compliance.Source{}
	}
	return compliance.Source{File: l.File, Line: l.Row, Column: l.Col}
}

// custom is what METADATA holds under `custom`.
type custom struct {
	ID          string               `yaml:"id"`
	Severity    string               `yaml:"severity"`
	Remediation string               `yaml:"remediation"`
	Fix         *recipe              `yaml:"fix"`
	References  map[string][]string  `yaml:"references"`
	Parameters  map[string]Parameter `yaml:"parameters"`
	// Family: the controls are the rows of the table beside the policy.
	Family bool `yaml:"family"`
}

// A row of a family is a control of its own.
type row struct {
	ID          string              `yaml:"id"`
	Key         string              `yaml:"key"`
	Title       string              `yaml:"title"`
	Description string              `yaml:"description"`
	Severity    string              `yaml:"severity"`
	Remediation string              `yaml:"remediation"`
	Fix         *recipe             `yaml:"fix"`
	References  map[string][]string `yaml:"references"`
	// Data is what the rule sees as data.tables.<policy path>.<key>.
	Data map[string]any `yaml:"data"`
}

var idForm = regexp.MustCompile(`^[A-Z]{2,5}[0-9]{4}$`)

// describe reads a policy's METADATA, and its table where it is a family.
func (r *rule) describe(m *ast.Module, table []byte) error {
	fail := func(format string, args ...any) error {
		return &PolicyError{Location: compliance.Source{File: r.file, Line: m.Package.Location.Row}, Message: fmt.Sprintf(format, args...)}
	}
	note := packageAnnotation(m)
	if note == nil {
		return fail("the package has no METADATA comment; it needs title, description, custom.id, custom.severity and custom.remediation")
	}
	c, err := decodeCustom(note.Custom)
	if err != nil {
		return fail("METADATA: %v", err)
	}
	for name, p := range c.Parameters {
		if p.Description == "" {
			return fail("METADATA: the parameter %s has no description", name)
		}
		if why := p.check(p.Default); why != "" {
			return fail("METADATA: the default of the parameter %s: %s", name, why)
		}
	}
	r.parameters = c.Parameters
	fix, err := c.Fix.read(r.kind)
	if err != nil {
		return &PolicyError{Location: compliance.Source{File: r.file, Line: lineOfFix(m)}, Message: err.Error()}
	}
	base := compliance.Control{
		ID: c.ID, Policy: r.policy, Kind: r.kind, Title: note.Title, Description: strings.TrimSpace(note.Description),
		Remediation: strings.TrimSpace(c.Remediation), Fix: fix, References: c.References,
	}
	for _, l := range note.RelatedResources {
		base.Links = append(base.Links, compliance.Link{Title: l.Description, URL: l.Ref.String()})
	}
	if !c.Family {
		if err := finish(&base, c.Severity); err != nil {
			return fail("METADATA: %v", err)
		}
		r.controls = []*compliance.Control{&base}
		return nil
	}
	return r.readTable(base, table)
}

func packageAnnotation(m *ast.Module) *ast.Annotations {
	for _, a := range m.Annotations {
		if a.Scope == "package" {
			return a
		}
	}
	return nil
}

// decodeCustom refuses keys that it does not know: a misspelt one would be lost.
func decodeCustom(in map[string]any) (custom, error) {
	var c custom
	b, err := yaml.Marshal(in)
	if err != nil {
		return c, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		return c, fmt.Errorf("custom: %w", plainYAML(err))
	}
	return c, nil
}

// plainYAML takes Go's type names out of a decoder's message.
func plainYAML(err error) error {
	var t *yaml.TypeError
	if !errors.As(err, &t) {
		return err
	}
	return errors.New(regexp.MustCompile(` (in type \S+|into policies\.\S+)`).ReplaceAllString(strings.Join(t.Errors, "; "), ""))
}

func finish(c *compliance.Control, severity string) error {
	var err error
	if c.Severity, err = compliance.ParseSeverity(severity); err != nil {
		return fmt.Errorf("custom.%w", err)
	}
	switch {
	case !idForm.MatchString(c.ID):
		return fmt.Errorf("custom.id %q is no id: an area's prefix of 2 to 5 capitals and four digits, such as SSH0001", c.ID)
	case c.Title == "" || len(c.Title) > 120:
		return fmt.Errorf("title is missing or longer than 120 bytes")
	case c.Description == "":
		return fmt.Errorf("description is missing")
	case c.Remediation == "":
		return fmt.Errorf("custom.remediation is missing")
	}
	for framework, numbers := range c.References {
		if len(numbers) == 0 {
			return fmt.Errorf("custom.references: %s has no number", framework)
		}
	}
	return nil
}

func (r *rule) readTable(base compliance.Control, table []byte) error {
	file := tableName(r.file)
	fail := func(line int, format string, args ...any) error {
		return &PolicyError{Location: compliance.Source{File: file, Line: line}, Message: fmt.Sprintf(format, args...)}
	}
	if table == nil {
		return fail(0, "the family %s has no table", r.policy)
	}
	var nodes []yaml.Node
	if err := yaml.Unmarshal(table, &nodes); err != nil {
		return fail(0, "%v", plainYAML(err))
	}
	r.table = map[string]any{}
	for i := range nodes {
		var w row
		if err := decodeStrict(&nodes[i], &w); err != nil {
			return fail(nodes[i].Line, "%v", plainYAML(err))
		}
		c := base
		c.ID, c.Title, c.Policy = w.ID, w.Title, r.policy+"#"+w.Key
		c.Description = strings.TrimSpace(strings.TrimSpace(w.Description) + "\n\n" + base.Description)
		c.Remediation = strings.TrimSpace(w.Remediation)
		if w.Fix != nil {
			var err error
			if c.Fix, err = w.Fix.read(r.kind); err != nil {
				return fail(nodes[i].Line, "%v", err)
			}
		}
		c.References = maps.Clone(base.References)
		if c.References == nil {
			c.References = map[string][]string{}
		}
		maps.Copy(c.References, w.References)
		if err := finish(&c, w.Severity); err != nil {
			return fail(nodes[i].Line, "%v", err)
		}
		if _, dup := r.table[w.Key]; dup || w.Key == "" {
			return fail(nodes[i].Line, "the key %q is missing or stands there twice", w.Key)
		}
		if w.Data == nil {
			w.Data = map[string]any{}
		}
		r.table[w.Key] = w.Data
		r.controls = append(r.controls, &c)
		r.keys = append(r.keys, w.Key)
	}
	if len(r.controls) == 0 {
		return fail(0, "the table is empty")
	}
	return nil
}

func decodeStrict(n *yaml.Node, into any) error {
	b, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	return dec.Decode(into)
}

// undeclared returns an error for each data.parameters.<name> that METADATA does
// not declare.
func (r *rule) undeclared(m *ast.Module) []error {
	var errs []error
	ast.WalkRefs(m, func(ref ast.Ref) bool {
		if !ref.HasPrefix(ast.MustParseRef("data.parameters")) {
			return false
		}
		name := ""
		if len(ref) > 2 {
			name, _ = scalarText(ref[2])
		}
		if _, ok := r.parameters[name]; !ok {
			errs = append(errs, &PolicyError{Location: location(ref[0].Location),
				Message: fmt.Sprintf("data.parameters.%s is not declared under custom.parameters (declared: %s)", name,
					strings.Join(slices.Sorted(maps.Keys(r.parameters)), ", "))})
		}
		return false
	})
	return errs
}
