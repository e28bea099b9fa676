package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"merlon/compliance"
)

// What a scanned host or repository may make of a report is bounded here. A name
// or a path longer than PATH_MAX names nothing; a longer value proves no more.
const (
	maxName  = 4096      // bytes
	maxValue = 64 * 1024 // bytes
)

// clean returns a deep copy of r that is safe to show and to write: valid UTF-8,
// no control or invisible characters, bounded lengths, findings in order and each
// linked to the copies of its control and target. Controls that only findings
// know are added to the list.
func clean(r *compliance.Report) *compliance.Report {
	out := &compliance.Report{
		Version:     cleanName(r.Version),
		Shard:       cleanName(r.Shard),
		Started:     r.Started.UTC(),
		Finished:    r.Finished.UTC(),
		Results:     make([]compliance.Result, len(r.Results)),
		Diagnostics: mapped(r.Diagnostics, cleanDiagnostic),
	}
	copies := map[string]*compliance.Control{}
	control := func(c *compliance.Control) *compliance.Control {
		if copies[c.ID] == nil {
			copies[c.ID] = cleanControl(c)
			out.Controls = append(out.Controls, copies[c.ID])
		}
		return copies[c.ID]
	}
	for _, c := range r.Controls {
		control(c)
	}
	for i := range r.Results {
		from, to := &r.Results[i], &out.Results[i]
		to.Target = cleanTarget(from.Target)
		to.Err = cleanText(from.Err)
		to.Diagnostics = mapped(from.Diagnostics, cleanDiagnostic)
		to.Unknowns = mapped(from.Unknowns, cleanUnknown)
		to.Waivers = mapped(from.Waivers, cleanWaiver)
		to.Moves = mapped(from.Moves, func(m compliance.Move) compliance.Move {
			return compliance.Move{From: cleanName(m.From), To: cleanName(m.To)}
		})
		to.Findings = make([]compliance.Finding, len(from.Findings))
		for j := range from.Findings {
			to.Findings[j] = cleanFinding(&from.Findings[j])
			to.Findings[j].Control = control(from.Findings[j].Control)
			to.Findings[j].Target = &to.Target
		}
		slices.SortStableFunc(to.Findings, func(f, g compliance.Finding) int { return compare(&f, &g) })
	}
	if r.Comparison != nil {
		known := targetsOf(out)
		out.Comparison = &compliance.Comparison{Base: cleanName(r.Comparison.Base), Fixed: make([]compliance.Finding, len(r.Comparison.Fixed))}
		for i := range r.Comparison.Fixed {
			from, to := &r.Comparison.Fixed[i], &out.Comparison.Fixed[i]
			*to = cleanFinding(from)
			to.Control = control(from.Control)
			to.Target = known.of(cleanTarget(*from.Target))
		}
		slices.SortStableFunc(out.Comparison.Fixed, func(f, g compliance.Finding) int { return compare(&f, &g) })
	}
	return out
}

// targets finds a report's targets.
type targets map[compliance.Kind]map[string]*compliance.Target

func targetsOf(r *compliance.Report) targets {
	out := targets{}
	for i := range r.Results {
		t := &r.Results[i].Target
		if out[t.Kind] == nil {
			out[t.Kind] = map[string]*compliance.Target{}
		}
		out[t.Kind][t.Name] = t
	}
	return out
}

// of returns the target that is called like t, or t itself where there is none.
func (ts targets) of(t compliance.Target) *compliance.Target {
	if found := ts[t.Kind][t.Name]; found != nil {
		return found
	}
	return &t
}

