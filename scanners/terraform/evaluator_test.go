package terraform

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"golang.org/x/tools/txtar"

	"merlon/compliance"
)

// laterText stands in an answer for what is not known before apply.
const laterText = "(known after apply)"

// An answer is what a tree evaluates to: the root module's outputs, and the input
// of each terraform_data by address.
type answer struct {
	Outputs map[string]any `json:"outputs,omitempty"`
	Inputs  map[string]any `json:"inputs,omitempty"`
}

// Each case is a small tree with one feature of the language, and what `tofu plan`
// answers. With MERLON_TOFU=path/to/tofu the binary is asked anew (any Terraform
// or OpenTofu with the built-in terraform_data serves), and with -update its answers
// are recorded. Where Merlon's answer is another one, "differs" says which and why.
func TestEvaluator(t *testing.T) {
	files, err := filepath.Glob("../../testdata/terraform/evaluator/*.txtar")
	if err != nil || len(files) < 150 {
		t.Fatalf("only %d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := parseEvaluatorCase(t, archive)
			dir := writeTree(t, c.tree)
			if tofu := os.Getenv("MERLON_TOFU"); tofu != "" {
				asked := askTofu(t, tofu, dir, c.args)
				if *update {
					record(t, file, archive, asked)
					c.want = asked
				}
				compareAnswers(t, "tofu", c.want, asked, nil)
			}
			compareAnswers(t, "merlon", c.want, ourAnswer(t, dir, c.args), c.differs)
		})
	}
}

type evaluatorCase struct {
	tree    []txtar.File
	args    []string
	want    answer
	differs map[string]any // by "outputs.x" or "inputs.x"
}

func parseEvaluatorCase(t *testing.T, archive *txtar.Archive) (c evaluatorCase) {
	for _, f := range archive.Files {
		switch f.Name {
		case "args":
			c.args = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		case "answer":
			decode(t, f.Data, &c.want)
		case "differs":
			lines := bytes.Split(f.Data, []byte("\n"))
			var rest [][]byte
			for _, l := range lines {
				if !bytes.HasPrefix(l, []byte("#")) {
					rest = append(rest, l)
				}
			}
			decode(t, bytes.Join(rest, []byte("\n")), &c.differs)
		default:
			c.tree = append(c.tree, f)
		}
	}
	return c
}

func decode(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func record(t *testing.T, file string, archive *txtar.Archive, a answer) {
	t.Helper()
	data, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, '\n')
	last := len(archive.Files) - 1
	if archive.Files[last].Name != "answer" {
		archive.Files = append(archive.Files, txtar.File{Name: "answer"})
		last++
	}
	archive.Files[last].Data = data
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func compareAnswers(t *testing.T, who string, want, got answer, differs map[string]any) {
	t.Helper()
	compareValues(t, who, "outputs", want.Outputs, got.Outputs, differs)
	compareValues(t, who, "inputs", want.Inputs, got.Inputs, differs)
}

func compareValues(t *testing.T, who, kind string, want, got map[string]any, differs map[string]any) {
	t.Helper()
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s.%s is too many: %v", who, kind, name, inJSON(t, got[name]))
		}
	}
	for name, w := range want {
		g, ok := got[name]
		if d, other := differs[kind+"."+name]; other {
			if reflect.DeepEqual(d, w) {
				t.Errorf("%s.%s no longer differs", kind, name)
			}
			w = d
		}
		if !ok || !reflect.DeepEqual(w, g) {
			t.Errorf("%s: %s.%s = %s, want %s", who, kind, name, inJSON(t, g), inJSON(t, w))
		}
	}
}

func inJSON(t *testing.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// askTofu plans a copy of the tree.
func askTofu(t *testing.T, tofu, dir string, args []string) answer {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) []byte {
		cmd := exec.Command(tofu, args...)
		cmd.Dir = copied
		cmd.Env = append(os.Environ(), "TF_IN_AUTOMATION=1", "NO_COLOR=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s\n%s", args, err, out, &stderr)
		}
		return out
	}
	run("init", "-input=false")
	plan := []string{"plan", "-input=false", "-out=plan.out"}
	for _, a := range args {
		if name, ok := strings.CutPrefix(a, "workspace "); ok {
			run("workspace", "new", name)
			continue
		}
		plan = append(plan, a)
	}
	run(plan...)
	return answerOfPlan(t, run("show", "-json", "plan.out"))
}

