package fixes

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"merlon/compliance"
)

func TestLeft(t *testing.T) {
	text := `resource "t" "a" {
  variable = var.on
  local    = "${local.prefix}-x"
  merged   = merge({ a = 1 }, var.tags)
  right    = true
  list     = [var.x, { on = false }]

  dynamic "made" {
    for_each = [1]
    content {}
  }
  odd { a = [
  1] }
}
locals {
  x = 1
}
`
	add := &compliance.Recipe{Add: "odd {\n}\n"}
	tests := []struct {
		path, want string
		recipe     *compliance.Recipe
		reason     string
	}{
		{"t.a/variable", "true", want, "its value comes through var.on"},
		{"t.a/local", "x", want, "its value comes through local.prefix"},
		{"t.a/merged/b", "x", want, "its value comes through var.tags"},
		{"t.a/right", "true", want, "it has the wanted value where it is written"},
		{"t.a/list/0/on", "true", want, "its value comes through var.x"},
		{"t.a/list/1/on", "true", want, "its value comes through var.x"},
		{"t.a/made/0/on", "true", want, "the block made comes from a dynamic block"},
		{"t.a/odd/0/b", "true", want, errLayout.Error()},
		{"t.a/none/1/b", "true", want, "there is no block none to set it in"},
		{"t.a/none/0/b/0/c", "true", want, "there is no block none to set it in"},
		{"t.a/right", "the addresses that need access", want, "a person must decide"},
		{"t.a/list/0", "true", want, "a person must decide"},
		{"t.a", "true", want, "a person must decide"},
		{"t.a/right", "true", nil, "no fix is known for this control"},
		{"t.a", "", add, "a block odd is there already"},
		{"t.other/right", "true", want, "it lies in a module that is not part of the repository"},
	}
	for _, tt := range tests {
		p := repository(t, text).Plan([]*compliance.Finding{at(1, tt.want, tt.recipe, tt.path)})
		if len(p.Left) != 1 || p.Left[0].Reason != tt.reason || len(p.Files) != 0 {
			t.Errorf("%s: left %v and changed %d files, want it left since %s", tt.path, p.Left, len(p.Files), tt.reason)
		}
	}
}

func TestLeftByFile(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "out.tf")
	text := "resource \"t\" \"a\" {\n  on = false\n}\n"
	for _, name := range []string{outside, filepath.Join(dir, "override.tf"), filepath.Join(dir, "x_override.tf"), filepath.Join(dir, "x.tf.json"), filepath.Join(dir, ".terraform/modules/x/main.tf")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"out.tf": outside, "in.tf": "override.tf"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "large.tf"), append([]byte(text), make([]byte, maxFile)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("mkfifo", filepath.Join(dir, "pipe.tf")).Run(); err != nil {
		t.Fatal(err)
	}
	r := opened(t, dir)
	for file, reason := range map[string]string{
		"override.tf": "override file", "x_override.tf": "override file", "x.tf.json": "JSON", ".terraform/modules/x/main.tf": "not part of the repository",
		"out.tf": "is a link", "in.tf": "is a link", "../out.tf": "outside", "/etc/passwd": "outside", "gone.tf": "cannot be read", "large.tf": "too large", "pipe.tf": "no regular file",
	} {
		f := at(2, "true", want, "t.a/on")
		f.Source.File = file
		p := r.Plan([]*compliance.Finding{f})
		if len(p.Left) != 1 || !strings.Contains(p.Left[0].Reason, reason) {
			t.Errorf("%s: %v, want %s", file, p.Left, reason)
		}
	}
}

func TestConflict(t *testing.T) {
	text := "resource \"t\" \"a\" {\n  mode = 1\n}\n"
	p := repository(t, text).Plan([]*compliance.Finding{at(2, "2", want, "t.a/mode"), at(2, "3", want, "t.a/mode")})
	if len(p.Mended) != 1 || len(p.Left) != 1 || p.Left[0].Reason != "the fix of another finding sets it to 2" {
		t.Errorf("mended %d, left %v", len(p.Mended), p.Left)
	}
}

func TestOneBeside(t *testing.T) {
	add := func(text string) *compliance.Recipe {
		return &compliance.Recipe{Add: "resource \"u\" \"self\" {\n  of = self.id\n" + text + "}\n"}
	}
	text := "resource \"t\" \"a\" {\n}\n"
	p := repository(t, text).Plan([]*compliance.Finding{at(1, "", add(""), "t.a"), at(1, "", add(""), "t.a"), at(1, "", add("  x = 1\n"), "t.a")})
	if len(p.Mended) != 2 || len(p.Left) != 1 || p.Left[0].Reason != "the fix of another finding adds a u" {
		t.Errorf("mended %d, left %v", len(p.Mended), p.Left)
	}
}

// TestGroupOrNothing: attributes that belong together are set together or not at all.
func TestGroupOrNothing(t *testing.T) {
	text := "resource \"t\" \"a\" {\n  b = var.b\n}\n"
	f := at(1, "", &compliance.Recipe{Set: map[string]any{"a": true, "b": true}}, "t.a/a")
	p := repository(t, text).Plan([]*compliance.Finding{f})
	if len(p.Left) != 1 || len(p.Files) != 0 {
		t.Errorf("left %v, changed %d files", p.Left, len(p.Files))
	}
}

