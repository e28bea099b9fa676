package report

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"merlon/compliance"
)

// cleanRun returns a run in which all is well.
func cleanRun() *compliance.Report {
	r := fixture()
	r.Results = r.Results[:1]
	r.Results[0].Findings = []compliance.Finding{
		finding(rootLogin, compliance.Pass, compliance.Path{"sshd"}, nil, compliance.Source{}),
		finding(kptr, compliance.NotApplicable, nil, nil, compliance.Source{}),
	}
	return linked(r)
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

func TestTextVerdict(t *testing.T) {
	with := func(change func(r *compliance.Report)) *compliance.Report {
		r := cleanRun()
		change(r)
		return linked(r)
	}
	unsure := func(deferred bool) func(r *compliance.Report) {
		return func(r *compliance.Report) {
			f := finding(kptr, compliance.Unsure, nil, nil, compliance.Source{})
			f.Unknown = &compliance.Unknown{Cause: "no answer", Deferred: deferred}
			r.Results[0].Findings = append(r.Results[0].Findings, f)
		}
	}
	for name, c := range map[string]struct {
		r    *compliance.Report
		want string
	}{
		"clean":    {cleanRun(), "Clean: 1 check passed on 1 target; 1 do not apply; nothing failed, nothing is unknown."},
		"unread":   {with(unsure(false)), "Not clean: nothing failed; 1 verdict is unknown; 1 target read. The scan is incomplete."},
		"deferred": {with(unsure(true)), "Not clean: nothing failed; 1 verdict is unknown; 1 target read."},
		"unreachable": {with(func(r *compliance.Report) { r.Results = append(r.Results, compliance.Result{Err: "no route"}) }),
			"Not clean: nothing failed; 1 of 2 targets could be read. The scan is incomplete."},
		"unparsed": {with(func(r *compliance.Report) {
			r.Results[0].Diagnostics = []compliance.Diagnostic{{Level: compliance.LevelError, Message: "bad"}}
		}), "Not clean: nothing failed; 1 target read. The scan is incomplete."},
		"nothing": {with(func(r *compliance.Report) { r.Results[0].Findings = r.Results[0].Findings[1:] }), "Nothing was judged: no control applies to the 1 target."},
		"empty":   {&compliance.Report{}, "Nothing was judged: no control applies to the 0 targets."},
	} {
		out := write(t, "text", c.r, Options{})
		if got := lastLine(out); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		if name != "clean" && strings.Contains(string(out), "Clean") {
			t.Errorf("%s is called clean", name)
		}
	}
}

// crowd returns one control's failure on n hosts, each with a value of its own.
func crowd(n int) *compliance.Report {
	r := fixture()
	proto := r.Results[0].Findings[0]
	r.Results = nil
	for i := range n {
		f := proto
		f.Saw = fmt.Sprintf("value-%04d", i/5)
		r.Results = append(r.Results, compliance.Result{Target: compliance.Target{Name: fmt.Sprintf("h%04d", i), Kind: compliance.KindHost}, Findings: []compliance.Finding{f}})
	}
	return linked(r)
}

func TestTextManyFindings(t *testing.T) {
	brief := string(write(t, "text", crowd(1000), Options{}))
	if n := strings.Count(brief, "\n"); n > 60 {
		t.Errorf("%d lines", n)
	}
	for _, s := range []string{"/etc/ssh/sshd_config:32 (h0000, h0001, h0002, h0003, h0004)", "... and 950 more, on 950 targets; -v lists them", "1000 failures (1000 high)"} {
		if !strings.Contains(brief, s) {
			t.Errorf("no %q in\n%s", s, brief)
		}
	}
	full := string(write(t, "text", crowd(1000), Options{Verbose: true}))
	for i := range 1000 {
		if !strings.Contains(full, fmt.Sprintf("h%04d", i)) || !strings.Contains(full, fmt.Sprintf("value-%04d", i/5)) {
			t.Fatalf("-v leaves out h%04d", i)
		}
	}
	if strings.Contains(full, "-v ") {
		t.Error("-v refers to -v")
	}
}

// Findings that read alike are one entry, its targets counted.
func TestTextAlike(t *testing.T) {
	r := crowd(1000)
	for i := range r.Results {
		r.Results[i].Findings[0].Saw = "yes"
	}
	out := string(write(t, "text", r, Options{}))
	if !strings.Contains(out, "(h0000, h0001, h0002, h0003, h0004, h0005 and 994 more; -v lists them)") {
		t.Error(out)
	}
}

func TestTextWidth(t *testing.T) {
	r := fixture()
	long := "/etc/" + strings.Repeat("verlängert/目錄/", 20) + strings.Repeat("x", 150) + ".conf"
	f := &r.Results[0].Findings[0]
	f.Source.File, f.Saw, f.Source.Text = long, strings.Repeat("日本語 ", 90), "\t"+strings.Repeat("語", 200)
	for _, width := range []int{0, 40, 72, 100} {
		for _, verbose := range []bool{false, true} {
			out := string(write(t, "text", r, Options{Width: width, Verbose: verbose}))
			limit := width
			if width == 0 {
				limit = 100
			}
			var joined strings.Builder
			for line := range strings.Lines(out) {
				line = strings.TrimSuffix(line, "\n")
				if w := columns.StringWidth(line); w > limit {
					t.Errorf("%d columns of %d: %q", w, limit, line)
				}
				joined.WriteString(strings.TrimSpace(line))
			}
			if !strings.Contains(joined.String(), long+":32") {
				t.Errorf("width %d loses the file and line", width)
			}
		}
	}
}

func TestTextColour(t *testing.T) {
	plain := string(write(t, "text", fixture(), Options{}))
	colour := string(write(t, "text", fixture(), Options{Color: true}))
	if strings.Contains(plain, "\x1b") {
		t.Error("colour that was not asked for")
	}
	stripped := strings.NewReplacer("\x1b[1;31m", "", "\x1b[31m", "", "\x1b[33m", "", "\x1b[36m", "", "\x1b[0m", "").Replace(colour)
	if stripped != plain {
		t.Error("colour changes the text")
	}
	if n := strings.Count(colour, "\x1b[0m"); n != 6 {
		t.Errorf("%d coloured words of 6 severities", n)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", []string{""}},
		{"  one two", []string{"  one two"}},
		{"one two three four", []string{"one two", "  three", "  four"}},
		{"AB  cd\nef", []string{"AB  cd ef"}},
		{"/usr/lib/systemd/x", []string{"/usr/lib/", "  systemd/", "  x"}},
		{"日本語日本語", []string{"日本語日本", "  語"}},
	} {
		if got := wrap(c.in, 10, 2); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

func TestLookup(t *testing.T) {
	for _, f := range Formats() {
		got, err := Lookup(f.Name)
		if err != nil || got.Name != f.Name || got.Description == "" {
			t.Errorf("%s: %v, %v", f.Name, got, err)
		}
	}
	if _, err := Lookup("xml"); err == nil || !strings.Contains(err.Error(), `"xml" is none of text, json, sarif, gitlab, codequality, junit`) {
		t.Error(err)
	}
}

type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	for _, f := range Formats() {
		if err := f.Write(full{}, fixture(), Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

func TestReportIsLeftAsItIs(t *testing.T) {
	r, same := hostile("\x1b[2J|\x00|\xff"), hostile("\x1b[2J|\x00|\xff")
	for _, f := range Formats() {
		write(t, f.Name, r, Options{Verbose: true})
	}
	if !reflect.DeepEqual(r, same) {
		t.Error("a format changed the report")
	}
}
