package terraform

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"merlon/compliance"
)

// A version is a tree by its files' names; what begins with "-> " is a link.
type version map[string]string

// write puts the version on disk.
func (v version) write(t testing.TB) string {
	t.Helper()
	dir := writeTree(t, nil)
	for name, text := range v {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		err := error(nil)
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(target, p)
		} else {
			err = os.WriteFile(p, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A plainRevision knows no ReadLink: what a link holds is its target.
type plainRevision struct{ files fstest.MapFS }

func (r plainRevision) Open(name string) (fs.File, error) {
	if f := r.files[name]; f != nil && f.Mode&fs.ModeSymlink != 0 {
		return fstest.MapFS{"link": &fstest.MapFile{Data: f.Data}}.Open("link")
	}
	return r.files.Open(name)
}

func (r plainRevision) ReadDir(name string) ([]fs.DirEntry, error) { return r.files.ReadDir(name) }

func (r plainRevision) Stat(name string) (fs.FileInfo, error) { return r.files.Lstat(name) }

// files is the version as a revision in git has it.
func (v version) files() fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range v {
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			out[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink}
		} else {
			out[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return out
}

// scanInto scans with s, and returns the documents by name.
func scanInto(t testing.TB, scan func(found func(*compliance.Document)) error) map[string]*compliance.Document {
	t.Helper()
	docs := map[string]*compliance.Document{}
	var mu sync.Mutex
	if err := scan(func(d *compliance.Document) {
		mu.Lock()
		defer mu.Unlock()
		docs[d.Target.Name] = d
	}); err != nil && !strings.Contains(err.Error(), "no Terraform files") && !strings.Contains(err.Error(), "are left out") {
		t.Fatal(err)
	}
	return docs
}

// viewOfBase scans head, then base against it, and returns what base is by that.
func viewOfBase(t testing.TB, head, base version, varFiles ...string) (map[string]*compliance.Document, Roots) {
	t.Helper()
	dir := head.write(t)
	s := &Scanner{VarFiles: within(dir, varFiles)}
	target := compliance.Target{Address: dir}
	docs := scanInto(t, func(found func(*compliance.Document)) error {
		return s.Scan(context.Background(), target, nil, found)
	})
	var revision fs.FS = base.files()
	if len(head)%2 == 0 {
		revision = plainRevision{base.files()}
	}
	var roots Roots
	view := scanInto(t, func(found func(*compliance.Document)) (err error) {
		roots, err = s.ScanBase(context.Background(), target, revision, func(name string) bool {
			a, inHead := head[name]
			b, inBase := base[name]
			return inHead != inBase || a != b
		}, nil, found)
		return err
	})
	if got := slices.Sorted(slices.Values(roots.Judged)); !slices.Equal(got, sortedKeys(view)) {
		t.Errorf("judged %v, and found %v", roots.Judged, sortedKeys(view))
	}
	for _, name := range roots.Same {
		view[name] = docs[name]
	}
	for _, name := range roots.Added {
		if docs[name] == nil || view[name] != nil {
			t.Errorf("%s is no new root module", name)
		}
	}
	for _, name := range roots.Removed {
		if docs[name] != nil || view[name] == nil {
			t.Errorf("%s was not removed", name)
		}
	}
	return view, roots
}

// withoutTree drops diagnostics of the scan as a whole, which stand in any document.
func withoutTree(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "warning: left out") || strings.Contains(l, ".merlonignore has no effect") || strings.HasPrefix(l, "warning: no root module declares")
	}), "\n")
}

// generator makes files whose names and contents lead to one another.
type generator struct{ *rand.Rand }

var generatedDirs = []string{"live/a", "live/b", "live/c", "mod/m0", "mod/m1", "mod/m2", "mod/m3"}

