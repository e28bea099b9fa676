package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
	"merlon/policies"
	"merlon/scanners/host"
)

var update = flag.Bool("update", false, "write the verdicts of recorded hosts anew")

// TestRecordedVerdicts: what the shipped controls say of hosts as distributions
// make them is what has been read over, line by line.
func TestRecordedVerdicts(t *testing.T) {
	set := hostControls(t)
	for name, recorded := range recordedHosts(t) {
		t.Run(name, func(t *testing.T) {
			doc := recorded.document(t, host.Sections())
			for _, d := range doc.Diagnostics {
				t.Logf("%s: %s", d.Level, d.Message)
			}
			found, errs := set.Evaluate(t.Context(), doc)
			for _, err := range errs {
				t.Error(err)
			}
			got := describe(found)
			file := "../../testdata/host/recorded/" + name + ".verdicts"
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s has other verdicts than %s; read them over, then run with -update:\n%s", name, file, differences(string(want), got))
			}
		})
	}
}

// hostControls are all shipped controls of hosts.
func hostControls(t testing.TB) *policies.Set {
	t.Helper()
	all, errs := policies.Load(policies.Options{})
	for _, err := range errs {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range all.All() {
		if c.Kind == compliance.KindHost {
			ids = append(ids, c.ID)
		}
	}
	set, errs := policies.Load(policies.Options{Controls: ids})
	for _, err := range errs {
		t.Fatal(err)
	}
	return set
}

// describe writes a line a finding, sorted: of failures with where they were seen.
func describe(found []compliance.Finding) string {
	var lines []string
	for i := range found {
		f := &found[i]
		l := fmt.Sprintf("%s %s", f.Control.ID, f.State)
		switch f.State {
		case compliance.Fail:
			where := f.Source.File
			if f.Source.Line > 0 {
				where = fmt.Sprintf("%s:%d", where, f.Source.Line)
			}
			if where == "" {
				where = f.Source.Command
			}
			l += fmt.Sprintf(" | %s | %s", where, f.Message)
		case compliance.Unsure:
			l += fmt.Sprintf(" | %s | %s", f.Path, f.Message)
		}
		lines = append(lines, l)
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n") + "\n"
}

// differences are the lines of a and of b that the other has not.
func differences(a, b string) string {
	var out strings.Builder
	for _, side := range []struct{ mark, of, other string }{{"-", a, b}, {"+", b, a}} {
		other := strings.Split(side.other, "\n")
		for _, l := range strings.Split(side.of, "\n") {
			if !slices.Contains(other, l) {
				fmt.Fprintf(&out, "%s %s\n", side.mark, l)
			}
		}
	}
	return out.String()
}
