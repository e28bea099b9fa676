// Package report writes what a run found: for people, for programs, and for
// GitLab and other readers of SARIF.
//
// Every format works on a clean copy of the report (see clean.go): names, values
// and messages come from hosts and repositories that may be hostile, and no
// format sees their bytes as they came.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"merlon/compliance"
)

// Options say how a report looks, and what it should tell beyond the run itself.
type Options struct {
	// Color allows SGR colours in text.
	Color bool
	// Width is how many columns a line of text may take; 0 stands for 100.
	Width int
	// Verbose lists everything in text, where a summary would do.
	Verbose bool
	// Repository is told in SARIF, where it is known.
	Repository Repository
	// GroupBy "control" makes one finding of all that one control finds on the hosts
	// of one group of one inventory file; "" leaves each on its own. It changes every
	// format but json, which is the record.
	GroupBy string
	// Note, where set, is told in a sentence what a format leaves out to stay within
	// its reader's limits.
	Note func(string)
}

// Groupings returns what [Options.GroupBy] may be, beside "".
func Groupings() []string { return []string{byControl} }

const byControl = "control"

// note tells what is left out.
func (o Options) note(text string) {
	if o.Note != nil {
		o.Note(text)
	}
}

// A Repository is what the scanned files, or the inventory, are a revision of.
type Repository struct {
	// URL is absolute: "https://gitlab.example.com/group/project". Credentials in
	// it are left out.
	URL string
	// Revision is a commit's id; Branch may be empty.
	Revision, Branch string
}

// A Format is one way to write a report.
type Format struct {
	// Name is what people call it on the command line.
	Name string
	// Description is one line of help.
	Description string
	// Write writes r to w. It returns the first error of w, and none of its own.
	// The control of every finding must be set; r is left as it is.
	Write func(w io.Writer, r *compliance.Report, o Options) error
}

// Formats returns every format, the default first.
func Formats() []Format {
	return []Format{
		{"text", "for people: what failed, where, and what to change", writeText},
		{"json", "for programs: every verdict, stable, described by docs/report-schema.json", writeJSON},
		{"sarif", "SARIF 2.1.0: failures only, within the limits of GitLab's reader", writeSARIF},
		{"gitlab", "GitLab SAST report 15.1.4 (gl-sast-report.json): failures only", writeGitLab},
		{"codequality", "GitLab Code Quality report, shown in any tier's merge requests: failures only", writeCodeQuality},
		{"junit", "JUnit XML, for GitLab's test summary: every verdict on what there is to judge", writeJUnit},
	}
}

// Lookup returns the format that is called name.
func Lookup(name string) (Format, error) {
	formats := Formats()
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i >= 0 {
		return formats[i], nil
	}
	var names []string
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("format %q is none of %s", name, strings.Join(names, ", "))
}

// tool is how reports call the program.
const tool = "merlon"

// encode writes v as one line of JSON. "<" and ">" stay as they are: no reader
// pastes a report into a page unescaped, and people read it.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
