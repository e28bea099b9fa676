package terraform

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"merlon/compliance"
)

var update = flag.Bool("update", false, "write what the cases yield into them")

// Each case is a tree and, as its last file, the whole of what a scan of it finds:
// facts with where they were read, unknowns with causes, references, diagnostics.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("../../testdata/terraform/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			last := len(archive.Files) - 1
			if last < 1 || archive.Files[last].Name != "want" {
				t.Fatal("the last file of a case is named want")
			}
			dir := writeTree(t, archive.Files[:last])
			docs := scanDir(t, dir, nil)
			var got strings.Builder
			for _, name := range sortedKeys(docs) {
				got.WriteString(dump(docs[name]))
			}
			if *update {
				archive.Files[last].Data = []byte(got.String())
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			compareLines(t, string(archive.Files[last].Data), got.String())
		})
	}
}

func compareLines(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, l := range w {
		if !slices.Contains(g, l) {
			t.Errorf("missing: %s", l)
		}
	}
	for _, l := range g {
		if !slices.Contains(w, l) {
			t.Errorf("not wanted: %s", l)
		}
	}
	if len(w) != len(g) {
		t.Errorf("%d lines instead of %d", len(g), len(w))
	}
}

// writeTree writes files into a directory that is a repository's base.
func writeTree(t testing.TB, files []txtar.File) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	putTree(t, dir, files)
	return dir
}

// putTree writes files beneath a directory.
func putTree(t testing.TB, dir string, files []txtar.File) {
	t.Helper()
	for _, f := range files {
		p := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// scanText scans a tree written as a txtar archive and returns its only document.
func scanText(t testing.TB, text string, sections ...string) *compliance.Document {
	t.Helper()
	docs := scanDir(t, writeTree(t, txtar.Parse([]byte(text)).Files), sections)
	if len(docs) != 1 {
		t.Fatalf("%d documents", len(docs))
	}
	for _, d := range docs {
		return d
	}
	return nil
}

// dump writes a document a line a fact.
func dump(d *compliance.Document) string {
	var out strings.Builder
	fmt.Fprintf(&out, "== %s\n", d.Target.Name)
	var lines []string
	var walk func(p compliance.Path, v any)
	walk = func(p compliance.Path, v any) {
		line := "fact " + p.String()
		at, n := d.Source(p)
		switch x := v.(type) {
		case map[string]any:
			switch {
			case len(x) == 0:
				lines = append(lines, line+" = {}"+atText(at, n == len(p)))
			case n == len(p) && len(p) <= 2+btoi(p[0] == "data"):
				lines = append(lines, line+atText(at, true))
			case n == len(p) && !at.IsZero():
				lines = append(lines, "at "+p.String()+atText(at, true))
			}
			for k, e := range x {
				walk(p.Append(k), e)
			}
		case []any:
			if len(x) == 0 || p[0] == "references" || p[0] == "referrers" {
				b, _ := json.Marshal(x)
				lines = append(lines, line+" = "+string(b)+atText(at, n == len(p)))
				return
			}
			if n == len(p) && !at.IsZero() {
				lines = append(lines, "at "+p.String()+atText(at, true))
			}
			for i, e := range x {
				walk(p.Append(strconv.Itoa(i)), e)
			}
		default:
			b, _ := json.Marshal(x)
			lines = append(lines, line+" = "+string(b)+atText(at, n == len(p)))
		}
		if d.Sensitive(p) && len(p) > 2 {
			if _, isMap := v.(map[string]any); !isMap {
				lines = append(lines, "sensitive "+p.String())
			}
		}
	}
	for section, v := range d.Facts() {
		walk(compliance.Path{section}, v)
	}
	for _, u := range d.Unknowns() {
		var traits string
		if u.Maybe {
			traits += " maybe"
		}
		if !u.Deferred {
			traits += " unread"
		}
		lines = append(lines, fmt.Sprintf("unknown%s %s: %s%s", traits, u.Path, u.Cause, atText(u.Source, true)))
	}
	sort.Strings(lines)
	for _, g := range d.Diagnostics {
		lines = append(lines, fmt.Sprintf("%s: %s%s", g.Level, g.Message, atText(g.Source, true)))
	}
	for _, l := range lines {
		out.WriteString(l + "\n")
	}
	return out.String()
}

// atText writes a source; one that is inherited from above is left out.
func atText(s compliance.Source, own bool) string {
	if !own || s.IsZero() {
		return ""
	}
	text := "  @" + s.File + ":" + strconv.Itoa(s.Line)
	if s.EndLine > s.Line {
		text += "-" + strconv.Itoa(s.EndLine)
	}
	for _, v := range s.Via {
		text += " < " + v.File + ":" + strconv.Itoa(v.Line)
	}
	return text
}
