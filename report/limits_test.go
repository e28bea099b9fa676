package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"merlon/compliance"
)

// failing returns a report of n failures of one control, in a file each.
func failing(n int) *compliance.Report {
	r := fixture()
	tree := r.Results[3]
	proto := tree.Findings[1]
	tree.Findings, tree.Diagnostics = make([]compliance.Finding, n), nil
	for i := range tree.Findings {
		f := proto
		f.Source.Line, f.Source.EndLine = i+1, i+1
		f.Subject = compliance.Path{"aws_security_group", fmt.Sprintf("aws_security_group.sg%d", i)}
		tree.Findings[i] = f
	}
	r.Results = []compliance.Result{tree}
	return linked(r)
}

// The number of findings, just below, at and above the limit: what is left out is
// old and mild, and it is told.
func TestResultLimits(t *testing.T) {
	for _, n := range []int{sarifMaxResults - 1, sarifMaxResults, sarifMaxResults + 1} {
		r := failing(n)
		mild := *openPort
		mild.ID, mild.Severity = "AWS0999", compliance.Low
		for j := range r.Results[0].Findings {
			r.Results[0].Findings[j].Change = compliance.Unchanged
		}
		r.Results[0].Findings[n-1].Control, r.Results[0].Findings[n-1].Change = &mild, compliance.New
		linked(r)
		for format, told := range map[string]string{"sarif": "1 result is left out, old and mild ones first: GitLab takes 5000", "gitlab": "1 finding is left out, old", "codequality": "1 finding is left out, old"} {
			var notes []string
			out := string(write(t, format, r, Options{Note: func(s string) { notes = append(notes, s) }}))
			kept := map[string]int{"sarif": strings.Count(out, `"ruleId"`), "gitlab": strings.Count(out, `"raw_source_code_extract"`), "codequality": strings.Count(out, `"check_name"`)}[format]
			if kept != min(n, sarifMaxResults) {
				t.Errorf("%s: %d of %d", format, kept, n)
			}
			over := n > sarifMaxResults
			if (len(notes) == 1 && strings.HasPrefix(notes[0], format+": "+told)) != over {
				t.Errorf("%s of %d: told %q", format, n, notes)
			}
			if format != "codequality" && strings.Contains(out, told) != over {
				t.Errorf("%s of %d: the report does not tell", format, n)
			}
			if !strings.Contains(out, "AWS0999: ") && !strings.Contains(out, `"ruleId":"AWS0999"`) && !strings.Contains(out, `"Merlon AWS0999"`) {
				t.Errorf("%s of %d: the new finding is left out", format, n)
			}
		}
	}
}

// The file's size is held to the last byte but what is kept for the warnings.
func TestSizeLimits(t *testing.T) {
	r := failing(1_500)
	for j := range r.Results[0].Findings {
		f := &r.Results[0].Findings[j]
		f.Saw, f.Snippet = strings.Repeat("s", 4_000), strings.Repeat("<y>", 1_200)
		f.Source.Text = strings.Repeat("t", 900)
		f.Change = compliance.Unchanged
	}
	r.Results[0].Findings[1_499].Change = compliance.New
	last := fmt.Sprintf("aws_security_group.sg%d", 1_499)
	for format, told := range map[string]string{"sarif": "results are left out", "gitlab": "findings are left out", "codequality": ""} {
		out := string(write(t, format, r, Options{}))
		if len(out) > sarifMaxBytes || told != "" && (len(out) < sarifMaxBytes*9/10 || !strings.Contains(out, told)) {
			t.Errorf("%s: %d bytes of %d", format, len(out), sarifMaxBytes)
		}
		if !strings.Contains(out, last) {
			t.Errorf("%s: the new finding is left out", format)
		}
	}
}

// Below, at and above: the budget of a run, in bytes. What is kept for a comparison
// goes before any result does.
func TestSARIFBudget(t *testing.T) {
	r := clean(failing(40))
	whole := newSARIFRun(r, compliance.KindTerraform, Options{}, sarifMaxBytes)
	need := encodedSize(whole) + 1_024
	for _, c := range []struct {
		budget, results int
		bare            bool
	}{{need + 2, 40, false}, {need - 100, 40, true}, {need / 2, 0, true}} {
		run := newSARIFRun(r, compliance.KindTerraform, Options{}, c.budget)
		if run.Properties.Merlon.Bare != c.bare || c.results > 0 && len(run.Results) != c.results || encodedSize(run) > c.budget {
			t.Errorf("%d bytes of %d: %d results, bare %v, in %d bytes", c.budget, need, len(run.Results), run.Properties.Merlon.Bare, encodedSize(run))
		}
	}
}

// What is said beside the findings is bounded too: names of targets, errors.
func TestTalkLimits(t *testing.T) {
	r := failing(10)
	long := strings.Repeat("n", 4_000)
	for i := range 3_000 {
		r.Results = append(r.Results, compliance.Result{Target: compliance.Target{Name: fmt.Sprintf("%d%s", i, long), Kind: compliance.KindTerraform}, Err: strings.Repeat("e", 20_000)})
	}
	linked(r)
	for format, found := range map[string]string{"sarif": `"ruleId"`, "gitlab": `"raw_source_code_extract"`} {
		out := string(write(t, format, r, Options{}))
		if len(out) > sarifMaxBytes || strings.Count(out, found) != 10 || !strings.Contains(out, "more notices are left out here") {
			t.Errorf("%s: %d bytes, %d findings", format, len(out), strings.Count(out, found))
		}
	}
}

