// Package compliance holds the nouns that every room shares: what is scanned,
// what was found there, what is asked of it and how it was judged. It knows the
// standard library only.
package compliance

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// State is a verdict.
type State string

// The verdicts. Unsure is written "unknown", like the facts that bring it about.
const (
	Pass          State = "pass"
	Fail          State = "fail"
	Unsure        State = "unknown"
	NotApplicable State = "not-applicable"
)

// Severity is what an attacker gains where a control fails.
type Severity int

// The severities, from the least.
const (
	Low Severity = iota + 1
	Medium
	High
	Critical
)

var severities = [...]string{"none", "low", "medium", "high", "critical"}

// String returns "low", "medium", "high" or "critical".
func (s Severity) String() string { return severities[s] }

// ParseSeverity reads what [Severity.String] writes.
func ParseSeverity(s string) (Severity, error) {
	for i, name := range severities {
		if i > 0 && s == name {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("severity %q is none of %s", s, strings.Join(severities[1:], ", "))
}

// MarshalText writes the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity's name.
func (s *Severity) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSeverity(string(b))
	return err
}

// A Control is one thing that is asked of a target. Its rule lives in policies.
type Control struct {
	// ID is an area's prefix and four digits: "SSH0001". It never changes meaning.
	ID string `json:"id"`
	// Policy is the path of its rule: "host/sshd/root_login". A row of a family
	// adds its name: "host/kernel/sysctl#kernel.kptr_restrict".
	Policy      string   `json:"policy"`
	Kind        Kind     `json:"kind"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Severity    Severity `json:"severity"`
	Remediation string   `json:"remediation"`
	// Fix mends findings without a person, where that can be; nil where it cannot.
	Fix *Recipe `json:"fix,omitempty"`
	// References maps a framework to its numbers: "cis-debian-12-v1.1.0": {"5.1.20"}.
	References map[string][]string `json:"references,omitempty"`
	// Links are pages to read.
	Links []Link `json:"links,omitempty"`
	// Sections are what the rule reads; see [Path.Section].
	Sections []string `json:"sections"`
}

// Named tells whether pattern names c: by id, by policy path (a family's names all
// its rows), or by a pattern of policy paths, see [Match].
func (c *Control) Named(pattern string) bool {
	policy, _, _ := strings.Cut(c.Policy, "#")
	return pattern == c.ID || pattern == c.Policy || Match(pattern, policy)
}

// Match is [path.Match], where a last "**" stands for all beneath.
func Match(pattern, text string) bool {
	if pattern == text {
		return true
	}
	if prefix, ok := strings.CutSuffix(pattern, "**"); ok {
		return strings.HasPrefix(text, prefix)
	}
	ok, _ := path.Match(pattern, text)
	return ok
}

// A Link is a page to read about a control.
type Link struct {
	Title string `json:"title,omitempty"`
	URL   string `json:"url"`
}

// A Finding is the verdict of one control on one subject of one target, with
// what proves it.
type Finding struct {
	Control *Control `json:"-"`
	Target  *Target  `json:"-"`
	State   State    `json:"state"`
	// Subject is what was judged: {"sshd"}, {"aws_s3_bucket", "aws_s3_bucket.logs"}.
	// Empty where the control does not apply to the target at all.
	Subject Path `json:"subject,omitempty"`
	// Path is the fact that decided.
	Path Path `json:"path,omitempty"`
	// Source is where Path was read, or what contains it where it is absent.
	Source Source `json:"source,omitzero"`
	// Saw is the value as text, "" where Absent; masked where it is sensitive.
	Saw    string `json:"saw,omitempty"`
	Absent bool   `json:"absent,omitempty"`
	// Sensitive: the value must not be shown, nor the lines that hold it.
	Sensitive bool `json:"sensitive,omitempty"`
	// Want is what the control asks for, as text.
	Want string `json:"want,omitempty"`
	// Message says in one sentence what was found.
	Message string `json:"message"`
	// Unknown is what stands in the way of a verdict, where State is unknown.
	Unknown *Unknown `json:"unknown,omitempty"`
	// Conditional: the subject may not come to exist (its count is unknown).
	Conditional bool `json:"conditional,omitempty"`
	// Snippet is the text of Source's lines, where it can be shown.
	Snippet string `json:"snippet,omitempty"`
	// Fingerprint is the finding's identity, of its own in the report: control,
	// target, subject and setting. Neither lines nor values enter it, so that it
	// survives moved lines; 64 hex digits. See [Report.SetFingerprints].
	Fingerprint string `json:"fingerprint"`
	// Setting is the identity without what tells list elements apart: findings on
	// the same setting share it. Content is a digest of the list element that the
	// finding lies in, "" where it lies in none: it tells which of several
	// elements was there before, wherever it stands now.
	Setting string `json:"setting"`
	Content string `json:"content,omitempty"`
	// Change is set where the run was compared with another.
	Change Change `json:"change,omitempty"`
	// Waiver is what accepts the finding, or did until it lapsed.
	Waiver *Waiver `json:"waiver,omitempty"`
	// Fix mends the finding, where Merlon knows how.
	Fix *Fix `json:"fix,omitempty"`
}

// digest is the SHA-256 of parts, in hex.
func digest(parts ...string) string {
	h := sha256.New()
	for _, s := range parts {
		fmt.Fprintf(h, "%d:%s;", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Compare orders findings for people: the worst first, then by control, target,
// place and subject.
func (f *Finding) Compare(g *Finding) int {
	if c := cmp.Or(
		-cmp.Compare(f.Control.Severity, g.Control.Severity),
		cmp.Compare(f.Control.ID, g.Control.ID),
		cmp.Compare(f.Target.Name, g.Target.Name),
		cmp.Compare(f.Source.File, g.Source.File),
		cmp.Compare(f.Source.Line, g.Source.Line),
	); c != 0 {
		return c
	}
	return cmp.Or(slices.Compare(f.Subject, g.Subject), slices.Compare(f.Path, g.Path))
}

// A Result is all that was found out about one target.
type Result struct {
	Target Target `json:"target"`
	// Err says why the target as a whole could not be read; "" where it could.
	Err         string       `json:"error,omitempty"`
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
	// Unknowns are the facts that could not be had.
	Unknowns []Unknown `json:"unknowns,omitempty"`
	// Waivers are those written in what was scanned.
	Waivers []Waiver `json:"waivers,omitempty"`
	// Moves are what has another address than before, by the configuration itself.
	Moves    []Move    `json:"moves,omitempty"`
	Findings []Finding `json:"findings"`
}

// A Report is one run: every enabled control, and every target's result.
type Report struct {
	// Version is Merlon's own.
	Version string `json:"version"`
	// Shard is which part of the targets this is, "2/5"; "" is all.
	Shard    string     `json:"shard,omitempty"`
	Started  time.Time  `json:"started"`
	Finished time.Time  `json:"finished"`
	Controls []*Control `json:"controls"`
	Results  []Result   `json:"results"`
	// Diagnostics are about the run as a whole: its inventory, its waivers.
	Diagnostics []Diagnostic `json:"diagnostics,omitempty"`
	// Comparison is set where the run was compared with another.
	Comparison *Comparison `json:"comparison,omitempty"`
}

// Count returns how many findings have each state.
func (r *Report) Count() map[State]int {
	n := map[State]int{}
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			n[r.Results[i].Findings[j].State]++
		}
	}
	return n
}

// Failures returns the failed findings of all targets that no waiver accepts,
// worst first.
func (r *Report) Failures() []*Finding {
	return r.failed(func(f *Finding) bool { return !f.Waived() })
}

// Waived returns the failed findings that a waiver accepts, worst first.
func (r *Report) Waived() []*Finding {
	return r.failed((*Finding).Waived)
}

func (r *Report) failed(keep func(*Finding) bool) []*Finding {
	var out []*Finding
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			if f := &r.Results[i].Findings[j]; f.State == Fail && keep(f) {
				out = append(out, f)
			}
		}
	}
	slices.SortFunc(out, (*Finding).Compare)
	return out
}

// Incomplete returns, a sentence each, what should have been read and was not:
// targets out of reach, files that do not parse, facts that a control needs.
// Empty where the run is whole.
func (r *Report) Incomplete() []string {
	var out []string
	for _, d := range r.Diagnostics {
		if d.Level == LevelError {
			out = append(out, d.String())
		}
	}
	for i := range r.Results {
		res := &r.Results[i]
		if res.Err != "" {
			out = append(out, res.Target.Name+": "+res.Err)
		}
		for _, d := range res.Diagnostics {
			if d.Level == LevelError {
				out = append(out, res.Target.Name+": "+d.String())
			}
		}
		unread := 0
		for j := range res.Findings {
			if f := &res.Findings[j]; f.State == Unsure && (f.Unknown == nil || !f.Unknown.Deferred) {
				unread++
			}
		}
		if unread > 0 {
			out = append(out, fmt.Sprintf("%s: %d verdicts are unknown because facts could not be read", res.Target.Name, unread))
		}
	}
	return out
}