// large has findings far apart, at the beginning and at the end.
const large = "resource \"t\" \"a\" {}\n\n# ä comment\n\n\n\n\n\n\n\nresource \"t\" \"b\" {\n  on = false # why\n  x  = \"ä\"\n}\n\n\n\nresource \"t\" \"c\" {\n  x = 1\n}"

func findingsInLarge() []*compliance.Finding {
	add := &compliance.Recipe{Add: "resource \"u\" \"self\" {\n  of = self.id\n}\n"}
	return []*compliance.Finding{
		at(1, "true", want, "t.a/on"), at(12, "true", want, "t.b/on"), at(13, "o", want, "t.b/x"), at(19, "2", want, "t.c/x"), at(18, "true", want, "t.c/y/0/z"), at(18, "", add, "t.c"),
	}
}

// TestGitApply: git makes of the file what the plan says.
func TestGitApply(t *testing.T) {
	for name, text := range map[string]string{
		"main.tf": large, "crlf.tf": strings.ReplaceAll(large, "\n", "\r\n"), "with space.tf": large + "\n", "päth \"quoted\".tf": large + "\n\n",
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		findings := findingsInLarge()
		for _, f := range findings {
			f.Source.File = name
		}
		p := opened(t, dir).Plan(findings)
		if len(p.Mended) != len(findings) {
			t.Fatalf("%s: %v is left", name, p.Left)
		}
		git := exec.Command("git", "apply", "-")
		git.Dir, git.Stdin = dir, strings.NewReader(p.Diff())
		git.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_CONFIG_GLOBAL=/dev/null")
		if out, err := git.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s\n%s", name, err, out, p.Diff())
		}
		if got, _ := os.ReadFile(file); string(got) != string(p.Files[0].New) {
			t.Errorf("%s: git made\n%s\nof it, not\n%s", name, got, p.Files[0].New)
		}
	}
}

// TestSuggest: the edits of a finding make of the file what its plan makes.
func TestSuggest(t *testing.T) {
	for _, text := range []string{large, large + "\n", strings.ReplaceAll(large, "\n", "\r\n")} {
		for i, f := range findingsInLarge() {
			r := repository(t, text)
			r.Suggest([]*compliance.Finding{f})
			p := r.Plan([]*compliance.Finding{f})
			if f.Fix == nil || f.Fix.Diff != p.Diff() {
				t.Fatalf("finding %d: %+v", i, f.Fix)
			}
			if got := edited(text, f.Fix.Edits); got != string(p.Files[0].New) {
				t.Errorf("finding %d: its edits %+v make\n%q, not\n%q", i, f.Fix.Edits, got, p.Files[0].New)
			}
		}
	}
}

// edited applies edits as a reader of a report does.
func edited(text string, edits []compliance.Edit) string {
	offset := func(line, column int) int {
		at := 0
		for range line - 1 {
			at += strings.IndexByte(text[at:], '\n') + 1
		}
		for range column - 1 {
			_, n := utf8.DecodeRuneInString(text[at:])
			at += n
		}
		return at
	}
	for _, e := range slices.Backward(edits) {
		from, to := offset(e.Line, e.Column), offset(e.EndLine, e.EndColumn)
		text = text[:from] + e.Text + text[to:]
	}
	return text
}

// TestSuggestHidesSecrets: a report shows no line of a secret, neither around a
// change nor because it had to be aligned.
func TestSuggestHidesSecrets(t *testing.T) {
	near := at(2, "false", want, "t.a/public")
	r := repository(t, "resource \"t\" \"a\" {\n  public   = true\n  password = \"hunter2\"\n}\n")
	if r.Suggest([]*compliance.Finding{near}); near.Fix == nil || len(near.Fix.Edits) != 1 || strings.Contains(fmt.Sprint(*near.Fix), "hunter2") {
		t.Errorf("near a secret: %+v", near.Fix)
	}
	moved := at(2, "longer", want, "t.a/on")
	r = repository(t, "resource \"t\" \"a\" {\n  on       = false     # a\n  password = \"hunter2\" # b\n}\n")
	if r.Suggest([]*compliance.Finding{moved}); moved.Fix != nil && strings.Contains(fmt.Sprint(*moved.Fix), "hunter2") {
		t.Errorf("beside a secret: %+v", moved.Fix)
	}
	for name, text := range map[string]string{
		"in an object":           "resource \"t\" \"a\" {\n  public = true\n  tags   = { password = \"hunter2\" }\n}\n",
		"in an object, by colon": "resource \"t\" \"a\" {\n  public = true\n  tags   = { \"password\": \"hunter2\" }\n}\n",
		"in a list":              "locals {\n  l = { password = [\n    1,\n    2,\n    \"hunter2\"] }\n}\nresource \"t\" \"a\" {\n  public = true\n}\n",
		"the default":            "resource \"t\" \"a\" {\n  public = true\n}\n\nvariable \"password\" {\n  default = \"hunter2\"\n}\n",
		"the default above":      "variable \"password\" {\n  default = \"hunter2\"\n}\nresource \"t\" \"a\" {\n  public = true\n}\n",
		"in a script":            "resource \"t\" \"a\" {\n  data = <<E\nmysql -phunter2\nE\n  public = true\n}\n",
		"in a comment":           "resource \"t\" \"a\" {\n  # the password is hunter2\n  public = true\n}\n",
	} {
		before, _, _ := strings.Cut(text, "public")
		line := 1 + strings.Count(before, "\n")
		near := at(line, "false", want, "t.a/public")
		r := repository(t, text)
		if r.Suggest([]*compliance.Finding{near}); near.Fix == nil || len(near.Fix.Edits) != 1 || strings.Contains(fmt.Sprint(*near.Fix), "hunter2") {
			t.Errorf("%s: %+v", name, near.Fix)
		}
	}
	itself := at(2, "x", want, "t.a/password")
	itself.Sensitive = true
	if r.Suggest([]*compliance.Finding{itself}); itself.Fix != nil {
		t.Errorf("the secret itself: %+v", itself.Fix)
	}
}

