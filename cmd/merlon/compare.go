package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"merlon/audit"
	"merlon/compliance"
	"merlon/report"
	"merlon/revision"
	"merlon/scanners/terraform"
)

// comparing is what a run is compared with.
type comparing struct {
	baseReport, diffBase string
	onlyNew              bool
}

func (c *comparing) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.baseReport, "baseline-report", "", "an earlier report (json or sarif), such as the target branch's: tells what is new since")
	f.BoolVar(&c.onlyNew, "only-new", false, "count only new findings for the exit code")
}

func (c *comparing) addRevisionFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.diffBase, "diff-base", "", "a git revision, such as origin/main: tells what is new since this branch left it")
}

// A baseline compares a report with what was before.
type baseline interface {
	// compare tells what is new in r, which au has made of targets. The errors are
	// mistakes in policies.
	compare(ctx context.Context, au *audit.Audit, targets []compliance.Target, r *compliance.Report) []error
	close()
}

// open makes sure of the base before anything is scanned.
func (c *comparing) open(ctx context.Context, a *app, targets []compliance.Target) (baseline, error) {
	switch {
	case c.baseReport != "" && c.diffBase != "":
		return nil, errors.New("--baseline-report and --diff-base are two things to compare with; give one")
	case c.baseReport != "":
		return openReport(c.baseReport)
	case c.diffBase != "":
		return openRevision(ctx, a, c.diffBase, targets)
	case c.onlyNew:
		return nil, errors.New("--only-new needs something to compare with: --baseline-report FILE or --diff-base REF")
	}
	return noBaseline{}, nil
}

type noBaseline struct{}

func (noBaseline) compare(context.Context, *audit.Audit, []compliance.Target, *compliance.Report) []error {
	return nil
}
func (noBaseline) close() {}

// reportBase is an earlier report.
type reportBase struct{ audit.Base }

func openReport(file string) (*reportBase, error) {
	r, err := readReport(file)
	if err != nil {
		return nil, err
	}
	return &reportBase{audit.Base{Name: filepath.Base(file), Report: r}}, nil
}

func (b *reportBase) compare(_ context.Context, _ *audit.Audit, _ []compliance.Target, r *compliance.Report) []error {
	audit.Compare(r, &b.Base)
	return nil
}

func (b *reportBase) close() {}

func readReport(file string) (*compliance.Report, error) {
	in, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe that nobody writes to must not hold it up
	if err != nil {
		return nil, fmt.Errorf("the report cannot be read: %w", err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, report.MaxRead+1))
	if err != nil {
		return nil, fmt.Errorf("the report %s cannot be read: %w", file, err)
	}
	return report.Read(data, file)
}

// revisionBase is the tree's own past.
type revisionBase struct {
	app *app
	rev *revision.Revision
}

func openRevision(ctx context.Context, a *app, ref string, targets []compliance.Target) (*revisionBase, error) {
	if len(targets) == 0 {
		return nil, errors.New("--diff-base: there is no target to compare")
	}
	for _, t := range targets {
		if info, err := os.Stat(t.Address); t.Kind != compliance.KindTerraform || err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--diff-base compares directories of a git repository; for %s use --baseline-report", t.Name)
		}
	}
	rev, err := revision.Open(ctx, targets[0].Address, ref)
	if err != nil {
		return nil, fmt.Errorf("--diff-base: %w", err)
	}
	for _, t := range targets {
		if !within(rev.Top, t.Address) {
			rev.Close()
			return nil, fmt.Errorf("--diff-base: %s is not in the repository %s, as %s is; scan it by itself", t.Name, rev.Top, targets[0].Name)
		}
	}
	if rev.Warning != "" {
		a.log.Warn(rev.Warning)
	}
	return &revisionBase{a, rev}, nil
}

func within(top, dir string) bool {
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(top, abs)
	return err == nil && filepath.IsLocal(rel)
}

func (b *revisionBase) close() { b.rev.Close() }

func (b *revisionBase) compare(ctx context.Context, au *audit.Audit, targets []compliance.Target, r *compliance.Report) []error {
	tree, ok := au.Scanners[compliance.KindTerraform].(*treeOrPlan)
	if !ok {
		return []error{errors.New("--diff-base: nothing here can read the base revision")}
	}
	past := &pastTree{scanner: &tree.Scanner, rev: b.rev, same: map[string]bool{}}
	then := &audit.Audit{
		Scanners: map[compliance.Kind]audit.Scanner{compliance.KindTerraform: past},
		Judge:    au.Judge, Parallel: au.Parallel, Timeout: au.Timeout, Log: au.Log.WithField("revision", b.rev.Name), Version: au.Version,
	}
	before, errs := then.Run(ctx, targets)
	renamed, err := b.rev.Moved(ctx)
	if err != nil {
		b.app.log.Warn(err.Error())
	}
	for _, res := range before.Results {
		for _, d := range res.Diagnostics {
			if d.Level == compliance.LevelError {
				r.Diagnostics = append(r.Diagnostics, unreadBase(b.rev.Name, d.Message, d.Source))
			}
		}
		if res.Err != "" {
			r.Diagnostics = append(r.Diagnostics, unreadBase(b.rev.Name, res.Err, compliance.Source{}))
		}
	}
	if b.rev.Warning != "" {
		r.Diagnostics = append(r.Diagnostics, compliance.Diagnostic{Level: compliance.LevelWarning, Message: b.rev.Warning})
	}
	audit.Compare(r, &audit.Base{Name: b.rev.Name, Report: before, Revision: true, Same: past.same, Renamed: renamed, Gone: b.gone})
	return errs
}

// gone tells whether a root module has no Terraform files any more. One that is left
// out of the scan, or became a module of others, has.
func (b *revisionBase) gone(root string) bool {
	list, err := os.ReadDir(filepath.Join(b.rev.Top, filepath.FromSlash(root)))
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
	}
	return !slices.ContainsFunc(list, func(e fs.DirEntry) bool {
		name := strings.TrimSuffix(e.Name(), ".json")
		return strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tofu")
	})
}

// unreadBase says that the base revision is not known in whole: what failed in the
// missing part counts as new.
func unreadBase(name, why string, at compliance.Source) compliance.Diagnostic {
	return compliance.Diagnostic{
		Level: compliance.LevelWarning, Source: at,
		Message: fmt.Sprintf("the base revision %s could not be read in whole, and what it hides counts as new: %s", name, why),
	}
}

// pastTree scans trees as they were in a revision, after they were scanned as they
// are.
type pastTree struct {
	scanner *terraform.Scanner
	rev     *revision.Revision

	mu   sync.Mutex
	same map[string]bool // root modules of which nothing differs
}

// Scan implements [audit.Scanner].
func (p *pastTree) Scan(ctx context.Context, t compliance.Target, sections []string, found func(*compliance.Document)) error {
	roots, err := p.scanner.ScanBase(ctx, t, p.rev, p.rev.Differs, sections, found)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range roots.Same {
		p.same[name] = true
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the tree was not there yet
	}
	return err
}