func (g generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// file returns a name and something that may stand under it.
func (g generator) file() (name, text string) {
	dir := g.pick(generatedDirs...)
	switch g.IntN(16) {
	case 0:
		return dir + "/" + g.pick("terraform.tfvars", "x.auto.tfvars", "terraform.tfvars.json.bak"), fmt.Sprintf("v = \"%d\"\n", g.IntN(3))
	case 1:
		return dir + "/x.auto.tfvars.json", fmt.Sprintf(`{"v": "%d"}`, g.IntN(3))
	case 2:
		return dir + "/" + g.pick("data.txt", "files/a.txt", "files/b.txt", "files/deep/c.txt", "flag", "README.md"), fmt.Sprint(g.IntN(3))
	case 3:
		return dir + "/t.tpl", fmt.Sprintf("${v}-%d", g.IntN(3))
	case 4:
		return dir + "/override.tf", fmt.Sprintf("resource \"a_b\" \"r\" {\n  o = %d\n}\n", g.IntN(3))
	case 5:
		return ".merlonignore", g.pick("live/c/\n", "*_skip.tf\n", "mod/m1\n", "[\n")
	case 6:
		return dir + "/x_skip.tf", fmt.Sprintf("resource \"a_b\" \"s\" {\n  n = %d\n}\n", g.IntN(3))
	case 7:
		return dir + "/" + g.pick("linked.tf", "data.txt"), g.pick("-> ../../common/l.tf", "-> ../../common/k.tf", "-> ../../common/none", "-> ../../../outside", "-> linked.tf")
	case 8:
		return "mod/link", g.pick("-> m0", "-> m1", "-> ../common", "-> /etc")
	case 9:
		return "common/l.tf", fmt.Sprintf("resource \"a_b\" \"l\" {\n  n = %d\n}\n", g.IntN(3))
	case 10:
		return dir + "/main.tofu", fmt.Sprintf("resource \"a_b\" \"r\" {\n  t = %d\n}\n", g.IntN(3))
	case 11:
		return dir + "/broken.tf", g.pick("resource \"a_b\" {", "locals {\n  x = 1\n}\n", "module \"b\" {\n  source = \"../m3\"\n}\nlocals {")
	case 12:
		return dir + "/more.tf.json", g.pick(`{"module": {"j": {"source": "../m2"}}}`, `{"m\u006fdule": {"j": {"source": "../../mod/m2"}}}`, `{"resource": {"a_b": {"j": {"n": 1}}}}`)
	case 13:
		return "env.tfvars", fmt.Sprintf("v = \"env%d\"\n", g.IntN(2))
	}
	return dir + "/main.tf", g.config()
}

func (g generator) config() string {
	var out strings.Builder
	out.WriteString("variable \"v\" {\n  default = \"none\"\n}\n")
	for i := range g.IntN(3) {
		fmt.Fprintf(&out, "module \"m%d\" {\n  source = %q\n  v      = var.v\n}\n", i, g.pick("../../mod/m0", "../../mod/m1", "../m1", "../m2", "../../mod/link", "../../mod/link", "../../live/b", "../nowhere", "./sub", "registry/x"))
	}
	out.WriteString("resource \"a_b\" \"r\" {\n  v = var.v\n")
	for i := range g.IntN(3) {
		fmt.Fprintf(&out, "  e%d = %s\n", i, g.pick(`file("${path.module}/data.txt")`, `fileset(path.module, "files/*.txt")`, `fileset("${path.module}/files", "**")`, `fileexists("${path.module}/flag")`,
			`templatefile("${path.module}/t.tpl", { v = var.v })`, `try(file("flag"), "no flag")`, `filemd5("../../env.tfvars")`, `length(fileset("..", "*/flag"))`))
	}
	return out.String() + "}\n"
}

// What ScanBase gives, with what Scan gave for the root modules that are the same,
// is what a scan of the base alone gives.
func TestScanBase(t *testing.T) {
	t.Parallel()
	judged, same, added, removed := 0, 0, 0, 0
	for seed := range uint64(150) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		base := version{
			"live/a/main.tf": g.config(), "mod/m0/main.tf": g.config(), "mod/m1/main.tf": g.config(),
			"common/l.tf": "resource \"a_b\" \"l\" {\n  n = 9\n}\n", "common/k.tf": "resource \"a_b\" \"k\" {}\n",
		}
		for range 10 + g.IntN(30) {
			name, text := g.file()
			base[name] = text
		}
		head := version{}
		for name, text := range base {
			head[name] = text
		}
		if links := linksIn(head); len(links) > 0 && seed%3 == 0 {
			name := g.pick(links...)
			head[name] = g.pick("-> ../mod/m0", "-> ../../common/l.tf", "-> ../../common/k.tf", "-> m1", "-> m0")
		}
		for range 1 + g.IntN(3) {
			if name, text := g.file(); g.IntN(3) > 0 {
				head[name] = text
			} else if names := sortedKeys(head); len(names) > 1 {
				delete(head, names[g.IntN(len(names))])
			}
		}
		if !usable(head) || !usable(base) {
			continue
		}
		var varFiles []string
		if head["env.tfvars"] != "" && base["env.tfvars"] != "" && seed%4 == 0 {
			varFiles = []string{"env.tfvars"}
		}
		view, roots := viewOfBase(t, head, base, varFiles...)
		dir := base.write(t)
		s := Scanner{VarFiles: within(dir, varFiles)}
		want := scanInto(t, func(found func(*compliance.Document)) error {
			return s.Scan(context.Background(), compliance.Target{Address: dir}, nil, found)
		})
		if got, want := sortedKeys(view), sortedKeys(want); !slices.Equal(got, want) {
			t.Fatalf("seed %d: the roots are %v, not %v", seed, got, want)
		}
		for name, d := range want {
			if g, w := withoutTree(dump(view[name])), withoutTree(dump(d)); g != w {
				t.Fatalf("seed %d: %s (same: %v):\n%s\nand not\n%s", seed, name, slices.Contains(roots.Same, name), g, w)
			}
		}
		judged, same, added, removed = judged+len(roots.Judged), same+len(roots.Same), added+len(roots.Added), removed+len(roots.Removed)
	}
	t.Logf("%d root modules judged, %d the same, %d added, %d removed", judged, same, added, removed)
	if judged < 100 || same < 200 || added < 5 || removed < 5 {
		t.Error("the edits do not cover all that can happen")
	}
}

