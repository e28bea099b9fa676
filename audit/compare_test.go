package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
)

var (
	ingress = &compliance.Control{ID: "TST0002", Severity: compliance.High}
	newer   = &compliance.Control{ID: "TST0003", Severity: compliance.High}
)

// a line describes a finding: "target subject path content [state]", where path is
// what follows the subject.
func reportOf(controls []*compliance.Control, lines ...string) *compliance.Report {
	r := &compliance.Report{Controls: controls}
	at := map[string]int{}
	for _, line := range lines {
		w := strings.Fields(line)
		if _, ok := at[w[0]]; !ok {
			at[w[0]] = len(r.Results)
			r.Results = append(r.Results, compliance.Result{Target: compliance.Target{Name: w[0]}})
		}
		if len(w) == 1 {
			continue
		}
		f := compliance.Finding{Control: controls[0], State: compliance.Fail, Subject: compliance.Path{"sg", w[1]}, Content: w[3]}
		f.Path = append(slices.Clone(f.Subject), strings.Split(w[2], "/")...)
		if len(w) > 4 {
			f.State = compliance.State(w[4])
		}
		res := &r.Results[at[w[0]]]
		f.Source = compliance.Source{File: w[0] + ".tf", Line: len(res.Findings) + 1}
		res.Findings = append(res.Findings, f)
	}
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			r.Results[i].Findings[j].Target = &r.Results[i].Target
		}
	}
	r.SetFingerprints()
	return r
}

// outcome lists what Compare said: "+subject path", "=...", "-...".
func outcome(r *compliance.Report) []string {
	out := []string{}
	signs := map[compliance.Change]string{compliance.New: "+", compliance.Unchanged: "=", compliance.Fixed: "-"}
	add := func(f *compliance.Finding) {
		out = append(out, fmt.Sprint(signs[f.Change], f.Target.Name, " ", f.Subject[1], " ", f.Path[2:], " ", f.Content))
	}
	for _, f := range failed(r) {
		add(f)
	}
	for i := range r.Comparison.Fixed {
		add(&r.Comparison.Fixed[i])
	}
	return out
}

