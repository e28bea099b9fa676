// Package gitlab has GitLab's own Go code read what Merlon writes: its converter of
// SARIF, and its types of a SAST report. It is a module of its own, since GitLab's
// code brings along much that Merlon does not need.
//
// The reports are the golden files of package report, which its tests keep as the
// formats write them.
package gitlab

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gitlab.com/gitlab-org/security-products/analyzers/report/v4"
)

// goldens returns the golden files whose names end in suffix.
func goldens(t *testing.T, suffix string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../report/testdata/*" + suffix)
	if err != nil || len(files) < 3 {
		t.Fatalf("%d files end in %s (%v)", len(files), suffix, err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		if out[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// severities gives what the converter makes of ours. It takes words only where ours
// are numbers, as the standard's readers want them, and so goes by the level of the
// rule: never milder than high for what is high.
var severities = map[string]report.SeverityLevel{
	"9.5": report.SeverityLevelCritical,
	"8.0": report.SeverityLevelCritical,
	"5.5": report.SeverityLevelMedium,
	"2.5": report.SeverityLevelInfo,
}

// Every result that no waiver accepts becomes one vulnerability, with its rule, its
// severity and its place.
func TestConverter(t *testing.T) {
	suppressed := 0
	for name, data := range goldens(t, ".sarif.json") {
		var log struct {
			Runs []struct {
				Tool struct {
					Driver struct {
						Rules []struct {
							ID         string
							Properties map[string]any
						}
					}
				}
				Results []struct {
					RuleID       string
					Suppressions []struct{}
					Locations    []struct {
						PhysicalLocation struct {
							ArtifactLocation struct{ URI string }
							Region           struct{ StartLine, EndLine int }
						}
					}
				}
			}
		}
		if err := json.Unmarshal(data, &log); err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, run := range log.Runs {
			severity := map[string]report.SeverityLevel{}
			for _, rule := range run.Tool.Driver.Rules {
				severity[rule.ID] = severities[fmt.Sprint(rule.Properties["security-severity"])]
			}
			for _, r := range run.Results {
				if len(r.Suppressions) > 0 {
					suppressed++
					continue
				}
				p := r.Locations[0].PhysicalLocation
				want = append(want, fmt.Sprintf("%s %s %s:%d-%d", severity[r.RuleID], r.RuleID, p.ArtifactLocation.URI, p.Region.StartLine, p.Region.EndLine))
			}
		}
		converted, err := report.TransformToGLSASTReport(bytes.NewReader(data), "", "merlon", report.Scanner{ID: "merlon", Name: "Merlon"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, v := range converted.Vulnerabilities {
			got = append(got, fmt.Sprintf("%s %s %s:%d-%d", v.Severity, v.Identifiers[0].Value, v.Location.File, v.Location.LineStart, v.Location.LineEnd))
			if v.Message == "" || v.Description == "" || v.Identifiers[0].Name == "" || v.Identifiers[0].Type != "merlon_id" {
				t.Errorf("%s: %+v", name, v)
			}
		}
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s:\n%q\nwanted\n%q", name, got, want)
		}
	}
	if suppressed == 0 {
		t.Error("no result of the golden files is suppressed")
	}
}

// GitLab's types lose nothing of a SAST report that matters there.
func TestSASTReport(t *testing.T) {
	remediations := 0
	for name, data := range goldens(t, ".gitlab.json") {
		var theirs report.Report
		if err := json.Unmarshal(data, &theirs); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var plain struct {
			Vulnerabilities []struct {
				ID, Severity, Solution string
				Identifiers            []struct{ Type, Name, Value string }
				Location               struct {
					File, Class, Method string
					Start               int `json:"start_line"`
					End                 int `json:"end_line"`
				}
				Tracking struct {
					Items []struct {
						Signatures []struct{ Algorithm, Value string }
					}
				}
			}
		}
		if err := json.Unmarshal(data, &plain); err != nil {
			t.Fatal(err)
		}
		if len(plain.Vulnerabilities) == 0 || len(theirs.Vulnerabilities) != len(plain.Vulnerabilities) {
			t.Fatalf("%s: %d vulnerabilities of %d", name, len(theirs.Vulnerabilities), len(plain.Vulnerabilities))
		}
		ids := map[string]bool{}
		for i, p := range plain.Vulnerabilities {
			v := theirs.Vulnerabilities[i]
			ids[p.ID] = true
			got := fmt.Sprint(v.Severity, v.Solution, v.Location.File, v.Location.LineStart, v.Location.LineEnd, v.Location.Class, v.Location.Method)
			want := fmt.Sprint(p.Severity, p.Solution, p.Location.File, p.Location.Start, p.Location.End, p.Location.Class, p.Location.Method)
			if got != want {
				t.Errorf("%s: %s, wanted %s", name, got, want)
			}
			for j, id := range p.Identifiers {
				if o := v.Identifiers[j]; string(o.Type) != id.Type || o.Value != id.Value || o.Name != id.Name {
					t.Errorf("%s: identifier %+v of %+v", name, o, id)
				}
			}
			if v.Tracking.Items[0].Signatures[0].Value != p.Tracking.Items[0].Signatures[0].Value || v.Details == nil {
				t.Errorf("%s: %+v", name, v)
			}
		}
		if len(theirs.Scan.PrimaryIdentifiers) == 0 || theirs.Scan.Status != report.StatusSuccess || theirs.Scan.StartTime == nil {
			t.Errorf("%s: scan %+v", name, theirs.Scan)
		}
		for _, r := range theirs.Remediations {
			remediations++
			diff, err := base64.StdEncoding.DecodeString(r.Diff)
			if err != nil || !bytes.HasPrefix(diff, []byte("--- a/")) || r.Summary == "" {
				t.Errorf("%s: %q (%v)", name, diff, err)
			}
			for _, f := range r.Fixes {
				if !ids[f.ID] {
					t.Errorf("%s: a remediation of %s, which is no vulnerability", name, f.ID)
				}
			}
		}
	}
	if remediations == 0 {
		t.Error("no golden file has a remediation")
	}
}
