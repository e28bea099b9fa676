package policies

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
)

// Every number of a framework that a shipped baseline takes is one that a control
// refers to, or one that is listed with its reason; none is both.
func TestShippedBaselines(t *testing.T) {
	for _, name := range Baselines() {
		s, errs := Load(Options{Baseline: name})
		for _, err := range errs {
			t.Errorf("%s: %v", name, err)
		}
		if len(errs) > 0 {
			continue
		}
		if b := s.Baseline(); b.Title == "" || b.Description == "" || len(s.Controls()) == 0 {
			t.Errorf("%s has no title, no description or no control", name)
		}
		for _, c := range s.Coverage() {
			for _, n := range c.Open {
				t.Errorf("%s: %s %s (%s): no control refers to it, and not_covered has no reason", name, c.Framework.Name, n, c.Framework.Numbers[n].About)
			}
			for n, ids := range c.Covered {
				if _, both := s.taken[c.Framework.Name].reason(n); both {
					t.Errorf("%s: %s %s is covered by %s: take it out of not_covered", name, c.Framework.Name, n, strings.Join(ids, ", "))
				}
			}
		}
	}
}

// What a control refers to stands in the framework's list, where there is one.
func TestReferences(t *testing.T) {
	s, errs := Load(Options{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	known, err := s.knownFrameworks()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.All() {
		for name, numbers := range c.References {
			for _, n := range numbers {
				if _, ok := known[name].Numbers[n]; !ok {
					t.Errorf("%s (%s) refers to %s %s, which baselines/frameworks/%s.yaml has not", c.ID, c.Policy, name, n, name)
				}
			}
		}
	}
	for name, f := range known {
		for n, x := range f.Numbers {
			if f.listed && (x.About == "" || len(x.About) > 60 || strings.HasPrefix(name, "cis-") != (x.Level == 1 || x.Level == 2)) {
				t.Errorf("%s %s: %+v", name, n, x)
			}
		}
	}
}

// baselineFile writes a baseline, and others that it needs, and returns its name.
func baselineFile(t *testing.T, text string, others map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.yaml")
	for name, text := range others {
		write(t, filepath.Join(dir, name), text)
	}
	write(t, file, text)
	return file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestBaselineMistakes(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"extends: default\ncontrol: [SSH0001]\n", "mine.yaml:2: field control not found"},
		{"extends: default\ntitle: [a]\n", "mine.yaml:2: cannot unmarshal"},
		{"controls:\n  - SSH0001\n  - SSH9999\n", `mine.yaml:3: no control matches "SSH9999"`},
		{"extends: default\nexclude:\n  - host/nonesuch/*\n", `mine.yaml:3: exclude: no control matches "host/nonesuch/*"`},
		{"extends: default\nparameters:\n  lock_tries: 3\n", `mine.yaml:3: no control has a parameter "lock_tries"`},
		{"extends: default\nparameters:\n  lock_attempts: three\n", "mine.yaml:3: the parameter lock_attempts: three is not a number"},
		{"extends: default\nparameters:\n  approved_services: tcp/22\n", "mine.yaml:3: the parameter approved_services: tcp/22 is not a list of strings"},
		{"extends: default\nparameters:\n  approved_services: [tcp/22, 80]\n", "mine.yaml:3: the parameter approved_services: [tcp/22 80] is not a list of strings"},
		{"extends: default\nparameters:\n  roles: [web, db]\n", `mine.yaml:3: the parameter roles: "db" is none of autofs`},
		{"extends: default\nparameters:\n  fips: ~\n", "mine.yaml: the parameter fips: <nil> is not true or false"},
		{"extends: default\nseverity:\n  SSH0001: grave\n", "mine.yaml:3: severity"},
		{"extends: default\nseverity:\n  SSH9999: high\n", "mine.yaml:3: severity"},
		{"title: x\nframeworks:\n  cis-debian-13: {}\n", `mine.yaml:3: frameworks: no control refers to "cis-debian-13"; there are cis-aws`},
		{"frameworks:\n  cis-debian-12-v1.1.0:\n    levels: 1\n", "mine.yaml:3: field levels not found"},
		{"frameworks:\n  cis-debian-12-v1.1.0:\n    level: 3\n", "mine.yaml:2: frameworks: cis-debian-12-v1.1.0: the level 3 is none"},
		{"frameworks:\n  cis-debian-12-v1.1.0:\n    numbers:\n      - 5.1.20\n      - 5.1.99\n", `mine.yaml:5: cis-debian-12-v1.1.0 has no number "5.1.99"`},
		{"frameworks:\n  cis-debian-12-v1.1.0:\n    without: [\"9.*\"]\n", `mine.yaml:3: cis-debian-12-v1.1.0 has no number "9.*"`},
		{"frameworks:\n  nist-800-53-r5:\n    numbers: [AC-99]\n", `mine.yaml:3: nist-800-53-r5 has no number "AC-99"`},
		{"frameworks:\n  cis-debian-12-v1.1.0:\n    not_covered:\n      1.1.1.99: never\n", `mine.yaml:4: not_covered: cis-debian-12-v1.1.0 has no number "1.1.1.99"`},
		{"frameworks:\n  cis-debian-12-v1.1.0:\n    not_covered:\n      1.1.1.10: ''\n", "mine.yaml:4: not_covered: cis-debian-12-v1.1.0 1.1.1.10 has no reason"},
		{"extends: nonesuch\n", `mine.yaml: extends: the baseline "nonesuch" is neither a file nor one that Merlon ships (cis-debian-12-l1`},
		{"extends: mine.yaml\n", "mine.yaml: baselines extend one another without end"},
		{"", "mine.yaml: the file is empty"},
		{"controls: [a\n", "mine.yaml:1: did not find expected"},
		{"controls: [SSH0001]\n---\ncontrols: [SSH0002]\n", "mine.yaml: the file has more than one document"},
	} {
		file := baselineFile(t, tc.text, nil)
		_, errs := Load(Options{Baseline: file})
		var said []string
		for _, err := range errs {
			said = append(said, strings.TrimPrefix(err.Error(), filepath.Dir(file)+"/"))
		}
		if len(said) != 1 || !strings.HasPrefix(said[0], tc.want) {
			t.Errorf("%q: want %q, got %q", tc.text, tc.want, said)
		}
	}
}

// A mistake does not cost the rest of the baseline.
func TestBaselineWorksBesideMistakes(t *testing.T) {
	s, errs := Load(Options{Baseline: baselineFile(t, "controls: [SSH0001, SSH9999]\nparameters: {nonesuch: 1, lock_attempts: 3}\n", nil)})
	if len(errs) != 2 || len(s.Controls()) != 1 || s.Value("lock_attempts") != 3 {
		t.Errorf("%v; %d controls, lock_attempts %v", errs, len(s.Controls()), s.Value("lock_attempts"))
	}
}

func ids(s *Set) []string {
	var out []string
	for _, c := range s.Controls() {
		out = append(out, c.ID)
	}
	return out
}

func TestBaselineExtends(t *testing.T) {
	s, errs := Load(Options{Baseline: baselineFile(t, `
extends: below.yaml
controls: [SSH0003]
exclude: [SSH0002]
parameters: {lock_attempts: 4}
severity: {SSH0001: critical}
`, map[string]string{"below.yaml": `
controls: [host/sshd/root_login, SSH0002, SSH0003]
exclude: [SSH0003]
parameters: {lock_attempts: 9, fips: true}
severity: {SSH0001: low, SSH0003: low}
`})})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	// What the file beneath excludes can be taken back in.
	if got := ids(s); !slices.Equal(got, []string{"SSH0001", "SSH0003"}) {
		t.Errorf("got %v", got)
	}
	if s.Value("lock_attempts") != 4 || s.Value("fips") != true || s.Value("lists_days") != float64(14) {
		t.Errorf("parameters: %v", s.parameters)
	}
	for _, c := range s.Controls() {
		if want := map[string]compliance.Severity{"SSH0001": compliance.Critical, "SSH0003": compliance.Low}[c.ID]; c.Severity != want {
			t.Errorf("%s is %s", c.ID, c.Severity)
		}
	}
	if s.Baseline().Name != "mine" {
		t.Errorf("it is called %q", s.Baseline().Name)
	}
}

func TestBaselineByFramework(t *testing.T) {
	load := func(text string) []string {
		t.Helper()
		s, errs := Load(Options{Baseline: baselineFile(t, text, nil)})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		return ids(s)
	}
	const of = "frameworks:\n  cis-debian-12-v1.1.0: "
	all, one := load(of+"{}"), load(of+"{level: 1}")
	if two := load(of + "{level: 2}"); !slices.Equal(all, two) || len(one) >= len(two) {
		t.Errorf("%d controls, of level 1 %d, of levels 1 and 2 %d", len(all), len(one), len(two))
	}
	for _, id := range one {
		if !slices.Contains(all, id) {
			t.Errorf("%s is of level 1 only", id)
		}
	}
	// dccp is of level 2, cramfs of level 1.
	if slices.Contains(one, "KRN0038") || !slices.Contains(all, "KRN0038") || !slices.Contains(one, "KRN0031") {
		t.Error("levels are not told apart")
	}
	if got := load(of + `{numbers: ["5.1.2?"], without: ["5.1.22"]}`); !slices.Equal(got, []string{"SSH0001", "SSH0006"}) {
		t.Errorf("got %v", got)
	}
}

// A framework that only a user's own controls refer to can be taken by its name.
func TestBaselineByOwnFramework(t *testing.T) {
	dir := t.TempDir()
	src := strings.Replace(header, "severity: low", "severity: low\n#   references: {our-rules: [\"R1\"]}", 1) +
		"subject contains [\"a\"] if input.a\nfail contains {\"path\": [\"a\"]} if input.a == 1\n"
	write(t, filepath.Join(dir, "own.rego"), src)
	s, errs := Load(Options{Dirs: []string{dir}, Baseline: baselineFile(t, "frameworks: {our-rules: {numbers: [R1]}}\nexclude: []\n", nil)})
	if len(errs) > 0 || !slices.Equal(ids(s), []string{"TST0001"}) {
		t.Errorf("%v, %v", ids(s), errs)
	}
}

func TestSortNumbers(t *testing.T) {
	got := SortNumbers([]string{"5.1.10", "5.1.9", "5.1", "1.10", "AC-3", "5.1.9.1"})
	if want := []string{"1.10", "5.1", "5.1.9", "5.1.9.1", "5.1.10", "AC-3"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// The examples of the guide are baselines that work.
func TestBaselineGuide(t *testing.T) {
	data, err := os.ReadFile("../docs/baselines-guide.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)`([a-z]+\\.yaml)`:\n\n```yaml\n(.*?)```").FindAllStringSubmatch(string(data), -1) {
		examples[m[1]] = m[2]
	}
	web, errs := Load(Options{Baseline: baselineFile(t, examples["web.yaml"], nil)})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	got := ids(web)
	if !slices.Contains(got, "LOG0007") || slices.Contains(got, "SSH0009") || !slices.Contains(got, "AWS0001") {
		t.Errorf("web.yaml takes %v", got)
	}
	ours, errs := Load(Options{Baseline: baselineFile(t, examples["ours.yaml"], nil)})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if got := ids(ours); !slices.Contains(got, "SSH0001") || slices.Contains(got, "BAN0004") || slices.Contains(got, "KRN0054") {
		t.Errorf("ours.yaml takes %v", got)
	}
}

func TestParameterCheck(t *testing.T) {
	for _, tc := range []struct {
		p    Parameter
		v    any
		fine bool
	}{
		{Parameter{Type: "string"}, "a", true},
		{Parameter{Type: "string"}, 1, false},
		{Parameter{Type: "number"}, 1, true},
		{Parameter{Type: "number"}, 1.5, true},
		{Parameter{Type: "number"}, []any{1}, false},
		{Parameter{Type: "boolean"}, false, true},
		{Parameter{Type: "boolean"}, "false", false},
		{Parameter{Type: "list"}, []any{}, true},
		{Parameter{Type: "list"}, []any{"a", "b"}, true},
		{Parameter{Type: "list"}, []any{"a", true}, false},
		{Parameter{Type: "list"}, []any{[]any{"a"}}, false},
		{Parameter{Type: "list"}, map[string]any{"a": 1}, false},
		{Parameter{Type: "numbers"}, []any{1, 2.5}, true},
		{Parameter{Type: "numbers"}, []any{"1"}, false},
		{Parameter{Type: "string", OneOf: []string{"a"}}, "b", false},
		{Parameter{Type: "list", OneOf: []string{"a"}}, []any{"a"}, true},
		{Parameter{Type: "text"}, "a", false},
		{Parameter{Type: "string"}, nil, false},
	} {
		if why := tc.p.check(tc.v); (why == "") != tc.fine {
			t.Errorf("%+v: %v: %q", tc.p, tc.v, why)
		}
	}
}

// A fixture sets parameters as a baseline would, and is told of mistakes.
func TestFixtureParameters(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "one.rego"), strings.Replace(header, "severity: low", "severity: low\n#   parameters: {most: {type: number, default: 1, description: D}}", 1)+
		"subject contains [\"a\"] if input.a\nfail contains {\"path\": [\"a\", \"n\"]} if not input.a.n <= data.parameters.most\n")
	for _, tc := range []struct{ parameters, expect, want string }{
		{"{}", "fail", ""},
		{"{most: 2}", "pass", ""},
		{"{most: 2}", "fail", "sets: a: expected fail, got pass"},
		{"{least: 2}", "pass", "sets: the control has no parameter \"least\""},
		{"{most: two}", "pass", "sets: the parameter most: two is not a number"},
	} {
		write(t, filepath.Join(dir, "one.fixtures.yaml"), `
- {name: passes, input: {a: {n: 1}}, expect: {a: pass}}
- {name: fails, input: {a: {n: 9}}, expect: {a: fail}}
- {name: lacks, input: {a: {m: 1}}, expect: {a: fail}}
- {name: none, input: {b: 1}, expect: {}}
- {name: sets, parameters: `+tc.parameters+`, input: {a: {n: 2}}, expect: {a: `+tc.expect+`}}
`)
		results, errs := Test(context.Background(), dir, nil, nil)
		// The facts of the test are none of a host's.
		errs = slices.DeleteFunc(errs, func(err error) bool { return strings.Contains(err.Error(), "undefined ref: input.a") })
		if len(errs) > 0 || len(results) != 1 {
			t.Fatal(results, errs)
		}
		if got := strings.Join(results[0].Problems, "; "); got != tc.want {
			t.Errorf("%s: want %q, got %q", tc.parameters, tc.want, got)
		}
	}
}

// No file makes a panic, and what is wrong in it is said with its name.
func FuzzBaseline(f *testing.F) {
	for _, name := range []string{"default", "cis-rhel-9-l1", "gitlab-os"} {
		data, err := shipped.ReadFile("baselines/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	for _, text := range []string{
		"", "[]", "a: &a [*a]", "controls: [**]", "controls: {a: b}", "frameworks: [x]", "frameworks: {cis-debian-12-v1.1.0: }",
		"frameworks: {cis-debian-12-v1.1.0: {numbers: [\"[\"]}}", "parameters: {roles: [[web]], fips: {a: 1}}", "severity: {\"**\": low}",
		"controls: [SSH0001]\n---\n- x", "extends: ../../etc/passwd", "? [a]\n: b",
	} {
		f.Add(text)
	}
	s, errs := Load(Options{})
	if len(errs) > 0 {
		f.Fatal(errs)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, errs := decodeBaseline("mine.yaml", []byte(text))
		if len(errs) == 0 {
			errs = s.choose([]*Baseline{b}, Options{})
		}
		for _, err := range errs {
			if !strings.HasPrefix(err.Error(), "mine.yaml") {
				t.Errorf("%v does not name the file", err)
			}
		}
	})
}
