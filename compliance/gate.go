package compliance

import (
	"fmt"
	"strconv"
	"time"
)

// A Change is how a failure stands to the report or revision that a run is
// compared with.
type Change string

// The changes. A fixed failure is in [Comparison.Fixed]; it has no state now.
const (
	New       Change = "new"
	Unchanged Change = "unchanged"
	Fixed     Change = "fixed"
)

// A Comparison is what a run was compared with.
type Comparison struct {
	// Base names it for people: "main (1f0c4de8)", "base.sarif".
	Base string `json:"base"`
	// Fixed are failures of the base that are judged now and fail no longer. Of a
	// base read from a report they have what that report tells.
	Fixed []Finding `json:"fixed"`
}

// A Move says that the configuration itself calls a resource or a module by another
// address than before, as a moved block of Terraform does.
type Move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// A Waiver accepts findings: by whom, why and until when. One that is written in
// merlon.yaml selects by its patterns; one that is written beside the code covers
// the lines of a block or an attribute.
type Waiver struct {
	// Control is an id, a policy path, or a pattern of one: "AWS0101", "host/sshd/*".
	Control string `json:"control"`
	// Target and Subject are patterns of the target's name and the subject's last
	// element (a resource's address); "" is any.
	Target  string `json:"target,omitempty"`
	Subject string `json:"subject,omitempty"`
	Reason  string `json:"reason"`
	Owner   string `json:"owner,omitempty"`
	// Until is the last day on which it holds, "2027-03-01"; "" is without end.
	Until string `json:"until,omitempty"`
	// Source is where it is written.
	Source Source `json:"source"`
	// Covers is the range of lines that an inline waiver is about; zero for others.
	Covers Source `json:"covers,omitzero"`
	// Lapsed: Until has passed, and what it accepted fails again.
	Lapsed bool `json:"lapsed,omitempty"`
}

// ParseDay reads a day as a waiver writes it: 2027-03-01.
func ParseDay(s string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no day; write it as 2027-03-01", s)
	}
	return day, nil
}

// Waived tells whether f is accepted by a waiver that still holds.
func (f *Finding) Waived() bool { return f.Waiver != nil && !f.Waiver.Lapsed }

// A Recipe tells how to mend what a control finds in Terraform, as its METADATA
// has it under custom.fix. It is the same for everyone: where a person must decide,
// there is none.
type Recipe struct {
	// Want: the attribute at the finding's path gets the wanted value, where that is
	// a value and no prose.
	Want bool `json:"want,omitempty"`
	// Set are attributes that are set together, where the finding is about one of
	// them: bool, string, number, or a list of those.
	Set map[string]any `json:"set,omitempty"`
	// Remove names the block or attribute on the finding's path that goes.
	Remove string `json:"remove,omitempty"`
	// Add is HCL for the resource that a finding is about as a whole: what it holds
	// is added to the resource, and a `resource "TYPE" "self"` beside it, where self
	// is the one that was found.
	Add string `json:"add,omitempty"`
	// Replaces are resource types that Terraform may destroy and make anew when the
	// change is applied.
	Replaces []string `json:"replaces,omitempty"`
}

// A Fix is a change to the sources that mends a finding.
type Fix struct {
	// Description says what it does, in one sentence.
	Description string `json:"description"`
	Edits       []Edit `json:"edits"`
	// Diff is the same change as a unified diff that `git apply` takes; its paths
	// are relative to the repository, under a/ and b/.
	Diff string `json:"diff"`
}

// An Edit replaces a range of a file by Text. Lines and columns count from 1,
// columns in Unicode code points; the end is exclusive. An empty range inserts.
type Edit struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
	Text      string `json:"text"`
}

// SetFingerprints gives every finding of the report its identity: Setting, and a
// Fingerprint that no other finding of the report has. Among findings of one
// control on list elements of one setting, their order in the list tells them
// apart. Call it once all findings are there, before any is left out.
func (r *Report) SetFingerprints() {
	taken := map[string]int{}
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			f := &r.Results[i].Findings[j]
			f.SetSetting()
			n := taken[f.Setting]
			taken[f.Setting]++
			f.Fingerprint = digest(f.Setting, strconv.Itoa(n))
		}
	}
}

// SetSetting fills f.Setting from control, target, subject and path.
func (f *Finding) SetSetting() {
	f.Setting = digest(f.Control.ID, f.Target.Name, f.Subject.settings().key(), f.Path.settings().key())
}

// settings is p with list indexes left open: a rule that moves from third to
// second place is still that rule.
func (p Path) settings() Path {
	out := p.Append()
	for i, s := range p {
		if _, err := strconv.ParseUint(s, 10, 31); err == nil {
			out[i] = "*"
		}
	}
	return out
}