func TestRuleLimits(t *testing.T) {
	controls := make([]*compliance.Control, sarifMaxRules+1)
	for i := range controls {
		controls[i] = &compliance.Control{ID: fmt.Sprintf("X%05d", i), Kind: compliance.KindTerraform, Title: "x"}
	}
	for _, n := range []int{sarifMaxRules - 1, sarifMaxRules, sarifMaxRules + 1} {
		if rules := fittingRules(controls[:n], 1_000_000_000); len(rules) != min(n, sarifMaxRules) {
			t.Errorf("%d rules of %d", len(rules), n)
		}
	}
	r := failing(1)
	r.Controls = controls
	var log gitlabFile
	out := write(t, "gitlab", r, Options{})
	if err := json.Unmarshal(out, &log); err != nil {
		t.Fatal(err)
	}
	if n := len(log.Scan.PrimaryIdentifiers); n != gitlabMaxIdentifiers || !strings.Contains(string(out), "2 controls are left out of the primary identifiers: GitLab takes 25000") {
		t.Errorf("%d primary identifiers", n)
	}
}

// GitLab refuses a file with more than 20 runs; we write one a kind.
func TestRunLimit(t *testing.T) {
	if len(kinds) > sarifMaxRuns {
		t.Errorf("%d kinds, %d runs", len(kinds), sarifMaxRuns)
	}
}

// Lengths, just below, at and above each limit.
func TestLengthLimits(t *testing.T) {
	runes := utf8.RuneCountInString
	text := func(n int) string { return strings.Repeat("é", n) }
	link := func(n int) []compliance.Link {
		return []compliance.Link{{URL: "https://example.com/" + strings.Repeat("a", n-len("https://example.com/"))}}
	}
	vulnerability := func(c *compliance.Control) gitlabVulnerability {
		f := failing(1).Results[0].Findings[0]
		f.Control = c
		return newVulnerability(&entry{Finding: &f, All: []*compliance.Finding{&f}})
	}
	numbers := func(n int) map[string][]string {
		out := map[string][]string{}
		for i := range n {
			out["cis"] = append(out["cis"], fmt.Sprint(i))
		}
		return out
	}
	for name, c := range map[string]struct {
		limit, from int
		length      func(n int) int
	}{
		"rule name": {255, 1, func(n int) int {
			return len(newSARIFRule(&compliance.Control{Title: strings.Repeat("a", n)}).Name)
		}},
		"short description": {1_024, 2, func(n int) int {
			return runes(newSARIFRule(&compliance.Control{Title: text(n - 1)}).ShortDescription.Text)
		}},
		"full description": {1_024, 2, func(n int) int {
			return runes(newSARIFRule(&compliance.Control{Description: text(n - 1)}).FullDescription.Text)
		}},
		"help": {1_024, 2, func(n int) int { return runes(newSARIFRule(&compliance.Control{Remediation: text(n - 1)}).Help.Text) }},
		"tag": {255, 5, func(n int) int {
			return runes(sarifTags(&compliance.Control{References: map[string][]string{"cis": {text(n - 4)}}})[2])
		}},
		"tags": {10, 2, func(n int) int { return len(sarifTags(&compliance.Control{References: numbers(n - 2)})) }},
		"message": {1_024, 20, func(n int) int {
			return runes(formatted("plain", "a", "b", text(n-len("On 'a', 'b': ''."))).Text)
		}},
		"name":        {255, 1, func(n int) int { return runes(vulnerability(&compliance.Control{Title: text(n)}).Name) }},
		"solution":    {7_000, 1, func(n int) int { return runes(vulnerability(&compliance.Control{Remediation: text(n)}).Solution) }},
		"identifiers": {20, 1, func(n int) int { return len(gitlabIDs(&compliance.Control{References: numbers(n - 1)})) }},
	} {
		for _, n := range []int{c.limit - 1, c.limit, c.limit + 1} {
			if got := c.length(n); got != min(n, c.limit) {
				t.Errorf("%s of %d: %d, the limit is %d", name, n, got, c.limit)
			}
		}
	}
	for _, n := range []int{sarifMaxURI - 1, sarifMaxURI, sarifMaxURI + 1} {
		help := newSARIFRule(&compliance.Control{Links: link(n)}).HelpURI
		if kept := len(help) == n; kept != (n <= sarifMaxURI) || !kept && help != homepage {
			t.Errorf("help of %d: %d characters", n, len(help))
		}
	}
}

// Remediations have the room that findings leave, and no more.
func TestRemediationLimit(t *testing.T) {
	r := clean(failing(3))
	list := entries(r, Options{}, kinds[:]...)
	for i := range list {
		list[i].Fix = &compliance.Fix{Description: "x", Edits: []compliance.Edit{{}}, Diff: fmt.Sprint("diff ", min(i, 1))}
	}
	whole, missing := gitlabRemediations(list, 10_000)
	if len(whole) != 2 || missing != 0 || len(whole[1].Fixes) != 2 {
		t.Fatalf("%d remediations, %d missing", len(whole), missing)
	}
	first := encodedSize(whole[0]) + 1
	for _, c := range []struct{ room, fixes, missing int }{{first - 1, 0, 3}, {first, 1, 2}, {first + 1, 1, 2}} {
		if got, missing := gitlabRemediations(list, c.room); len(got) != c.fixes || missing != c.missing {
			t.Errorf("room for %d: %d remediations, %d missing", c.room, len(got), missing)
		}
	}
	for _, rem := range whole {
		if !slices.ContainsFunc(list, func(e entry) bool { return vulnerabilityID(e.Fingerprint) == rem.Fixes[0].ID }) {
			t.Errorf("%s is no finding", rem.Fixes[0].ID)
		}
	}
}
