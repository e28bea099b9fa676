package report

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"merlon/compliance"
)

func mustRead(t testing.TB, data []byte) *compliance.Report {
	t.Helper()
	r, err := Read(data, "base")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is read back from json reads alike in every format.
func TestReadJSON(t *testing.T) {
	for name, r := range map[string]*compliance.Report{"fixture": fixture(), "compared": compared(), "clean": cleanRun(), "empty": {}, "large": large(700)} {
		back := mustRead(t, write(t, "json", r, Options{}))
		for i := range back.Results {
			for j := range back.Results[i].Findings {
				f := &back.Results[i].Findings[j]
				if f.Target != &back.Results[i].Target || f.Control == nil {
					t.Fatalf("%s: finding %d is not linked", name, j)
				}
			}
		}
		for _, f := range Formats() {
			for _, o := range []Options{{Verbose: true}, {GroupBy: byControl}} {
				if !bytes.Equal(write(t, f.Name, r, o), write(t, f.Name, back, o)) {
					t.Errorf("%s: %s differs", name, f.Name)
				}
			}
		}
	}
}

// A base gives back the same failures, however it was written.
func TestReadSARIF(t *testing.T) {
	type failure struct {
		Control, Title, Target, Fingerprint, Setting, Content, Saw, Want, File string
		Severity                                                               compliance.Severity
		Kind                                                                   compliance.Kind
		Subject, Path                                                          compliance.Path
		Line, EndLine, Column                                                  int
		Absent, Conditional                                                    bool
		Change                                                                 compliance.Change
		Waiver                                                                 compliance.Waiver
	}
	failures := func(r *compliance.Report) map[string]failure {
		out := map[string]failure{}
		for _, f := range append(r.Failures(), r.Waived()...) {
			g := failure{f.Control.ID, f.Control.Title, f.Target.Name, f.Fingerprint, f.Setting, f.Content, f.Saw, f.Want, f.Source.File,
				f.Control.Severity, f.Target.Kind, f.Subject, f.Path, f.Source.Line, f.Source.EndLine, f.Source.Column, f.Absent, f.Conditional, f.Change, compliance.Waiver{}}
			if f.Waiver != nil {
				g.Waiver = *f.Waiver
			}
			out[f.Fingerprint] = g
		}
		return out
	}
	for name, r := range map[string]*compliance.Report{"fixture": fixture(), "compared": compared(), "clean": cleanRun(), "large": large(700)} {
		back := mustRead(t, write(t, "sarif", r, Options{}))
		got, want := failures(back), failures(clean(r))
		if !reflect.DeepEqual(got, want) {
			for k := range want {
				if !reflect.DeepEqual(got[k], want[k]) {
					t.Errorf("%s:\n%+v\n%+v", name, got[k], want[k])
				}
			}
		}
		if (len(r.Incomplete()) > 0) != (len(back.Incomplete()) > 0) {
			t.Errorf("%s: incomplete is %q, was %q", name, back.Incomplete(), r.Incomplete())
		}
		if len(back.Controls) != len(controlsOf(r, kindsScanned(r)...)) || len(back.Results) != len(r.Results) {
			t.Errorf("%s: %d controls, %d targets", name, len(back.Controls), len(back.Results))
		}
		// The identities are made of what is there, so that they can be made anew.
		again := mustRead(t, write(t, "sarif", r, Options{}))
		again.SetFingerprints()
		if !reflect.DeepEqual(settings(back), settings(again)) {
			t.Errorf("%s: the settings differ once they are made anew", name)
		}
		for i := range back.Results {
			if was := r.Results[i]; (back.Results[i].Err != "") != (was.Err != "") && back.Results[i].Target.Name == was.Target.Name {
				t.Errorf("%s: %s: %q", name, was.Target.Name, back.Results[i].Err)
			}
		}
	}
}

func settings(r *compliance.Report) map[string]int {
	out := map[string]int{}
	for _, f := range r.Failures() {
		out[f.Setting]++
	}
	return out
}

// Whatever a SARIF report does not hold, a gate on it must not be green for that.
func TestReadSARIFIncomplete(t *testing.T) {
	many := failing(sarifMaxResults + 1)
	for name, data := range map[string][]byte{
		"left out":  write(t, "sarif", many, Options{}),
		"no run":    write(t, "sarif", &compliance.Report{}, Options{}),
		"unread":    write(t, "sarif", &compliance.Report{Results: []compliance.Result{{Target: compliance.Target{Name: "a", Kind: compliance.KindHost}, Err: "no route"}}}, Options{}),
		"silent":    bytes.ReplaceAll(write(t, "sarif", cleanRun(), Options{}), []byte(`"invocations"`), []byte(`"other"`)),
		"failed":    bytes.ReplaceAll(write(t, "sarif", cleanRun(), Options{}), []byte(`"executionSuccessful":true`), []byte(`"executionSuccessful":false`)),
		"inventory": write(t, "sarif", func() *compliance.Report { r := cleanRun(); r.Diagnostics = compared().Diagnostics; return r }(), Options{}),
	} {
		if r := mustRead(t, data); len(r.Incomplete()) == 0 {
			t.Errorf("%s: the report is taken for whole", name)
		}
	}
	if r := mustRead(t, write(t, "sarif", cleanRun(), Options{})); len(r.Incomplete()) != 0 {
		t.Errorf("a whole report is not: %q", r.Incomplete())
	}
}

func TestReadErrors(t *testing.T) {
	jsonReport, sarifReport := string(write(t, "json", compared(), Options{})), string(write(t, "sarif", compared(), Options{}))
	first := regexp.MustCompile(`"fingerprint":"[0-9a-f]{64}"`).FindString(jsonReport)
	change := func(s, old, new string) string {
		out := strings.Replace(s, old, new, 1)
		if out == s {
			t.Fatalf("there is no %s", old)
		}
		return out
	}
	for name, c := range map[string]struct{ data, want string }{
		"empty":             {"  ", "base.json: it is empty"},
		"cut":               {jsonReport[:len(jsonReport)/2], "it is cut off after"},
		"cut sarif":         {sarifReport[:len(sarifReport)-20], "it is cut off after"},
		"text":              {"merlon 0.1.0: 3 hosts", "it is not JSON: invalid character 'm'"},
		"emptied":           {strings.TrimSuffix(strings.TrimSpace(jsonReport), "}") + `,"results":[]}`, "its summary speaks of"},
		"no waiver":         {change(jsonReport, `"waiver":{"control":"`, `"waiver":{"x":"`), "has no control, no reason or no day"},
		"two":               {jsonReport + jsonReport, "it is not JSON: invalid character '{' after top-level value"},
		"list":              {"[]", "it is no report of Merlon's"},
		"object":            {"{}", "it is no report of Merlon's; give one that"},
		"another's json":    {`{"format":1,"tool":{"name":"other"}}`, "it is no report of Merlon's; give one that"},
		"another's sarif":   {`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"semgrep"}}}]}`, `a SARIF report of "semgrep", not of Merlon`},
		"sarif of a kind":   {`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"merlon-cloud"}}}]}`, `of "merlon-cloud"`},
		"old sarif version": {`{"version":"2.0.0","runs":[]}`, `it is SARIF "2.0.0", and Merlon reads 2.1.0`},
		"older sarif":       {`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"merlon-host"}}}]}`, "an older Merlon wrote it"},
		"later sarif":       {change(sarifReport, `"merlon":{"format":1`, `"merlon":{"format":9`), "it is of format 9 of Merlon's SARIF"},
		"gitlab":            {string(write(t, "gitlab", fixture(), Options{})), "it is a GitLab security report"},
		"later json":        {change(jsonReport, `"format":1`, `"format":2`), "of format 2, and this Merlon reads format 1"},
		"older json":        {regexp.MustCompile(`,"setting":"[0-9a-f]{64}"`).ReplaceAllString(jsonReport, ""), "an older Merlon wrote it"},
		"fingerprint":       {change(jsonReport, first, `"fingerprint":"`+"\\u001b[31mX"+`"`), `\\x1b[31mX" is no fingerprint`},
		"upper case":        {change(jsonReport, first, strings.ToUpper(first[15:])+`"`), "it is not JSON"},
		"sarif fingerprint": {change(sarifReport, `"merlon/v1":"`, `"merlon/v1":"x`), "is no fingerprint"},
		"twice":             {change(jsonReport, regexp.MustCompile(`"fingerprint":"[0-9a-f]{64}"`).FindAllString(jsonReport, 2)[1], first), "two findings have the fingerprint"},
		"control":           {change(jsonReport, `"control":"SSH0001","state"`, `"control":"SSH9999","state"`), `control "SSH9999", which is not among its controls`},
		"control twice":     {change(jsonReport, `"id":"SSH0007"`, `"id":"SSH0001"`), `control "SSH0001" is in it twice`},
		"state":             {change(jsonReport, `"state":"fail"`, `"state":"green"`), `the state "green", which this Merlon does not know`},
		"change":            {change(jsonReport, `"change":"new"`, `"change":"gone"`), `is "gone", which this Merlon does not know`},
		"level":             {change(jsonReport, `"level":"error"`, `"level":"fine"`), `of level "fine", which this Merlon does not know`},
		"severity":          {change(jsonReport, `"severity":"high"`, `"severity":"awful"`), "severity"},
		"kind":              {change(jsonReport, `"kind":"host","address"`, `"kind":"cloud","address"`), `of kind "cloud"`},
		"time":              {change(jsonReport, `"started":"2026`, `"started":"soon`), "its time"},
		"null":              {change(jsonReport, `"controls":[`, `"controls":[null,`), "it has nulls"},
		"many objects":      {`{"version":"2.1.0","runs":[` + strings.Repeat("{},", 50_000) + `{}]}`, "more objects than such a report can"},
		"type":              {change(jsonReport, `"line":32`, `"line":"x"`), `at byte`},
		"grouped":           {string(write(t, "sarif", fleet(6, 2), Options{GroupBy: byControl})), "write it without grouping"},
		"bare":              {change(sarifReport, `"targets":["web01"`, `"bare":true,"targets":["web01"`), "give the json report of the same run"},
		"target":            {change(sarifReport, `"targets":["web01"`, `"targets":["web09"`), `on "web01", which is not among its targets`},
		"deep":              {strings.Repeat("[", 20_000), "it is no"},
	} {
		if _, err := Read([]byte(c.data), "base.json"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, wanted %q", name, err, c.want)
		} else {
			checkText(t, err.Error())
		}
	}
	if _, err := Read(make([]byte, MaxRead+1), "x"); err == nil || !strings.Contains(err.Error(), "268435457 bytes") {
		t.Error(err)
	}
}

// A report that a byte order mark begins is a report.
func TestReadMark(t *testing.T) {
	mustRead(t, append([]byte("\ufeff"), write(t, "json", cleanRun(), Options{})...))
}

// FuzzRead gives Read what is not quite a report: it must not panic, and what it
// takes every format can write.
func FuzzRead(f *testing.F) {
	small := compared()
	small.Results, small.Controls = small.Results[:1], small.Controls[:1]
	small.Results[0].Findings = small.Results[0].Findings[:1]
	small.Comparison.Fixed = nil
	for _, format := range []string{"json", "sarif"} {
		f.Add(write(f, format, small, Options{}))
	}
	id := strings.Repeat("0a", 32)
	for _, s := range []string{
		"", "{", "[]", "null", `"x"`, `{"runs":[],"version":"2.1.0"}`, `{"runs":[{}],"version":"2.1.0"}`, `{"runs":{},"version":1}`,
		`{"format":1,"tool":{"name":"merlon"},"controls":[],"results":[{}]}`,
		`{"format":1,"tool":{"name":"merlon","version":"\u001b"},"started":"2026-01-01T00:00:00Z","finished":"2025-01-01T00:00:00Z","controls":[{"id":"\u202e","kind":"host","severity":"low"}],` +
			`"results":[{"target":{"name":"..","kind":"host"},"findings":[{"control":"\u202e","state":"fail","message":"","setting":"` + id + `","fingerprint":"` + id + `","source":{"line":-1,"end_line":-9},"fix":{},"unknown":{},"waiver":{"lapsed":true}}]}]}`,
		`{"runs":[{"tool":{"driver":{"name":"merlon-host","rules":[{"id":"A","defaultConfiguration":{"rank":95}}]}},"properties":{"merlon":{"format":1,"targets":["a"]}},` +
			`"results":[{"ruleId":"A","partialFingerprints":{"merlon/v1":"` + id + `","merlonSetting/v1":"` + id + `"},"properties":{"findings":[{"target":"a"}],"more":-1}}]}],"version":"2.1.0"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(data, "fuzz")
		if err != nil {
			checkText(t, err.Error())
			return
		}
		for _, format := range Formats() {
			out := string(write(t, format.Name, r, Options{GroupBy: []string{"", byControl}[len(data)%2]}))
			if format.Name != "junit" {
				checkText(t, out)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, format := range []string{"json", "sarif"} {
		data := write(b, format, large(5_000), Options{}) // what SARIF has room for
		b.Run(fmt.Sprintf("%s/%dMB", format, len(data)/1_000_000), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				mustRead(b, data)
			}
		})
	}
}
