package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"merlon/compliance"
)

// What a person reads in one go, unless Options.Verbose asks for all.
const (
	maxPlaces  = 10  // places a control
	maxTargets = 6   // names in a list of targets
	maxListed  = 10  // control ids, lines that are overridden, unread things
	maxShown   = 300 // columns of one value
)

const (
	defaultWidth = 100
	minWidth     = 40
)

// writeText writes the report for a person: failures by control, the worst first;
// what is unknown and why; what was not read; a table; a verdict in one line, last,
// where a terminal leaves it in sight. Where the run was compared with another, it
// begins with the counts, and tells in full only what is new.
func writeText(w io.Writer, r *compliance.Report, o Options) error {
	t := &textReport{w: bufio.NewWriter(w), o: o, width: max(cmp.Or(o.Width, defaultWidth), minWidth)}
	r = clean(r)
	if o.GroupBy == byControl {
		t.groups = hostGroups(r)
	}
	var waived []*compliance.Finding
	open := withState(r, compliance.Fail, kinds[:]...)
	waived, open = split(open, (*compliance.Finding).Waived)
	if c := changesOf(r, kinds[:]...); c != nil {
		t.para(0, 2, fmt.Sprintf("%s, compared with %s", c, r.Comparison.Base))
		t.opening(r)
		old, fresh := split(open, func(f *compliance.Finding) bool { return f.Change == compliance.Unchanged })
		t.failures("NEW", fresh)
		t.fixed(r.Comparison.Fixed)
		if o.Verbose {
			t.failures("UNCHANGED", old)
		} else if len(old) > 0 {
			t.lines("UNCHANGED", []string{count(len(old), "failure was", "failures were") + " there before; -v lists them"})
		}
	} else {
		t.opening(r)
		t.failures("FAILED", open)
	}
	t.waived(waived)
	t.unknowns(withState(r, compliance.Unsure, kinds[:]...))
	if o.Verbose {
		t.idle(withState(r, compliance.NotApplicable, kinds[:]...))
	}
	t.unread(r)
	t.table(r)
	t.verdict(r)
	return t.w.Flush()
}

// split parts fs, in order, by whether in holds.
func split(fs []*compliance.Finding, in func(*compliance.Finding) bool) (yes, no []*compliance.Finding) {
	for _, f := range fs {
		if in(f) {
			yes = append(yes, f)
		} else {
			no = append(no, f)
		}
	}
	return yes, no
}

type textReport struct {
	w     *bufio.Writer // keeps the first error until Flush
	o     Options
	width int
	// groups are those of the hosts where o.GroupBy asks for them.
	groups map[*compliance.Target]*hostGroup
}

func (t *textReport) opening(r *compliance.Report) {
	n := map[compliance.Kind]int{}
	for i := range r.Results {
		n[r.Results[i].Target.Kind]++
	}
	shard := ""
	if r.Shard != "" {
		shard = ", shard " + r.Shard
	}
	t.para(0, 2, fmt.Sprintf("%s %s: %s, %s, %s, %s", tool, r.Version,
		count(n[compliance.KindHost], "host", "hosts"),
		count(n[compliance.KindTerraform], "Terraform tree", "Terraform trees"),
		count(len(r.Controls), "control", "controls")+shard,
		r.Finished.Sub(r.Started).Round(100*time.Millisecond)))
}

func (t *textReport) failures(title string, fs []*compliance.Finding) {
	if len(fs) == 0 {
		return
	}
	byControl := chunk(fs, func(f, g *compliance.Finding) bool { return f.Control == g.Control })
	t.heading(title, fmt.Sprintf("%s of %s", count(len(fs), "finding", "findings"), count(len(byControl), "control", "controls")))
	for _, group := range byControl {
		t.control(group)
	}
}

// fixed writes a line for each failure of the base that is gone.
func (t *textReport) fixed(fs []compliance.Finding) {
	var lines []string
	for i := range fs {
		f := &fs[i]
		lines = append(lines, f.Control.ID+"  "+f.Control.Title+" ("+f.Target.Name+": "+fact(f)+")")
	}
	t.lines("FIXED", lines)
}

