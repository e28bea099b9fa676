package policies

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"merlon/compliance"
)

// DefaultBaseline is used where none is named.
const DefaultBaseline = "default"

// A Baseline is a named selection of controls, with parameters. One that extends
// another selects on top of that.
type Baseline struct {
	// Name is the file's, without ".yaml".
	Name        string `yaml:"-"`
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	// Extends is the name or file of a baseline to start from; a file is looked for
	// beside the one that names it.
	Extends string `yaml:"extends"`
	// Frameworks select controls by the numbers that they refer to.
	Frameworks map[string]selection `yaml:"frameworks"`
	// Controls and Exclude are ids, policy paths or patterns of policy paths.
	Controls   []placed[string]          `yaml:"controls"`
	Exclude    []placed[string]          `yaml:"exclude"`
	Parameters map[string]placed[any]    `yaml:"parameters"`
	Severity   map[string]placed[string] `yaml:"severity"`

	file string
	// lines are those of the frameworks' names.
	lines map[string]int
}

// placed is a value with its line in the file, 0 where there is none.
type placed[T any] struct {
	Value T
	Line  int
}

// UnmarshalYAML keeps the line.
func (p *placed[T]) UnmarshalYAML(n *yaml.Node) error {
	p.Line = n.Line
	return n.Decode(&p.Value)
}

// everything selects all controls.
func everything() []*Baseline {
	return []*Baseline{{Controls: []placed[string]{{Value: "**"}}}}
}

// Baselines returns the names of the shipped baselines.
func Baselines() []string {
	files, _ := fs.Glob(shipped, "baselines/*.yaml")
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return files
}

const (
	// maxExtends bounds how many baselines extend one another.
	maxExtends = 8
	// maxBaseline bounds a baseline's file, in bytes.
	maxBaseline = 1 << 20
)

// readBaseline reads a shipped baseline or a file, and those that it extends: the
// first extends nothing, each extends the one before.
func readBaseline(name string) ([]*Baseline, []error) {
	if name == "" {
		name = DefaultBaseline
	}
	var chain []*Baseline
	for from := ""; name != ""; {
		b, errs := readOneBaseline(name, from)
		if len(errs) > 0 {
			return nil, errs
		}
		chain = append(chain, b)
		if len(chain) > maxExtends {
			return nil, []error{&PolicyError{Location: compliance.Source{File: b.file}, Message: "baselines extend one another without end"}}
		}
		name, from = b.Extends, b.file
	}
	slices.Reverse(chain)
	return chain, nil
}

// readOneBaseline reads the baseline that name stands for in the file from ("" is
// the command line).
func readOneBaseline(name, from string) (*Baseline, []error) {
	file := "baselines/" + name + ".yaml"
	data, err := shipped.ReadFile(file)
	if err != nil {
		file = name
		if from != "" && !filepath.IsAbs(name) {
			file = filepath.Join(filepath.Dir(from), name)
		}
		if data, err = readFile(file); err != nil {
			where := ""
			if from != "" {
				where = from + ": extends: "
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil, []error{fmt.Errorf("%sthe baseline %q is neither a file nor one that Merlon ships (%s)", where, name, strings.Join(Baselines(), ", "))}
			}
			return nil, []error{fmt.Errorf("%sthe baseline %q: %w", where, name, err)}
		}
	}
	return decodeBaseline(file, data)
}

func decodeBaseline(file string, data []byte) (*Baseline, []error) {
	b := &Baseline{Name: strings.TrimSuffix(path.Base(file), path.Ext(file)), file: file}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(b); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty: it needs `extends: default`, `controls` or `frameworks`")
		}
		return nil, yamlErrors(file, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, []error{&PolicyError{Location: compliance.Source{File: file}, Message: "the file has more than one document; a baseline is one"}}
	}
	b.lines = keyLines(data, "frameworks")
	return b, nil
}

// keyLines returns the line of each key of the mapping that a file has under name.
func keyLines(data []byte, name string) map[string]int {
	var root yaml.Node
	if yaml.Unmarshal(data, &root) != nil || len(root.Content) == 0 {
		return nil
	}
	lines := map[string]int{}
	top := root.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		if top[i].Value != name {
			continue
		}
		for j := 0; j+1 < len(top[i+1].Content); j += 2 {
			key := top[i+1].Content[j]
			lines[key.Value] = key.Line
		}
	}
	return lines
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBaseline+1))
	if err == nil && len(data) > maxBaseline {
		err = fmt.Errorf("it has more than %d bytes", maxBaseline)
	}
	return data, err
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// yamlErrors makes an error with file and line of each mistake that a decoder found.
func yamlErrors(file string, err error) []error {
	list := []string{err.Error()}
	if t, ok := errors.AsType[*yaml.TypeError](err); ok {
		list = t.Errors
	}
	var out []error
	for _, text := range list {
		at := compliance.Source{File: file}
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			at.Line, _ = strconv.Atoi(m[1])
			text = text[len(m[0]):]
		}
		out = append(out, &PolicyError{Location: at, Message: plainYAML(&yaml.TypeError{Errors: []string{text}}).Error()})
	}
	return out
}

