package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"merlon/compliance"
)

// The limits of GitLab's schema and of its reader.
const (
	gitlabName        = 255       // characters
	gitlabSolution    = 7_000     // characters
	gitlabDescription = 1_048_576 // characters
	gitlabIdentifiers = 20
	gitlabSnippet     = 4_096
	gitlabDetail      = 4_096
	gitlabListed      = 50 // entries of a list in details
	// The reader of this format has no limits of its own beyond an artifact's size:
	// those of SARIF's reader hold here too, so that either shows the same.
	gitlabMaxBytes       = sarifMaxBytes
	gitlabMaxFindings    = sarifMaxResults
	gitlabMaxIdentifiers = sarifMaxRules
	// gitlabTime has no zone: a trailing Z fails the schema. Times are UTC.
	gitlabTime = "2006-01-02T15:04:05"
)

// The structs below are the part of the schema that we write, named as there.
// https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/blob/v15.1.4/dist/sast-report-format.json

type gitlabReport struct {
	Schema  string     `json:"schema"`
	Version string     `json:"version"`
	Scan    gitlabScan `json:"scan"`
	// Vulnerabilities are encoded one by one, so that the file can be held to its
	// size.
	Vulnerabilities []json.RawMessage   `json:"vulnerabilities"`
	Remediations    []gitlabRemediation `json:"remediations,omitempty"`
}

type gitlabRemediation struct {
	Fixes   []gitlabFixed `json:"fixes"`
	Summary string        `json:"summary"`
	// Diff is base64 of what `git apply` takes.
	Diff string `json:"diff"`
}

type gitlabFixed struct {
	ID string `json:"id"`
}

type gitlabScan struct {
	Analyzer           gitlabScanner      `json:"analyzer"`
	Scanner            gitlabScanner      `json:"scanner"`
	Type               string             `json:"type"`
	Status             string             `json:"status"`
	StartTime          string             `json:"start_time"`
	EndTime            string             `json:"end_time"`
	Messages           []gitlabMessage    `json:"messages"`
	Options            []gitlabOption     `json:"options"`
	PrimaryIdentifiers []gitlabIdentifier `json:"primary_identifiers"`
}

type gitlabScanner struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	URL     string       `json:"url"`
	Version string       `json:"version"`
	Vendor  gitlabVendor `json:"vendor"`
}

type gitlabVendor struct {
	Name string `json:"name"`
}

type gitlabMessage struct {
	Level string `json:"level"` // info, warn, fatal
	Value string `json:"value"`
}

type gitlabOption struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	Value  any    `json:"value"`
}

type gitlabIdentifier struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Value string `json:"value"`
	URL   string `json:"url,omitempty"`
}

type gitlabVulnerability struct {
	ID          string                   `json:"id"`
	Name        string                   `json:"name"`
	Description string                   `json:"description"`
	Severity    string                   `json:"severity"`
	Solution    string                   `json:"solution,omitempty"`
	Identifiers []gitlabIdentifier       `json:"identifiers"`
	Links       []gitlabLink             `json:"links,omitempty"`
	Details     map[string]gitlabDetails `json:"details"`
	Tracking    gitlabTracking           `json:"tracking"`
	Location    gitlabLocation           `json:"location"`
	Extract     string                   `json:"raw_source_code_extract,omitempty"`
}

type gitlabLink struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url"`
}

// gitlabDetails is one of the schema's detail types; which fields count depends on
// Type. Elements of a list have no name.
type gitlabDetails struct {
	Type      string            `json:"type"`
	Name      string            `json:"name,omitempty"`
	Value     string            `json:"value,omitempty"`
	Items     []gitlabDetails   `json:"items,omitempty"`
	FileName  string            `json:"file_name,omitempty"`
	LineStart int               `json:"line_start,omitempty"`
	LineEnd   int               `json:"line_end,omitempty"`
	Header    []gitlabDetails   `json:"header,omitempty"`
	Rows      [][]gitlabDetails `json:"rows,omitempty"`
}

type gitlabTracking struct {
	Type  string               `json:"type"`
	Items []gitlabTrackingItem `json:"items"`
}

type gitlabTrackingItem struct {
	File       string            `json:"file"`
	StartLine  int               `json:"start_line,omitempty"`
	EndLine    int               `json:"end_line,omitempty"`
	Signatures []gitlabSignature `json:"signatures"`
}

