package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"merlon/compliance"
)

// What GitLab's reader of SARIF takes: a result or a rule that exceeds a length is
// dropped, a file that exceeds the size is refused.
// https://docs.gitlab.com/user/application_security/detect/sarif_reports/
const (
	sarifMaxBytes   = 10_000_000
	sarifMaxRuns    = 20
	sarifMaxResults = 5_000 // a run
	sarifMaxRules   = 25_000
	sarifMaxTags    = 10    // a rule
	sarifMaxName    = 255   // characters
	sarifMaxText    = 1_024 // characters of a description or a message
	sarifMaxURI     = 2_048
)

// Beyond GitLab's limits, what one result may hold, so that a hostile source can
// not fill the report with one.
const (
	sarifMaxRelated = 50
	sarifMaxSnippet = 4_096 // characters
	sarifMaxFix     = 16_384
	sarifMaxKept    = 500 // findings that are kept for Read
)

// sarifFormat is the version of what a run's properties hold for [Read].
const sarifFormat = 1

// homepage is where a reader is sent who wants to know what wrote the file.
const homepage = "https://merlon.example/"

const (
	srcRoot  = "SRCROOT"
	hostRoot = "HOSTS"
)

// The structs below are the part of SARIF 2.1.0 that we write, named as there.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool               sarifTool                `json:"tool"`
	Invocations        []sarifInvocation        `json:"invocations"`
	OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds"`
	VersionControl     []sarifVersion           `json:"versionControlProvenance,omitempty"`
	AutomationDetails  sarifAutomation          `json:"automationDetails"`
	ColumnKind         string                   `json:"columnKind"`
	Properties         sarifRunProperties       `json:"properties"`
	// Results are encoded one by one, so that the file can be held to its size.
	Results []json.RawMessage `json:"results"`
}

// sarifRunProperties are what SARIF has no place for: what was compared and with
// what, and what [Read] needs.
type sarifRunProperties struct {
	Merlon sarifScope `json:"merlon"`
}

type sarifScope struct {
	Format  int    `json:"format"`
	Shard   string `json:"shard,omitempty"`
	GroupBy string `json:"groupBy,omitempty"`
	// Base names what the run was compared with. Fixed failures have no result:
	// GitLab does not look at baselineState, and would open what is mended.
	Base    string   `json:"base,omitempty"`
	Changes *changes `json:"changes,omitempty"`
	Waived  int      `json:"waived"`
	// Targets are those that were read, Unread those that could not be.
	Targets []string `json:"targets"`
	Unread  []string `json:"unread,omitempty"`
	// Bare: there was no room for the targets, or for the findings of results.
	Bare bool `json:"bare,omitempty"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	FullName       string      `json:"fullName"`
	Version        string      `json:"version"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string                  `json:"id"`
	Name             string                  `json:"name"`
	ShortDescription sarifMessage            `json:"shortDescription"`
	FullDescription  sarifMessage            `json:"fullDescription"`
	HelpURI          string                  `json:"helpUri"`
	Help             sarifMessage            `json:"help"`
	MessageStrings   map[string]sarifMessage `json:"messageStrings"`
	Default          sarifConfiguration      `json:"defaultConfiguration"`
	Properties       sarifRuleProperties     `json:"properties"`
}

type sarifConfiguration struct {
	Level string  `json:"level"`
	Rank  float64 `json:"rank"`
}

type sarifRuleProperties struct {
	SecuritySeverity string   `json:"security-severity"`
	Tags             []string `json:"tags"`
	Policy           string   `json:"policy,omitempty"`
}

type sarifMessage struct {
	Text      string   `json:"text,omitempty"`
	Markdown  string   `json:"markdown,omitempty"`
	ID        string   `json:"id,omitempty"`
	Arguments []string `json:"arguments,omitempty"`
}