func within(dir string, files []string) (out []string) {
	for _, f := range files {
		out = append(out, filepath.Join(dir, f))
	}
	return out
}

func linksIn(v version) []string {
	return slices.DeleteFunc(sortedKeys(v), func(name string) bool { return !strings.HasPrefix(v[name], "-> ") })
}

// usable tells whether a version can be on disk: no file is a directory too.
func usable(v version) bool {
	for name := range v {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, file := v[dir]; file {
				return false
			}
		}
	}
	return true
}

// A module that `terraform init` fetched belongs to the revision only where its
// call asks for the same in both.
func TestScanBaseFetched(t *testing.T) {
	head := version{
		"r/main.tf":                         "module \"m\" {\n  source  = \"registry/m\"\n  version = \"2.0\"\n}\nmodule \"n\" {\n  source  = \"registry/n\"\n  version = \"1.0\"\n}\n",
		"r/.terraform/modules/modules.json": `{"Modules": [{"Key": "m", "Source": "registry/m", "Dir": ".terraform/modules/m"}, {"Key": "n", "Source": "registry/n", "Dir": ".terraform/modules/n"}]}`,
		"r/.terraform/modules/m/main.tf":    "resource \"a_b\" \"x\" {}\n",
		"r/.terraform/modules/n/main.tf":    "resource \"a_b\" \"x\" {}\n",
	}
	base := version{"r/main.tf": strings.Replace(head["r/main.tf"], "2.0", "1.9", 1)}
	view, _ := viewOfBase(t, head, base)
	facts, _ := view["r"].Facts()["a_b"].(map[string]any)
	if got := sortedKeys(facts); !slices.Equal(got, []string{"module.n.a_b.x"}) {
		t.Errorf("the base has %v", got)
	}
	// Where the calls are the same, that no revision holds the modules changes nothing.
	if _, roots := viewOfBase(t, head, version{"r/main.tf": head["r/main.tf"]}); !slices.Equal(roots.Same, []string{"r"}) {
		t.Errorf("the same calls: %+v", roots)
	}
}

// A document names what it came from, and what was looked for in vain.
func TestReads(t *testing.T) {
	d := scanText(t, `-- r/main.tf --
module "m" { source = "../m" }
module "none" { source = "../none" }
resource "a_b" "x" {
  text = file("t.txt")
  no   = fileexists("no.txt")
  set  = fileset("files", "*.txt")
}
-- r/t.txt --
text
-- r/x.auto.tfvars --
-- r/files/a.txt --
-- m/main.tf --
resource "a_b" "y" { v = try(file("gone.txt"), "") }
-- README.md --
nobody reads this
`)
	want := []string{"m", "m/main.tf", "none", "r", "r/.terraform/modules/modules.json", "r/files", "r/gone.txt", "r/main.tf", "r/no.txt", "r/t.txt", "r/x.auto.tfvars"}
	if !slices.Equal(d.Reads, want) {
		t.Errorf("reads %v, not %v", d.Reads, want)
	}
}

// counted counts how often configuration is opened.
type counted struct {
	fs.FS
	mu     sync.Mutex
	opened map[string]int
}

func (c *counted) Open(name string) (fs.File, error) {
	if isConfig(path.Base(name)) {
		c.mu.Lock()
		c.opened[name]++
		c.mu.Unlock()
	}
	return c.FS.Open(name)
}

// What did not change is not read: of a repository of 4,005 files with one changed
// line, the module's file and what its root modules are made of.
func TestScanBaseCost(t *testing.T) {
	dir := t.TempDir()
	repository(t, dir)
	target := compliance.Target{Address: dir}
	const changed = "modules/group7/m507/main.tf"
	var s Scanner
	ignored := func(*compliance.Document) {}
	before := cpu(t)
	if err := s.Scan(context.Background(), target, nil, ignored); err != nil {
		t.Fatal(err)
	}
	one := cpu(t) - before
	base := &counted{FS: os.DirFS(dir), opened: map[string]int{}}
	before = cpu(t)
	roots, err := s.ScanBase(context.Background(), target, base, func(name string) bool { return name == changed }, nil, ignored)
	if err != nil {
		t.Fatal(err)
	}
	more := cpu(t) - before
	t.Logf("Scan %v, ScanBase %v more; judged %v, %d files opened", one, more, roots.Judged, len(base.opened))
	if len(roots.Judged) == 0 || len(roots.Judged) > 2 || len(roots.Same)+len(roots.Judged) != 60 {
		t.Errorf("judged %v", roots.Judged)
	}
	if most := len(roots.Judged) * (30*3 + 4); len(base.opened) > most {
		t.Errorf("%d files were opened, not %d", len(base.opened), most)
	}
	if more > one*3/10 {
		t.Errorf("it cost %v, more than 0.3 of %v", more, one)
	}
}