func cleanControl(c *compliance.Control) *compliance.Control {
	out := &compliance.Control{
		ID:          cleanName(c.ID),
		Policy:      cleanName(c.Policy),
		Kind:        compliance.Kind(cleanName(string(c.Kind))),
		Title:       cleanText(c.Title),
		Description: cleanText(c.Description),
		Severity:    min(max(c.Severity, compliance.Low), compliance.Critical),
		Remediation: cleanText(c.Remediation),
		Links:       mapped(c.Links, cleanLink),
		Sections:    append([]string{}, mapped(c.Sections, cleanName)...),
	}
	if len(c.References) > 0 {
		out.References = make(map[string][]string, len(c.References))
		for framework, numbers := range c.References {
			out.References[cleanName(framework)] = mapped(numbers, cleanName)
		}
	}
	return out
}

func cleanLink(l compliance.Link) compliance.Link {
	return compliance.Link{Title: cleanName(l.Title), URL: cleanName(l.URL)}
}

func cleanTarget(t compliance.Target) compliance.Target {
	out := compliance.Target{
		Name:     cleanName(t.Name),
		Kind:     compliance.Kind(cleanName(string(t.Kind))),
		Address:  cleanName(t.Address),
		Declared: cleanSource(t.Declared),
	}
	if len(t.Labels) > 0 {
		out.Labels = make(map[string]string, len(t.Labels))
		for k, v := range t.Labels {
			out.Labels[cleanName(k)] = cleanName(v)
		}
	}
	return out
}

func cleanFinding(f *compliance.Finding) compliance.Finding {
	out := compliance.Finding{
		State:       compliance.State(cleanName(string(f.State))),
		Subject:     mapped(f.Subject, cleanName),
		Path:        mapped(f.Path, cleanName),
		Source:      cleanSource(f.Source),
		Saw:         cleanText(f.Saw),
		Absent:      f.Absent,
		Want:        cleanText(f.Want),
		Message:     cleanText(f.Message),
		Conditional: f.Conditional,
		Snippet:     cleanText(f.Snippet),
		Sensitive:   f.Sensitive,
		Fingerprint: cleanName(f.Fingerprint),
		Setting:     cleanName(f.Setting),
		Content:     cleanName(f.Content),
		Change:      compliance.Change(cleanName(string(f.Change))),
	}
	if f.Unknown != nil {
		u := cleanUnknown(*f.Unknown)
		out.Unknown = &u
	}
	if f.Waiver != nil {
		w := cleanWaiver(*f.Waiver)
		out.Waiver = &w
	}
	if f.Fix != nil {
		out.Fix = cleanFix(f.Fix)
	}
	if f.Sensitive {
		conceal(&out)
	}
	return out
}

// mask stands for a value that must not be shown.
const mask = "(sensitive)"

// conceal takes out of f the value, and every line that may hold it.
func conceal(f *compliance.Finding) {
	if f.Saw != "" {
		f.Saw = mask
	}
	f.Snippet, f.Source.Text = "", ""
	for i := range f.Source.Shadowed {
		f.Source.Shadowed[i].Text = ""
	}
	if f.Waiver != nil {
		f.Waiver.Source.Text, f.Waiver.Covers.Text = "", ""
	}
	if f.Fix != nil {
		f.Fix.Edits, f.Fix.Diff = []compliance.Edit{}, ""
	}
}

func cleanWaiver(w compliance.Waiver) compliance.Waiver {
	return compliance.Waiver{
		Control: cleanName(w.Control),
		Target:  cleanName(w.Target),
		Subject: cleanName(w.Subject),
		Reason:  cleanText(w.Reason),
		Owner:   cleanName(w.Owner),
		Until:   cleanName(w.Until),
		Source:  cleanSource(w.Source),
		Covers:  cleanSource(w.Covers),
		Lapsed:  w.Lapsed,
	}
}

// cleanFix keeps the change itself only where nothing in it needs cleaning: a patch
// with escapes in it would write them into the sources.
func cleanFix(f *compliance.Fix) *compliance.Fix {
	out := &compliance.Fix{Description: cleanText(f.Description), Edits: []compliance.Edit{}}
	if !intact(f.Diff) || slices.ContainsFunc(f.Edits, func(e compliance.Edit) bool { return !applicable(e) }) {
		return out
	}
	out.Edits, out.Diff = append(out.Edits, f.Edits...), f.Diff
	return out
}