type sarifResult struct {
	RuleID              string             `json:"ruleId"`
	RuleIndex           int                `json:"ruleIndex"`
	Kind                string             `json:"kind"`
	Level               string             `json:"level"`
	Rank                float64            `json:"rank"`
	Message             sarifMessage       `json:"message"`
	Locations           []sarifLocation    `json:"locations"`
	RelatedLocations    []sarifLocation    `json:"relatedLocations,omitempty"`
	PartialFingerprints map[string]string  `json:"partialFingerprints"`
	BaselineState       string             `json:"baselineState,omitempty"`
	Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
	Fixes               []sarifFix         `json:"fixes,omitempty"`
	Properties          *sarifProof        `json:"properties,omitempty"`
}

// A sarifProof is what [Read] restores a result's findings from.
type sarifProof struct {
	Findings []sarifFinding `json:"findings,omitempty"`
	// More is how many findings of the result have no room here.
	More int `json:"more,omitempty"`
	// Hosts are those of a group, by what was found on them.
	Hosts map[string]string `json:"hosts,omitempty"`
}

// A sarifFinding is what the result does not say of a finding already. The first
// finding's fingerprints are the result's.
type sarifFinding struct {
	Target      string             `json:"target"`
	Subject     compliance.Path    `json:"subject,omitempty"`
	Path        compliance.Path    `json:"path,omitempty"`
	Source      compliance.Source  `json:"source,omitzero"`
	Saw         string             `json:"saw,omitempty"`
	Absent      bool               `json:"absent,omitempty"`
	Sensitive   bool               `json:"sensitive,omitempty"`
	Want        string             `json:"want,omitempty"`
	Message     string             `json:"message,omitempty"`
	Conditional bool               `json:"conditional,omitempty"`
	Fingerprint string             `json:"fingerprint,omitempty"`
	Setting     string             `json:"setting,omitempty"`
	Content     string             `json:"content,omitempty"`
	Change      compliance.Change  `json:"change,omitempty"`
	Waiver      *compliance.Waiver `json:"waiver,omitempty"`
}

// The names of the fingerprints: a finding's identity, its setting's, and the digest
// of the list element that it lies in.
const (
	printFinding = "merlon/v1"
	printSetting = "merlonSetting/v1"
	printContent = "merlonContent/v1"
)

type sarifSuppression struct {
	Kind          string         `json:"kind"`
	Status        string         `json:"status"`
	Justification string         `json:"justification"`
	Location      *sarifLocation `json:"location,omitempty"`
}

