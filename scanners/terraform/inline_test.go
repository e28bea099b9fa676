package terraform

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/tools/txtar"

	"merlon/compliance"
)

// written writes waivers and complaints, a line each.
func written(waivers []compliance.Waiver, faults []compliance.Diagnostic) []string {
	var out []string
	for _, w := range waivers {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s:%d %s covers %d-%d: %s %s %s", w.Source.File, w.Source.Line, w.Control, w.Covers.Line, w.Covers.EndLine, w.Reason, w.Owner, w.Until)))
	}
	for _, d := range faults {
		out = append(out, fmt.Sprintf("%s %s:%d %s", d.Level, d.Source.File, d.Source.Line, strings.TrimPrefix(d.Message, waiverFault)))
	}
	return out
}

func TestInline(t *testing.T) {
	const nowhere = "it stands at nothing; put it on the line of an attribute, on the first line of a block, or directly above one"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"above a block":           {"# merlon:ignore A1 reason=\"why not\"\nresource \"x\" \"y\" {\n  a = 1\n}\n", []string{"m.tf:1 A1 covers 2-4: why not"}},
		"all options":             {"# merlon:ignore A1 until=2027-03-01 owner=me reason=\"a \\\"b\\\" \\\\c\"\nlocals {\n}\n", []string{"m.tf:1 A1 covers 2-3: a \"b\" \\c me 2027-03-01"}},
		"slashes":                 {"// merlon:ignore A1 reason=x\nlocals {\n}\n", []string{"m.tf:1 A1 covers 2-3: x"}},
		"stars":                   {"/* merlon:ignore A1 reason=x */\nlocals {\n}\n", []string{"m.tf:1 A1 covers 2-3: x"}},
		"several lines of stars":  {"/*\n * For the website:\n * merlon:ignore A1 reason=x\n * merlon:ignore A2 reason=y\n */\nlocals {\n}\n", []string{"m.tf:3 A1 covers 6-7: x", "m.tf:4 A2 covers 6-7: y"}},
		"without a space":         {"#merlon:ignore A1 reason=x\nlocals {\n}\n", []string{"m.tf:1 A1 covers 2-3: x"}},
		"CRLF":                    {"# merlon:ignore A1 reason=x\r\nlocals {\r\n  a = 1 # merlon:ignore A2 reason=\"y\"\r\n}\r\n", []string{"m.tf:1 A1 covers 2-4: x", "m.tf:3 A2 covers 3-3: y"}},
		"first line of a block":   {"resource \"x\" \"y\" { # merlon:ignore A1 reason=x\n  a = 1\n}\n", []string{"m.tf:1 A1 covers 1-3: x"}},
		"nested block":            {"resource \"x\" \"y\" {\n  # merlon:ignore A1 reason=x\n  ingress {\n    a = 1\n  }\n}\n", []string{"m.tf:2 A1 covers 3-5: x"}},
		"block on one line":       {"resource \"x\" \"y\" {\n  ingress { a = 1 } # merlon:ignore A1 reason=x\n}\n", []string{"m.tf:2 A1 covers 2-2: x"}},
		"attribute":               {"locals {\n  a = 1 # merlon:ignore A1 reason=x\n  b = 2\n}\n", []string{"m.tf:2 A1 covers 2-2: x"}},
		"above an attribute":      {"locals {\n  # merlon:ignore A1 reason=x\n  a = [\n    1,\n  ]\n}\n", []string{"m.tf:2 A1 covers 3-5: x"}},
		"first line of a value":   {"locals {\n  a = [ # merlon:ignore A1 reason=x\n    1,\n  ]\n}\n", []string{"m.tf:2 A1 covers 2-4: x"}},
		"last line of a value":    {"locals {\n  a = [\n    1,\n  ] # merlon:ignore A1 reason=x\n}\n", []string{"m.tf:4 A1 covers 2-4: x"}},
		"before it on its line":   {"locals {\n  /* merlon:ignore A1 reason=x */ a = 1\n}\n", []string{"m.tf:2 A1 covers 2-2: x"}},
		"element":                 {"locals {\n  a = [\n    1, # merlon:ignore A1 reason=x\n    # merlon:ignore A2 reason=x\n    { b = 1,\n      c = 2 },\n  ]\n}\n", []string{"m.tf:3 A1 covers 3-3: x", "m.tf:4 A2 covers 5-6: x"}},
		"item":                    {"locals {\n  a = {\n    b = 1 # merlon:ignore A1 reason=x\n    # merlon:ignore A2 reason=x\n    \"c\" = 2\n    # merlon:ignore A3 reason=x\n    (var.d) = 3\n  }\n}\n", []string{"m.tf:3 A1 covers 3-3: x", "m.tf:4 A2 covers 5-5: x", "m.tf:6 A3 covers 7-7: x"}},
		"in a call of a function": {"locals {\n  p = jsonencode({\n    b = 1 # merlon:ignore A1 reason=x\n  })\n}\n", []string{"m.tf:3 A1 covers 3-3: x"}},
		"behind a heredoc":        {"locals {\n  a = <<EOT\ntext\nEOT\n  # merlon:ignore A1 reason=x\n  b = 1\n}\n", []string{"m.tf:5 A1 covers 6-6: x"}},
		"a heredoc's first line":  {"locals {\n  # merlon:ignore A1 reason=x\n  a = <<EOT\ntext\nEOT\n}\n", []string{"m.tf:2 A1 covers 3-5: x"}},
		"several controls":        {"# merlon:ignore A1,A2, A3 ,A4 reason=x\nlocals {\n}\n", []string{"m.tf:1 A1 covers 2-3: x", "m.tf:1 A2 covers 2-3: x", "m.tf:1 A3 covers 2-3: x", "m.tf:1 A4 covers 2-3: x"}},
		"policy path":             {"# merlon:ignore terraform/aws/s3_logs reason=x\nlocals {\n}\n", []string{"m.tf:1 terraform/aws/s3_logs covers 2-3: x"}},
		"stacked":                 {"# merlon:ignore A1 reason=x\n# Another comment.\n# merlon:ignore A2 reason=y\nlocals {\n}\n", []string{"m.tf:1 A1 covers 4-5: x", "m.tf:3 A2 covers 4-5: y"}},
		"above and behind":        {"locals {\n  # merlon:ignore A1 reason=x\n  a = 1 # merlon:ignore A2 reason=y\n}\n", []string{"m.tf:2 A1 covers 3-3: x", "m.tf:3 A2 covers 3-3: y"}},

		"in a string":           {"locals {\n  a = \"# merlon:ignore A1 reason=x\"\n}\n", nil},
		"in a heredoc":          {"locals {\n  a = <<EOT\n# merlon:ignore A1 reason=x\nb = 1\nEOT\n}\n", nil},
		"in a template":         {"locals {\n  a = \"${b} # merlon:ignore A1 reason=x\"\n}\n", nil},
		"spoken of":             {"# See merlon:ignore in the guide.\nlocals {\n}\n", nil},
		"other case":            {"# Merlon:Ignore A1 reason=x\nlocals {\n}\n", nil},
		"in an interpolation":   {"locals {\n  a = \"${b /* merlon:ignore A1 reason=x */}\"\n}\n", []string{"m.tf:2 A1 covers 2-2: x"}},
		"behind the last brace": {"locals {\n  a = 1\n} # merlon:ignore A1 reason=x\n", []string{"error m.tf:3 " + nowhere}},
		"above a brace":         {"locals {\n  a = 1\n  # merlon:ignore A1 reason=x\n}\n", []string{"error m.tf:3 " + nowhere}},
		"above a next element":  {"locals {\n  a = [{\n    b = 1\n    # merlon:ignore A1 reason=x\n  }, {\n    b = 2\n  }]\n}\n", []string{"error m.tf:4 " + nowhere}},
		"an empty line between": {"# merlon:ignore A1 reason=x\n\nlocals {\n}\n", []string{"error m.tf:1 " + nowhere}},
		"one after a comment":   {"# merlon:ignore A1 reason=x\n# More.\n\nlocals {\n}\n", []string{"error m.tf:1 " + nowhere}},
		"at the end":            {"locals {\n}\n# merlon:ignore A1 reason=x", []string{"error m.tf:3 " + nowhere}},
		"alone":                 {"# merlon:ignore A1 reason=x\n", []string{"error m.tf:1 " + nowhere}},
		"within an expression":  {"locals {\n  a = (1 +\n    2 + # merlon:ignore A1 reason=x\n    3)\n}\n", []string{"error m.tf:3 " + nowhere}},

		"bare":              {"# merlon:ignore\nlocals {\n}\n", []string{"error m.tf:1 it names no control" + wantedForm}},
		"no reason":         {"# merlon:ignore A1\nlocals {\n}\n", []string{"error m.tf:1 it has no reason" + wantedForm}},
		"day alone":         {"# merlon:ignore A1 until=2027-03-01\nlocals {\n}\n", []string{"error m.tf:1 it has no reason" + wantedForm}},
		"no control":        {"# merlon:ignore reason=x\nlocals {\n}\n", []string{"error m.tf:1 it names no control" + wantedForm}},
		"empty reason":      {"# merlon:ignore A1 reason=\"\"\nlocals {\n}\n", []string{"error m.tf:1 reason is empty"}},
		"blank reason":      {"# merlon:ignore A1 reason=\" \"\nlocals {\n}\n", []string{"error m.tf:1 reason is empty"}},
		"unclosed":          {"# merlon:ignore A1 reason=\"x\nlocals {\n}\n", []string{"error m.tf:1 \"reason=\\\"x\" is not understood; reasons of several words are put in quotes" + wantedForm}},
		"unquoted":          {"# merlon:ignore A1 reason=a public site\nlocals {\n}\n", []string{"error m.tf:1 \"public site\" is not understood; reasons of several words are put in quotes" + wantedForm}},
		"wrong day":         {"# merlon:ignore A1 reason=x until=2027-02-30\nlocals {\n}\n", []string{"error m.tf:1 \"2027-02-30\" is no day; write it as 2027-03-01"}},
		"unknown key":       {"# merlon:ignore A1 reason=x expires=2027-03-01\nlocals {\n}\n", []string{"error m.tf:1 \"expires\" is not known; there are reason, until and owner"}},
		"key twice":         {"# merlon:ignore A1 reason=x reason=y\nlocals {\n}\n", []string{"error m.tf:1 reason stands twice"}},
		"colon":             {"# merlon:ignore:A1 reason=x\nlocals {\n}\n", []string{"error m.tf:1 a space is missing after the mark" + wantedForm}},
		"pattern":           {"# merlon:ignore terraform/** reason=x\nlocals {\n}\n", []string{"error m.tf:1 \"terraform/**\" is no control" + wantedForm}},
		"no id":             {"# merlon:ignore A\"1 reason=x\nlocals {\n}\n", []string{"error m.tf:1 \"A\\\"1\" is no control" + wantedForm}},
		"same twice":        {"# merlon:ignore A1 reason=x\nlocals { # merlon:ignore A1 reason=y\n}\n", []string{"m.tf:1 A1 covers 2-3: x", "error m.tf:2 A1 is waived for the same lines in line 1; keep one of the two"}},
		"one does not cost": {"# merlon:ignore A1\n# merlon:ignore A2 reason=x\nlocals {\n}\n", []string{"m.tf:2 A2 covers 3-4: x", "error m.tf:1 it has no reason" + wantedForm}},
	} {
		t.Run(name, func(t *testing.T) {
			body, diags := parseBody([]byte(c.text), "m.tf")
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if got := written(inlineWaivers([]byte(c.text), "m.tf", body, false)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// TestManyWaivers: a file of them costs a bounded number.
func TestManyWaivers(t *testing.T) {
	many := strings.Repeat("# merlon:ignore A1\n", 100_000)
	for _, src := range []string{many, "/*\n" + many + "*/"} {
		found, faults := inlineWaivers([]byte(src), "m.tf", &hclsyntax.Body{}, false)
		if len(found) != 0 || len(faults) != maxWaivers+1 || !strings.Contains(faults[maxWaivers].Message, "more than 1000 waivers") {
			t.Errorf("%d waivers, %d faults", len(found), len(faults))
		}
	}
}

// TestInlineTrees scans whole trees: which files are looked at, and what the
// document has in the end.
func TestInlineTrees(t *testing.T) {
	for name, c := range map[string]struct {
		tree string
		want []string
	}{
		"a module of two callers, once": {`
-- main.tf --
module "a" { # merlon:ignore A1 reason=x
  source = "./m"
}
module "b" {
  source = "./m"
}
-- m/m.tf --
# merlon:ignore A2 reason=y
resource "x" "y" {}
`, []string{"main.tf:1 A1 covers 1-3: x", "m/m.tf:1 A2 covers 2-2: y"}},
		"variables": {`
-- main.tf --
variable "v" {}
-- terraform.tfvars --
v = "public" # merlon:ignore A1 reason=x
`, []string{"terraform.tfvars:1 A1 covers 1-1: x"}},
		"JSON": {`
-- main.tf.json --
{"resource": {"x": {"y": {"//": "# merlon:ignore A1 reason=x"}}}}
`, nil},
		"what was fetched": {`
-- main.tf --
module "a" {
  source = "example/a/x"
}
-- .terraform/modules/modules.json --
{"Modules": [{"Key": "a", "Dir": ".terraform/modules/a"}]}
-- .terraform/modules/a/m.tf --
# merlon:ignore A1 reason=x
resource "x" "y" {}
# merlon:ignore A1
`, nil},
		"a file that does not parse": {`
-- main.tf --
# merlon:ignore A1 reason=x
resource "x" "y" {}
# merlon:ignore A2 reason=x
resource "x" "z" {{{
# merlon:ignore A3
`, []string{"main.tf:1 A1 covers 2-2: x", "error main.tf:5 it has no reason" + wantedForm}},
	} {
		t.Run(name, func(t *testing.T) {
			doc := scanText(t, c.tree)
			var faults []compliance.Diagnostic
			for _, d := range doc.Diagnostics {
				if strings.HasPrefix(d.Message, waiverFault) {
					faults = append(faults, d)
				}
			}
			if got := written(doc.Waivers, faults); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// A plan has the waivers of the configuration beside it, and what is wrong with them
// is an error there too.
func TestInlinePlan(t *testing.T) {
	dir := writeTree(t, txtar.Parse([]byte(`
-- main.tf --
# merlon:ignore A1 reason=x
resource "x" "y" {}
# merlon:ignore A2
resource "x" "z" {}
-- plan.json --
{"format_version": "1.2", "terraform_version": "1.11.0", "planned_values": {"root_module": {}}, "configuration": {"root_module": {}}}
`)).Files)
	for source, want := range map[string][]string{
		dir: {"main.tf:1 A1 covers 2-2: x", "error main.tf:3 it has no reason" + wantedForm},
		"":  nil,
	} {
		var s Scanner
		err := s.ScanPlan(context.Background(), compliance.Target{Address: filepath.Join(dir, "plan.json")}, source, nil, func(d *compliance.Document) {
			var faults []compliance.Diagnostic
			for _, x := range d.Diagnostics {
				if strings.HasPrefix(x.Message, waiverFault) {
					faults = append(faults, x)
				}
			}
			if got := written(d.Waivers, faults); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzInline: whatever the bytes, what is taken has a reason, a control and a day
// that is one, stands in a comment, and covers lines of the file that follow it or
// hold it.
func FuzzInline(f *testing.F) {
	for _, text := range []string{
		"# merlon:ignore A1 until=2027-03-01 reason=\"x\"\nlocals {\n  a = [1, # merlon:ignore A2, A3 reason=y\n  2]\n}\n",
		"/*\n * merlon:ignore A1 reason=x owner=me\n */ locals {\n  a = \"# merlon:ignore A1 reason=x\"\n  b = <<EOT\n// merlon:ignore A1 reason=x\nEOT\n}\n",
		"locals {\n  a = \"${b /* merlon:ignore A1 reason=x */}\" # merlon:ignore A2 reason=\"\\\"\n}\n",
		"a {}\n# merlon:ignore\n# merlon:ignore x=\n/* merlon:ignore A */ b {",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		body, diags := guardedParse(src, "m.tf")
		if diags.HasErrors() {
			body.Blocks, body.Attributes = nil, nil
		}
		lines := strings.Count(string(src), "\n") + 1
		found, faults := inlineWaivers(src, "m.tf", body, diags.HasErrors())
		for _, w := range found {
			if strings.TrimSpace(w.Reason) == "" || w.Control == "" || w.Covers.Line < 1 || w.Covers.EndLine < w.Covers.Line || w.Covers.EndLine > lines || w.Source.Line > w.Covers.EndLine {
				t.Errorf("taken: %+v", w)
			}
			if _, err := compliance.ParseDay(w.Until); w.Until != "" && err != nil {
				t.Error(err)
			}
			if text := strings.Split(string(src), "\n")[w.Source.Line-1]; !strings.Contains(text, waiverMark) {
				t.Errorf("line %d holds no waiver: %q", w.Source.Line, text)
			}
		}
		for _, d := range faults {
			if d.Level != compliance.LevelError || strings.Contains(d.Message, "defect") {
				t.Errorf("%+v", d)
			}
		}
	})
}
