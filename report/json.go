package report

import (
	"io"
	"time"

	"merlon/compliance"
)

// jsonFormat is the version of the json format. Fields may be added within a
// version; what is there keeps its name and meaning.
const jsonFormat = 1

// The types below are docs/report-schema.json.

type jsonReport struct {
	Format   int                   `json:"format"`
	Tool     jsonTool              `json:"tool"`
	Started  string                `json:"started"`
	Finished string                `json:"finished"`
	Shard    string                `json:"shard,omitempty"`
	Summary  jsonSummary           `json:"summary"`
	Controls []*compliance.Control `json:"controls"`
	Results  []jsonResult          `json:"results"`
	// Diagnostics are about the run as a whole.
	Diagnostics []compliance.Diagnostic `json:"diagnostics,omitempty"`
	Comparison  *jsonComparison         `json:"comparison,omitempty"`
}

type jsonTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type jsonSummary struct {
	Targets       int                         `json:"targets"`
	TargetsUnread int                         `json:"targets_unread"`
	States        map[compliance.State]int    `json:"states"`
	Failures      map[compliance.Severity]int `json:"failures"`
	Waived        int                         `json:"waived"`
	Changes       *changes                    `json:"changes,omitempty"`
	Incomplete    []string                    `json:"incomplete"`
}

type jsonResult struct {
	Target      compliance.Target       `json:"target"`
	Error       string                  `json:"error,omitempty"`
	Diagnostics []compliance.Diagnostic `json:"diagnostics,omitempty"`
	Unknowns    []compliance.Unknown    `json:"unknowns,omitempty"`
	Waivers     []compliance.Waiver     `json:"waivers,omitempty"`
	Moves       []compliance.Move       `json:"moves,omitempty"`
	Findings    []jsonFinding           `json:"findings"`
}

type jsonFinding struct {
	Control string `json:"control"`
	*compliance.Finding
}

type jsonComparison struct {
	Base  string      `json:"base"`
	Fixed []jsonFixed `json:"fixed"`
}

// A jsonFixed names its target, which stands in no result.
type jsonFixed struct {
	Control string `json:"control"`
	Target  string `json:"target"`
	*compliance.Finding
}

func writeJSON(w io.Writer, r *compliance.Report, _ Options) error {
	r = clean(r)
	out := jsonReport{
		Format:      jsonFormat,
		Tool:        jsonTool{tool, r.Version},
		Started:     r.Started.Format(time.RFC3339Nano),
		Finished:    r.Finished.Format(time.RFC3339Nano),
		Shard:       r.Shard,
		Summary:     summarise(r),
		Controls:    append([]*compliance.Control{}, r.Controls...),
		Results:     make([]jsonResult, len(r.Results)),
		Diagnostics: r.Diagnostics,
	}
	for i := range r.Results {
		res := &r.Results[i]
		findings := make([]jsonFinding, len(res.Findings))
		for j := range res.Findings {
			findings[j] = jsonFinding{res.Findings[j].Control.ID, &res.Findings[j]}
		}
		out.Results[i] = jsonResult{res.Target, res.Err, res.Diagnostics, res.Unknowns, res.Waivers, res.Moves, findings}
	}
	if c := r.Comparison; c != nil {
		out.Comparison = &jsonComparison{c.Base, make([]jsonFixed, len(c.Fixed))}
		for i := range c.Fixed {
			f := &c.Fixed[i]
			out.Comparison.Fixed[i] = jsonFixed{f.Control.ID, f.Target.Name, f}
		}
	}
	return encode(w, out)
}

func summarise(r *compliance.Report) jsonSummary {
	s := jsonSummary{
		Targets:    len(r.Results),
		States:     map[compliance.State]int{compliance.Pass: 0, compliance.Fail: 0, compliance.Unsure: 0, compliance.NotApplicable: 0},
		Failures:   map[compliance.Severity]int{compliance.Low: 0, compliance.Medium: 0, compliance.High: 0, compliance.Critical: 0},
		Waived:     len(r.Waived()),
		Changes:    changesOf(r, kinds[:]...),
		Incomplete: append([]string{}, r.Incomplete()...),
	}
	for state, n := range r.Count() {
		s.States[state] = n
	}
	for i := range r.Results {
		if r.Results[i].Err != "" {
			s.TargetsUnread++
		}
	}
	for _, f := range r.Failures() {
		s.Failures[f.Control.Severity]++
	}
	return s
}
