package terraform

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"merlon/compliance"
)

// scanDir scans a directory and returns its documents by name.
func scanDir(t testing.TB, dir string, sections []string) map[string]*compliance.Document {
	t.Helper()
	docs := map[string]*compliance.Document{}
	var mu sync.Mutex
	var s Scanner
	err := s.Scan(context.Background(), compliance.Target{Address: dir}, sections, func(d *compliance.Document) {
		mu.Lock()
		defer mu.Unlock()
		docs[d.Target.Name] = d
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// exposed is the smallest judge: a database that is public, or a security group
// that lets the whole world in.
func exposed(d *compliance.Document) bool {
	databases, _ := d.Facts()["aws_db_instance"].(map[string]any)
	for _, db := range databases {
		if db.(map[string]any)["publicly_accessible"] == true {
			return true
		}
	}
	groups, _ := d.Facts()["aws_security_group"].(map[string]any)
	for _, g := range groups {
		rules, _ := g.(map[string]any)["ingress"].([]any)
		for _, r := range rules {
			cidrs, _ := r.(map[string]any)["cidr_blocks"].([]any)
			if slices.Contains(cidrs, any("0.0.0.0/0")) {
				return true
			}
		}
	}
	return false
}

// Each folder holds one feature of the language, as bad and good: in bad one
// resource is exposed, in good the same tree evaluates to something safe, or to
// something that nobody can know.
func TestProbe(t *testing.T) {
	const probe = "../../testdata/terraform/probe"
	pairs, err := os.ReadDir(probe)
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) < 48 {
		t.Fatalf("only %d pairs", len(pairs))
	}
	for _, p := range pairs {
		t.Run(p.Name(), func(t *testing.T) {
			for side, want := range map[string]bool{"bad": true, "good": false} {
				got := false
				docs := scanDir(t, filepath.Join(probe, p.Name(), side), nil)
				for _, d := range docs {
					got = got || exposed(d)
					for _, diag := range d.Diagnostics {
						t.Errorf("%s: %s", side, diag.Message)
					}
				}
				if len(docs) == 0 {
					t.Errorf("%s: no document", side)
				}
				if got != want {
					t.Errorf("%s: exposed is %v", side, got)
				}
			}
		})
	}
}
