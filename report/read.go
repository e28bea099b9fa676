package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"merlon/compliance"
)

// MaxRead is the most that [Read] takes, in bytes. Who reads a file need not hold
// more of it than one byte beyond.
const MaxRead = 256 << 20

// Read reads back what the json format wrote, and what the sarif format tells: the
// controls with id, title and severity, the targets by name, and the failures with
// what identifies them. What a SARIF report warns of becomes an error diagnostic of
// the run, so that an incomplete report stays one. name is how errors call it.
//
// The report may come from anyone: it is checked as far as Merlon relies on it, and
// its texts are as they came, for the formats to clean.
func Read(data []byte, name string) (*compliance.Report, error) {
	r, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cleanName(name), err)
	}
	return r, nil
}

func read(data []byte) (*compliance.Report, error) {
	if len(data) > MaxRead {
		return nil, fmt.Errorf("it has %d bytes, and %d are the most that Merlon reads; compare parts of the fleet on their own", len(data), MaxRead)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !plausible(data) {
		return nil, errors.New("it is no report of Merlon's: it has nulls, or more objects than such a report can")
	}
	var head struct {
		Format  *float64         `json:"format"`
		Version *string          `json:"version"`
		Runs    *json.RawMessage `json:"runs"`
		Scan    *json.RawMessage `json:"scan"`
		Tool    struct {
			Name string `json:"name"`
		} `json:"tool"`
	}
	if err := decode(data, &head); err != nil {
		return nil, err
	}
	switch {
	case head.Runs != nil && head.Version != nil:
		if *head.Version != "2.1.0" {
			return nil, fmt.Errorf("it is SARIF %s, and Merlon reads 2.1.0", quoted(*head.Version))
		}
		return readSARIF(data)
	case head.Tool.Name == tool && head.Format != nil:
		if *head.Format != jsonFormat {
			return nil, fmt.Errorf("it is a json report of format %v, and this Merlon reads format %d; write it anew with this version", *head.Format, jsonFormat)
		}
		return readJSON(data)
	case head.Scan != nil:
		return nil, errors.New("it is a GitLab security report, which does not tell all that a comparison needs; give Merlon's json or sarif")
	}
	return nil, errors.New("it is no report of Merlon's; give one that `merlon scan -o json` or `-o sarif` wrote")
}

// decode reads one JSON value, and says in people's words why it cannot.
func decode(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case len(bytes.TrimSpace(data)) == 0:
		return errors.New("it is empty; the run that wrote it may have failed")
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(data)):
		return fmt.Errorf("it is cut off after %d bytes, in the middle of its JSON; fetch or write it again", len(data))
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON: %s at byte %d; give Merlon's json or sarif", cleanName(err.Error()), syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("it is no report of Merlon's: at byte %d, %s is a %s", kind.Offset, quoted(cmp.Or(kind.Field, "the report")), kind.Value)
	}
	return fmt.Errorf("it is no report of Merlon's: %s", cleanName(err.Error()))
}

// plausible tells whether data, if it is JSON, can be one of our reports. It holds
// off what would take many times its size in memory: in our reports an object has
// 24 bytes at least in the mean, and nothing is null.
func plausible(data []byte) bool {
	objects, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{':
			objects++
		case c == 'n' && bytes.HasPrefix(data[i:], []byte("null")):
			return false
		}
	}
	return objects <= len(data)/24+1_000
}

// quoted makes text of a report safe and short enough for an error.
func quoted(s string) string { return strconv.Quote(cut(cleanName(s), 100)) }

