package report

import (
	"encoding/json"
	"io"

	"merlon/compliance"
)

// GitLab compares two of these reports itself and shows what is new; a limit beyond
// an artifact's size is not documented, so that those of SARIF's reader hold.
const (
	qualityMaxBytes    = sarifMaxBytes
	qualityMaxFindings = sarifMaxResults
	qualityText        = 1_024 // characters
)

// qualityFinding is what GitLab reads of Code Climate's format.
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
type qualityFinding struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"`
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
}

// writeCodeQuality writes the failures that no waiver accepts. The format has no
// place to say what was not read: a job that publishes it must gate by the exit code.
func writeCodeQuality(w io.Writer, r *compliance.Report, o Options) error {
	list, _ := unwaived(entries(clean(r), o, kinds[:]...))
	out, kept, _ := fit(list, qualityMaxFindings, qualityMaxBytes-2, func(e *entry) json.RawMessage { return encoded(newQualityFinding(e)) })
	if missing := len(list) - len(kept); missing > 0 {
		o.note("codequality: " + count(missing, "finding is ", "findings are ") + mildest + limits(qualityMaxFindings, qualityMaxBytes))
	}
	return encode(w, out)
}

func newQualityFinding(e *entry) qualityFinding {
	text := e.Control.ID + ": " + e.Control.Title + ". " + oneLine(e.Finding)
	if e.Fix != nil {
		text += "; " + mendable
	}
	return qualityFinding{
		Description: cut(text, qualityText),
		CheckName:   "merlon/" + e.Control.ID,
		Fingerprint: vulnerabilityID(e.Fingerprint),
		Severity:    qualitySeverity(e.Control.Severity),
		Location:    qualityLocation{e.At.File, qualityLines{max(e.At.Line, 1)}},
	}
}

// qualitySeverity maps the four severities to the upper four of Code Climate's five.
func qualitySeverity(s compliance.Severity) string {
	switch s {
	case compliance.Critical:
		return "blocker"
	case compliance.High:
		return "critical"
	case compliance.Medium:
		return "major"
	}
	return "minor"
}