type gitlabSignature struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"value"`
}

type gitlabLocation struct {
	File      string `json:"file"`
	StartLine int    `json:"start_line,omitempty"`
	EndLine   int    `json:"end_line,omitempty"`
	Class     string `json:"class,omitempty"`
	Method    string `json:"method,omitempty"`
}

// writeGitLab writes one report. GitLab decides by the scanner's id what is no
// longer detected, and a report has one: merlon-host or merlon-terraform where it
// covers one kind of target, merlon where it covers both.
//
// What a waiver accepts is left out and counted. The format's only flag calls a
// finding a false positive, which an accepted one is not; GitLab's reader of SARIF
// passes over suppressed results in the same way.
func writeGitLab(w io.Writer, r *compliance.Report, o Options) error {
	r = clean(r)
	scanned := kindsScanned(r)
	list, waived := unwaived(entries(r, o, scanned...))
	out := gitlabReport{
		Schema:  "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.1.4/dist/sast-report-format.json",
		Version: "15.1.4",
		Scan:    newGitLabScan(r, scanned, waived),
	}
	if rest := len(out.Scan.PrimaryIdentifiers) - gitlabMaxIdentifiers; rest > 0 {
		out.Scan.PrimaryIdentifiers = out.Scan.PrimaryIdentifiers[:gitlabMaxIdentifiers]
		out.leaveOut(o, count(rest, "control is", "controls are")+" left out of the primary identifiers: "+limits(gitlabMaxIdentifiers, gitlabMaxBytes))
	}
	// The rest is room for the messages below.
	room := gitlabMaxBytes - encodedSize(out) - 1_024
	vulnerabilities, kept, size := fit(list, gitlabMaxFindings, room, func(e *entry) json.RawMessage { return encoded(newVulnerability(e)) })
	out.Vulnerabilities = vulnerabilities
	if missing := len(list) - len(kept); missing > 0 {
		out.leaveOut(o, count(missing, "finding is ", "findings are ")+mildest+limits(gitlabMaxFindings, gitlabMaxBytes))
	}
	remediations, missing := gitlabRemediations(kept, room-size)
	out.Remediations = remediations
	if missing > 0 {
		out.leaveOut(o, fmt.Sprintf("%s no room here. `merlon fix` has them all.", count(missing, "fix has", "fixes have")))
	}
	return encode(w, out)
}

func (out *gitlabReport) leaveOut(o Options, text string) {
	o.note("gitlab: " + text)
	out.Scan.Messages = append(out.Scan.Messages, gitlabMessage{"warn", text})
}

// gitlabRemediations returns the changes that mend the findings, those that are the
// same once, in at most room bytes, and how many do not fit.
func gitlabRemediations(list []entry, room int) (out []gitlabRemediation, missing int) {
	index := map[string]int{}
	for i := range list {
		f := list[i].Finding
		if !hasPatch(f) {
			continue
		}
		id := gitlabFixed{vulnerabilityID(f.Fingerprint)}
		if at, ok := index[f.Fix.Diff]; ok {
			if size := encodedSize(id) + 1; size <= room {
				out[at].Fixes = append(out[at].Fixes, id)
				room -= size
			} else {
				missing++
			}
			continue
		}
		fix := gitlabRemediation{[]gitlabFixed{id}, cmp.Or(cut(f.Fix.Description, gitlabSolution), "Mend it."), base64.StdEncoding.EncodeToString([]byte(f.Fix.Diff))}
		size := encodedSize(fix) + 1
		if size > room {
			missing++
			continue
		}
		room -= size
		index[f.Fix.Diff] = len(out)
		out = append(out, fix)
	}
	return out, missing
}

func newGitLabScan(r *compliance.Report, scanned []compliance.Kind, waived int) gitlabScan {
	id, status := tool, "failure"
	if len(scanned) == 1 {
		id += "-" + string(scanned[0])
	}
	for _, k := range scanned {
		if anyRead(r, k) {
			status = "success"
		}
	}
	scanner := gitlabScanner{ID: id, Name: "Merlon", URL: homepage, Version: cmp.Or(r.Version, "unknown"), Vendor: gitlabVendor{"Merlon"}}
	scan := gitlabScan{
		Analyzer:           scanner,
		Scanner:            scanner,
		Type:               "sast",
		Status:             status,
		StartTime:          r.Started.Format(gitlabTime),
		EndTime:            r.Finished.Format(gitlabTime),
		Messages:           []gitlabMessage{},
		PrimaryIdentifiers: []gitlabIdentifier{},
	}
	for _, n := range notices(r, scanned...) {
		level := "info"
		if n.Warning {
			level = "warn"
		}
		scan.Messages = append(scan.Messages, gitlabMessage{level, cut(n.Text, gitlabDetail)})
	}
	// A control that leaves this list has its findings resolved, so that of kinds
	// which were not scanned none may be in it, and of the others all.
	for _, c := range controlsOf(r, scanned...) {
		scan.PrimaryIdentifiers = append(scan.PrimaryIdentifiers, ownIdentifier(c))
	}
	scan.Options = []gitlabOption{
		{"targets", "other", len(r.Results)},
		{"controls", "other", len(scan.PrimaryIdentifiers)},
		{"waived", "other", waived},
	}
	if waived > 0 {
		scan.Messages = append(scan.Messages, gitlabMessage{"info", count(waived, "finding is", "findings are") + " left out because a waiver accepts them. The json report has them."})
	}
	if c := changesOf(r, scanned...); c != nil {
		scan.Messages = append(scan.Messages, gitlabMessage{"info", cut(c.String()+", compared with "+r.Comparison.Base, gitlabDetail)})
		scan.Options = append(scan.Options, gitlabOption{"compared_with", "argument", r.Comparison.Base})
	}
	if r.Shard != "" {
		scan.Options = append(scan.Options, gitlabOption{"shard", "argument", r.Shard})
	}
	return scan
}

func newVulnerability(e *entry) gitlabVulnerability {
	f, c := e.Finding, e.Control
	return gitlabVulnerability{
		ID:          vulnerabilityID(f.Fingerprint),
		Name:        cut(cmp.Or(c.Title, c.ID), gitlabName),
		Description: cut(gitlabProse(f), gitlabDescription),
		Severity:    strings.ToUpper(c.Severity.String()[:1]) + c.Severity.String()[1:],
		Solution:    cut(c.Remediation, gitlabSolution),
		Identifiers: gitlabIDs(c),
		Links:       gitlabLinks(c),
		Details:     newGitLabDetails(e),
		Tracking:    newGitLabTracking(f, e.At),
		Location:    newGitLabLocation(e),
		Extract:     cut(e.At.Snippet, gitlabSnippet),
	}
}

// vulnerabilityID makes a UUID of a fingerprint: the same for the same finding in
// every run. Its version is 8, whose bits are the maker's own (RFC 9562).
func vulnerabilityID(fingerprint string) string {
	sum := sha256.Sum256([]byte(fingerprint))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// gitlabProse is the description. GitLab renders it as Markdown: what comes from a
// target stands in an indented block, where nothing is a link, an image or a
// mention.
func gitlabProse(f *compliance.Finding) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(f.Control.Description))
	b.WriteString("\n\nFound:\n\n")
	lines := []string{oneLine(f)}
	if at := origin(f.Source); at != "" {
		lines = append(lines, "at "+at)
	}
	if !strings.Contains(lines[0], f.Message) {
		lines = append(lines, f.Message)
	}
	for _, line := range lines {
		b.WriteString("    " + strings.Join(strings.Fields(line), " ") + "\n")
	}
	return b.String()
}

func ownIdentifier(c *compliance.Control) gitlabIdentifier {
	return gitlabIdentifier{Type: tool + "_" + string(c.Kind), Name: "Merlon " + c.ID, Value: cmp.Or(c.ID, "unknown")}
}

// gitlabIDs returns the control's own identifier, which is the primary one, and
// its references.
func gitlabIDs(c *compliance.Control) []gitlabIdentifier {
	out := []gitlabIdentifier{ownIdentifier(c)}
	for _, r := range references(c) {
		if len(out) == gitlabIdentifiers {
			break
		}
		if r.Framework == "" || r.Number == "" {
			continue
		}
		id := gitlabIdentifier{Type: cut(r.Framework, gitlabName), Name: cut(r.Framework+" "+r.Number, gitlabName), Value: cut(r.Number, gitlabName)}
		if n, ok := strings.CutPrefix(r.Number, "CWE-"); ok && r.isCWE() {
			id = gitlabIdentifier{"cwe", r.Number, n, "https://cwe.mitre.org/data/definitions/" + n + ".html"}
		}
		out = append(out, id)
	}
	return out
}

func gitlabLinks(c *compliance.Control) []gitlabLink {
	var out []gitlabLink
	for _, l := range webLinks(c) {
		out = append(out, gitlabLink{cut(l.Title, gitlabName), l.URL})
	}
	return out
}

func newGitLabDetails(e *entry) map[string]gitlabDetails {
	f := e.Finding
	out := map[string]gitlabDetails{}
	put := func(key, name, value string) {
		if value != "" {
			out[key] = gitlabDetails{Type: "text", Name: name, Value: cut(value, gitlabDetail)}
		}
	}
	if e.Waiver != nil {
		put("waiver", "Waiver", accepted(e.Waiver))
	}
	put("change", "Change", string(f.Change))
	if f.Fix != nil {
		put("fix", "Fix", mendable+": "+f.Fix.Description)
	}
	if e.Group != nil {
		put("group", "Group", e.Group.Name)
		put("found", "Found", f.Message)
		out["hosts"] = hostTable(e.All)
		return out
	}
	put("target", "Target", f.Target.Name)
	put("subject", "Subject", subject(f))
	put("path", "Fact", fact(f))
	put("saw", "Saw", f.Saw)
	if f.Absent {
		put("saw", "Saw", "(not set)")
	}
	put("want", "Wanted", f.Want)
	put("source", "Read from", origin(f.Source))
	if f.Conditional {
		put("conditional", "Conditional", conditional(f))
	}
	putLines(out, "via", "Reached from", f, f.Source.Via)
	putLines(out, "shadowed", "Also set, without effect", f, f.Source.Shadowed)
	return out
}

// hostTable lists what was found on which hosts of a group.
func hostTable(all []*compliance.Finding) gitlabDetails {
	row := func(cells ...string) (out []gitlabDetails) {
		for _, c := range cells {
			out = append(out, gitlabDetails{Type: "text", Value: cmp.Or(c, "-")})
		}
		return out
	}
	table := gitlabDetails{Type: "table", Name: "Hosts", Header: row("Found", "Read from", "Hosts")}
	for _, r := range hostRows(all) {
		table.Rows = append(table.Rows, row(r.Found, r.From, r.Hosts))
	}
	return table
}

// putLines adds a list of lines: in the tree as places that GitLab links to, on a
// host as text.
func putLines(out map[string]gitlabDetails, key, name string, f *compliance.Finding, lines []compliance.Source) {
	list := gitlabDetails{Type: "list", Name: name}
	for i, s := range lines {
		if i == gitlabListed {
			list.Items = append(list.Items, gitlabDetails{Type: "text", Value: fmt.Sprintf("and %d more", len(lines)-i)})
			break
		}
		item := gitlabDetails{Type: "text", Value: cut(origin(s), gitlabDetail)}
		if file, ok := inTree(s.File); ok && s.Line > 0 && f.Target.Kind == compliance.KindTerraform {
			item = gitlabDetails{Type: "file-location", FileName: file, LineStart: s.Line, LineEnd: s.EndLine}
		}
		if item.Value != "" || item.FileName != "" {
			list.Items = append(list.Items, item)
		}
	}
	if len(list.Items) > 0 {
		out[key] = list
	}
}

// newGitLabTracking gives the finding an identity that survives moved lines: the
// file, what was judged there, and which of several like it.
func newGitLabTracking(f *compliance.Finding, at place) gitlabTracking {
	return gitlabTracking{Type: "source", Items: []gitlabTrackingItem{{
		File:      at.File,
		StartLine: at.Line,
		EndLine:   at.EndLine,
		Signatures: []gitlabSignature{{
			Algorithm: "scope_offset",
			Value:     fmt.Sprintf("%s|%s|%s#%s", at.File, f.Target.Name, f.Subject, f.Fingerprint),
		}},
	}}}
}

// newGitLabLocation anchors the finding. Class and method say what it is about,
// where the file is an inventory.
func newGitLabLocation(e *entry) gitlabLocation {
	f := e.Finding
	l := gitlabLocation{File: e.At.File, StartLine: e.At.Line, EndLine: e.At.EndLine, Class: subject(f), Method: key(f)}
	switch {
	case e.Group != nil:
		l.Class, l.Method = f.Target.Name, f.Control.ID
	case f.Target.Kind == compliance.KindHost:
		l.Class, l.Method = f.Target.Name, cmp.Or(f.Source.File, f.Path.Section())+"#"+key(f)
	}
	return l
}