// waived counts what is accepted, and lists it where all is asked for.
func (t *textReport) waived(fs []*compliance.Finding) {
	var lines []string
	for _, f := range fs {
		lines = append(lines, f.Control.ID+"  "+t.short(oneLine(f))+"; "+t.short(accepted(f.Waiver)))
	}
	if len(fs) > 0 && !t.o.Verbose {
		lines = []string{count(len(fs), "failure is", "failures are") + " accepted; -v lists them"}
	}
	t.lines("WAIVED", lines)
}

// control writes the failures of one control, those that read alike as one.
func (t *textReport) control(fs []*compliance.Finding) {
	c := fs[0].Control
	t.blank()
	t.severity(c.Severity, c.ID+"  "+c.Title)
	for _, g := range t.inGroups(&fs) {
		t.group(g)
	}
	places := alike(fs, t.proof)
	shown := places
	if !t.o.Verbose && len(places) > maxPlaces {
		shown = places[:maxPlaces]
	}
	var above string
	for _, p := range shown {
		above = t.place(p, above)
	}
	if rest := slices.Concat(places[len(shown):]...); len(rest) > 0 {
		t.para(2, 4, fmt.Sprintf("... and %d more, on %s; -v lists them", len(rest), count(len(targetNames(rest)), "target", "targets")))
	}
	if c.Remediation != "" {
		t.para(2, 7, "Fix: "+c.Remediation)
	}
	if refs := references(c); len(refs) > 0 {
		t.para(2, 7, "See: "+referenceList(refs))
	}
}

// inGroups takes out of fs what is to be shown by group, and returns that.
func (t *textReport) inGroups(fs *[]*compliance.Finding) [][]*compliance.Finding {
	in, out := split(*fs, func(f *compliance.Finding) bool { return t.groups[f.Target] != nil })
	*fs = out
	index := map[*hostGroup]int{}
	var list [][]*compliance.Finding
	for _, f := range in {
		g := t.groups[f.Target]
		i, ok := index[g]
		if !ok {
			i = len(list)
			index[g] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], f)
	}
	return list
}

// group writes what one control finds in one group of hosts.
func (t *textReport) group(fs []*compliance.Finding) {
	f := standFor(t.groups[fs[0].Target], fs)
	t.para(2, 6, f.Target.Name+": "+f.Message)
	rows := hostRows(fs)
	for i, row := range rows {
		if i == maxListed && !t.o.Verbose {
			t.para(4, 6, fmt.Sprintf("... and found otherwise in %d more ways; -v lists them", len(rows)-i))
			return
		}
		t.para(4, 6, t.short(row.Found)+" (at "+cmp.Or(row.From, "no file")+"): "+t.short(row.Hosts))
	}
}

// place writes findings that differ in their target only: where, the line that is
// there, and the proof. Where and line are left out if they are those above; it
// returns what to hand to the next.
func (t *textReport) place(fs []*compliance.Finding, above string) string {
	f := fs[0]
	where := cmp.Or(origin(f.Source), "no file") + " (" + t.names(targetNames(fs)) + ")"
	text := cmp.Or(f.Snippet, f.Source.Text)
	if head := where + "\n" + text; head != above {
		above = head
		t.para(2, 6, where)
		t.excerpt(text)
	}
	for _, line := range t.proof(f) {
		t.para(4, 6, line)
	}
	return above
}

// excerpt writes lines of a file, each cut to the width; only the first unless
// all are asked for.
func (t *textReport) excerpt(text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), "\n")
		if !t.o.Verbose {
			line = strings.TrimSpace(line)
		}
		t.printf("%s\n", columns.Truncate("    | "+line, t.width, "…"))
		if !t.o.Verbose {
			return
		}
	}
}

// proof returns what a finding says beside its place and target.
func (t *textReport) proof(f *compliance.Finding) []string {
	lines := []string{fact(f) + ": " + t.short(sawAndWanted(f))}
	if f.Fix != nil {
		lines = append(lines, mendable+": "+t.short(f.Fix.Description))
	}
	if f.Waiver != nil {
		lines = append(lines, t.short(accepted(f.Waiver)))
	}
	if f.Conditional {
		lines = append(lines, conditional(f))
	}
	for _, s := range f.Source.Via {
		lines = append(lines, "reached from "+origin(s))
	}
	for i, s := range f.Source.Shadowed {
		if i == maxListed && !t.o.Verbose {
			lines = append(lines, fmt.Sprintf("and at %d more lines; -v lists them", len(f.Source.Shadowed)-i))
			break
		}
		lines = append(lines, "also set, without effect, at "+origin(s))
	}
	return lines
}

