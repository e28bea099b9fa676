package report

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"merlon/compliance"
)

// kinds are the kinds of targets, in the order in which reports name them.
var kinds = [...]compliance.Kind{compliance.KindHost, compliance.KindTerraform}

// compare is [compliance.Finding.Compare], made total for findings that differ in
// what they saw only.
func compare(f, g *compliance.Finding) int {
	// Compare joins paths for each comparison; most are decided before that.
	if c := cmp.Or(
		-cmp.Compare(f.Control.Severity, g.Control.Severity),
		cmp.Compare(f.Control.ID, g.Control.ID),
		cmp.Compare(f.Target.Name, g.Target.Name),
	); c != 0 {
		return c
	}
	if c := f.Compare(g); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(f.Saw, g.Saw), cmp.Compare(f.Want, g.Want), cmp.Compare(f.Message, g.Message))
}

// withState returns r's findings of one state on targets of the given kinds,
// worst first.
func withState(r *compliance.Report, s compliance.State, of ...compliance.Kind) []*compliance.Finding {
	var out []*compliance.Finding
	for i := range r.Results {
		if !slices.Contains(of, r.Results[i].Target.Kind) {
			continue
		}
		for j := range r.Results[i].Findings {
			if f := &r.Results[i].Findings[j]; f.State == s {
				out = append(out, f)
			}
		}
	}
	slices.SortStableFunc(out, compare)
	return out
}

// kindsScanned returns the kinds that have targets in r. A kind that was not
// scanned must not appear in what GitLab reads: an empty list of failures would
// close those that are open.
func kindsScanned(r *compliance.Report) []compliance.Kind {
	var out []compliance.Kind
	for _, k := range kinds {
		if slices.ContainsFunc(r.Results, func(res compliance.Result) bool { return res.Target.Kind == k }) {
			out = append(out, k)
		}
	}
	return out
}

func controlsOf(r *compliance.Report, of ...compliance.Kind) []*compliance.Control {
	var out []*compliance.Control
	for _, c := range r.Controls {
		if slices.Contains(of, c.Kind) {
			out = append(out, c)
		}
	}
	return out
}

// subject names what was judged: "aws_s3_bucket.logs", "sshd", "mounts//tmp".
func subject(f *compliance.Finding) string {
	if f.Target.Kind == compliance.KindTerraform && len(f.Subject) > 1 {
		return f.Subject[1:].String()
	}
	return f.Subject.String()
}

// fact names the fact that decided: "aws_s3_bucket.logs: acl",
// "sshd/permitrootlogin". Where it lies in another resource than the one that was
// judged, that one comes first.
func fact(f *compliance.Finding) string {
	p := f.Path
	if len(p) == 0 {
		return cmp.Or(subject(f), f.Control.ID)
	}
	if f.Target.Kind != compliance.KindTerraform || len(p) < 2 || p[0] == "data" && len(p) < 3 {
		return p.String()
	}
	if p[0] == "data" {
		p = p[1:] // the type, then the address, as with resources
	}
	place := p[1]
	if len(p) > 2 {
		place += ": " + strings.Join(p[2:], ".")
	}
	if len(f.Subject) > 1 && f.Subject[1] != p[1] {
		return subject(f) + ", by " + place
	}
	return place
}

// key is the fact's name within its file or section: "permitrootlogin".
func key(f *compliance.Finding) string {
	p := f.Path
	if len(p) == 0 {
		p = f.Subject
	}
	if len(p) > 1 {
		p = p[1:]
	}
	return p.String()
}

// sawAndWanted says what was found and asked for; the finding's own sentence
// where there is neither.
func sawAndWanted(f *compliance.Finding) string {
	switch {
	case f.Absent && f.Want != "":
		return "not set, wanted " + f.Want
	case f.Absent:
		return "not set"
	case f.Saw != "" && f.Want != "":
		return "saw " + f.Saw + ", wanted " + f.Want
	case f.Saw != "":
		return "saw " + f.Saw
	case f.Want != "":
		return "wanted " + f.Want
	}
	return cmp.Or(f.Message, "does not comply")
}

