package policies

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"merlon/compliance"
)

// A Framework is a benchmark or guide whose numbers controls refer to.
type Framework struct {
	// Name is what references have: "cis-debian-12-v1.1.0".
	Name  string `yaml:"-"`
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
	// Numbers are those that are known here, each with what it is about.
	Numbers map[string]Number `yaml:"numbers"`

	// listed: Numbers come from a file, and there are no others.
	listed bool
}

// A Number is one demand of a framework.
type Number struct {
	// Level is 1 or 2 in a framework that has levels; 0 otherwise.
	Level int `yaml:"level"`
	// About says in a few words of ours what it is about.
	About string `yaml:"about"`
	// Manual: the framework itself leaves it to a person's judgement.
	Manual bool `yaml:"manual"`
}

// knownFrameworks returns, by name, those that there is a list of, and those that
// controls refer to without one.
func (s *Set) knownFrameworks() (map[string]*Framework, error) {
	if s.frameworks != nil {
		return s.frameworks, nil
	}
	out := map[string]*Framework{}
	files, err := fs.Glob(shipped, "baselines/frameworks/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		data, err := shipped.ReadFile(file)
		if err != nil {
			return nil, err
		}
		f := &Framework{Name: strings.TrimSuffix(path.Base(file), ".yaml"), listed: true}
		dec := yaml.NewDecoder(bytes.NewReader(data))
		dec.KnownFields(true)
		if err := dec.Decode(f); err != nil {
			return nil, errors.Join(yamlErrors(file, err)...)
		}
		out[f.Name] = f
	}
	for _, c := range s.All() {
		for name, numbers := range c.References {
			f := out[name]
			if f == nil {
				f = &Framework{Name: name, Title: name, Numbers: map[string]Number{}}
				out[name] = f
			}
			for _, n := range numbers {
				if _, known := f.Numbers[n]; !known && !f.listed {
					f.Numbers[n] = Number{}
				}
			}
		}
	}
	s.frameworks = out
	return out, nil
}

// A selection is what a baseline takes of a framework: each control that refers to
// a number of it that is left.
type selection struct {
	// Level takes the numbers of this level and of those below; 0 is every level.
	Level int `yaml:"level"`
	// Numbers, where there are any, are the only ones that are taken; Without are
	// not. "5.1.*" names several.
	Numbers []placed[string] `yaml:"numbers"`
	Without []placed[string] `yaml:"without"`
	// NotCovered has the numbers that no control is there for, and why.
	NotCovered map[string]placed[string] `yaml:"not_covered"`

	line int
}

func (x selection) takes(number string, n Number) bool {
	if x.Level > 0 && n.Level > x.Level {
		return false
	}
	names := func(p placed[string]) bool { return numberMatches(p.Value, number) }
	return (len(x.Numbers) == 0 || slices.ContainsFunc(x.Numbers, names)) && !slices.ContainsFunc(x.Without, names)
}

func numberMatches(pattern, number string) bool {
	ok, err := path.Match(pattern, number)
	return pattern == number || err == nil && ok
}

// mistakes names what f does not have.
func (x selection) mistakes(f *Framework, bad func(line int, format string, args ...any)) {
	for _, list := range [][]placed[string]{x.Numbers, x.Without} {
		for _, p := range list {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(f.Numbers)), func(n string) bool { return numberMatches(p.Value, n) }) {
				bad(p.Line, "%s has no number %q", f.Name, p.Value)
			}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(x.NotCovered)) {
		why := x.NotCovered[n]
		if _, ok := f.Numbers[n]; !ok {
			bad(why.Line, "not_covered: %s has no number %q", f.Name, n)
		} else if why.Value == "" {
			bad(why.Line, "not_covered: %s %s has no reason", f.Name, n)
		}
	}
	if x.Level < 0 || x.Level > 2 {
		bad(x.line, "frameworks: %s: the level %d is none: it is 1 or 2", f.Name, x.Level)
	}
}

// A Coverage tells how the controls of a baseline cover a framework.
type Coverage struct {
	Framework *Framework
	// Covered has the ids of controls by number.
	Covered map[string][]string
	// NotCovered has the reason by number.
	NotCovered map[string]string
	// Open are numbers that the baseline takes, that no control refers to, and for
	// which no reason is given.
	Open []string
}

// Coverage tells how the enabled controls cover each framework that the baseline
// takes controls by, ordered by name.
func (s *Set) Coverage() []Coverage {
	by := map[string]map[string][]string{}
	for _, c := range s.Controls() {
		for framework, numbers := range c.References {
			if by[framework] == nil {
				by[framework] = map[string][]string{}
			}
			for _, n := range numbers {
				by[framework][n] = append(by[framework][n], c.ID)
			}
		}
	}
	var out []Coverage
	for _, name := range slices.Sorted(maps.Keys(s.taken)) {
		f := s.taken[name].framework
		c := Coverage{Framework: f, Covered: map[string][]string{}, NotCovered: map[string]string{}}
		for _, n := range SortNumbers(slices.Collect(maps.Keys(f.Numbers))) {
			if !slices.ContainsFunc(s.taken[name].selections, func(x selection) bool { return x.takes(n, f.Numbers[n]) }) {
				continue
			}
			switch why, given := s.taken[name].reason(n); {
			case len(by[name][n]) > 0:
				c.Covered[n] = by[name][n]
			case given:
				c.NotCovered[n] = why
			default:
				c.Open = append(c.Open, n)
			}
		}
		out = append(out, c)
	}
	return out
}

// taking is what a baseline, and those that it extends, take of one framework.
type taking struct {
	framework  *Framework
	selections []selection
}

func (t *taking) reason(number string) (string, bool) {
	for _, x := range t.selections {
		if why, ok := x.NotCovered[number]; ok {
			return why.Value, true
		}
	}
	return "", false
}

// SortNumbers orders numbers as a framework does: 5.1.9 before 5.1.10.
func SortNumbers(list []string) []string {
	slices.SortFunc(list, func(a, b string) int {
		x, y := strings.Split(a, "."), strings.Split(b, ".")
		for i := range min(len(x), len(y)) {
			if x[i] == y[i] {
				continue
			}
			m, errA := strconv.Atoi(x[i])
			n, errB := strconv.Atoi(y[i])
			if errA == nil && errB == nil {
				return m - n
			}
			return strings.Compare(x[i], y[i])
		}
		return len(x) - len(y)
	})
	return list
}

// takeFramework selects each control that refers to a number that x takes.
func (s *Set) takeFramework(f *Framework, x selection) {
	if s.taken[f.Name] == nil {
		s.taken[f.Name] = &taking{framework: f}
	}
	s.taken[f.Name].selections = append(s.taken[f.Name].selections, x)
	s.enable(func(c *compliance.Control) bool {
		return slices.ContainsFunc(c.References[f.Name], func(n string) bool { return x.takes(n, f.Numbers[n]) })
	})
}