func applicable(e compliance.Edit) bool {
	file, ok := inTree(e.File)
	return ok && file == e.File && cleanName(file) == file && intact(e.Text) && e.Line > 0 && e.Column > 0 &&
		(e.EndLine > e.Line || e.EndLine == e.Line && e.EndColumn >= e.Column) && e.EndColumn > 0
}

// intact tells whether s is text as it stands, with line ends of either kind.
func intact(s string) bool {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return printable(s, maxValue, "\n\t") == s
}

func cleanUnknown(u compliance.Unknown) compliance.Unknown {
	u.Path = append(compliance.Path{}, mapped(u.Path, cleanName)...)
	u.Cause = cleanText(u.Cause)
	u.Source = cleanSource(u.Source)
	return u
}

func cleanDiagnostic(d compliance.Diagnostic) compliance.Diagnostic {
	return compliance.Diagnostic{Level: cleanName(d.Level), Message: cleanText(d.Message), Source: cleanSource(d.Source)}
}

func cleanSource(s compliance.Source) compliance.Source {
	s.File = cleanName(s.File)
	s.Line, s.Column = max(s.Line, 0), max(s.Column, 0)
	s.EndLine = max(s.EndLine, 0)
	if s.EndLine < s.Line {
		s.EndLine = s.Line
	}
	s.Command = cleanName(s.Command)
	s.Text = cleanText(s.Text)
	s.Via = mapped(s.Via, cleanSource)
	s.Shadowed = mapped(s.Shadowed, cleanSource)
	return s
}

// mapped applies f to each element; an empty list stays nil.
func mapped[S ~[]E, E any](list S, f func(E) E) S {
	if len(list) == 0 {
		return nil
	}
	out := make(S, len(list))
	for i, e := range list {
		out[i] = f(e)
	}
	return out
}

// cleanName cleans what is one line by nature: a name, a path, an address.
func cleanName(s string) string { return printable(s, maxName, "") }

// cleanText cleans what may have several lines. It keeps line feeds and tabs.
func cleanText(s string) string {
	if strings.Contains(s, "\r\n") {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	return printable(s, maxValue, "\n\t")
}

// printable returns s with every character that is not graphic written as its
// escape in Go's notation (ESC becomes \x1b, a bidirectional override \u202e), so
// that the evidence stays and cannot act; bytes that are not UTF-8 become U+FFFD.
// What goes beyond limit bytes is cut, and said to be.
func printable(s string, limit int, keep string) string {
	total := len(s)
	if total > limit {
		s = s[:limit]
	}
	if strings.IndexFunc(s, func(r rune) bool { return !safe(r, keep) }) >= 0 {
		var b strings.Builder
		for _, r := range s {
			writeSafe(&b, r, keep)
		}
		s = b.String()
	}
	if total > limit {
		s += fmt.Sprintf("… (cut, %d bytes in all)", total)
	}
	return s
}

// safe tells whether r may stand as it is. The joiners shape letters of living
// scripts and show nothing themselves.
func safe(r rune, keep string) bool {
	const zwnj, zwj = '\u200c', '\u200d'
	switch {
	case r >= ' ' && r <= '~':
		return true
	case r == utf8.RuneError:
		return false
	}
	return unicode.IsGraphic(r) || r == zwnj || r == zwj || strings.ContainsRune(keep, r)
}

func writeSafe(b *strings.Builder, r rune, keep string) {
	switch {
	case r == utf8.RuneError || safe(r, keep):
		b.WriteRune(r)
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\t':
		b.WriteString(`\t`)
	case r == '\r':
		b.WriteString(`\r`)
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// cut shortens s to at most n characters, the last of them then an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	count := 0
	for i := range s {
		if count++; count == n {
			return s[:i] + "…"
		}
	}
	return s
}