// oneLine says of f all that matters: "web01: sshd/permitrootlogin: saw yes,
// wanted no".
func oneLine(f *compliance.Finding) string {
	s := f.Target.Name + ": " + fact(f) + ": " + sawAndWanted(f)
	if f.Conditional {
		s += " (" + conditional(f) + ")"
	}
	return s
}

// mendable is said of findings that come with a fix.
const mendable = "merlon fix can mend this"

// hasPatch tells whether a fix comes with the change itself.
func hasPatch(f *compliance.Finding) bool {
	return f.Fix != nil && f.Fix.Diff != "" && len(f.Fix.Edits) > 0
}

// conditional says why a finding may come to nothing.
func conditional(f *compliance.Finding) string {
	return "conditional: whether " + cmp.Or(subject(f), "it") + " will exist is not known"
}

// origin tells where a fact was read: "/etc/ssh/sshd_config:32",
// "main.tf:3-7", "`sshd -T`". "" where nothing is known.
func origin(s compliance.Source) string {
	at := s.File
	switch {
	case at == "" && s.Command != "":
		at = "`" + s.Command + "`"
	case at != "" && s.EndLine > s.Line && s.Line > 0:
		at = fmt.Sprintf("%s:%d-%d", at, s.Line, s.EndLine)
	case at != "" && s.Line > 0:
		at = fmt.Sprintf("%s:%d", at, s.Line)
	}
	if s.Default && s.File != "" {
		return "not set in " + at + ": the built-in default"
	}
	if s.Default && at != "" {
		return "the built-in default, by " + at
	}
	return at
}

// A place is where a report anchors a finding: a file of the scanned tree that a
// person can open, or a virtual path that stands for a host's own file.
type place struct {
	File          string // relative, with slashes, without ".."
	Line, EndLine int    // 0: the file as a whole
	Col, EndCol   int    // 0: not known; EndCol is exclusive
	Snippet       string // the whole lines
}

// anchor returns where to show f: in Terraform the line itself, or the nearest
// caller's if that lies outside the tree; for a host its name in the inventory.
func anchor(f *compliance.Finding) place {
	if f.Target.Kind == compliance.KindTerraform {
		if file, ok := inTree(f.Source.File); ok {
			return place{File: file, Line: f.Source.Line, EndLine: f.Source.EndLine, Col: f.Source.Column, Snippet: cmp.Or(f.Snippet, f.Source.Text)}
		}
		for _, s := range f.Source.Via {
			if file, ok := inTree(s.File); ok {
				return place{File: file, Line: s.Line, EndLine: s.EndLine, Col: s.Column, Snippet: s.Text}
			}
		}
	}
	d := f.Target.Declared
	file, ok := inTree(d.File)
	if !ok {
		return virtual(f)
	}
	p := place{File: file, Line: d.Line, EndLine: d.EndLine, Col: d.Column, Snippet: d.Text}
	if before, _, found := strings.Cut(d.Text, f.Target.Name); found && f.Target.Name != "" {
		p.Col = utf8.RuneCountInString(before) + 1
		p.EndCol = p.Col + utf8.RuneCountInString(f.Target.Name)
	}
	return p
}

// virtual returns a path that is no file of the tree and names the target and
// what was read there: "hosts/web01/etc/ssh/sshd_config".
func virtual(f *compliance.Finding) place {
	root := "terraform"
	if f.Target.Kind == compliance.KindHost {
		root = "hosts"
	}
	return place{File: path.Join(root, onTarget(f)), Snippet: cmp.Or(f.Source.Text, fact(f)+": "+sawAndWanted(f))}
}

// onTarget returns target and place on it: "web01/etc/ssh/sshd_config", or, where
// no file was read, its section: "web01/sysctl".
func onTarget(f *compliance.Finding) string {
	segments := []string{segment(f.Target.Name)}
	if f.Target.Kind == compliance.KindHost && f.Source.File != "" {
		for s := range strings.SplitSeq(path.Clean("/"+f.Source.File), "/") {
			if s != "" {
				segments = append(segments, segment(s))
			}
		}
		return strings.Join(segments, "/")
	}
	p := f.Path
	if len(p) == 0 {
		p = f.Subject
	}
	if len(p) > 0 {
		segments = append(segments, segment(p[0]))
	}
	return strings.Join(segments, "/")
}