// choose applies the baselines, each on top of the one before, and the caller's
// selection.
func (s *Set) choose(chain []*Baseline, o Options) []error {
	s.selected = map[*rule]map[string]*compliance.Control{}
	s.taken = map[string]*taking{}
	s.baseline = chain
	errs := s.declare()
	for _, r := range s.rules {
		if len(chain) > 0 && !r.isShipped() {
			s.enable(func(c *compliance.Control) bool { return slices.Contains(r.controls, c) })
		}
	}
	for _, b := range chain {
		errs = append(errs, s.apply(b)...)
	}
	if len(o.Controls) > 0 {
		s.selected, s.taken = map[*rule]map[string]*compliance.Control{}, map[string]*taking{}
		for _, pattern := range o.Controls {
			if s.enable(matching(pattern)) == 0 {
				errs = append(errs, fmt.Errorf("no control is called %q: `merlon controls` lists them; a pattern such as host/sshd/* names several", pattern))
			}
		}
	}
	for _, b := range chain {
		errs = append(errs, s.override(b)...)
	}
	return errs
}

// apply adds what b selects, takes away what it excludes, and sets its parameters.
func (s *Set) apply(b *Baseline) []error {
	var errs []error
	bad := func(line int, format string, args ...any) {
		errs = append(errs, &PolicyError{Location: compliance.Source{File: b.file, Line: line}, Message: fmt.Sprintf(format, args...)})
	}
	for _, name := range slices.Sorted(maps.Keys(b.Parameters)) {
		v := b.Parameters[name]
		p, ok := s.parameter(name)
		if !ok {
			bad(v.Line, "no control has a parameter %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(s.parameters)), ", "))
			continue
		}
		if why := p.check(v.Value); why != "" {
			bad(v.Line, "the parameter %s: %s", name, why)
			continue
		}
		s.parameters[name] = v.Value
	}
	for _, name := range slices.Sorted(maps.Keys(b.Frameworks)) {
		known, err := s.knownFrameworks()
		if err != nil {
			return append(errs, err)
		}
		f := known[name]
		if f == nil {
			bad(b.lines[name], "frameworks: no control refers to %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			continue
		}
		x := b.Frameworks[name]
		x.line = b.lines[name]
		x.mistakes(f, bad)
		s.takeFramework(f, x)
	}
	for _, p := range b.Controls {
		if s.enable(matching(p.Value)) == 0 {
			bad(p.Line, "no control matches %q", p.Value)
		}
	}
	for _, p := range b.Exclude {
		if s.disable(p.Value) == 0 {
			bad(p.Line, "exclude: no control matches %q", p.Value)
		}
	}
	return errs
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

func matching(pattern string) func(*compliance.Control) bool {
	return func(c *compliance.Control) bool { return c.Named(pattern) }
}

// enable adds the controls that want is true of, and returns how many these are.
func (s *Set) enable(want func(*compliance.Control) bool) int {
	n := 0
	for _, r := range s.rules {
		for i, c := range r.controls {
			if !want(c) {
				continue
			}
			n++
			if s.selected[r] == nil {
				s.selected[r] = map[string]*compliance.Control{}
			}
			s.selected[r][r.key(i)] = c
		}
	}
	return n
}

// disable takes away the controls that pattern names, and returns how many it names,
// whether or not they were enabled.
func (s *Set) disable(pattern string) int {
	n := 0
	for _, r := range s.rules {
		for i, c := range r.controls {
			if c.Named(pattern) {
				n++
				delete(s.selected[r], r.key(i))
			}
		}
		if len(s.selected[r]) == 0 {
			delete(s.selected, r)
		}
	}
	return n
}

func (s *Set) anyMatch(pattern string) bool {
	return slices.ContainsFunc(s.rules, func(r *rule) bool { return slices.ContainsFunc(r.controls, matching(pattern)) })
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
	for _, pattern := range slices.Sorted(maps.Keys(b.Severity)) {
		name := b.Severity[pattern]
		severity, err := compliance.ParseSeverity(name.Value)
		if err != nil || !s.anyMatch(pattern) {
			errs = append(errs, &PolicyError{Location: compliance.Source{File: b.file, Line: name.Line},
				Message: fmt.Sprintf("severity: %q: %q: no such control, or no such severity", pattern, name.Value)})
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
