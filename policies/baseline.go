package policies

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"merlon/compliance"
)

// DefaultBaseline is used where none is named.
const DefaultBaseline = "default"

// A Baseline is a named selection of controls, with parameters.
type Baseline struct {
	// Name is the file's, without ".yaml".
	Name        string `yaml:"-"`
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	// Extends is the name or file of a baseline to start from.
	Extends string `yaml:"extends"`
	// Controls and Exclude are ids, policy paths or patterns of policy paths.
	Controls   []string          `yaml:"controls"`
	Exclude    []string          `yaml:"exclude"`
	Parameters map[string]any    `yaml:"parameters"`
	Severity   map[string]string `yaml:"severity"`

	file string
}

// Baselines returns the names of the shipped baselines.
func Baselines() []string {
	files, _ := fs.Glob(shipped, "baselines/*.yaml")
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return files
}

// maxExtends bounds how many baselines extend one another.
const maxExtends = 8

// readBaseline reads a shipped baseline or a file, and those that it extends.
func readBaseline(name string) (*Baseline, error) {
	var chain []*Baseline
	if name == "" {
		name = DefaultBaseline
	}
	for name != "" {
		b, err := readOneBaseline(name)
		if err != nil {
			return nil, err
		}
		if chain = append(chain, b); len(chain) > maxExtends {
			return nil, &PolicyError{Location: compliance.Source{File: b.file}, Message: "baselines extend one another without end"}
		}
		name = b.Extends
	}
	out := &Baseline{Name: chain[0].Name, Title: chain[0].Title, Description: chain[0].Description, file: chain[0].file,
		Parameters: map[string]any{}, Severity: map[string]string{}}
	for _, b := range slices.Backward(chain) {
		out.Controls = append(out.Controls, b.Controls...)
		out.Exclude = append(out.Exclude, b.Exclude...)
		maps.Copy(out.Parameters, b.Parameters)
		maps.Copy(out.Severity, b.Severity)
	}
	return out, nil
}

func readOneBaseline(name string) (*Baseline, error) {
	file := "baselines/" + name + ".yaml"
	data, err := shipped.ReadFile(file)
	if err != nil {
		file = name
		if data, err = os.ReadFile(name); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("the baseline %q is neither a file nor one that Merlon ships (%s)", name, strings.Join(Baselines(), ", "))
			}
			return nil, fmt.Errorf("the baseline %q: %w", name, err)
		}
	}
	b := &Baseline{Name: strings.TrimSuffix(path.Base(file), path.Ext(file)), file: file}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(b); err != nil {
		return nil, &PolicyError{Location: compliance.Source{File: file}, Message: plainYAML(err).Error()}
	}
	return b, nil
}

// choose applies the baseline and the caller's selection.
func (s *Set) choose(b *Baseline, o Options) []error {
	s.selected = map[*rule]map[string]*compliance.Control{}
	errs := s.declare()
	if b == nil {
		return errs
	}
	bad := func(format string, args ...any) {
		errs = append(errs, &PolicyError{Location: compliance.Source{File: b.file}, Message: fmt.Sprintf(format, args...)})
	}
	for name, v := range b.Parameters {
		p, ok := s.parameter(name)
		if !ok {
			bad("no control has a parameter %q", name)
			continue
		}
		if why := p.check(v); why != "" {
			bad("the parameter %s: %s", name, why)
			continue
		}
		s.parameters[name] = v
	}
	if len(o.Controls) > 0 {
		for _, pattern := range o.Controls {
			if s.selectMatching(pattern, nil) == 0 {
				errs = append(errs, fmt.Errorf("no control is called %q: `merlon controls` lists them; a pattern such as host/sshd/* names several", pattern))
			}
		}
	} else {
		for _, pattern := range b.Controls {
			if s.selectMatching(pattern, b.Exclude) == 0 {
				bad("no control matches %q", pattern)
			}
		}
		for _, pattern := range b.Exclude {
			if !s.anyMatch(pattern) {
				bad("exclude: no control matches %q", pattern)
			}
		}
		for _, r := range s.rules {
			if !r.isShipped() {
				s.selectMatching(r.policy, b.Exclude)
			}
		}
	}
	return append(errs, s.override(b)...)
}

// declare collects the parameters' defaults.
func (s *Set) declare() []error {
	s.parameters = map[string]any{}
	var errs []error
	from := map[string]*rule{}
	for _, r := range s.rules {
		for name, p := range r.parameters {
			if other, ok := from[name]; ok && fmt.Sprint(other.parameters[name]) != fmt.Sprint(p) {
				errs = append(errs, &PolicyError{Location: compliance.Source{File: r.file},
					Message: fmt.Sprintf("the parameter %s is declared otherwise in %s", name, other.file)})
				continue
			}
			from[name] = r
			s.parameters[name] = p.Default
		}
	}
	return errs
}

func (s *Set) parameter(name string) (Parameter, bool) {
	for _, r := range s.rules {
		if p, ok := r.parameters[name]; ok {
			return p, true
		}
	}
	return Parameter{}, false
}

// selectMatching adds the controls that pattern names and exclude does not, and
// returns how many the pattern names.
func (s *Set) selectMatching(pattern string, exclude []string) int {
	n := 0
	for _, r := range s.rules {
		for i, c := range r.controls {
			if !c.Named(pattern) {
				continue
			}
			n++
			if slices.ContainsFunc(exclude, func(x string) bool { return c.Named(x) }) {
				continue
			}
			if s.selected[r] == nil {
				s.selected[r] = map[string]*compliance.Control{}
			}
			s.selected[r][r.key(i)] = c
		}
	}
	return n
}

func (s *Set) anyMatch(pattern string) bool {
	return slices.ContainsFunc(s.rules, func(r *rule) bool {
		return slices.ContainsFunc(r.controls, func(c *compliance.Control) bool { return c.Named(pattern) })
	})
}

func (r *rule) key(i int) string {
	if r.keys == nil {
		return ""
	}
	return r.keys[i]
}

// override applies the baseline's severities to copies of the controls.
func (s *Set) override(b *Baseline) []error {
	var errs []error
	for pattern, name := range b.Severity {
		severity, err := compliance.ParseSeverity(name)
		if err != nil || !s.anyMatch(pattern) {
			errs = append(errs, &PolicyError{Location: compliance.Source{File: b.file},
				Message: fmt.Sprintf("severity: %q: %q: no such control, or no such severity", pattern, name)})
			continue
		}
		for _, chosen := range s.selected {
			for key, c := range chosen {
				if c.Named(pattern) {
					d := *c
					d.Severity = severity
					chosen[key] = &d
				}
			}
		}
	}
	return errs
}
