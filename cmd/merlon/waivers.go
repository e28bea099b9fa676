package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"merlon/compliance"
	"merlon/policies"
	"merlon/waivers"
)

// noWaivers in place of a file turns merlon.yaml off.
const noWaivers = "none"

func (j *judging) addWaivers(cmd *cobra.Command) {
	cmd.Flags().StringVar(&j.waivers, "waivers", "", "the file of accepted findings (default "+waivers.File+" here or, if none, at the repository's base; "+noWaivers+" for no file)")
}

// accepted are a run's waivers.
type accepted struct {
	listed []compliance.Waiver
	faults []compliance.Diagnostic // entries, or a file, that cannot be used
	base   string                  // the directory that the waivers are kept for
	known  []*compliance.Control   // all that there are, enabled or not
}

// openWaivers reads merlon.yaml. What is wrong in it is a fault, and does not end
// the run; a file that was named and is not there does.
func (j *judging) openWaivers(set *policies.Set) (*accepted, error) {
	w := &accepted{known: set.All()}
	if j.waivers == noWaivers || j.waivers == "" {
		wd, err := os.Getwd()
		w.base = repositoryBase(wd)
		if j.waivers == noWaivers {
			return w, nil
		}
		if err == nil {
			err = w.readUsual(wd)
		}
		if err != nil {
			err = fmt.Errorf("whether there is a %s here cannot be told (--waivers %s does without): %w", waivers.File, noWaivers, err)
		}
		return w, err
	}
	f, err := os.OpenFile(j.waivers, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: errors.New("--waivers: " + err.Error())}
	}
	w.read(f, filepath.ToSlash(j.waivers))
	if abs, err := filepath.Abs(j.waivers); err == nil {
		w.base = filepath.Dir(abs)
	}
	return w, nil
}

// readUsual reads merlon.yaml in the working directory, else at the repository's
// base. A link that leads out of the repository is not followed: its author may be
// somebody else than who runs the scan.
func (w *accepted) readUsual(wd string) error {
	root, err := os.OpenRoot(w.base)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, dir := range []string{wd, w.base} {
		rel, err := filepath.Rel(w.base, dir)
		if err != nil {
			return err
		}
		name := filepath.Join(rel, waivers.File)
		f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			var p *fs.PathError
			if errors.As(err, &p) {
				err = p.Err
			}
			name = filepath.ToSlash(name)
			w.faults = append(w.faults, compliance.Diagnostic{
				Level: compliance.LevelError, Source: compliance.Source{File: name}, Message: fmt.Sprintf("%s was not read, so nothing is waived: %v", name, err),
			})
			return nil
		}
		w.base = dir
		w.read(f, filepath.ToSlash(name))
		return nil
	}
	return nil
}

func (w *accepted) read(f *os.File, name string) {
	defer f.Close()
	w.listed, w.faults = waivers.Read(f, name, w.known)
}

// repositoryBase is the nearest directory from dir upwards that holds .git, else dir.
func repositoryBase(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Lstat(filepath.Join(d, ".git")); err == nil {
			return d
		}
		if d == filepath.Dir(d) {
			return dir
		}
	}
}

// apply applies the waivers to the report of a run over targets, and returns what is
// wrong in merlon.yaml: a mistake in the configuration, which must not pass for a
// scan that is merely incomplete. targets are nil where documents were judged.
func (w *accepted) apply(a *app, report *compliance.Report, targets []compliance.Target, tf *config) []error {
	report.Diagnostics = append(report.Diagnostics, w.faults...)
	inline := slices.ContainsFunc(report.Results, func(r compliance.Result) bool { return len(r.Waivers) > 0 })
	if len(w.listed) > 0 || inline {
		run := waivers.Run{Known: w.known, Now: time.Now(), Variant: true}
		if targets != nil {
			run.Whole, run.Variant = w.coverage(targets, tf)
		}
		before := len(report.Diagnostics)
		run.Apply(report, w.listed)
		for _, d := range report.Diagnostics[before:] {
			a.log.Warn(d.String())
		}
	}
	var mistakes []error
	for _, d := range w.faults {
		mistakes = append(mistakes, errors.New(d.String()))
	}
	return mistakes
}

// coverage tells whether the whole tree is among the targets, and whether values
// from outside of it have a say in what is found; see [waivers.Run].
func (w *accepted) coverage(targets []compliance.Target, tf *config) (whole, variant bool) {
	variant = len(tf.varFiles)+len(tf.vars)+len(tf.exclude) > 0 || tf.workspace != ""
	for _, t := range targets {
		if t.Kind != compliance.KindTerraform {
			continue
		}
		if info, err := os.Stat(t.Address); err != nil || !info.IsDir() {
			variant = true // a plan
			continue
		}
		whole = whole || contains(t.Address, w.base)
	}
	return whole, variant
}

// contains tells whether inner is dir or lies in it.
func contains(dir, inner string) bool {
	paths := []string{dir, inner}
	for i := range paths {
		abs, err := filepath.Abs(paths[i])
		if err == nil {
			abs, err = filepath.EvalSymlinks(abs)
		}
		if err != nil {
			return false
		}
		paths[i] = abs
	}
	rel, err := filepath.Rel(paths[0], paths[1])
	return err == nil && filepath.IsLocal(rel)
}
