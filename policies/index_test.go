package policies

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write generated and golden files anew")

// TestIndex keeps index.json what the policies make of it.
func TestIndex(t *testing.T) {
	entries := buildIndex(t)
	got, err := json.MarshalIndent(entries, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(indexFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := shipped.ReadFile(indexFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("index.json is stale: run `go generate ./policies`")
	}
}

// buildIndex compiles every shipped policy from its source.
func buildIndex(t *testing.T) []indexEntry {
	t.Helper()
	s, errs := fromSource(os.DirFS("."))
	for _, err := range errs {
		t.Error(err)
	}
	var out []indexEntry
	for _, r := range s.rules {
		var reads []string
		for _, c := range slices.Concat(r.subject, r.fail) {
			for _, x := range c.reads {
				if p := x.at.String(); !slices.Contains(reads, p) {
					reads = append(reads, p)
				}
			}
		}
		slices.Sort(reads)
		out = append(out, indexEntry{
			File: r.file, Policy: r.policy, Kind: r.kind, Applies: r.applies, Reads: reads,
			Controls: r.controls, Keys: r.keys, Parameters: r.parameters, Table: r.table,
		})
	}
	slices.SortFunc(out, func(a, b indexEntry) int { return strings.Compare(a.Policy, b.Policy) })
	return out
}