func TestCompare(t *testing.T) {
	controls := []*compliance.Control{ingress}
	for name, c := range map[string]struct {
		base, now, want []string
		change          func(*compliance.Report, *Base)
	}{
		"a new one and a fixed one": {
			base: []string{"a web acl -", "a db acl -"}, now: []string{"a web acl -", "a log acl -"},
			want: []string{"=a web acl -", "+a log acl -", "-a db acl -"},
		},
		"an element before those that were there": {
			base: []string{"a web in/0/cidr one", "a web in/1/cidr two"}, now: []string{"a web in/0/cidr three", "a web in/1/cidr one", "a web in/2/cidr two"},
			want: []string{"+a web in/0/cidr three", "=a web in/1/cidr one", "=a web in/2/cidr two"},
		},
		"elements in another order": {
			base: []string{"a web in/0/cidr one", "a web in/1/cidr two"}, now: []string{"a web in/0/cidr two", "a web in/1/cidr one"},
			want: []string{"=a web in/0/cidr two", "=a web in/1/cidr one"},
		},
		"an element that was altered and fails as before": {
			base: []string{"a web in/0/cidr one"}, now: []string{"a web in/0/cidr other"},
			want: []string{"=a web in/0/cidr other"},
		},
		"the same element once more": {
			base: []string{"a web in/0/cidr one"}, now: []string{"a web in/0/cidr one", "a web in/1/cidr one"},
			want: []string{"=a web in/0/cidr one", "+a web in/1/cidr one"},
		},
		"unknown now is not fixed": {
			base: []string{"a web acl -"}, now: []string{"a web acl - unknown"}, want: []string{},
		},
		"unknown before is new": {
			base: []string{"a web acl - unknown"}, now: []string{"a web acl -"}, want: []string{"+a web acl -"},
		},
		"an unknown number of them now is not fixed": {
			base: []string{"a web acl -"}, now: []string{"a ? acl - unknown"}, want: []string{},
		},
		"a file that cannot be read fixes nothing": {
			base: []string{"a web acl -"}, now: []string{"a"}, want: []string{},
			change: func(r *compliance.Report, _ *Base) {
				r.Results[0].Diagnostics = []compliance.Diagnostic{{Level: compliance.LevelError}}
			},
		},
		"a target that cannot be read fixes nothing": {
			base: []string{"a web acl -"}, now: []string{"a"}, want: []string{},
			change: func(r *compliance.Report, _ *Base) { r.Results[0].Err = "down" },
		},
		"a target that is not scanned fixes nothing": {
			base: []string{"a web acl -", "b web acl -"}, now: []string{"a"}, want: []string{"-a web acl -"},
		},
		"a root module that is gone is fixed": {
			base: []string{"a web acl -", "b web acl -"}, now: []string{"a"}, want: []string{"-a web acl -", "-b web acl -"},
			change: func(_ *compliance.Report, b *Base) { b.Revision, b.Gone = true, func(string) bool { return true } },
		},
		"a root module that is there and left out is not fixed": {
			base: []string{"a web acl -", "b web acl -"}, now: []string{"a"}, want: []string{"-a web acl -"},
			change: func(_ *compliance.Report, b *Base) { b.Revision, b.Gone = true, func(string) bool { return false } },
		},
		"a count of one or two around what was there": {
			base: []string{"a sg.x acl -", "a module.m[0].sg.y acl -"}, now: []string{"a sg.x[0] acl -", "a sg.x[1] acl -", "a module.m.sg.y acl -"},
			want: []string{"=a sg.x[0] acl -", "+a sg.x[1] acl -", "=a module.m.sg.y acl -"},
		},
		"a key that looks like a number is no number": {
			base: []string{`a sg.x["[0]"] acl -`}, now: []string{`a sg.x[""] acl -`}, want: []string{`+a sg.x[""] acl -`, `-a sg.x["[0]"] acl -`},
		},
		"a count that became unknown": {
			base: []string{"a sg.x[0] acl -", "a sg.x[1] acl -", `a sg.z["b"] acl -`}, now: []string{`a sg.x["?"] acl -`, `a sg.y["?"] acl -`, `a sg.z["c"] acl -`},
			want: []string{`=a sg.x["?"] acl -`, `+a sg.y["?"] acl -`, `+a sg.z["c"] acl -`, `-a sg.z["b"] acl -`},
		},
		"a count that became known": {
			base: []string{`a sg.x["?"] acl -`}, now: []string{`a sg.x["a"] acl -`, `a sg.x["b"] acl -`},
			want: []string{`=a sg.x["a"] acl -`, `=a sg.x["b"] acl -`},
		},
		"a count and a verdict that became unknown fix nothing": {
			base: []string{"a sg.x[0] acl -", "a sg.x[1] acl -"}, now: []string{`a sg.x["?"] acl - unknown`}, want: []string{},
		},
		"an element that was mended with a value that is not known yet": {
			base: []string{"a web in/0/cidr one"}, now: []string{"a"}, want: []string{"-a web in/0/cidr one"},
			change: func(r *compliance.Report, _ *Base) {
				r.Results[0].Unknowns = []compliance.Unknown{{Path: compliance.Path{"sg", "web", "in", "0", "groups"}}}
			},
		},
		"an element of which something became unknown is not fixed": {
			base: []string{"a web in/0/cidr one", "a web in/1/cidr two"}, now: []string{"a web in/1/cidr two"}, want: []string{"=a web in/1/cidr two"},
			change: func(r *compliance.Report, _ *Base) {
				r.Results[0].Unknowns = []compliance.Unknown{{Path: compliance.Path{"sg", "web", "in", "0", "port"}}}
			},
		},
		"a root module that was renamed": {
			base: []string{"old web acl -"}, now: []string{"new web acl -"}, want: []string{"=new web acl -"},
			change: func(_ *compliance.Report, b *Base) {
				b.Revision, b.Renamed = true, map[string]string{"new": "old"}
			},
		},
		"a root module that did not change": {
			now: []string{"a web acl -"}, want: []string{"=a web acl -"},
			change: func(_ *compliance.Report, b *Base) { b.Revision, b.Same = true, map[string]bool{"a": true} },
		},
		"moved by the configuration": {
			base: []string{"a aws_sg.web acl -", "a aws_sg.web2 acl -"}, now: []string{"a module.net.aws_sg.web acl -"},
			want: []string{"=a module.net.aws_sg.web acl -", "-a aws_sg.web2 acl -"},
			change: func(r *compliance.Report, _ *Base) {
				r.Results[0].Moves = []compliance.Move{{From: "aws_sg.web", To: "aws_sg.www"}, {From: "aws_sg.www", To: "module.net.aws_sg.web"}}
			},
		},
		"moves in a circle end": {
			base: []string{"a x acl -"}, now: []string{"a y acl -"}, want: []string{"+a y acl -", "-a z acl -"},
			change: func(r *compliance.Report, _ *Base) {
				r.Results[0].Moves = []compliance.Move{{From: "x", To: "z"}, {From: "z", To: "w"}, {From: "w", To: "z"}}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := reportOf(controls, c.now...)
			base := &Base{Name: "base", Report: reportOf(controls, c.base...)}
			if c.change != nil {
				c.change(r, base)
			}
			Compare(r, base)
			if got := outcome(r); !slices.Equal(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}

// A base that was made with fewer controls, or of other targets, must not turn
// failures into old ones.
func TestWhatTheBaseDidNotJudgeIsNew(t *testing.T) {
	r := reportOf([]*compliance.Control{newer}, "a web acl -", "b web acl -")
	Compare(r, &Base{Name: "main.json", Report: reportOf([]*compliance.Control{ingress}, "a web acl -")})
	if got := outcome(r); !slices.Equal(got, []string{"+a web acl -", "+b web acl -"}) {
		t.Errorf("%q", got)
	}
	var said []string
	for _, d := range r.Diagnostics {
		said = append(said, d.Message)
	}
	want := []string{
		"main.json was not judged by TST0003: their failures count as new; make the base report anew",
		"main.json does not have b: their failures count as new; make the base report anew",
	}
	if !slices.Equal(said, want) {
		t.Errorf("said %q", said)
	}
}

func TestFingerprintsAreUnique(t *testing.T) {
	r := reportOf([]*compliance.Control{ingress}, "a web in/0/cidr x", "a web in/1/cidr x", "a web in/1/cidr x", "b web in/0/cidr x")
	seen := map[string]bool{}
	for _, f := range failed(r) {
		if seen[f.Fingerprint] {
			t.Errorf("%s twice", f.Fingerprint)
		}
		seen[f.Fingerprint] = true
	}
}