func answerOfPlan(t *testing.T, data []byte) answer {
	t.Helper()
	type change struct {
		After        any `json:"after"`
		AfterUnknown any `json:"after_unknown"`
	}
	var p struct {
		Outputs   map[string]change `json:"output_changes"`
		Resources []struct {
			Address string `json:"address"`
			Type    string `json:"type"`
			Change  struct {
				After        map[string]any `json:"after"`
				AfterUnknown map[string]any `json:"after_unknown"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	decode(t, data, &p)
	a := answer{Outputs: map[string]any{}, Inputs: map[string]any{}}
	for name, o := range p.Outputs {
		a.Outputs[name] = withUnknowns(o.After, o.AfterUnknown)
	}
	for _, r := range p.Resources {
		if r.Type == "terraform_data" {
			a.Inputs[r.Address] = withUnknowns(r.Change.After["input"], r.Change.AfterUnknown["input"])
		}
	}
	return a
}

func withUnknowns(v, u any) any {
	switch u := u.(type) {
	case bool:
		if u {
			return laterText
		}
	case map[string]any:
		m, _ := v.(map[string]any)
		if m == nil {
			m = map[string]any{}
		}
		for k, e := range u {
			m[k] = withUnknowns(m[k], e)
		}
		if v != nil || hasTrue(u, 0) {
			return m
		}
	case []any:
		l, _ := v.([]any)
		for i, e := range u {
			if i >= len(l) {
				l = append(l, nil)
			}
			l[i] = withUnknowns(l[i], e)
		}
		if v != nil || hasTrue(u, 0) {
			return l
		}
	}
	return v
}

// ourAnswer evaluates the tree.
func ourAnswer(t *testing.T, dir string, args []string) answer {
	t.Helper()
	s := &Scanner{Vars: map[string]string{}}
	for _, a := range args {
		if v, ok := strings.CutPrefix(a, "-var="); ok {
			name, value, _ := strings.Cut(v, "=")
			s.Vars[name] = value
		} else if file, ok := strings.CutPrefix(a, "-var-file="); ok {
			s.VarFiles = append(s.VarFiles, filepath.Join(dir, file))
		} else if name, ok := strings.CutPrefix(a, "workspace "); ok {
			s.Workspace = name
		}
	}
	tr, rel, err := openTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.close()
	scan, err := s.begin(tr, compliance.Target{Address: dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	held := scan.module(rel)
	scan.linkAll(held.mod, map[*module]bool{})
	doc := compliance.NewDocument(compliance.Target{})
	e := scan.evaluation(context.Background(), rootModule{dir: rel, held: held}, doc)
	e.run(rel, scan.given, nil)
	for _, d := range doc.Diagnostics {
		t.Errorf("%s: %s", d.Level, d.Message)
	}
	a := answer{Outputs: map[string]any{}, Inputs: map[string]any{}}
	for name := range e.root.mod.outputs {
		a.Outputs[name] = plainValue(t, e, e.root.attribute(e, name))
	}
	inputs(t, e, e.root, a.Inputs)
	return a
}

func inputs(t *testing.T, e *evaluation, in *instance, out map[string]any) {
	t.Helper()
	for key, b := range in.mod.resources {
		if b.Labels[0] != "terraform_data" {
			continue
		}
		for _, r := range in.resourceOf(e, key).items {
			out[r.address] = nil
			if r.sets("input") {
				out[r.address] = plainValue(t, e, r.raw(e, "input"))
			}
		}
	}
	for name := range in.mod.calls {
		for _, child := range in.moduleOf(e, name).items {
			if child.mod != nil {
				inputs(t, e, child, out)
			}
		}
	}
}

// plainValue writes a value as a plan does.
func plainValue(t *testing.T, e *evaluation, v cty.Value) any {
	t.Helper()
	if in, ok := lazyOf(v).(*instance); ok {
		out := map[string]any{}
		for name := range in.mod.outputs {
			out[name] = plainValue(t, e, in.attribute(e, name))
		}
		return out
	}
	if p := markOf[*partial](v); p != nil && !p.encoded && p.value != cty.NilVal {
		return laterText
	}
	raw, _ := v.Unmark()
	if !raw.IsKnown() {
		return laterText
	}
	if raw.IsNull() {
		return nil
	}
	switch ty := raw.Type(); {
	case ty.IsObjectType() || ty.IsMapType():
		out := map[string]any{}
		for it := raw.ElementIterator(); it.Next(); {
			k, item := it.Element()
			out[k.AsString()] = plainValue(t, e, item)
		}
		return out
	case raw.CanIterateElements():
		out := []any{}
		for it := raw.ElementIterator(); it.Next(); {
			_, item := it.Element()
			out = append(out, plainValue(t, e, item))
		}
		return out
	}
	data, err := ctyjson.Marshal(raw, raw.Type())
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	decode(t, data, &plain)
	return plain
}