// segment makes s safe as one element of a path.
func segment(s string) string {
	switch s {
	case "", ".", "..":
		return "_" + s
	}
	return separators.Replace(s)
}

var separators = strings.NewReplacer("%", "%25", "/", "%2F", `\`, "%5C")

// inTree returns file in its shortest form if it is relative and stays within
// the scanned tree. A colon in the first element would read as a scheme or a
// drive, a backslash as a separator elsewhere.
func inTree(file string) (string, bool) {
	if file == "" || path.IsAbs(file) || strings.Contains(file, `\`) {
		return "", false
	}
	file = path.Clean(file)
	first, _, _ := strings.Cut(file, "/")
	if first == "." || first == ".." || strings.Contains(first, ":") {
		return "", false
	}
	return file, true
}

// uri returns a relative path as a URI reference (RFC 3986).
func uri(file string) string {
	segments := strings.Split(file, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(s), ":", "%3A")
	}
	return strings.Join(segments, "/")
}

// A reference is one number of one framework: cis-debian-12-v1.1.0, 5.1.20.
type reference struct{ Framework, Number string }

func (r reference) isCWE() bool { return strings.HasPrefix(strings.ToLower(r.Framework), "cwe") }

// references returns a control's references as GitLab orders identifiers: CIS,
// STIG, others, CWE last. Numbers of the CWE have the form "CWE-250".
func references(c *compliance.Control) []reference {
	var out []reference
	for framework, numbers := range c.References {
		for _, n := range numbers {
			r := reference{framework, n}
			if i, err := strconv.Atoi(digits.FindString(n)); r.isCWE() && err == nil {
				r = reference{"cwe", fmt.Sprintf("CWE-%d", i)}
			}
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b reference) int {
		return cmp.Or(
			cmp.Compare(rank(a), rank(b)),
			cmp.Compare(a.Framework, b.Framework),
			cmp.Compare(a.Number, b.Number),
		)
	})
	return slices.Compact(out)
}

var digits = regexp.MustCompile(`\d+`)

func rank(r reference) int {
	name := strings.ToLower(r.Framework)
	switch {
	case strings.HasPrefix(name, "cis"):
		return 0
	case strings.Contains(name, "stig"):
		return 1
	case r.isCWE():
		return 3
	}
	return 2
}

// webLinks returns the control's links that a browser may be sent to.
func webLinks(c *compliance.Control) []compliance.Link {
	var out []compliance.Link
	for _, l := range c.Links {
		u, err := url.Parse(l.URL)
		if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsAny(l.URL, " \"<>\\^`{|}") {
			out = append(out, l)
		}
	}
	return out
}

// A notice is something that a reader of failures alone would miss.
type notice struct {
	// Warning: the scan is incomplete with it.
	Warning bool
	Text    string
	Source  compliance.Source
}

// maxNotices bounds what one report says about the reading itself.
const maxNotices = 500

// changes counts the failures that no waiver accepts by how they stand to the run's
// base. What is not known to have been there before counts as new.
type changes struct {
	New       int `json:"new"`
	Fixed     int `json:"fixed"`
	Unchanged int `json:"unchanged"`
}

// changesOf returns nil where r was not compared with anything.
func changesOf(r *compliance.Report, of ...compliance.Kind) *changes {
	if r.Comparison == nil {
		return nil
	}
	var c changes
	for _, f := range r.Failures() {
		switch {
		case !slices.Contains(of, f.Target.Kind):
		case f.Change == compliance.Unchanged:
			c.Unchanged++
		default:
			c.New++
		}
	}
	for i := range r.Comparison.Fixed {
		if slices.Contains(of, r.Comparison.Fixed[i].Target.Kind) {
			c.Fixed++
		}
	}
	return &c
}

// String returns "2 new, 1 fixed, 14 unchanged".
func (c changes) String() string {
	return fmt.Sprintf("%d new, %d fixed, %d unchanged", c.New, c.Fixed, c.Unchanged)
}

