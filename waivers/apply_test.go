package waivers

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"merlon/compliance"
)

// today is late on the last day of a month, in a zone where it is tomorrow already.
var today = time.Date(2027, 3, 1, 0, 30, 0, 0, time.FixedZone("east", 3600)) // 28 February in UTC

func control(id string) *compliance.Control {
	for _, c := range known {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func finding(id string, state compliance.State, subject string, at compliance.Source) compliance.Finding {
	typ, _, _ := strings.Cut(subject, ".")
	return compliance.Finding{Control: control(id), State: state, Subject: compliance.Path{typ, subject}, Source: at}
}

func line(file string, n int) compliance.Source {
	return compliance.Source{File: file, Line: n, EndLine: n}
}

func tree(name string, findings ...compliance.Finding) compliance.Result {
	return compliance.Result{Target: compliance.Target{Name: name, Kind: compliance.KindTerraform}, Findings: findings}
}

func host(name string, findings ...compliance.Finding) compliance.Result {
	return compliance.Result{Target: compliance.Target{Name: name, Kind: compliance.KindHost}, Findings: findings}
}

func waiver(control, target, subject, until string) compliance.Waiver {
	return compliance.Waiver{Control: control, Target: target, Subject: subject, Reason: "why", Until: until, Source: line("merlon.yaml", 3)}
}

func inline(control, until string, at int, covers compliance.Source) compliance.Waiver {
	return compliance.Waiver{Control: control, Reason: "why", Until: until, Source: line(covers.File, at), Covers: covers}
}

// apply applies waivers to results, and writes each failure as "subject: waiver" and
// each diagnostic as "level: message".
func apply(run Run, listed []compliance.Waiver, results ...compliance.Result) (*compliance.Report, []string) {
	r := &compliance.Report{Controls: known, Results: results}
	run.Known, run.Now = known, today
	run.Apply(r, listed)
	var out []string
	for i := range r.Results {
		for _, f := range r.Results[i].Findings {
			if f.Waiver != nil {
				word := "waived"
				if f.Waiver.Lapsed {
					word = "lapsed"
				}
				out = append(out, fmt.Sprintf("%s %s by %s:%d", f.Subject[len(f.Subject)-1], word, f.Waiver.Source.File, f.Waiver.Source.Line))
			}
		}
	}
	for _, d := range r.Diagnostics {
		out = append(out, d.Level+": "+placed(d))
	}
	return r, out
}

const nothing = "warning: merlon.yaml:3: the waiver of AWS0101 matches nothing: no failure here is one that it accepts; remove it, or correct it"

func TestApply(t *testing.T) {
	logs := finding("AWS0101", compliance.Fail, "aws_s3_bucket.logs", line("main.tf", 5))
	inner := finding("AWS0101", compliance.Fail, "module.a.aws_s3_bucket.logs", compliance.Source{File: "mod/main.tf", Line: 1, EndLine: 1, Via: []compliance.Source{line("main.tf", 30)}})
	passing := finding("AWS0101", compliance.Pass, "aws_s3_bucket.logs", line("main.tf", 5))
	unsure := finding("AWS0101", compliance.Unsure, "aws_s3_bucket.logs", line("main.tf", 5))
	other := finding("AWS0102", compliance.Fail, "aws_s3_bucket.logs", line("main.tf", 5))
	root := finding("SSH0001", compliance.Fail, "sshd", compliance.Source{File: "/etc/ssh/sshd_config", Line: 4})
	with := func(res compliance.Result, ws ...compliance.Waiver) compliance.Result {
		res.Waivers = ws
		return res
	}
	broken := tree("prod", passing)
	broken.Diagnostics = []compliance.Diagnostic{{Level: compliance.LevelError}}
	unread := tree("prod")
	unread.Err = "gone"

	for name, c := range map[string]struct {
		run     Run
		listed  []compliance.Waiver
		results []compliance.Result
		want    []string
	}{
		"by control":            {listed: []compliance.Waiver{waiver("AWS0101", "", "", "")}, results: []compliance.Result{tree("prod", logs, other)}, want: []string{"aws_s3_bucket.logs waived by merlon.yaml:3"}},
		"by subject":            {listed: []compliance.Waiver{waiver("AWS0101", "", "module.*.aws_s3_bucket.logs", "")}, results: []compliance.Result{tree("prod", logs, inner)}, want: []string{"module.a.aws_s3_bucket.logs waived by merlon.yaml:3"}},
		"by target":             {listed: []compliance.Waiver{waiver("host/sshd/*", "lab-*", "", "")}, results: []compliance.Result{host("lab-1", root), host("prod-1", root)}, want: []string{"sshd waived by merlon.yaml:3"}},
		"pass and unknown stay": {listed: []compliance.Waiver{waiver("AWS0101", "", "", "")}, results: []compliance.Result{tree("prod", passing, unsure)}},
		"last day":              {listed: []compliance.Waiver{waiver("AWS0101", "", "", "2027-02-28")}, results: []compliance.Result{tree("prod", logs)}, want: []string{"aws_s3_bucket.logs waived by merlon.yaml:3", "warning: merlon.yaml:3: the waiver of AWS0101 lapses on 2027-02-28, at the end of today: 1 finding fails then, unless it is renewed"}},
		"day after":             {listed: []compliance.Waiver{waiver("AWS0101", "", "", "2027-02-27")}, results: []compliance.Result{tree("prod", logs, inner)}, want: []string{"aws_s3_bucket.logs lapsed by merlon.yaml:3", "module.a.aws_s3_bucket.logs lapsed by merlon.yaml:3", "warning: merlon.yaml:3: the waiver of AWS0101 lapsed on 2027-02-27: 2 findings fail again"}},
		"14 days":               {listed: []compliance.Waiver{waiver("AWS0101", "", "", "2027-03-14")}, results: []compliance.Result{tree("prod", logs, inner)}, want: []string{"aws_s3_bucket.logs waived by merlon.yaml:3", "module.a.aws_s3_bucket.logs waived by merlon.yaml:3", "warning: merlon.yaml:3: the waiver of AWS0101 lapses on 2027-03-14, in 14 days: 2 findings fail then, unless it is renewed"}},
		"15 days":               {listed: []compliance.Waiver{waiver("AWS0101", "", "", "2027-03-15")}, results: []compliance.Result{tree("prod", logs)}, want: []string{"aws_s3_bucket.logs waived by merlon.yaml:3"}},
		"lapsed elsewhere":      {listed: []compliance.Waiver{waiver("AWS0101", "infra", "", "2027-02-27")}, results: []compliance.Result{tree("prod", logs)}},
		"lapsed for nothing":    {listed: []compliance.Waiver{waiver("AWS0101", "prod", "", "2027-02-27")}, results: []compliance.Result{tree("prod", passing)}, want: []string{"warning: merlon.yaml:3: the waiver of AWS0101 lapsed on 2027-02-27, and matches nothing; remove it"}},

		"dead, its target was scanned":       {listed: []compliance.Waiver{waiver("AWS0101", "prod", "", "")}, results: []compliance.Result{tree("prod", passing)}, want: []string{nothing}},
		"dead, the tree is whole":            {run: Run{Whole: true}, listed: []compliance.Waiver{waiver("AWS0101", "", "aws_s3_bucket.gone", "")}, results: []compliance.Result{tree("prod", logs)}, want: []string{nothing}},
		"another target":                     {listed: []compliance.Waiver{waiver("AWS0101", "infra", "", "")}, results: []compliance.Result{tree("prod", passing)}},
		"a part of the tree":                 {listed: []compliance.Waiver{waiver("AWS0101", "", "aws_s3_bucket.gone", "")}, results: []compliance.Result{tree("prod", logs)}},
		"one of several hosts":               {listed: []compliance.Waiver{waiver("SSH0001", "lab-*", "", "")}, results: []compliance.Result{host("lab-1")}},
		"hosts beside a whole tree":          {run: Run{Whole: true}, listed: []compliance.Waiver{waiver("SSH0001", "", "", "")}, results: []compliance.Result{tree("prod", logs)}},
		"unknown there":                      {listed: []compliance.Waiver{waiver("AWS0101", "prod", "", "")}, results: []compliance.Result{tree("prod", unsure)}},
		"not read in full":                   {listed: []compliance.Waiver{waiver("AWS0101", "prod", "", "")}, results: []compliance.Result{broken}},
		"not read":                           {listed: []compliance.Waiver{waiver("AWS0101", "prod", "", "")}, results: []compliance.Result{unread}},
		"whole, but a part was not read":     {run: Run{Whole: true}, listed: []compliance.Waiver{waiver("AWS0101", "infra/*", "", "")}, results: []compliance.Result{unread}},
		"other variables":                    {run: Run{Whole: true, Variant: true}, listed: []compliance.Waiver{waiver("AWS0101", "prod", "", "")}, results: []compliance.Result{tree("prod", passing)}},
		"other variables, none of its trees": {run: Run{Whole: true, Variant: true}, listed: []compliance.Waiver{waiver("AWS0101", "infra*", "", "")}, results: []compliance.Result{tree("prod", passing)}},

		"inline on a block":           {results: []compliance.Result{with(tree("prod", logs, other), inline("AWS0101", "", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}, want: []string{"aws_s3_bucket.logs waived by main.tf:4"}},
		"inline on a call":            {results: []compliance.Result{with(tree("prod", logs, inner), inline("AWS0101", "", 29, compliance.Source{File: "main.tf", Line: 30, EndLine: 32}))}, want: []string{"module.a.aws_s3_bucket.logs waived by main.tf:29"}},
		"inline in a module":          {results: []compliance.Result{with(tree("prod", logs, inner), inline("AWS0101", "", 1, compliance.Source{File: "mod/main.tf", Line: 1, EndLine: 2}))}, want: []string{"module.a.aws_s3_bucket.logs waived by mod/main.tf:1"}},
		"inline beside it":            {results: []compliance.Result{with(tree("other", logs), inline("AWS0101", "", 1, compliance.Source{File: "main.tf", Line: 6, EndLine: 9}))}},
		"inline of another target":    {results: []compliance.Result{tree("a", logs), with(tree("b"), inline("AWS0101", "", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}},
		"inline lapsed":               {results: []compliance.Result{with(tree("prod", logs), inline("AWS0101", "2020-01-01", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}, want: []string{"aws_s3_bucket.logs lapsed by main.tf:4", "warning: main.tf:4: the waiver of AWS0101 lapsed on 2020-01-01: 1 finding fails again"}},
		"inline dead, its root":       {results: []compliance.Result{with(tree(".", passing), inline("AWS0101", "", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}, want: []string{"warning: main.tf:4: the waiver of AWS0101 matches nothing: no failure here is one that it accepts; remove it, or correct it"}},
		"inline dead, a module":       {results: []compliance.Result{with(tree("prod", passing), inline("AWS0101", "", 4, compliance.Source{File: "mod/main.tf", Line: 5, EndLine: 9}))}},
		"inline dead, a whole module": {run: Run{Whole: true}, results: []compliance.Result{with(tree("prod", passing), inline("AWS0101", "", 4, compliance.Source{File: "mod/main.tf", Line: 5, EndLine: 9}))}, want: []string{"warning: mod/main.tf:4: the waiver of AWS0101 matches nothing: no failure here is one that it accepts; remove it, or correct it"}},
		"inline of two callers": {run: Run{Whole: true}, results: []compliance.Result{
			with(tree("a", passing), inline("AWS0101", "", 1, compliance.Source{File: "mod/main.tf", Line: 1, EndLine: 2})),
			with(tree("b", inner), inline("AWS0101", "", 1, compliance.Source{File: "mod/main.tf", Line: 1, EndLine: 2})),
		}, want: []string{"module.a.aws_s3_bucket.logs waived by mod/main.tf:1"}},
		"inline of an unknown control": {results: []compliance.Result{with(tree("prod", logs), inline("AWS9999", "", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}, want: []string{"error: main.tf:4: the waiver of AWS9999 has no effect: no control is called \"AWS9999\": `merlon controls` lists them; those of your own are known where --policies names their folder"}},
		"inline pattern":               {results: []compliance.Result{with(tree("prod", logs), inline("terraform/**", "", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}, want: []string{"error: main.tf:4: the waiver of terraform/** has no effect: patterns are for merlon.yaml; name the controls here"}},
		"recorded, with a wrong day":   {results: []compliance.Result{with(tree("prod", logs), inline("AWS0101", "soon", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}, want: []string{`error: main.tf:4: the waiver of AWS0101 has no effect: "soon" is no day; write it as 2027-03-01`}},
		"recorded, covers nothing":     {run: Run{Variant: true}, results: []compliance.Result{with(host("prod", root), inline("SSH0001", "", 4, compliance.Source{}))}},

		"longest holds": {listed: []compliance.Waiver{waiver("AWS0101", "", "", "2027-06-01"), waiver("terraform/aws/*", "", "aws_*", "2028-01-01")}, results: []compliance.Result{with(tree("prod", logs), inline("AWS0101", "2026-01-01", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}, want: []string{"aws_s3_bucket.logs waived by merlon.yaml:3"}},
		"endless wins":  {listed: []compliance.Waiver{waiver("AWS0101", "", "", "2099-01-01")}, results: []compliance.Result{with(tree("prod", logs), inline("AWS0101", "", 4, compliance.Source{File: "main.tf", Line: 5, EndLine: 9}))}, want: []string{"aws_s3_bucket.logs waived by main.tf:4"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := apply(c.run, c.listed, c.results...)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// A waiver of a control that this run leaves out is not called dead.
func TestNotEnabled(t *testing.T) {
	r := &compliance.Report{Controls: known[:1], Results: []compliance.Result{tree("prod")}}
	Run{Known: known, Now: today, Whole: true}.Apply(r, []compliance.Waiver{waiver("AWS0101", "prod", "", "")})
	if len(r.Diagnostics) > 0 {
		t.Error(r.Diagnostics)
	}
}

func TestAddressPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, subject string
		want             bool
	}{
		{"aws_s3_bucket.logs", "aws_s3_bucket.logs", true},
		{"aws_s3_bucket.logs", `aws_s3_bucket.logs["a"]`, true},
		{"aws_s3_bucket.logs", `aws_s3_bucket.logs["a.b]/c"]`, true},
		{"aws_s3_bucket.logs", `aws_s3_bucket.logs["\"]"]`, true},
		{"aws_s3_bucket.logs", "aws_s3_bucket.logs[0]", true},
		{"aws_s3_bucket.logs", "aws_s3_bucket.logs2", false},
		{"aws_s3_bucket.logs", "module.a.aws_s3_bucket.logs", false},
		{`aws_s3_bucket.logs["a"]`, `aws_s3_bucket.logs["a"]`, true},
		{`aws_s3_bucket.logs["a"]`, `aws_s3_bucket.logs["b"]`, false},
		{`aws_s3_bucket.logs["a"]`, `aws_s3_bucket.logsa`, false},
		{"aws_s3_bucket.logs[0]", "aws_s3_bucket.logs[0]", true},
		{"aws_s3_bucket.logs[0]", "aws_s3_bucket.logs[1]", false},
		{"module.*.aws_s3_bucket.logs", "module.a.aws_s3_bucket.logs", true},
		{"module.*.aws_s3_bucket.logs", `module.a["x/y"].aws_s3_bucket.logs[3]`, true},
		{"module.*.aws_s3_bucket.logs", "module.a.module.b.aws_s3_bucket.logs", true},
		{"module.a.aws_s3_bucket.logs", `module.a["k"].aws_s3_bucket.logs`, true},
		{`module.a["k"].aws_s3_bucket.logs`, `module.a["k"].aws_s3_bucket.logs["z"]`, true},
		{`module.a["k"].aws_s3_bucket.logs`, `module.a["j"].aws_s3_bucket.logs["z"]`, false},
		{"aws_s3_bucket.*", `aws_s3_bucket.logs["a/b"]`, true},
		{"module.a.**", `module.a["k"].aws_iam_role.x["a/b"]`, true},
		{"module.a.**", "module.ab.aws_iam_role.x", false},
		{"aws_s3_bucket.log?", "aws_s3_bucket.logs", true},
		{"kernel.kptr_restrict", "kernel.kptr_restrict", true},
		{"kernel.kptr_restrict", "kernelxkptr_restrict", false},
		{"/tmp", "/tmp", true},
		{"/*", "/var/tmp", false},
		{"/var/**", "/var/tmp/x", true},
	} {
		re, err := addressPattern(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := re.MatchString(c.subject); got != c.want {
			t.Errorf("%s, %s: %t", c.pattern, c.subject, got)
		}
	}
}

// TestProperties: whatever the waivers, no pass and no unknown changes, a failure is
// waived only by one that fits it, by each rule taken alone, and holds; it is waived
// where one does; and no state changes.
func TestProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	for range 3000 {
		var results []compliance.Result
		for _, name := range []string{"lab-1", "prod-1", "infra/prod"} {
			res := tree(name)
			for range rng.IntN(5) {
				f := finding(pick("SSH0001", "KRN0001", "AWS0101", "AWS0102"), compliance.State(pick("fail", "fail", "pass", "unknown", "not-applicable")),
					pick("aws_x.a", "aws_x.b", `aws_x.a["k"]`, "module.m.aws_x.a"), line(pick("main.tf", "mod/main.tf"), 1+rng.IntN(6)))
				if rng.IntN(3) == 0 {
					f.Source.Via = []compliance.Source{line("main.tf", 1+rng.IntN(6))}
				}
				res.Findings = append(res.Findings, f)
			}
			for range rng.IntN(3) {
				from := 1 + rng.IntN(6)
				res.Waivers = append(res.Waivers, inline(pick("AWS0101", "SSH0001", "AWS9999", "**"), pick("", "2027-02-27", "2027-02-28", "2030-01-01"), from,
					compliance.Source{File: pick("main.tf", "mod/main.tf"), Line: from, EndLine: from + rng.IntN(3)}))
			}
			results = append(results, res)
		}
		var listed []compliance.Waiver
		for range rng.IntN(4) {
			listed = append(listed, waiver(pick("AWS0101", "host/sshd/*", "host/kernel/sysctl", "terraform/**"), pick("", "lab-*", "infra/prod"),
				pick("", "aws_x.a", "module.*.aws_x.a", "aws_x.*"), pick("", "2027-02-27", "2027-02-28", "2030-01-01")))
		}
		before := fmt.Sprintf("%+v", states(results))
		r, _ := apply(Run{}, listed, results...)
		if after := fmt.Sprintf("%+v", states(r.Results)); after != before {
			t.Fatalf("states changed: %s, %s", before, after)
		}
		for i := range r.Results {
			for j := range r.Results[i].Findings {
				f := &r.Results[i].Findings[j]
				if f.State != compliance.Fail {
					if f.Waiver != nil {
						t.Fatalf("%s has a waiver", f.State)
					}
					continue
				}
				held, lapsed := false, false
				for _, w := range fitting(f, &r.Results[i], listed) {
					if w.Until == "" || w.Until >= "2027-02-28" {
						held = true
					} else {
						lapsed = true
					}
				}
				if f.Waived() != held || (f.Waiver != nil) != (held || lapsed) {
					t.Fatalf("waiver %+v, but a holding one: %t, a lapsed one: %t", f.Waiver, held, lapsed)
				}
			}
		}
	}
}

func states(results []compliance.Result) (out []compliance.State) {
	for _, res := range results {
		for _, f := range res.Findings {
			out = append(out, f.State)
		}
	}
	return out
}

// fitting says by hand which of the property test's waivers fit a finding.
func fitting(f *compliance.Finding, res *compliance.Result, listed []compliance.Waiver) (out []compliance.Waiver) {
	controls := map[string]string{
		"AWS0101": "AWS0101", "SSH0001": "SSH0001", "host/sshd/*": "SSH0001 SSH0002", "host/kernel/sysctl": "KRN0001 KRN0002", "terraform/**": "AWS0101 AWS0102 GCP0001",
	}
	subjects := map[string]string{
		"aws_x.a": `aws_x.a aws_x.a["k"]`, "module.*.aws_x.a": "module.m.aws_x.a", "aws_x.*": `aws_x.a aws_x.b aws_x.a["k"]`,
	}
	has := func(list, item string) bool {
		for _, x := range strings.Fields(list) {
			if x == item {
				return true
			}
		}
		return false
	}
	for _, w := range listed {
		target := w.Target == "" || w.Target == res.Target.Name || w.Target == "lab-*" && res.Target.Name == "lab-1"
		if target && has(controls[w.Control], f.Control.ID) && (w.Subject == "" || has(subjects[w.Subject], f.Subject[1])) {
			out = append(out, w)
		}
	}
	for _, w := range res.Waivers {
		if w.Control != f.Control.ID {
			continue // "**" and AWS9999 are refused beside the code
		}
		for _, at := range append([]compliance.Source{f.Source}, f.Source.Via...) {
			if at.File == w.Covers.File && w.Covers.Line <= at.Line && at.Line <= w.Covers.EndLine {
				out = append(out, w)
				break
			}
		}
	}
	return out
}
