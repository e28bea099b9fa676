package report

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"merlon/compliance"
)

// hostile returns a report whose strings are the pieces of s between its bars, in
// turn.
func hostile(s string) *compliance.Report {
	pieces, n := strings.Split(s, "|"), 0
	next := func() string {
		n++
		return pieces[n%len(pieces)]
	}
	source := func() compliance.Source {
		return compliance.Source{File: next(), Line: n % 4, Column: n % 3, EndLine: n % 5, Command: next(), Text: next()}
	}
	path := func() compliance.Path { return compliance.Path{next(), next(), next()}[:1+n%3] }
	r := &compliance.Report{Version: next(), Started: time.Unix(0, 0), Finished: time.Unix(1, 0)}
	for _, k := range kinds {
		c := &compliance.Control{ID: next() + string(k), Policy: next(), Kind: k, Title: next(), Description: next(), Severity: compliance.High,
			Remediation: next(), References: map[string][]string{next(): {next(), next()}, "cwe": {next()}},
			Links: []compliance.Link{{Title: next(), URL: next()}, {URL: "https://" + next()}}, Sections: []string{next()}}
		r.Controls = append(r.Controls, c)
		for i := range 2 {
			res := compliance.Result{
				Target:      compliance.Target{Name: next(), Kind: k, Address: next(), Labels: map[string]string{next(): next()}},
				Diagnostics: []compliance.Diagnostic{{Level: compliance.LevelError, Message: next(), Source: source()}},
				Unknowns:    []compliance.Unknown{{Path: path(), Cause: next(), Source: source()}},
			}
			if i == 0 {
				res.Err, res.Target.Declared = next(), source()
			}
			for j, state := range []compliance.State{compliance.Fail, compliance.Unsure, compliance.Pass, compliance.NotApplicable, compliance.Fail} {
				f := compliance.Finding{Control: c, State: state, Subject: path(), Path: path(), Source: source(), Saw: next(), Want: next(),
					Message: next(), Snippet: next(), Conditional: j == 0, Absent: i == 1, Unknown: &compliance.Unknown{Path: path(), Cause: next()}}
				f.Sensitive, f.Content, f.Change = j == 4 && i == 1, next(), []compliance.Change{"", compliance.New, compliance.Unchanged}[n%3]
				f.Waiver = &compliance.Waiver{Control: next(), Target: next(), Subject: next(), Reason: next(), Owner: next(), Until: next(), Source: source(), Covers: source(), Lapsed: j == 0}
				f.Fix = &compliance.Fix{Description: next(), Diff: next(), Edits: []compliance.Edit{{File: next(), Line: n % 3, Column: n % 2, EndLine: n % 4, EndColumn: n % 5, Text: next()}}}
				f.Source.Via, f.Source.Shadowed = []compliance.Source{source()}, []compliance.Source{source()}
				res.Findings = append(res.Findings, f)
			}
			r.Results = append(r.Results, res)
		}
	}
	linked(r)
	r.Shard = next()
	r.Diagnostics = []compliance.Diagnostic{{Level: compliance.LevelError, Message: next(), Source: source()}, {Level: compliance.LevelWarning, Message: next()}}
	r.Comparison = &compliance.Comparison{Base: next(), Fixed: r.Results[0].Findings[:1:1]}
	return r
}

// checkText wants nothing that a terminal could take for more than a character.
func checkText(t testing.TB, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Error("invalid UTF-8")
	}
	for _, r := range out {
		if r != '\n' && r != '\u200c' && r != '\u200d' && !unicode.IsGraphic(r) {
			t.Errorf("%U reaches the terminal in %q", r, out)
			return
		}
	}
}

// FuzzFormats holds every format to its schema and its reader's rules, whatever
// the strings of a report are.
func FuzzFormats(f *testing.F) {
	for _, s := range []string{
		"", "plain", "\x1b[2J\x1b]0;title\x07", "a\r\nb\rc", "\x00", "\u202egnp.exe\u2066", "\xff\xfe\xc3", "\u009b31m", "\u2028\u2029\ufeff",
		"../../etc/passwd", "/etc/passwd", `..\..\x`, "a//b/./../c", "C:\\x", "javascript:alert(1)", "https://[::1", "a b#c?d%zz", ":", "a:b", ".", "..",
		"{0} {1} {99}", "{", "'quoted'", "`code`", "![](https://x)", "CWE-798", "CVE-2024-3094", "</script>", "{\"a\":1}",
		strings.Repeat("long ", 14_000) + "|a|b|c|d|e|f|g|h|i|j", strings.Repeat("/deep", 1_000) + "|x", strings.Repeat("日本", 700) + "|x|y", "web01|/etc/ssh/sshd_config|main.tf|..|\x1b[0m|3", "e\u0301\u0301\u0301", "👩‍👩‍👧‍👦", "\t x\n\n  y \n",
	} {
		f.Add(s)
	}
	validate := compiled(f)
	f.Fuzz(func(t *testing.T, s string) {
		r := hostile(s)
		group := []string{"", byControl}[len(s)%2]
		for _, o := range []Options{{GroupBy: group}, {Verbose: true, Width: 50}} {
			checkText(t, string(write(t, "text", r, o)))
		}
		checkJUnit(t, write(t, "junit", r, Options{GroupBy: group}))
		for format, valid := range validate {
			out := write(t, format, r, Options{Repository: Repository{URL: s, Revision: s}, GroupBy: group})
			if !utf8.Valid(out) {
				t.Errorf("%s: invalid UTF-8", format)
			}
			if i := strings.IndexFunc(string(out), func(r rune) bool { return r != '\n' && r != '\u200c' && r != '\u200d' && !unicode.IsGraphic(r) }); i >= 0 {
				t.Errorf("%s: %q", format, out[i:min(i+20, len(out))])
			}
			if err := valid(out); err != nil {
				t.Errorf("%s: %v", format, err)
			}
			if format == "sarif" {
				checkSARIF(t, out)
			}
			if format == "json" || format == "sarif" && group == "" {
				// Names that were cleaned may have become alike, which is an error.
				_, _ = Read(out, s)
			}
		}
	})
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                "plain",
		"\x1b[31mred":          `\x1b[31mred`,
		"a\u009bb":             `a\x9bb`,
		"a\x00b":               `a\x00b`,
		"\u202eabc":            `\u202eabc`,
		"a\xffb":               "a\ufffdb",
		"a\nb":                 `a\nb`,
		"日本 é":                 "日本 é",
		"\U000e0041":           `\U000e0041`,
		strings.Repeat("x", 9): "xxxxxxxx… (cut, 9 bytes in all)",
	} {
		limit := maxName
		if strings.HasPrefix(in, "xxx") {
			limit = 8
		}
		if got := printable(in, limit, ""); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := cleanText("a\r\nb\tc\rd"); got != "a\nb\tc\\rd" {
		t.Errorf("%q", got)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöüß", 3, "äö…"}, {"äöü", 3, "äöü"}, {"", 1, ""}} {
		if got := cut(c.in, c.n); got != c.want {
			t.Errorf("%q to %d: %q", c.in, c.n, got)
		}
	}
}