func TestWrite(t *testing.T) {
	text := "resource \"t\" \"a\" {\n  on = false\n}\n"
	r := repository(t, text)
	p := r.Plan([]*compliance.Finding{at(2, "true", want, "t.a/on")})
	if err := r.Write(p); err != nil {
		t.Fatal(err)
	}
	got, err := fs.ReadFile(r.tree.root.FS(), "main.tf")
	info, _ := r.tree.root.Stat("main.tf")
	if err != nil || string(got) != strings.Replace(text, "false", "true", 1) || info.Mode().Perm() != 0o640 {
		t.Errorf("%q, %v, %v", got, info.Mode(), err)
	}
	if err := r.Write(p); err == nil || !strings.Contains(err.Error(), "main.tf has changed since it was scanned") {
		t.Errorf("a changed file: %v", err)
	}
	if names, _ := fs.Glob(r.tree.root.FS(), "*"); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestChanged(t *testing.T) {
	r := repository(t, "resource \"t\" \"a\" {\n  on = false\n}\n")
	p := r.Plan([]*compliance.Finding{at(2, "true", want, "t.a/on")})
	files := r.Changed(p)
	text, err := fs.ReadFile(files, "main.tf")
	info, _ := fs.Stat(files, "main.tf")
	if err != nil || !strings.Contains(string(text), "on = true") || info.Size() != int64(len(text)) {
		t.Errorf("%q, %v", text, err)
	}
	if !p.Changes("main.tf") || p.Changes("other.tf") {
		t.Error("what changes is not told right")
	}
	if names, err := fs.Glob(files, "*.tf"); err != nil || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
}

func TestNameOf(t *testing.T) {
	for address, name := range map[string]string{
		"t.a": "a", "module.m.t.a": "a", "t.a[0]": "a", `t.a["x"]`: "a", `t.a["x].y["]`: "a", `module.m["a.b"].t.a["c\"]"]`: "a", `t.a["?"]`: "a", "": "", "]": "]",
	} {
		if got := nameOf(address); got != name {
			t.Errorf("%s: %q", address, got)
		}
	}
}

func TestCompare(t *testing.T) {
	control := &compliance.Control{ID: "TST0001"}
	finding := func(state compliance.State, subject, path string) compliance.Finding {
		return compliance.Finding{Control: control, State: state, Subject: compliance.Path{"t", subject}, Path: strings.Split(path, "/"), Message: subject + " " + path}
	}
	fail, pass, unsure := compliance.Fail, compliance.Pass, compliance.Unsure
	before := []compliance.Finding{finding(fail, "a", "t/a/x/0/y"), finding(fail, "a", "t/a/x/1/y"), finding(fail, "b", "t/b/z"), finding(pass, "c", "t/c")}
	mended := []*compliance.Finding{&before[0]}
	tests := []struct {
		name     string
		after    []compliance.Finding
		stubborn int
		harm     string
	}{
		{"as it should be", []compliance.Finding{finding(fail, "a", "t/a/x/0/y"), finding(fail, "b", "t/b/z"), finding(pass, "c", "t/c")}, 0, ""},
		{"not mended", before, 1, ""},
		{"mended, and cannot be told", []compliance.Finding{finding(unsure, "a", "t/a/x")}, 1, ""},
		{"another fails", []compliance.Finding{finding(fail, "c", "t/c/x")}, 0, "TST0001 is new: c t/c/x"},
		{"another cannot be told", []compliance.Finding{finding(unsure, "c", "t/c/x")}, 0, "TST0001 can no longer be told of c: c t/c/x"},
		{"what was added fails", []compliance.Finding{finding(fail, "d", "t/d/x")}, 0, "TST0001 is new: d t/d/x"},
	}
	for _, tt := range tests {
		stubborn, harm := Compare(before, tt.after, mended)
		if len(stubborn) != tt.stubborn || strings.Join(harm, ";") != tt.harm {
			t.Errorf("%s: %d, %v", tt.name, len(stubborn), harm)
		}
	}
}