func (t *textReport) unknowns(fs []*compliance.Finding) {
	if len(fs) == 0 {
		return
	}
	t.heading("UNKNOWN", count(len(fs), "verdict", "verdicts")+"; neither a pass nor a failure")
	for _, g := range unknownGroups(fs) {
		t.blank()
		why := "could not be read"
		if g.Deferred {
			why = "cannot be known yet"
		}
		t.para(2, 4, fmt.Sprintf("%s, %s: %s", count(len(g.Findings), "verdict", "verdicts"), why, t.short(g.Cause)))
		if t.o.Verbose {
			for _, f := range g.Findings {
				t.para(4, 6, f.Control.ID+"  "+f.Target.Name+"  "+origin(unknownSource(f))+"  "+fact(f))
			}
			continue
		}
		t.para(4, 6, "on "+t.names(g.targets()))
		t.para(4, 6, "controls: "+t.list(controlIDs(g.Findings), maxListed))
		if at := origin(unknownSource(g.Findings[0])); at != "" {
			t.para(4, 6, "first at "+at)
		}
	}
}

// idle lists the controls that do not apply, by the fact that keeps them from it.
func (t *textReport) idle(fs []*compliance.Finding) {
	if len(fs) == 0 {
		return
	}
	t.heading("NOT APPLICABLE", count(len(fs), "verdict", "verdicts"))
	byReason := map[string][]*compliance.Finding{}
	for _, f := range fs {
		key := strings.TrimSuffix(f.Target.Name+": "+t.short(f.Message), ": ")
		byReason[key] = append(byReason[key], f)
	}
	for _, why := range slices.Sorted(maps.Keys(byReason)) {
		t.para(2, 4, why+": "+strings.Join(controlIDs(byReason[why]), ", "))
	}
}

func (t *textReport) unread(r *compliance.Report) {
	var failed, rest []string
	for _, d := range r.Diagnostics {
		if line := t.short(said(d)); d.Level == compliance.LevelError {
			failed = append(failed, line)
		} else {
			rest = append(rest, line)
		}
	}
	for i := range r.Results {
		res := &r.Results[i]
		if res.Err != "" {
			failed = append(failed, res.Target.Name+" (nothing was judged): "+t.short(res.Err))
		}
		for _, d := range res.Diagnostics {
			line := res.Target.Name + ": " + t.short(d.Message)
			if at := origin(d.Source); at != "" {
				line = at + " (" + res.Target.Name + "): " + t.short(d.Message)
			}
			if d.Level == compliance.LevelError {
				failed = append(failed, line)
			} else {
				rest = append(rest, line)
			}
		}
	}
	t.lines("NOT READ", failed)
	t.lines("WARNINGS", rest)
}

func (t *textReport) lines(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	t.heading(title, "")
	for i, line := range lines {
		if i == maxListed && !t.o.Verbose {
			t.para(2, 4, fmt.Sprintf("... and %d more; -v lists them", len(lines)-i))
			return
		}
		t.para(2, 4, line)
	}
}

// table writes how many verdicts of each kind and severity have each state.
func (t *textReport) table(r *compliance.Report) {
	type row struct {
		kind     compliance.Kind
		severity compliance.Severity
	}
	states := [...]compliance.State{compliance.Fail, compliance.Unsure, compliance.Pass, compliance.NotApplicable}
	counts := map[row]map[compliance.State]int{}
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			f := &r.Results[i].Findings[j]
			k := row{f.Target.Kind, f.Control.Severity}
			if counts[k] == nil {
				counts[k] = map[compliance.State]int{}
			}
			counts[k][f.State]++
		}
	}
	if len(counts) == 0 {
		return
	}
	t.heading("SUMMARY", "")
	write := func(kind, severity string, n map[compliance.State]int) {
		t.printf("  %-10s %-9s %8d %8d %8d %15d\n", kind, severity, n[states[0]], n[states[1]], n[states[2]], n[states[3]])
	}
	if t.width >= 66 {
		t.printf("  %-20s %8s %8s %8s %15s\n", "", states[0], states[1], states[2], states[3])
	} else {
		write = func(kind, severity string, n map[compliance.State]int) {
			t.para(2, 4, fmt.Sprintf("%s %s: %d failed, %d unknown, %d passed, %d do not apply", kind, severity, n[states[0]], n[states[1]], n[states[2]], n[states[3]]))
		}
	}
	for _, k := range kinds {
		for s := compliance.Critical; s >= compliance.Low; s-- {
			if n := counts[row{k, s}]; n != nil {
				write(string(k), s.String(), n)
			}
		}
	}
	write("total", "", r.Count())
}

