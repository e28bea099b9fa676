package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
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
	// gitlabTime has no zone: a trailing Z fails the schema. Times are UTC.
	gitlabTime = "2006-01-02T15:04:05"
)

// The structs below are the part of the schema that we write, named as there.
// https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/blob/v15.1.4/dist/sast-report-format.json

type gitlabReport struct {
	Schema          string                `json:"schema"`
	Version         string                `json:"version"`
	Scan            gitlabScan            `json:"scan"`
	Vulnerabilities []gitlabVulnerability `json:"vulnerabilities"`
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
	Type      string          `json:"type"`
	Name      string          `json:"name,omitempty"`
	Value     string          `json:"value,omitempty"`
	Items     []gitlabDetails `json:"items,omitempty"`
	FileName  string          `json:"file_name,omitempty"`
	LineStart int             `json:"line_start,omitempty"`
	LineEnd   int             `json:"line_end,omitempty"`
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
func writeGitLab(w io.Writer, r *compliance.Report, _ Options) error {
	r = clean(r)
	scanned := kindsScanned(r)
	out := gitlabReport{
		Schema:          "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v15.1.4/dist/sast-report-format.json",
		Version:         "15.1.4",
		Scan:            newGitLabScan(r, scanned),
		Vulnerabilities: []gitlabVulnerability{},
	}
	seen := map[string]int{}
	for _, f := range withState(r, compliance.Fail, scanned...) {
		out.Vulnerabilities = append(out.Vulnerabilities, newVulnerability(f, seen))
	}
	return encode(w, out)
}

func newGitLabScan(r *compliance.Report, scanned []compliance.Kind) gitlabScan {
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
		scan.Messages = append(scan.Messages, gitlabMessage{level, n.Text})
	}
	// A control that leaves this list has its findings resolved, so that of kinds
	// which were not scanned none may be in it, and of the others all.
	for _, c := range controlsOf(r, scanned...) {
		scan.PrimaryIdentifiers = append(scan.PrimaryIdentifiers, ownIdentifier(c))
	}
	scan.Options = []gitlabOption{
		{"targets", "other", len(r.Results)},
		{"controls", "other", len(scan.PrimaryIdentifiers)},
	}
	return scan
}

// newVulnerability writes f. seen counts the ids so far: findings of one
// control, target, subject and path differ in what they saw only, and are told
// apart by their order.
func newVulnerability(f *compliance.Finding, seen map[string]int) gitlabVulnerability {
	c, at := f.Control, anchor(f)
	n := seen[f.Fingerprint]
	seen[f.Fingerprint]++
	return gitlabVulnerability{
		ID:          vulnerabilityID(f.Fingerprint, n),
		Name:        cut(cmp.Or(c.Title, c.ID), gitlabName),
		Description: cut(gitlabProse(f), gitlabDescription),
		Severity:    strings.ToUpper(c.Severity.String()[:1]) + c.Severity.String()[1:],
		Solution:    cut(c.Remediation, gitlabSolution),
		Identifiers: gitlabIDs(c),
		Links:       gitlabLinks(c),
		Details:     newGitLabDetails(f),
		Tracking:    newGitLabTracking(f, at, n),
		Location:    newGitLabLocation(f, at),
		Extract:     cut(at.Snippet, gitlabSnippet),
	}
}

// vulnerabilityID makes a UUID of a fingerprint: the same for the same finding in
// every run. Its version is 8, whose bits are the maker's own (RFC 9562).
func vulnerabilityID(fingerprint string, n int) string {
	sum := sha256.Sum256([]byte(fingerprint + "\x00" + strconv.Itoa(n)))
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
	if f.Message != "" {
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

func newGitLabDetails(f *compliance.Finding) map[string]gitlabDetails {
	out := map[string]gitlabDetails{}
	put := func(key, name, value string) {
		if value != "" {
			out[key] = gitlabDetails{Type: "text", Name: name, Value: cut(value, gitlabDetail)}
		}
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
// file, then what was judged there.
func newGitLabTracking(f *compliance.Finding, at place, n int) gitlabTracking {
	return gitlabTracking{Type: "source", Items: []gitlabTrackingItem{{
		File:      at.File,
		StartLine: at.Line,
		EndLine:   at.EndLine,
		Signatures: []gitlabSignature{{
			Algorithm: "scope_offset",
			Value:     fmt.Sprintf("%s|%s|%s#%s:%d", at.File, f.Target.Name, f.Subject, f.Path, n),
		}},
	}}}
}

// newGitLabLocation anchors the finding. Class and method say what it is about,
// where the file is an inventory.
func newGitLabLocation(f *compliance.Finding, at place) gitlabLocation {
	l := gitlabLocation{File: at.File, StartLine: at.Line, EndLine: at.EndLine, Class: subject(f), Method: key(f)}
	if f.Target.Kind == compliance.KindHost {
		l.Class, l.Method = f.Target.Name, cmp.Or(f.Source.File, f.Path.Section())+"#"+key(f)
	}
	return l
}
