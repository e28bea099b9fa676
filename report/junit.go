package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"merlon/compliance"
)

// GitLab refuses files above 30 MB and, counting elements, attributes and texts,
// XML of more than 250,000 objects, of which a case with its failure has seven.
// https://docs.gitlab.com/ci/testing/unit_test_reports/
const (
	junitMaxBytes = 30_000_000
	junitMaxCases = 30_000
	junitText     = 4_096 // characters of one case
	junitListed   = 20    // findings that one case tells in full
)

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Time   string        `xml:"time,attr"`
	Suites []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Cases []*junitCase `xml:"testcase"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

// A junitCase is one control's verdict on one subject. GitLab knows it by class and
// name, shows the class as the suite, and of a failure the text only.
type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	File    string       `xml:"file,attr,omitempty"`
	Failure *junitReason `xml:"failure,omitempty"`
	Error   *junitReason `xml:"error,omitempty"`
	Skipped *junitReason `xml:"skipped,omitempty"`

	findings []*compliance.Finding
}

type junitReason struct {
	Message string `xml:"message,attr,omitempty"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes a suite for each target, or group of hosts, and a case for each
// subject that a control judged. A waived failure is skipped, as is what cannot be
// known yet; what should have been read and was not is an error, for it must not
// look like something that was left out on purpose.
func writeJUnit(w io.Writer, r *compliance.Report, o Options) error {
	r = clean(r)
	out := junitSuites{Name: tool, Time: fmt.Sprintf("%.1f", r.Finished.Sub(r.Started).Seconds()), Suites: newJUnitSuites(r, o)}
	if missing := out.trim(junitMaxCases-1, junitMaxBytes-1_024); missing > 0 {
		text := count(missing, "case is", "cases are") + " left out, those that passed first: " + limits(junitMaxCases, junitMaxBytes)
		o.note("junit: " + text)
		out.Suites[0].Cases = append(out.Suites[0].Cases, &junitCase{Class: tool, Name: "The report has room for every case", Skipped: &junitReason{Text: text}})
	}
	out.count()
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// newJUnitSuites returns the run's own suite, then one for each target or group.
func newJUnitSuites(r *compliance.Report, o Options) []*junitSuite {
	run := &junitSuite{Name: tool, Cases: []*junitCase{readingCase(tool, "The inventory and the waivers were read", r.Diagnostics)}}
	suites := []*junitSuite{run}
	var groups map[*compliance.Target]*hostGroup
	if o.GroupBy == byControl {
		groups = hostGroups(r)
	}
	byName := map[string]*junitSuite{}
	cases := map[[3]string]*junitCase{}
	unread := map[string][]compliance.Diagnostic{}
	for i := range r.Results {
		res := &r.Results[i]
		name, grouped := res.Target.Name, false
		if g := groups[&res.Target]; g != nil {
			name, grouped = g.Name, true
		}
		suite := byName[name]
		if suite == nil {
			suite = &junitSuite{Name: name}
			byName[name] = suite
			suites = append(suites, suite)
		}
		unread[name] = append(unread[name], troubles(res)...)
		for j := range res.Findings {
			f := &res.Findings[j]
			if f.State == compliance.NotApplicable {
				continue
			}
			k := [3]string{name, f.Control.ID, subject(f)}
			if grouped {
				k[2] = ""
			}
			if cases[k] == nil {
				cases[k] = &junitCase{Class: name, Name: strings.TrimSuffix(f.Control.ID+" "+f.Control.Title+": "+k[2], ": ")}
				suite.Cases = append(suite.Cases, cases[k])
			}
			cases[k].findings = append(cases[k].findings, f)
		}
	}
	for _, c := range cases {
		c.judge()
	}
	for _, s := range suites[1:] {
		s.Cases = append([]*junitCase{readingCase(s.Name, "Everything was read", unread[s.Name])}, s.Cases...)
	}
	return suites
}

// troubles returns what keeps a result from being whole.
func troubles(res *compliance.Result) []compliance.Diagnostic {
	var out []compliance.Diagnostic
	if res.Err != "" {
		out = append(out, compliance.Diagnostic{Level: compliance.LevelError, Message: "it could not be read: " + res.Err})
	}
	for _, d := range res.Diagnostics {
		out = append(out, compliance.Diagnostic{Level: d.Level, Message: said(d)})
	}
	for i := range out {
		out[i].Message = res.Target.Name + ": " + out[i].Message
	}
	return out
}

// readingCase is an error where something that should have been read was not.
func readingCase(class, name string, ds []compliance.Diagnostic) *junitCase {
	c := &junitCase{Class: class, Name: name}
	var lines []string
	for _, d := range ds {
		if d.Level == compliance.LevelError {
			lines = append(lines, said(d))
		}
	}
	if len(lines) > 0 {
		c.Error = newJUnitReason("incomplete", lines)
	}
	return c
}

// judge makes one verdict of the findings on a case's subject.
func (c *junitCase) judge() {
	var failed, unread, skipped []string
	for _, f := range c.findings {
		switch {
		case f.State == compliance.Fail && !f.Waived():
			failed = append(failed, junitFailure(f))
			if at := anchor(f); c.File == "" && at.Line > 0 {
				c.File = at.File
			}
		case f.State == compliance.Fail:
			skipped = append(skipped, oneLine(f)+"; "+accepted(f.Waiver))
		case f.State == compliance.Unsure:
			line := f.Target.Name + ": unknown: " + cmp.Or(f.Message, "no cause is given")
			if f.Unknown != nil && f.Unknown.Deferred {
				skipped = append(skipped, line)
			} else {
				unread = append(unread, line)
			}
		}
	}
	control := c.findings[0].Control
	switch {
	case len(failed) > 0:
		if control.Remediation != "" {
			failed = append(failed, "Fix: "+control.Remediation)
		}
		c.Failure = newJUnitReason(control.Severity.String(), failed)
	case len(unread) > 0:
		c.Error = newJUnitReason("unknown", unread)
	case len(skipped) > 0:
		c.Skipped = newJUnitReason("", skipped)
	}
}

// junitFailure says what a person needs to find and understand one failure.
func junitFailure(f *compliance.Finding) string {
	lines := []string{f.Control.Severity.String() + ": " + oneLine(f)}
	if f.Change == compliance.New {
		lines[0] += " (new)"
	}
	if at := origin(f.Source); at != "" {
		lines = append(lines, "at "+at)
	}
	if text := cmp.Or(f.Snippet, f.Source.Text); text != "" {
		lines = append(lines, "    "+strings.TrimSpace(text))
	}
	for _, s := range f.Source.Via {
		lines = append(lines, "reached from "+origin(s))
	}
	if f.Waiver != nil {
		lines = append(lines, accepted(f.Waiver))
	}
	if f.Fix != nil {
		lines = append(lines, mendable+": "+f.Fix.Description)
	}
	return strings.Join(lines, "\n")
}

func newJUnitReason(kind string, lines []string) *junitReason {
	first, _, _ := strings.Cut(lines[0], "\n")
	if rest := len(lines) - junitListed; rest > 1 {
		last := lines[len(lines)-1]
		lines = append(slices.Clone(lines[:junitListed]), fmt.Sprintf("... and %d more; the json report has them all", rest-1), last)
	}
	return &junitReason{Message: cut(first, junitText), Type: kind, Text: cut(strings.Join(lines, "\n"), junitText)}
}

// weight orders cases by what must not be left out.
func (c *junitCase) weight() int {
	switch {
	case c.Error != nil && c.findings == nil:
		return 0 // what was not read
	case c.Failure != nil && slices.ContainsFunc(c.findings, func(f *compliance.Finding) bool { return f.Change == compliance.New }):
		return 1
	case c.Failure != nil:
		return 6 - int(c.findings[0].Control.Severity) // 2 to 5
	case c.Error != nil:
		return 6
	case c.Skipped != nil:
		return 7
	}
	return 8
}

// trim leaves out what goes beyond limit cases or budget bytes, and returns how many
// cases that were.
func (out *junitSuites) trim(limit, budget int) (missing int) {
	var all []*junitCase
	// Beside its cases a suite takes its tags; a case may be indented and closed.
	for _, s := range out.Suites {
		budget -= len(s.Name)*6 + 128
		all = append(all, s.Cases...)
	}
	slices.SortStableFunc(all, func(a, b *junitCase) int { return cmp.Compare(a.weight(), b.weight()) })
	drop := map[*junitCase]bool{}
	for _, c := range all {
		size := junitSize(c)
		if limit == 0 || size > budget {
			drop[c] = true
			continue
		}
		limit--
		budget -= size
	}
	for _, s := range out.Suites {
		s.Cases = slices.DeleteFunc(s.Cases, func(c *junitCase) bool { return drop[c] })
	}
	return len(drop)
}

// junitSize is what a case takes at most, white space around its elements included.
func junitSize(c *junitCase) int {
	b, err := xml.Marshal(c)
	if err != nil {
		return junitMaxBytes
	}
	return len(b) + 64
}

// count fills in the counts of the suites and of the whole.
func (out *junitSuites) count() {
	for _, s := range out.Suites {
		for _, c := range s.Cases {
			s.Tests++
			switch {
			case c.Failure != nil:
				s.Failures++
			case c.Error != nil:
				s.Errors++
			case c.Skipped != nil:
				s.Skipped++
			}
		}
		out.Tests += s.Tests
		out.Failures += s.Failures
		out.Errors += s.Errors
		out.Skipped += s.Skipped
	}
}