// verdict says in the last line how it went. Only a run in which something was
// judged, nothing failed and nothing is unknown is called clean.
func (t *textReport) verdict(r *compliance.Report) {
	s := summarise(r)
	fail, unknown, pass := s.States[compliance.Fail]-s.Waived, s.States[compliance.Unsure], s.States[compliance.Pass]
	targets := count(s.Targets, "target", "targets")
	read := targets + " read"
	if s.TargetsUnread > 0 {
		read = fmt.Sprintf("%d of %s could be read", s.Targets-s.TargetsUnread, targets)
	}
	var parts []string
	switch {
	case fail > 0:
		failures := count(fail, "failure", "failures") + " (" + bySeverity(s.Failures) + ")"
		if s.Changes != nil {
			failures += fmt.Sprintf(", %d of them new", s.Changes.New)
		}
		parts = append(parts, failures)
	case unknown > 0 || len(s.Incomplete) > 0:
		parts = append(parts, "Not clean: nothing failed")
	case pass == 0 && s.Waived == 0:
		t.last(fmt.Sprintf("Nothing was judged: no control applies to the %s.", targets))
		return
	case s.Waived > 0:
		t.last(fmt.Sprintf("Clean but for %s: %s passed on %s; %d do not apply; nothing is unknown.",
			count(s.Waived, "waived failure", "waived failures"), count(pass, "check", "checks"), targets, s.States[compliance.NotApplicable]))
		return
	default:
		t.last(fmt.Sprintf("Clean: %s passed on %s; %d do not apply; nothing failed, nothing is unknown.",
			count(pass, "check", "checks"), targets, s.States[compliance.NotApplicable]))
		return
	}
	if s.Waived > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", s.Waived))
	}
	if unknown > 0 {
		parts = append(parts, count(unknown, "verdict is", "verdicts are")+" unknown")
	}
	end := "."
	if len(s.Incomplete) > 0 {
		end = ". The scan is incomplete."
	}
	t.last(strings.Join(append(parts, read), "; ") + end)
}

func (t *textReport) last(s string) {
	t.blank()
	t.para(0, 2, s)
}

// bySeverity returns "1 critical, 4 low".
func bySeverity(n map[compliance.Severity]int) string {
	var out []string
	for s := compliance.Critical; s >= compliance.Low; s-- {
		if n[s] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[s], s))
		}
	}
	return strings.Join(out, ", ")
}

func (t *textReport) heading(title, more string) {
	t.blank()
	if more != "" {
		title += ": " + more
	}
	t.para(0, 2, title)
}

// severity writes a control's first line, its first word coloured.
func (t *textReport) severity(s compliance.Severity, rest string) {
	word := strings.ToUpper(s.String())
	plain := wrap(fmt.Sprintf("%-8s  %s", word, rest), t.width, 10)
	if t.o.Color {
		plain[0] = strings.Replace(plain[0], word, sgr(s)+word+"\x1b[0m", 1)
	}
	t.printf("%s\n", strings.Join(plain, "\n"))
}

// sgr returns the escape sequence that sets a severity's colour (ECMA-48, SGR).
func sgr(s compliance.Severity) string {
	switch s {
	case compliance.Critical:
		return "\x1b[1;31m"
	case compliance.High:
		return "\x1b[31m"
	case compliance.Medium:
		return "\x1b[33m"
	}
	return "\x1b[36m"
}

