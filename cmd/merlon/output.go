package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/term"

	"merlon/compliance"
	"merlon/report"
)

// outputs are where the report goes.
type outputs struct {
	app     *app
	list    []output
	failOn  compliance.Severity // 0: nothing fails the run
	groupBy string
	// onlyNew: what was there before does not fail the run.
	onlyNew bool
}

type output struct {
	format report.Format
	file   string // "-" is standard output
}

func formatNames() string {
	var names []string
	for _, f := range report.Formats() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// openOutputs checks what was asked for before anything is scanned.
func (a *app) openOutputs(j *judging) (*outputs, error) {
	out := &outputs{app: a, groupBy: j.groupBy}
	var err error
	if j.groupBy != "" && !slices.Contains(report.Groupings(), j.groupBy) {
		return nil, fmt.Errorf("--group-by %s: it can be %s", j.groupBy, strings.Join(report.Groupings(), ", "))
	}
	if j.failOn != "none" {
		if out.failOn, err = compliance.ParseSeverity(j.failOn); err != nil {
			return nil, fmt.Errorf("--fail-on: %w, none", err)
		}
	}
	specs := j.outputs
	if len(specs) == 0 {
		specs = []string{"text=-"}
	}
	for _, spec := range specs {
		name, file, ok := strings.Cut(spec, "=")
		if !ok || file == "" {
			file = "-"
		}
		format, err := report.Lookup(name)
		if err != nil {
			return nil, fmt.Errorf("-o %s: %w", spec, err)
		}
		if slices.ContainsFunc(out.list, func(o output) bool { return o.file == file }) {
			return nil, fmt.Errorf("-o %s: two reports would go to %q", spec, file)
		}
		if file != "-" {
			if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
				return nil, fmt.Errorf("-o %s: there is no directory %s", spec, filepath.Dir(file))
			}
		}
		out.list = append(out.list, output{format, file})
	}
	return out, nil
}

// write writes every output, also where one of them cannot be written.
func (o *outputs) write(r *compliance.Report) error {
	var errs []error
	for _, x := range o.list {
		if err := o.writeOne(x, r); err != nil {
			errs = append(errs, fmt.Errorf("the %s report could not be written: %w", x.format.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (o *outputs) writeOne(x output, r *compliance.Report) error {
	options := report.Options{Verbose: o.app.verbose, Repository: repository(), GroupBy: o.groupBy, Note: func(text string) {
		o.app.log.Warnf("%s report: %s", x.format.Name, text)
	}}
	if x.file == "-" {
		options.Color, options.Width = o.app.color(os.Stdout), width()
		return x.format.Write(o.app.stdout, r, options)
	}
	return replaceFile(x.file, func(w io.Writer) error { return x.format.Write(w, r, options) })
}

// replaceFile writes a file whole or not at all.
func replaceFile(name string, write func(io.Writer) error) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		// A pipe or a device, such as /dev/stderr, is written to as it is.
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".merlon-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// maxWidth is the widest that text is set; wider lines are hard to read.
const maxWidth = 100

func width() int {
	if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w >= 40 {
		return min(w, maxWidth)
	}
	return maxWidth
}

// printable takes control characters out of s, which may come from a policy.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
