package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
)

// What a waiver accepts stays in SARIF, suppressed; one that has lapsed suppresses
// nothing.
func TestSARIFWaivers(t *testing.T) {
	log := sarif(t, compared(), Options{})
	got := map[string]string{}
	for _, run := range log.Runs {
		for _, res := range run.Results {
			for _, s := range res.Suppressions {
				got[res.identity()] = s.Kind + " " + s.Status + " " + s.Justification
			}
		}
	}
	want := map[string]string{
		"KRN0003 inventory/prod.yml:4:4":      "external accepted accepted until 2026-06-30 by platform: the debugger on web* needs it (merlon.yaml:4-8)",
		"AWS0107 infra/prod/network.tf:40:40": "inSource accepted accepted: the bastion (infra/prod/network.tf:39)",
	}
	if len(got) != len(want) {
		t.Errorf("%q", got)
	}
	for id, s := range want {
		if got[id] != s {
			t.Errorf("%s: %q", id, got[id])
		}
	}
}

// A waived finding at the place of another must not take that one with it.
func TestSARIFWaivedBesideAnother(t *testing.T) {
	r := fixture()
	r.Results[3].Findings[1].Waiver = &compliance.Waiver{Reason: "x"}
	run := sarif(t, r, Options{}).Runs[1]
	var got []int
	for _, res := range run.Results {
		if res.identity() == "AWS0107 infra/prod/network.tf:21:21" {
			got = append(got, len(res.Suppressions))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, []int{0, 1}) {
		t.Errorf("suppressions of the results on one line: %v", got)
	}
	// Nor must a waiver move the place, by which GitLab knows the other.
	host := fixture()
	host.Results[0].Findings[1].Waiver = &compliance.Waiver{Reason: "x"}
	if got, want := identities(sarif(t, host, Options{}).Runs[0]), identities(sarif(t, fixture(), Options{}).Runs[0]); !slices.Contains(got, want[2]) {
		t.Errorf("%q", got)
	}
}

func TestSARIFChanges(t *testing.T) {
	log := sarif(t, compared(), Options{})
	states := map[string]int{}
	for _, run := range log.Runs {
		for _, res := range run.Results {
			states[res.BaselineState]++
		}
	}
	// One result holds a new and an unchanged finding, and is new.
	if states["new"] != 2 || states["unchanged"] != 6 || len(states) != 2 {
		t.Errorf("%v", states)
	}
	hosts, trees := log.Runs[0].Properties.Merlon, log.Runs[1].Properties.Merlon
	if *hosts.Changes != (changes{1, 1, 3}) || *trees.Changes != (changes{1, 0, 4}) || hosts.Base != "main (1f0c4de8)" || hosts.Waived != 1 {
		t.Errorf("%+v, %+v", *hosts.Changes, *trees.Changes)
	}
	for _, run := range sarif(t, fixture(), Options{}).Runs {
		for _, res := range run.Results {
			if res.BaselineState != "" || run.Properties.Merlon.Changes != nil {
				t.Errorf("%s is %s, and nothing was compared", res.RuleID, res.BaselineState)
			}
		}
	}
}

func TestSARIFFixes(t *testing.T) {
	log := sarif(t, compared(), Options{})
	fixes := log.Runs[1].Results[0].Fixes
	if len(fixes) != 1 {
		t.Fatalf("%d fixes of two findings that share one", len(fixes))
	}
	change := fixes[0].ArtifactChanges[0]
	if r := change.Replacements[0]; change.ArtifactLocation.URI != "infra/modules/bucket/main.tf" || r.InsertedContent.Text != `"private"` ||
		r.DeletedRegion.StartLine != 14 || r.DeletedRegion.StartColumn != 12 || r.DeletedRegion.EndColumn != 25 {
		t.Errorf("%+v", change)
	}
}

// GitLab has no word for an accepted finding but "false positive", which it is not.
func TestGitLabWaivers(t *testing.T) {
	out := gitlab(t, compared())
	if len(out.Vulnerabilities) != 9 {
		t.Errorf("%d vulnerabilities of 11 failures, 2 of them waived", len(out.Vulnerabilities))
	}
	said := func(level, text string) bool { return slices.Contains(out.Scan.Messages, gitlabMessage{level, text}) }
	if !said("info", "2 findings are left out because a waiver accepts them. The json report has them.") || !said("info", "2 new, 1 fixed, 7 unchanged, compared with main (1f0c4de8)") {
		t.Errorf("%+v", out.Scan.Messages)
	}
	var quality []qualityFinding
	if err := json.Unmarshal(write(t, "codequality", compared(), Options{}), &quality); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, q := range quality {
		seen[q.Fingerprint] = true
	}
	if len(quality) != 9 || len(seen) != 9 {
		t.Errorf("%d findings, %d fingerprints", len(quality), len(seen))
	}
}

func TestTextCompared(t *testing.T) {
	brief, full := string(write(t, "text", compared(), Options{})), string(write(t, "text", compared(), Options{Verbose: true}))
	for _, out := range []string{brief, full} {
		for _, s := range []string{"NEW: 2 findings of 2 controls", "FIXED\n  SSH0007  sshd offers strong ciphers only (web01: sshd/ciphers/2)", "merlon fix can mend this: Set acl to private.", "2 of them new; 2 waived"} {
			if !strings.HasPrefix(out, "2 new, 1 fixed, 7 unchanged, compared with main (1f0c4de8)\n") || !strings.Contains(out, s) {
				t.Errorf("no %q in\n%s", s, out)
			}
		}
	}
	for _, s := range []string{"3des-cbc", "the debugger", "AWS0107  SSH is not open"} {
		if strings.Contains(brief, s) || !strings.Contains(full, s) {
			t.Errorf("%q belongs to -v", s)
		}
	}
	// What was not judged in the base counts as new, and is shown.
	r := compared()
	r.Results[0].Findings[1].Change = ""
	if out := string(write(t, "text", r, Options{})); !strings.HasPrefix(out, "3 new, 1 fixed, 6 unchanged") || !strings.Contains(out, "aes128-cbc") {
		t.Error(out)
	}
}

func TestTextOnlyWaived(t *testing.T) {
	r := cleanRun()
	f := finding(kptr, compliance.Fail, compliance.Path{"sysctl"}, nil, compliance.Source{})
	f.Waiver = &compliance.Waiver{Reason: "x"}
	r.Results[0].Findings = append(r.Results[0].Findings, f)
	out := write(t, "text", linked(r), Options{})
	if got := lastLine(out); got != "Clean but for 1 waived failure: 1 check passed on 1 target; 1 do not apply; nothing is unknown." {
		t.Error(got)
	}
	r.Results[0].Findings[2].Waiver.Lapsed = true
	if got := lastLine(write(t, "text", r, Options{})); got != "1 failure (1 low); 1 target read." {
		t.Error(got)
	}
}

// A secret, the lines that hold it and a patch that quotes them are in no format.
func TestSensitive(t *testing.T) {
	const secret = "hunter2-hunter2"
	r := compared()
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			f := &r.Results[i].Findings[j]
			line := compliance.Source{File: "infra/prod/db.tf", Line: 3, EndLine: 3, Text: secret}
			f.Sensitive, f.Saw, f.Snippet, f.Source.Text, f.Source.Shadowed = true, secret, secret, secret, []compliance.Source{line}
			f.Waiver = &compliance.Waiver{Reason: "x", Source: line, Covers: line, Lapsed: j%2 == 0}
			f.Fix = &compliance.Fix{Description: "Take it out.", Diff: "-" + secret, Edits: []compliance.Edit{{File: "a.tf", Line: 1, Column: 1, EndLine: 1, EndColumn: 2, Text: secret}}}
		}
	}
	for _, f := range Formats() {
		for _, o := range []Options{{Verbose: true}, {GroupBy: byControl}} {
			if out := write(t, f.Name, r, o); bytes.Contains(out, []byte(secret)) || bytes.Contains(out, []byte("aHVudGVyM")) {
				t.Errorf("%s shows the secret", f.Name)
			}
		}
	}
}