// para writes s, wrapped, its first line indented by first columns, the others
// by rest.
func (t *textReport) para(first, rest int, s string) {
	for _, line := range wrap(strings.Repeat(" ", first)+s, t.width, rest) {
		t.printf("%s\n", line)
	}
}

func (t *textReport) blank() { t.printf("\n") }

func (t *textReport) printf(format string, args ...any) { fmt.Fprintf(t.w, format, args...) }

// names lists targets.
func (t *textReport) names(names []string) string { return t.list(names, maxTargets) }

func (t *textReport) list(items []string, limit int) string {
	if t.o.Verbose || len(items) <= limit {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more; -v lists them", strings.Join(items[:limit], ", "), len(items)-limit)
}

// short cuts a value that would fill the screen, and says so.
func (t *textReport) short(s string) string {
	if t.o.Verbose || columns.StringWidth(s) <= maxShown {
		return s
	}
	return columns.Truncate(s, maxShown, "… (-v shows all)")
}

// columns measures what terminals show, whatever the locale of this process.
var columns = &runewidth.Condition{}

// wrap breaks s into lines of at most width columns, at spaces, the first line's
// own indent kept and the others indented by hang. A word that is longer than a
// line is broken, after a slash where it has one, so that nothing is lost.
func wrap(s string, width, hang int) []string {
	indent := len(s) - len(strings.TrimLeft(s, " "))
	var lines []string
	line, used, empty := strings.Repeat(" ", indent), indent, true
	next := func() {
		lines = append(lines, line)
		line, used, empty = strings.Repeat(" ", hang), hang, true
	}
	for _, word := range words(s) {
		w := columns.StringWidth(word)
		if !empty && used+w > width {
			next()
			word = strings.TrimLeft(word, " ")
			w = columns.StringWidth(word)
		}
		for used+w > width {
			head := fitting(word, width-used)
			line += head
			word = word[len(head):]
			w -= columns.StringWidth(head)
			next()
		}
		line, used, empty = line+word, used+w, false
	}
	return append(lines, line)
}

// words splits s before its spaces: each word but the first keeps those before
// it, at most two. Line feeds and tabs count as spaces.
func words(s string) []string {
	fields := strings.Fields(s)
	rest := s
	for i, f := range fields {
		at := strings.Index(rest, f)
		if i > 0 {
			fields[i] = strings.Repeat(" ", min(at, 2)) + f
		}
		rest = rest[at+len(f):]
	}
	return fields
}

// fitting returns the longest head of word that is at most width columns wide,
// ending in a slash if there is one in its second half. It is never empty.
func fitting(word string, width int) string {
	used, end, slash := 0, 0, 0
	for i, r := range word {
		w := columns.RuneWidth(r)
		if used+w > width && i > 0 {
			break
		}
		used += w
		end = i + len(string(r))
		if r == '/' && used > width/2 {
			slash = end
		}
	}
	return word[:cmp.Or(slash, end)]
}

// chunk splits a sorted list where neighbours are not the same.
func chunk[E any](list []E, same func(a, b E) bool) [][]E {
	var out [][]E
	for i, e := range list {
		if i == 0 || !same(list[i-1], e) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], e)
	}
	return out
}

// alike groups findings of one place and one proof, in order of appearance.
func alike(fs []*compliance.Finding, proof func(*compliance.Finding) []string) [][]*compliance.Finding {
	index := map[string]int{}
	var out [][]*compliance.Finding
	for _, f := range fs {
		id := strings.Join(append(proof(f), origin(f.Source), f.Source.Text, f.Snippet), "\x00")
		i, ok := index[id]
		if !ok {
			i = len(out)
			index[id] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

func controlIDs(fs []*compliance.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Control.ID)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// referenceList joins numbers of one framework: "cis-debian-12-v1.1.0 5.1.20; CWE 250".
func referenceList(refs []reference) string {
	var out []string
	for _, group := range chunk(refs, func(a, b reference) bool { return a.Framework == b.Framework }) {
		var numbers []string
		for _, r := range group {
			numbers = append(numbers, r.Number)
		}
		name := group[0].Framework + " "
		if group[0].isCWE() {
			name = ""
		}
		out = append(out, name+strings.Join(numbers, ", "))
	}
	return strings.Join(out, "; ")
}