// accepted says by what a finding is waived, or was until the waiver lapsed:
// "accepted until 2027-03-01 by ops: behind the VPN (merlon.yaml:4)".
func accepted(w *compliance.Waiver) string {
	s := "accepted"
	if w.Until != "" {
		s += " until " + w.Until
	}
	if w.Owner != "" {
		s += " by " + w.Owner
	}
	s += ": " + cmp.Or(w.Reason, "no reason is given")
	if at := origin(w.Source); at != "" {
		s += " (" + at + ")"
	}
	if w.Lapsed {
		return "the waiver has lapsed; it was " + s
	}
	return s
}

// notices returns what was not read, what else the scanners had to say, and how
// many verdicts are unknown for which cause, the warnings first.
func notices(r *compliance.Report, of ...compliance.Kind) []notice {
	var out []notice
	for _, d := range r.Diagnostics {
		out = append(out, notice{d.Level == compliance.LevelError, said(d), d.Source})
	}
	for i := range r.Results {
		res := &r.Results[i]
		if !slices.Contains(of, res.Target.Kind) {
			continue
		}
		if res.Err != "" {
			out = append(out, notice{true, res.Target.Name + " could not be read: " + res.Err, res.Target.Declared})
		}
		for _, d := range res.Diagnostics {
			out = append(out, notice{d.Level == compliance.LevelError, res.Target.Name + ": " + said(d), d.Source})
		}
	}
	for _, g := range unknownGroups(withState(r, compliance.Unsure, of...)) {
		out = append(out, notice{!g.Deferred, fmt.Sprintf("%s unknown on %s: %s",
			count(len(g.Findings), "verdict is", "verdicts are"), count(len(g.targets()), "target", "targets"), g.Cause), unknownSource(g.Findings[0])})
	}
	slices.SortStableFunc(out, func(a, b notice) int { return truthFirst(a.Warning, b.Warning) })
	if len(out) > maxNotices {
		rest := len(out) - maxNotices
		out = append(out[:maxNotices], notice{out[maxNotices].Warning, fmt.Sprintf("%d more notices are left out here; the json format has them all", rest), compliance.Source{}})
	}
	return out
}

// said returns a diagnostic with its place: "main.tf:3: unclosed block".
func said(d compliance.Diagnostic) string {
	if at := origin(d.Source); at != "" {
		return at + ": " + d.Message
	}
	return cmp.Or(d.Message, "no reason is given")
}

// An unknownGroup is the unknown verdicts that one cause stands in the way of.
type unknownGroup struct {
	Cause    string
	Deferred bool
	Findings []*compliance.Finding
}

// targets returns the names of the group's targets, each once.
func (g *unknownGroup) targets() []string { return targetNames(g.Findings) }

// unknownGroups groups by cause: first what should have been read, then what
// nobody can know yet; the largest group first.
func unknownGroups(fs []*compliance.Finding) []*unknownGroup {
	type id struct {
		cause    string
		deferred bool
	}
	groups := map[id]*unknownGroup{}
	var out []*unknownGroup
	for _, f := range fs {
		k := id{cause: "no cause is given"}
		if f.Unknown != nil {
			k = id{cmp.Or(f.Unknown.Cause, k.cause), f.Unknown.Deferred}
		}
		if groups[k] == nil {
			groups[k] = &unknownGroup{Cause: k.cause, Deferred: k.deferred}
			out = append(out, groups[k])
		}
		groups[k].Findings = append(groups[k].Findings, f)
	}
	slices.SortStableFunc(out, func(a, b *unknownGroup) int {
		return cmp.Or(truthFirst(!a.Deferred, !b.Deferred), -cmp.Compare(len(a.Findings), len(b.Findings)))
	})
	return out
}

// targetNames returns the names of the findings' targets, each once, in order.
func targetNames(fs []*compliance.Finding) []string {
	seen := map[string]bool{}
	var out []string
	for _, f := range fs {
		if !seen[f.Target.Name] {
			seen[f.Target.Name] = true
			out = append(out, f.Target.Name)
		}
	}
	return out
}

// count returns "1 verdict is" or "3 verdicts are".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// unknownSource returns where the missing fact should have been read.
func unknownSource(f *compliance.Finding) compliance.Source {
	if f.Unknown != nil && !f.Unknown.Source.IsZero() {
		return f.Unknown.Source
	}
	return f.Source
}

// truthFirst compares so that true sorts before false.
func truthFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
