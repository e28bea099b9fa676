package policies

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"merlon/compliance"
)

// withFix is a control with a fix, which begins in line 8.
func withFix(area, fix string) string {
	text := strings.Replace(header, "#   remediation: R\n", "#   remediation: R\n#   "+strings.ReplaceAll(fix, "\n", "\n#   ")+"\n", 1)
	text = strings.Replace(text, "policies.host.test", "policies."+area+".test", 1)
	return text + "subject contains [\"t\", a] if some a, _ in input.t\n\nfail contains {\"path\": [\"t\", a, \"x\"]} if {\n\tsome a, t in input.t\n\tt.x == 1\n}\n"
}

func TestRecipe(t *testing.T) {
	for fix, want := range map[string]*compliance.Recipe{
		"fix: {set: want}":                            {Want: true},
		"fix: {set: {a: true, b-c: [x, 1]}}":          {Set: map[string]any{"a": true, "b-c": []any{"x", 1}}},
		"fix: {remove: grant, replaces: [aws_x]}":     {Remove: "grant", Replaces: []string{"aws_x"}},
		"fix:\n  set: want\n  add: |\n    b {\n    }": {Want: true, Add: "b {\n}"},
		"# nothing": nil,
	} {
		s, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(withFix("terraform", fix))}})
		for _, err := range errs {
			t.Fatalf("%s: %v", fix, err)
		}
		if got := s.Controls()[0].Fix; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v", fix, got)
		}
	}
}

func TestRecipeMistakes(t *testing.T) {
	for fix, want := range map[string]string{
		"fix: {set: true}":                    "custom.fix.set is the word want",
		"fix: {set: {}}":                      "custom.fix.set is the word want",
		"fix: {set: {a: {b: 1}}}":             "the value of a is neither text",
		"fix: {set: {a: [[1]]}}":              "the value of a is neither text",
		"fix: {set: {\"a b\": 1}}":            `"a b" is no name`,
		"fix: {set: want, replaces: [A]}":     `"A" is no name`,
		"fix: {remove: \"}\"}":                `custom.fix.remove: "}" is no name`,
		"fix: {replaces: [aws_x]}":            "custom.fix does nothing",
		"fix: {}":                             "custom.fix does nothing",
		"fix: {sets: want}":                   "field sets not found",
		"fix: want":                           "cannot unmarshal",
		"fix:\n  set:\n    a: null\n  add: x": "the value of a is neither text",
	} {
		_, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(withFix("terraform", fix))}})
		if len(errs) == 0 || !strings.Contains(errs[0].Error(), want) || !strings.HasPrefix(errs[0].Error(), "one.rego:") {
			t.Errorf("%s: %v, want %s", fix, errs, want)
		} else if strings.Contains(want, "custom.fix") && !strings.HasPrefix(errs[0].Error(), "one.rego:8: ") {
			t.Errorf("%s: %v, want it of line 8", fix, errs)
		}
	}
	_, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(withFix("host", "fix: {set: want}"))}})
	if len(errs) == 0 || !strings.Contains(errs[0].Error(), "custom.fix is for Terraform") {
		t.Errorf("of a host: %v", errs)
	}
}

func TestRecipeOfRow(t *testing.T) {
	family := strings.Replace(withFix("terraform", "family: true"), "#   id: TST0001\n#   severity: low\n#   remediation: R\n", "", 1)
	table := "- id: TST0001\n  key: a\n  title: T\n  severity: low\n  remediation: R\n  fix: {set: want}\n- id: TST0002\n  key: b\n  title: T\n  severity: low\n  remediation: R\n  fix: {set: no}\n"
	_, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(family)}, "one.table.yaml": {Data: []byte(table)}})
	if len(errs) == 0 || !strings.HasPrefix(errs[0].Error(), "one.table.yaml:7: custom.fix.set") {
		t.Errorf("the mistake in the second row: %v", errs)
	}
	s, errs := fromSource(fstest.MapFS{"one.rego": {Data: []byte(family)}, "one.table.yaml": {Data: []byte(strings.ReplaceAll(table, "set: no", "remove: x"))}})
	if len(errs) != 0 || !s.Controls()[0].Fix.Want || s.Controls()[1].Fix.Remove != "x" {
		t.Errorf("%v, %v", s.Controls(), errs)
	}
}
