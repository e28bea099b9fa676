package terraform

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"merlon/compliance"
)

// scanWith scans a tree, written as a txtar archive, with the scanner's options.
func scanWith(t *testing.T, s *Scanner, text string) map[string]*compliance.Document {
	t.Helper()
	docs := map[string]*compliance.Document{}
	var mu sync.Mutex
	dir := writeTree(t, txtar.Parse([]byte(text)).Files)
	for i, f := range s.VarFiles {
		s.VarFiles[i] = filepath.Join(dir, f)
	}
	err := s.Scan(context.Background(), compliance.Target{Address: dir}, nil, func(d *compliance.Document) {
		mu.Lock()
		defer mu.Unlock()
		docs[d.Target.Name] = d
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

const variables = `
-- main.tf --
variable "text" {
  type    = string
  default = "default"
}
variable "free" {}
variable "list" { type = list(number) }
variable "any" { type = any }
variable "auto" {}
variable "file" {}
variable "broken" { type = map(string) }
resource "a_b" "x" {
  text   = var.text
  free   = var.free
  list   = var.list
  any    = var.any
  auto   = var.auto
  file   = var.file
  broken = var.broken
  space  = terraform.workspace
}
-- a.auto.tfvars --
auto = "from auto"
file = "from auto"
text = "from auto"
-- env/one.tfvars --
file = "from one"
text = "from one"
other = 1
-- env/two.tfvars.json --
{"file": "from two"}
`

// As `tofu plan -var-file env/one.tfvars -var-file env/two.tfvars.json -var ...` has it.
func TestVariablesGiven(t *testing.T) {
	d := scanWith(t, &Scanner{
		VarFiles:  []string{"env/one.tfvars", "env/two.tfvars.json"},
		Vars:      map[string]string{"text": `["a"]`, "free": "[1]", "list": "[1, 2]", "any": `{a = "b"}`, "broken": "{", "nowhere": "1"},
		Workspace: "prod",
	}, variables)["."]
	got := dump(d)
	for _, want := range []string{
		`a_b.x/text = "[\"a\"]"  @main.tf:12 < :0`,
		`a_b.x/free = "[1]"`,
		`a_b.x/list/0 = 1`,
		`a_b.x/any/a = "b"`,
		`a_b.x/auto = "from auto"  @main.tf:16 < a.auto.tfvars:1`,
		`a_b.x/file = "from two"  @main.tf:17 < env/two.tfvars.json:1`,
		`a_b.x/space = "prod"`,
		`unknown unread a_b/a_b.x/broken`,
		`error: --var broken: its value is no expression`,
		`warning: no root module declares these variables, for which values were given: other, nowhere`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if s, _ := d.Source(compliance.Path{"a_b", "a_b.x", "text"}); len(s.Via) != 1 || s.Via[0].Command != "--var text" {
		t.Errorf("the source of text is %v", s)
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestVarFileErrors(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.tfvars")
	if err := os.WriteFile(bad, []byte("a = \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"/dev/zero": "no regular file", filepath.Join(dir, "none.tfvars"): "cannot be read", bad: "line 1"} {
		s := Scanner{VarFiles: []string{file}}
		err := s.Scan(context.Background(), compliance.Target{Address: "../../testdata/terraform/sample"}, nil, func(*compliance.Document) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestExclude(t *testing.T) {
	docs := scanWith(t, &Scanner{Exclude: []string{"examples/", "!/live/examples", "skip*.tf"}}, `
-- .merlonignore --
# comment
/old
-- live/main.tf --
module "m" { source = "../old/m" }
resource "a_b" "x" {}
-- live/skipped.tf --
resource "a_b" "skipped" {}
-- live/examples/main.tf --
resource "a_b" "kept" {}
-- lib/examples/deep/main.tf --
resource "a_b" "left" {}
-- lib/examples/notes.md --
no configuration
-- old/m/main.tf --
resource "a_b" "called" {}
-- old/other/main.tf --
resource "a_b" "left" {}
-- .hidden/main.tf --
resource "a_b" "hidden" {}
-- .terraform/modules/x/main.tf --
resource "a_b" "cached" {}
`)
	var all strings.Builder
	for _, name := range sortedKeys(docs) {
		all.WriteString(dump(docs[name]))
	}
	want := `== live
fact a_b/a_b.x = {}  @live/main.tf:2
fact a_b/module.m.a_b.called = {}  @old/m/main.tf:1 < live/main.tf:1
fact modules/module.m  @live/main.tf:1
fact modules/module.m/source = "../old/m"
warning: left out, as .merlonignore or --exclude asks: lib/examples, live/skipped.tf, old
warning: left out, since their names begin with a dot: .hidden; scan them by themselves
== live/examples
fact a_b/a_b.kept = {}  @live/examples/main.tf:1
`
	if all.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", &all, want)
	}
}

// A broken ignore file hides nothing.
func TestBrokenIgnore(t *testing.T) {
	for name, text := range map[string]string{"malformed": "[a\nmain.tf", "long": strings.Repeat("x\n", 2000), "large": strings.Repeat("x", 100_000)} {
		d := scanWith(t, new(Scanner), "-- .merlonignore --\n"+text+"\n-- main.tf --\nresource \"a_b\" \"x\" {}\n")["."]
		if _, ok := d.Value(compliance.Path{"a_b", "a_b.x"}); !ok || !strings.Contains(dump(d), ".merlonignore has no effect") {
			t.Errorf("%s: %s", name, dump(d))
		}
	}
	s := Scanner{Exclude: []string{"*"}}
	err := s.Scan(context.Background(), compliance.Target{Address: "../../testdata/terraform/sample"}, nil, func(*compliance.Document) {})
	if err == nil || !strings.Contains(err.Error(), "are left out") {
		t.Error(err)
	}
}

// Git itself says what its patterns match.
func TestIgnoreLikeGit(t *testing.T) {
	names := []string{
		"a.tf", "b.tf", "x/a.tf", "x/y/a.tf", "x/y/z/b.tf", "examples/a.tf", "x/examples/a.tf", "examples.tf", "x{1}/a.tf", "x1/a.tf",
		"#a.tf", "!a.tf", "a b.tf", "a /c.tf", "foo/bar/a.tf", "bar/foo/a.tf", "[a].tf", "x/éa.tf",
	}
	sets := [][]string{
		{"examples"}, {"examples/"}, {"/examples"}, {"x/examples"}, {"*.tf", "!b.tf"}, {"/*.tf"}, {"x/*"}, {"x/*", "!x/y"}, {"x/**"},
		{"**/y"}, {"x/**/b.tf"}, {"x/", "!x/y/a.tf"}, {"x{1}"}, {"x[0-9]"}, {"x[!0-9]*"}, {`\#a.tf`}, {`\!a.tf`}, {"# comment", ""},
		{"a b.tf "}, {`a\ `}, {"?.tf"}, {"foo/bar"}, {"foo", "!foo/bar/"}, {`\[a\].tf`}, {"éa.tf"}, {"*"}, {"*", "!*/", "!a.tf"}, {"/"}, {"**"},
	}
	dir := t.TempDir()
	git := func(in string, args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "core.excludesFile=/dev/null", "-c", "core.quotePath=false"}, args...)...)
		cmd.Stdin = strings.NewReader(in)
		out, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
			t.Fatal(err)
		}
		return string(out)
	}
	git("", "init", "-q")
	for _, name := range names {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, set := range sets {
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(strings.Join(set, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		ignored := strings.Split(git(strings.Join(names, "\x00"), "check-ignore", "--stdin", "-z"), "\x00")
		g, err := parseIgnore(set)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			want := false
			for _, i := range ignored {
				want = want || i == name
			}
			if got := g.match(name, false); got != want {
				t.Errorf("%q on %q: %v, git says %v", set, name, got, want)
			}
		}
	}
	if _, err := parseIgnore([]string{"[a"}); err == nil {
		t.Error("a malformed pattern was taken")
	}
}