// A fix that would have to be cleaned is no fix any more: only its description stays.
func TestFixesAreWholeOrNot(t *testing.T) {
	good := compliance.Edit{File: "a.tf", Line: 1, Column: 1, EndLine: 1, EndColumn: 1, Text: "x\r\n\ty"}
	for name, c := range map[string]struct {
		edit func(e *compliance.Edit)
		diff string
		kept bool
	}{
		"good":          {func(*compliance.Edit) {}, "--- a/a.tf\r\n", true},
		"escape":        {func(e *compliance.Edit) { e.Text = "\x1b[2J" }, "d", false},
		"carriage":      {func(e *compliance.Edit) { e.Text = "a\rb" }, "d", false},
		"bidirectional": {func(*compliance.Edit) {}, "\u202e", false},
		"bytes":         {func(*compliance.Edit) {}, "\xff", false},
		"outside":       {func(e *compliance.Edit) { e.File = "../a.tf" }, "d", false},
		"absolute":      {func(e *compliance.Edit) { e.File = "/etc/passwd" }, "d", false},
		"no line":       {func(e *compliance.Edit) { e.Line = 0 }, "d", false},
		"backwards":     {func(e *compliance.Edit) { e.Line, e.EndLine = 3, 2 }, "d", false},
		"huge":          {func(*compliance.Edit) {}, strings.Repeat("x", maxValue+1), false},
	} {
		e := good
		c.edit(&e)
		f := cleanFix(&compliance.Fix{Description: "Do it.", Edits: []compliance.Edit{e}, Diff: c.diff})
		if kept := len(f.Edits) == 1 && f.Diff == c.diff; kept != c.kept || f.Description != "Do it." || !c.kept && (f.Diff != "" || len(f.Edits) > 0) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