type sarifFix struct {
	Description sarifMessage  `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  sarifRegion  `json:"deletedRegion"`
	Inserted sarifMessage `json:"insertedContent"`
}

type sarifLocation struct {
	ID       int            `json:"id,omitempty"`
	Physical *sarifPhysical `json:"physicalLocation,omitempty"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	Message  *sarifMessage  `json:"message,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
	Context  *sarifRegion  `json:"contextRegion,omitempty"`
}

type sarifArtifact struct {
	URI         string        `json:"uri,omitempty"`
	URIBaseID   string        `json:"uriBaseId,omitempty"`
	Description *sarifMessage `json:"description,omitempty"`
}

type sarifRegion struct {
	StartLine   int           `json:"startLine,omitempty"`
	StartColumn int           `json:"startColumn,omitempty"`
	EndLine     int           `json:"endLine,omitempty"`
	EndColumn   int           `json:"endColumn,omitempty"`
	CharOffset  *int          `json:"charOffset,omitempty"`
	CharLength  *int          `json:"charLength,omitempty"`
	Snippet     *sarifMessage `json:"snippet,omitempty"`
}

type sarifLogical struct {
	Name               string `json:"name"`
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	StartTimeUTC        string              `json:"startTimeUtc"`
	EndTimeUTC          string              `json:"endTimeUtc"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level     string          `json:"level"`
	Message   sarifMessage    `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifVersion struct {
	RepositoryURI string        `json:"repositoryUri"`
	RevisionID    string        `json:"revisionId,omitempty"`
	Branch        string        `json:"branch,omitempty"`
	MappedTo      sarifArtifact `json:"mappedTo"`
}

// writeSARIF writes one run for each kind of target that was scanned, failures
// only: GitLab makes a vulnerability of every result, whatever its kind says.
func writeSARIF(w io.Writer, r *compliance.Report, o Options) error {
	r = clean(r)
	log := sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{},
	}
	scanned := kindsScanned(r)
	budget := sarifMaxBytes - encodedSize(log)
	for i, k := range scanned[:min(len(scanned), sarifMaxRuns)] {
		run := newSARIFRun(r, k, o, budget/(len(scanned)-i))
		budget -= encodedSize(run)
		log.Runs = append(log.Runs, run)
	}
	return encode(w, log)
}

// newSARIFRun builds the run of one kind in at most budget bytes. What does not fit
// is left out, and told.
func newSARIFRun(r *compliance.Report, k compliance.Kind, o Options, budget int) sarifRun {
	driver := tool + "-" + string(k)
	started := r.Started.Format(time.RFC3339)
	results := sarifEntries(entries(r, o, k))
	rules, index, without := sarifRules(controlsOf(r, k), results, budget/2)
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: driver, FullName: driver + " " + r.Version, Version: r.Version, InformationURI: homepage, Rules: rules,
		}},
		Invocations: []sarifInvocation{{
			ExecutionSuccessful: anyRead(r, k),
			StartTimeUTC:        started,
			EndTimeUTC:          r.Finished.Format(time.RFC3339),
			Notifications:       sarifNotifications(notices(r, k)),
		}},
		OriginalURIBaseIDs: map[string]sarifArtifact{
			srcRoot: {Description: &sarifMessage{Text: "The root of the repository that was scanned, or that holds the inventory."}},
		},
		VersionControl:    sarifVersions(o.Repository),
		AutomationDetails: sarifAutomation{driver + "/" + started},
		ColumnKind:        "unicodeCodePoints",
		Properties:        sarifRunProperties{newSARIFScope(r, k, o, budget/4)},
		Results:           []json.RawMessage{},
	}
	if k == compliance.KindHost {
		run.OriginalURIBaseIDs[hostRoot] = sarifArtifact{Description: &sarifMessage{Text: "Files on the scanned hosts; the first element of a path is the host's name."}}
	}
	if without > 0 {
		run.leaveOut(o, count(without, "control is", "controls are")+" left out of the rules, those without failures first: "+limits(sarifMaxRules, sarifMaxBytes))
	}
	all := len(results)
	results = slices.DeleteFunc(results, func(e entry) bool { _, ok := index[e.Control.ID]; return !ok })
	// The rest is room for the warnings below.
	room := budget - encodedSize(run) - 1_024
	encode := func(bare bool) func(*entry) json.RawMessage {
		return func(e *entry) json.RawMessage { return encoded(newSARIFResult(e, index[e.Control.ID], bare)) }
	}
	scope := &run.Properties.Merlon
	var kept []entry
	if !scope.Bare {
		run.Results, kept, _ = fit(results, sarifMaxResults, room, encode(false))
	}
	if scope.Bare || len(kept) < min(len(results), sarifMaxResults) {
		scope.Bare = true
		run.leaveOut(o, "The results have no room for what a comparison with this report needs. The json report has it.")
		run.Results, kept, _ = fit(results, sarifMaxResults, room, encode(true))
	}
	if missing := all - len(kept); missing > 0 {
		run.leaveOut(o, count(missing, "result is ", "results are ")+mildest+limits(sarifMaxResults, sarifMaxBytes))
	}
	return run
}

// newSARIFScope lists the targets where budget bytes are enough for their names.
func newSARIFScope(r *compliance.Report, k compliance.Kind, o Options, budget int) sarifScope {
	s := sarifScope{Format: sarifFormat, Shard: r.Shard, Changes: changesOf(r, k), Targets: []string{}}
	if r.Comparison != nil {
		s.Base = r.Comparison.Base
	}
	if k == compliance.KindHost {
		s.GroupBy = o.GroupBy
	}
	for _, f := range r.Waived() {
		if f.Target.Kind == k {
			s.Waived++
		}
	}
	for i := range r.Results {
		switch res := &r.Results[i]; {
		case res.Target.Kind != k:
		case res.Err != "":
			s.Unread = append(s.Unread, res.Target.Name)
		default:
			s.Targets = append(s.Targets, res.Target.Name)
		}
	}
	if encodedSize(s) > budget {
		s.Targets, s.Unread, s.Bare = []string{}, nil, true
	}
	return s
}

// leaveOut says in the run what it does not hold. Never with level error: GitLab's
// converter gives up on the whole file where it meets one.
func (run *sarifRun) leaveOut(o Options, text string) {
	o.note("sarif: " + text)
	i := &run.Invocations[0]
	i.Notifications = append(i.Notifications, sarifNotification{Level: "warning", Message: sarifMessage{Text: text}})
}

func anyRead(r *compliance.Report, k compliance.Kind) bool {
	return slices.ContainsFunc(r.Results, func(res compliance.Result) bool { return res.Target.Kind == k && res.Err == "" })
}

// encoded returns v as JSON; the structs of this file always have one.
func encoded(v any) json.RawMessage {
	var b bytes.Buffer
	if err := encode(&b, v); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func encodedSize(v any) int { return len(encoded(v)) }

func sarifNotifications(ns []notice) []sarifNotification {
	var out []sarifNotification
	for _, n := range ns {
		level := "note"
		if n.Warning {
			level = "warning"
		}
		s := sarifNotification{Level: level, Message: sarifMessage{Text: cut(n.Text, sarifMaxText)}}
		if file, ok := inTree(n.Source.File); ok {
			s.Locations = []sarifLocation{{Physical: sarifPlace(place{File: file, Line: n.Source.Line, EndLine: n.Source.EndLine}, srcRoot)}}
		}
		out = append(out, s)
	}
	return out
}

// sarifRules returns the rules of the enabled controls, where each is, and how
// many did not fit into GitLab's limit and into budget bytes. Those that failed
// come first if not all fit.
func sarifRules(controls []*compliance.Control, results []entry, budget int) ([]sarifRule, map[string]int, int) {
	rules := fittingRules(controls, budget)
	if len(rules) < len(controls) {
		failed := map[string]bool{}
		for i := range results {
			failed[results[i].Control.ID] = true
		}
		slices.SortStableFunc(controls, func(a, b *compliance.Control) int {
			return cmp.Or(truthFirst(failed[a.ID], failed[b.ID]), -cmp.Compare(a.Severity, b.Severity))
		})
		rules = fittingRules(controls, budget)
	}
	index := make(map[string]int, len(rules))
	for i, rule := range rules {
		index[rule.ID] = i
	}
	return rules, index, len(controls) - len(rules)
}

func fittingRules(controls []*compliance.Control, budget int) []sarifRule {
	rules := []sarifRule{}
	for _, c := range controls[:min(len(controls), sarifMaxRules)] {
		rule := newSARIFRule(c)
		if budget -= encodedSize(rule); budget < 0 {
			break
		}
		rules = append(rules, rule)
	}
	return rules
}

func newSARIFRule(c *compliance.Control) sarifRule {
	help := homepage
	if links := webLinks(c); len(links) > 0 && len(links[0].URL) <= sarifMaxURI {
		help = links[0].URL
	}
	title := cmp.Or(strings.TrimSpace(c.Title), c.ID, "Untitled")
	return sarifRule{
		ID:               c.ID,
		Name:             pascalCase(c),
		ShortDescription: sarifMessage{Text: sentence(title)},
		FullDescription:  sarifMessage{Text: sentence(cmp.Or(strings.TrimSpace(c.Description), title))},
		HelpURI:          help,
		Help:             sarifMessage{Text: sentence(cmp.Or(strings.TrimSpace(c.Remediation), title))},
		MessageStrings:   sarifMessages,
		Default:          sarifConfiguration{sarifLevel(c.Severity), sarifRank(c.Severity)},
		Properties:       sarifRuleProperties{strconv.FormatFloat(sarifRank(c.Severity)/10, 'f', 1, 64), sarifTags(c), c.Policy},
	}
}

// sarifMessages are the forms of a result's message, which every rule shares.
var sarifMessages = map[string]sarifMessage{
	"value":  {Text: "On '{0}', '{1}' is '{2}', wanted '{3}'."},
	"absent": {Text: "On '{0}', '{1}' is not set, wanted '{2}'."},
	"plain":  {Text: "On '{0}', '{1}': '{2}'."},
	"may":    {Text: "On '{0}', '{1}', which may not come to exist: '{2}'."},
	"many":   {Text: "'{0}' findings at this place: '{1}'."},
}

// sarifRank maps severities into the middle of GitLab's buckets, 0 to 100. A
// value between two buckets would be read as critical.
func sarifRank(s compliance.Severity) float64 {
	switch s {
	case compliance.Critical:
		return 95
	case compliance.High:
		return 80
	case compliance.Medium:
		return 55
	}
	return 25
}

func sarifLevel(s compliance.Severity) string {
	switch s {
	case compliance.Critical, compliance.High:
		return "error"
	case compliance.Medium:
		return "warning"
	}
	return "note"
}

// misleading are the tags by which GitLab would take the report for one of
// dependency scanning (any CVE) or of secret detection (these CWEs).
var misleading = regexp.MustCompile(`(?i)cve-?\d|cwe\D{0,3}0*(798|259|321|522|312|319|256|257|540)(\D|$)`)

func sarifTags(c *compliance.Control) []string {
	tags := []string{"security", string(c.Kind)}
	for _, r := range references(c) {
		tag := r.Framework + "/" + r.Number
		if r.isCWE() {
			tag = r.Number
		}
		tag = cut(tag, sarifMaxName)
		if len(tags) < sarifMaxTags && !misleading.MatchString(tag) && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// pascalCase makes a rule's name of its control's title: "SshdRefusesRootLogins".
// A letter that stands alone is no word to SARIF's readers: the article goes, any
// other joins the word before it.
func pascalCase(c *compliance.Control) string {
	var b strings.Builder
	words := strings.FieldsFunc(c.Title, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for _, w := range words {
		w = strings.ToLower(w)
		switch {
		case w == "a":
		case len(w) == 1 && b.Len() > 0:
			b.WriteString(w)
		default:
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	name := b.String()
	if name == "" || unicode.IsDigit(rune(name[0])) {
		name = "Control" + name
	}
	return name[:min(len(name), sarifMaxName)]
}

// sentence returns s, cut to the length of a text, with a full stop.
func sentence(s string) string {
	s = cut(strings.TrimSpace(s), sarifMaxText-1)
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// sarifEntries makes one entry of those that GitLab would take for one: same rule,
// file and lines. It does not see what is waived, which therefore stays apart.
func sarifEntries(list []entry) []entry {
	type id struct {
		rule, file string
		line, end  int
		waived     bool
	}
	at := func(e *entry) id { return id{e.Control.ID, e.At.File, e.At.Line, e.At.EndLine, false} }
	crowd := map[id]int{}
	for i := range list {
		crowd[at(&list[i])]++
	}
	index := map[id]int{}
	var out []entry
	for _, e := range list {
		// Several failures of one host, or of hosts that one line of the
		// inventory declares: their own files keep them apart.
		if e.Target.Kind == compliance.KindHost && crowd[at(&e)] > 1 {
			e.At = virtual(e.Finding)
		}
		k := at(&e)
		k.waived = e.Waived()
		if i, ok := index[k]; ok {
			out[i].All = append(out[i].All, e.All...)
			continue
		}
		index[k] = len(out)
		e.All = slices.Clip(e.All)
		out = append(out, e)
	}
	return out
}

// newSARIFResult writes e, whose rule is the one at ruleIndex; bare without what is
// for [Read] alone.
func newSARIFResult(e *entry, ruleIndex int, bare bool) *sarifResult {
	res := &sarifResult{
		RuleID:              e.Control.ID,
		RuleIndex:           ruleIndex,
		Kind:                "fail",
		Level:               sarifLevel(e.Control.Severity),
		Rank:                sarifRank(e.Control.Severity),
		Message:             newSARIFMessage(e),
		Locations:           []sarifLocation{{Physical: sarifPlace(e.At, srcRoot), Logical: sarifLogicals(e.All)}},
		PartialFingerprints: map[string]string{printFinding: e.Fingerprint, printSetting: e.Setting},
		BaselineState:       baselineState(e.All),
		Suppressions:        sarifSuppressions(e.All),
		Fixes:               sarifFixes(e.All),
	}
	if e.Content != "" {
		res.PartialFingerprints[printContent] = e.Content
	}
	switch {
	case e.Group != nil:
		res.Properties = &sarifProof{Hosts: map[string]string{}}
		for _, row := range hostRows(e.All) {
			res.Properties.Hosts[strings.TrimSuffix(row.Found+" at "+row.From, " at ")] = row.Hosts
		}
	case !bare:
		res.Properties = newSARIFProof(e.All)
	}
	for _, f := range e.All {
		if len(e.All) > 1 || f.Target.Kind == compliance.KindHost {
			res.relate(f, cut(oneLine(f), sarifMaxText), f.Source, f.Snippet)
		}
		for _, s := range f.Source.Via {
			res.relate(f, "Reached from here.", s, s.Text)
		}
		for _, s := range f.Source.Shadowed {
			res.relate(f, "Also set here, without effect.", s, s.Text)
		}
	}
	return res
}

// baselineState is "" where nothing was compared.
func baselineState(all []*compliance.Finding) string {
	switch c := changeOf(all); c {
	case compliance.New, compliance.Unchanged:
		return string(c)
	}
	return ""
}

func newSARIFProof(all []*compliance.Finding) *sarifProof {
	out := &sarifProof{More: max(0, len(all)-sarifMaxKept)}
	for i, f := range all[:len(all)-out.More] {
		s := f.Source
		s.Via, s.Shadowed, s.Text = nil, nil, ""
		kept := sarifFinding{
			Target: f.Target.Name, Subject: f.Subject, Path: f.Path, Source: s, Absent: f.Absent, Sensitive: f.Sensitive,
			Saw: cut(f.Saw, sarifMaxText), Want: cut(f.Want, sarifMaxText), Conditional: f.Conditional, Change: f.Change, Waiver: f.Waiver,
		}
		if f.Saw == "" && f.Want == "" && !f.Absent {
			kept.Message = cut(f.Message, sarifMaxText)
		}
		if i > 0 {
			kept.Fingerprint, kept.Setting, kept.Content = f.Fingerprint, f.Setting, f.Content
		}
		out.Findings = append(out.Findings, kept)
	}
	return out
}

// sarifSuppressions returns the waivers that accept the findings, which are all
// waived or none. One that has lapsed is no suppression any more: some readers take
// any, whatever its status, for a reason to hide the result.
func sarifSuppressions(all []*compliance.Finding) []sarifSuppression {
	var out []sarifSuppression
	for _, f := range all[:min(len(all), sarifMaxRelated)] {
		if !f.Waived() {
			continue
		}
		s := sarifSuppression{Kind: "external", Status: "accepted", Justification: cut(accepted(f.Waiver), sarifMaxText)}
		if !f.Waiver.Covers.IsZero() {
			s.Kind = "inSource"
		}
		if file, ok := inTree(f.Waiver.Source.File); ok && f.Waiver.Source.Line > 0 {
			s.Location = &sarifLocation{Physical: sarifPlace(place{File: file, Line: f.Waiver.Source.Line, EndLine: f.Waiver.Source.EndLine}, srcRoot)}
		}
		if !slices.ContainsFunc(out, func(o sarifSuppression) bool { return o.Justification == s.Justification }) {
			out = append(out, s)
		}
	}
	return out
}

// sarifFixes returns the changes that mend the findings. Several of one result may
// share one.
func sarifFixes(all []*compliance.Finding) []sarifFix {
	var out []sarifFix
	seen := map[string]bool{}
	for _, f := range all[:min(len(all), sarifMaxRelated)] {
		if !hasPatch(f) || len(f.Fix.Diff) > sarifMaxFix || seen[f.Fix.Diff] {
			continue
		}
		seen[f.Fix.Diff] = true
		fix := sarifFix{Description: sarifMessage{Text: sentence(f.Fix.Description)}}
		for _, file := range chunk(f.Fix.Edits, func(a, b compliance.Edit) bool { return a.File == b.File }) {
			change := sarifChange{Artifact: sarifArtifact{URI: uri(file[0].File), URIBaseID: srcRoot}}
			for _, e := range file {
				change.Replacements = append(change.Replacements, sarifReplacement{
					Deleted:  sarifRegion{StartLine: e.Line, StartColumn: e.Column, EndLine: e.EndLine, EndColumn: e.EndColumn},
					Inserted: sarifMessage{Text: e.Text},
				})
			}
			fix.Changes = append(fix.Changes, change)
		}
		out = append(out, fix)
	}
	return out
}

// relate adds a place that helps to understand the result. A file outside the
// tree is named on hosts only, where it is the host's own.
func (res *sarifResult) relate(f *compliance.Finding, text string, s compliance.Source, snippet string) {
	if len(res.RelatedLocations) == sarifMaxRelated {
		return
	}
	loc := sarifLocation{ID: len(res.RelatedLocations) + 1, Message: &sarifMessage{Text: text}, Logical: sarifLogicals([]*compliance.Finding{f})}
	p := place{Line: s.Line, EndLine: s.EndLine, Col: s.Column, Snippet: cmp.Or(snippet, s.Text)}
	base := srcRoot
	var ok bool
	if f.Target.Kind == compliance.KindHost {
		base = hostRoot
		on := *f
		on.Source = s
		p.File, ok = onTarget(&on), s.File != ""
	} else {
		p.File, ok = inTree(s.File)
	}
	if ok {
		loc.Physical = sarifPlace(p, base)
	} else {
		loc.Message.Text = cut(text+" ("+cmp.Or(origin(s), "no file")+")", sarifMaxText)
	}
	res.RelatedLocations = append(res.RelatedLocations, loc)
}

func newSARIFMessage(e *entry) sarifMessage {
	f := e.Finding
	switch {
	case e.Group != nil:
		return formatted("plain", f.Target.Name, fact(f), f.Message)
	case len(e.All) > 1:
		var each []string
		for _, f := range e.All[:min(len(e.All), sarifMaxRelated)] {
			each = append(each, oneLine(f))
		}
		return formatted("many", strconv.Itoa(len(e.All)), strings.Join(each, "; "))
	case f.Conditional:
		return formatted("may", f.Target.Name, fact(f), sawAndWanted(f))
	case f.Absent && f.Want != "":
		return formatted("absent", f.Target.Name, fact(f), f.Want)
	case f.Saw != "" && f.Want != "":
		return formatted("value", f.Target.Name, fact(f), f.Saw, f.Want)
	}
	return formatted("plain", f.Target.Name, fact(f), sawAndWanted(f))
}

// placeholder is what a reader of SARIF would replace by an argument (§3.11.5).
var placeholder = regexp.MustCompile(`\{\d+\}`)

// formatted returns a message by id and arguments and, for readers that do not
// look ids up, as text.
func formatted(id string, args ...string) sarifMessage {
	text := sarifMessages[id].Text
	var pairs []string
	for i, a := range args {
		args[i] = cut(a, sarifMaxText)
		quoted := placeholder.ReplaceAllString(args[i], "{$0}")
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", quoted)
	}
	return sarifMessage{ID: id, Arguments: args, Text: cut(strings.NewReplacer(pairs...).Replace(text), sarifMaxText)}
}

func sarifLogicals(fs []*compliance.Finding) []sarifLogical {
	var out []sarifLogical
	for _, f := range fs[:min(len(fs), sarifMaxRelated)] {
		l := sarifLogical{Name: key(f), FullyQualifiedName: onTarget(f) + "#" + key(f), Kind: "member"}
		if f.Target.Kind == compliance.KindTerraform {
			l = sarifLogical{Name: subject(f), FullyQualifiedName: f.Target.Name + "#" + fact(f), Kind: "resource"}
		}
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// sarifPlace writes a place. Where the text is known, the region is what stands
// there and the context its whole lines (§3.29.5 asks that it be the larger).
func sarifPlace(p place, base string) *sarifPhysical {
	out := &sarifPhysical{Artifact: sarifArtifact{URI: uri(p.File), URIBaseID: base}}
	if p.Line == 0 {
		// What stands for a host's file holds the evidence, and nothing else. There
		// is no line: GitLab's identity is the path alone.
		text := cut(cmp.Or(strings.TrimSpace(p.Snippet), p.File), sarifMaxSnippet)
		out.Region, out.Context = characters(text), characters(text+"\n")
		return out
	}
	out.Region = &sarifRegion{StartLine: p.Line, StartColumn: p.Col, EndLine: max(p.EndLine, p.Line)}
	lines := strings.Split(strings.TrimRight(p.Snippet, "\n"), "\n")
	text := strings.Join(lines[:min(len(lines), out.Region.EndLine-p.Line+1)], "\n")
	if strings.TrimSpace(text) == "" {
		return out
	}
	start, end := span(text, p)
	out.Region.StartColumn, out.Region.EndColumn = start, end
	exact := []rune(text)
	if !strings.Contains(text, "\n") {
		exact = exact[:end-1]
	}
	out.Region.Snippet = &sarifMessage{Text: cut(string(exact[start-1:]), sarifMaxSnippet)}
	out.Context = &sarifRegion{StartLine: p.Line, EndLine: out.Region.EndLine, Snippet: &sarifMessage{Text: cut(text, sarifMaxSnippet)}}
	return out
}

// characters is the region that text takes at the beginning of an artifact.
func characters(text string) *sarifRegion {
	n := utf8.RuneCountInString(text)
	return &sarifRegion{CharOffset: new(int), CharLength: &n, Snippet: &sarifMessage{Text: text}}
}

// span returns the columns, from 1, where p begins in the first line of text and
// ends, exclusively, in the last: as p says, or what is not blank.
func span(text string, p place) (start, end int) {
	first, _, more := strings.Cut(text, "\n")
	last := text[strings.LastIndexByte(text, '\n')+1:]
	length := utf8.RuneCountInString(first)
	start = utf8.RuneCountInString(first) - utf8.RuneCountInString(strings.TrimLeft(first, " \t")) + 1
	if p.Col > 1 && p.Col <= length {
		start = p.Col
	}
	end = utf8.RuneCountInString(last) + 1
	if !more && p.EndCol > start && p.EndCol <= end {
		end = p.EndCol
	}
	return start, end
}

// sarifVersions returns the repository, if it is known, without credentials.
func sarifVersions(r Repository) []sarifVersion {
	u, err := url.Parse(r.URL)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return nil
	}
	u.User = nil
	return []sarifVersion{{u.String(), cleanName(r.Revision), cleanName(r.Branch), sarifArtifact{URIBaseID: srcRoot}}}
}