func readJSON(data []byte) (*compliance.Report, error) {
	var in jsonReport
	if err := decode(data, &in); err != nil {
		return nil, err
	}
	if in.Controls == nil || in.Results == nil {
		return nil, errors.New("it has no controls or no results; fetch or write it again")
	}
	out := &compliance.Report{Version: in.Tool.Version, Shard: in.Shard, Results: make([]compliance.Result, len(in.Results)), Diagnostics: in.Diagnostics}
	var err error
	if out.Started, err = time.Parse(time.RFC3339, in.Started); err != nil {
		return nil, fmt.Errorf("its time %s is none", quoted(in.Started))
	}
	if out.Finished, err = time.Parse(time.RFC3339, in.Finished); err != nil {
		return nil, fmt.Errorf("its time %s is none", quoted(in.Finished))
	}
	if err := checkLevels(in.Diagnostics); err != nil {
		return nil, err
	}
	b := newReader(out)
	for _, c := range in.Controls {
		if err := b.control(c); err != nil {
			return nil, err
		}
	}
	for i, from := range in.Results {
		res := &out.Results[i]
		*res = compliance.Result{Target: from.Target, Err: from.Error, Diagnostics: from.Diagnostics, Unknowns: from.Unknowns,
			Waivers: from.Waivers, Moves: from.Moves, Findings: make([]compliance.Finding, len(from.Findings))}
		if !slices.Contains(kinds[:], res.Target.Kind) {
			return nil, fmt.Errorf("target %s is of kind %s, which this Merlon does not know", quoted(res.Target.Name), quoted(string(res.Target.Kind)))
		}
		if err := checkLevels(from.Diagnostics); err != nil {
			return nil, err
		}
		for j, f := range from.Findings {
			if err := b.finding(f.Control, f.Finding, &res.Target, &res.Findings[j]); err != nil {
				return nil, err
			}
		}
	}
	if err := in.Summary.check(out); err != nil {
		return nil, err
	}
	if in.Comparison == nil {
		return out, nil
	}
	out.Comparison = &compliance.Comparison{Base: in.Comparison.Base, Fixed: make([]compliance.Finding, len(in.Comparison.Fixed))}
	b.seen = map[string]bool{} // those are of another run
	targets := targetsOf(out)
	for i, f := range in.Comparison.Fixed {
		c := b.controls[f.Control]
		if c == nil {
			return nil, unlisted(f.Control)
		}
		t := targets.of(compliance.Target{Name: f.Target, Kind: c.Kind})
		if err := b.finding(f.Control, f.Finding, t, &out.Comparison.Fixed[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// check holds a summary against what the report holds: where something was left out
// since, its absence must not pass for cleanliness.
func (s *jsonSummary) check(r *compliance.Report) error {
	is := summarise(r)
	if s.Targets == is.Targets && s.TargetsUnread == is.TargetsUnread && s.Waived == is.Waived && maps.Equal(s.States, is.States) {
		return nil
	}
	return fmt.Errorf("it holds %d targets and %d failures, and its summary speaks of %d and %d, or of other counts: it was changed since; write it anew",
		is.Targets, is.States[compliance.Fail], s.Targets, s.States[compliance.Fail])
}

// checkLevels refuses what might be an error by another name: the report would pass
// for whole.
func checkLevels(ds []compliance.Diagnostic) error {
	for _, d := range ds {
		if d.Level != compliance.LevelError && d.Level != compliance.LevelWarning {
			return fmt.Errorf("a diagnostic in it is of level %s, which this Merlon does not know", quoted(d.Level))
		}
	}
	return nil
}

// A reader checks and links what a report holds.
type reader struct {
	report   *compliance.Report
	controls map[string]*compliance.Control
	seen     map[string]bool // fingerprints, and texts of diagnostics
}

func newReader(r *compliance.Report) *reader {
	return &reader{r, map[string]*compliance.Control{}, map[string]bool{}}
}

func (b *reader) control(c *compliance.Control) error {
	switch {
	case c == nil || c.ID == "":
		return errors.New("a control in it has no id")
	case b.controls[c.ID] != nil:
		return fmt.Errorf("control %s is in it twice", quoted(c.ID))
	case c.Severity < compliance.Low || c.Severity > compliance.Critical:
		return fmt.Errorf("control %s has no severity", quoted(c.ID))
	case !slices.Contains(kinds[:], c.Kind):
		return fmt.Errorf("control %s is of kind %s, which this Merlon does not know", quoted(c.ID), quoted(string(c.Kind)))
	}
	b.controls[c.ID] = c
	b.report.Controls = append(b.report.Controls, c)
	return nil
}

func unlisted(control string) error {
	return fmt.Errorf("a finding is of control %s, which is not among its controls", quoted(control))
}

// finding checks f and puts it, linked, to out.
func (b *reader) finding(control string, f *compliance.Finding, t *compliance.Target, out *compliance.Finding) error {
	c := b.controls[control]
	switch {
	case c == nil:
		return unlisted(control)
	case f == nil:
		return fmt.Errorf("a finding of control %s is empty", quoted(control))
	case !slices.Contains([]compliance.State{compliance.Pass, compliance.Fail, compliance.Unsure, compliance.NotApplicable}, f.State):
		return fmt.Errorf("a finding of control %s has the state %s, which this Merlon does not know", quoted(control), quoted(string(f.State)))
	case !slices.Contains([]compliance.Change{"", compliance.New, compliance.Unchanged, compliance.Fixed}, f.Change):
		return fmt.Errorf("a finding of control %s is %s, which this Merlon does not know", quoted(control), quoted(string(f.Change)))
	}
	if w := f.Waiver; w != nil {
		_, err := compliance.ParseDay(w.Until)
		if w.Control == "" || strings.TrimSpace(w.Reason) == "" || w.Until != "" && err != nil {
			return fmt.Errorf("the waiver of a finding of control %s on %s has no control, no reason or no day; write the report again", quoted(control), quoted(t.Name))
		}
	}
	if err := checkPrints(f); err != nil {
		return fmt.Errorf("a finding of control %s on %s: %w", quoted(control), quoted(t.Name), err)
	}
	if b.seen[f.Fingerprint] {
		return fmt.Errorf("two findings have the fingerprint %s; write the report again", f.Fingerprint)
	}
	b.seen[f.Fingerprint] = true
	*out = *f
	out.Control, out.Target = c, t
	return nil
}

var fingerprint = regexp.MustCompile(`^[0-9a-f]{64}$`)

func checkPrints(f *compliance.Finding) error {
	if f.Setting == "" {
		return errors.New("it says nothing of its setting: an older Merlon wrote it; write the report anew with this version")
	}
	for _, s := range []string{f.Fingerprint, f.Setting, cmp.Or(f.Content, f.Setting)} {
		if !fingerprint.MatchString(s) {
			return fmt.Errorf("%s is no fingerprint, which has 64 hexadecimal digits; write the report again", quoted(s))
		}
	}
	return nil
}

// sarifLogIn is the part of SARIF that is read back; see sarif.go for what is
// written.
type sarifLogIn struct {
	Runs []sarifRunIn `json:"runs"`
}

type sarifRunIn struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []struct {
		RuleID              string            `json:"ruleId"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
		Properties          sarifProof        `json:"properties"`
	} `json:"results"`
	Properties struct {
		Merlon *sarifScope `json:"merlon"`
	} `json:"properties"`
}

func readSARIF(data []byte) (*compliance.Report, error) {
	var in sarifLogIn
	if err := decode(data, &in); err != nil {
		return nil, err
	}
	total := 0
	for i := range in.Runs {
		if err := in.Runs[i].check(); err != nil {
			return nil, err
		}
		total += len(in.Runs[i].Properties.Merlon.Targets) + len(in.Runs[i].Properties.Merlon.Unread)
	}
	// Findings point to their results' targets: the list must not move.
	out := &compliance.Report{Results: make([]compliance.Result, 0, total)}
	b := newReader(out)
	for i := range in.Runs {
		if err := b.run(&in.Runs[i]); err != nil {
			return nil, err
		}
	}
	if len(in.Runs) == 0 {
		b.diagnose(compliance.LevelError, "the SARIF report has no run: nothing was scanned")
	}
	return out, nil
}

func (run *sarifRunIn) kind() compliance.Kind {
	return compliance.Kind(strings.TrimPrefix(run.Tool.Driver.Name, tool+"-"))
}

// check tells whether Merlon wrote the run, and with what a comparison needs.
func (run *sarifRunIn) check() error {
	switch scope := run.Properties.Merlon; {
	case !slices.Contains(kinds[:], run.kind()):
		return fmt.Errorf("it is a SARIF report of %s, not of Merlon; give one that `merlon scan -o sarif` wrote", quoted(run.Tool.Driver.Name))
	case scope == nil:
		return errors.New("an older Merlon wrote it, which did not tell what a comparison needs; write the report anew with this version")
	case scope.Format != sarifFormat:
		return fmt.Errorf("it is of format %d of Merlon's SARIF, and this Merlon reads format %d; write it anew with this version", scope.Format, sarifFormat)
	case scope.GroupBy != "":
		return fmt.Errorf("its findings are grouped by %s and cannot be told apart; write it without grouping, or give the json report", quoted(scope.GroupBy))
	case scope.Bare:
		return errors.New("it had no room for what a comparison needs; give the json report of the same run")
	}
	return nil
}

func (b *reader) run(run *sarifRunIn) error {
	out, scope, kind := b.report, run.Properties.Merlon, run.kind()
	out.Version, out.Shard = run.Tool.Driver.Version, scope.Shard
	if scope.Base != "" {
		out.Comparison = &compliance.Comparison{Base: scope.Base, Fixed: []compliance.Finding{}}
	}
	b.invocations(run.Invocations)
	for i := range run.Tool.Driver.Rules {
		if err := b.control(controlOf(&run.Tool.Driver.Rules[i], kind)); err != nil {
			return err
		}
	}
	targets := map[string]*compliance.Result{}
	add := func(names []string, trouble string) {
		for _, name := range names {
			out.Results = append(out.Results, compliance.Result{Target: compliance.Target{Name: name, Kind: kind}, Err: trouble, Findings: []compliance.Finding{}})
			targets[name] = &out.Results[len(out.Results)-1]
		}
	}
	add(scope.Targets, "")
	add(scope.Unread, "it could not be read")
	for i := range run.Results {
		res := &run.Results[i]
		if len(res.Properties.Findings) == 0 {
			return fmt.Errorf("a result of control %s does not tell its findings; give the json report of the same run", quoted(res.RuleID))
		}
		for j := range res.Properties.Findings {
			kept := &res.Properties.Findings[j]
			if j == 0 {
				p := res.PartialFingerprints
				kept.Fingerprint, kept.Setting, kept.Content = p[printFinding], p[printSetting], p[printContent]
			}
			to := targets[kept.Target]
			if to == nil {
				return fmt.Errorf("a finding of control %s is on %s, which is not among its targets", quoted(res.RuleID), quoted(kept.Target))
			}
			var f compliance.Finding
			if err := b.finding(res.RuleID, kept.finding(), &to.Target, &f); err != nil {
				return err
			}
			to.Findings = append(to.Findings, f)
		}
		if res.Properties.More > 0 {
			b.diagnose(compliance.LevelError, fmt.Sprintf("%d findings of control %s at one place are not in the SARIF report", res.Properties.More, res.RuleID))
		}
	}
	return nil
}

// invocations remembers what a run says of itself. A warning tells that something is
// missing; see [notices].
func (b *reader) invocations(list []sarifInvocation) {
	if len(list) == 0 {
		b.diagnose(compliance.LevelError, "the SARIF report does not say how its run went")
	}
	for _, i := range list {
		if !i.ExecutionSuccessful {
			b.diagnose(compliance.LevelError, "by the SARIF report, nothing could be read")
		}
		// A time that cannot be read is no harm: nothing is decided by it.
		b.report.Started, _ = time.Parse(time.RFC3339, i.StartTimeUTC)
		b.report.Finished, _ = time.Parse(time.RFC3339, i.EndTimeUTC)
		for _, n := range i.Notifications {
			level := compliance.LevelError
			if n.Level == "note" || n.Level == "none" {
				level = compliance.LevelWarning
			}
			b.diagnose(level, n.Message.Text)
		}
	}
}

// diagnose adds what is said of the run, once: each run of a SARIF report says it.
func (b *reader) diagnose(level, text string) {
	if !b.seen[level+text] {
		b.seen[level+text] = true
		b.report.Diagnostics = append(b.report.Diagnostics, compliance.Diagnostic{Level: level, Message: text})
	}
}

// controlOf undoes newSARIFRule, as far as that can be.
func controlOf(rule *sarifRule, k compliance.Kind) *compliance.Control {
	c := &compliance.Control{
		ID:          rule.ID,
		Policy:      rule.Properties.Policy,
		Kind:        k,
		Title:       strings.TrimSuffix(rule.ShortDescription.Text, "."),
		Description: rule.FullDescription.Text,
		Remediation: rule.Help.Text,
		Sections:    []string{},
	}
	for s := compliance.Low; s <= compliance.Critical; s++ {
		if sarifRank(s) == rule.Default.Rank {
			c.Severity = s
		}
	}
	return c
}

// finding undoes newSARIFProof.
func (s *sarifFinding) finding() *compliance.Finding {
	return &compliance.Finding{
		State: compliance.Fail, Subject: s.Subject, Path: s.Path, Source: s.Source, Saw: s.Saw, Absent: s.Absent, Sensitive: s.Sensitive,
		Want: s.Want, Message: s.Message, Conditional: s.Conditional, Fingerprint: s.Fingerprint, Setting: s.Setting, Content: s.Content,
		Change: s.Change, Waiver: s.Waiver,
	}
}
