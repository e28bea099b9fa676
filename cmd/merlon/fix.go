package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"merlon/audit"
	"merlon/compliance"
	"merlon/fixes"
	"merlon/policies"
	"merlon/scanners/terraform"
)

func (a *app) fixCommand() *cobra.Command {
	var tf config
	var j judging
	var write bool
	cmd := &cobra.Command{
		Use:   "fix DIR",
		Short: "Show or apply changes that mend findings in Terraform",
		Long: `Fix scans a directory with Terraform, and shows as a diff what mends its findings,
where that is the same for everyone. The changed tree is scanned before anything is
shown or written: what a fix would not mend is left out.

Exit codes: 0 changes were shown or written, or there is nothing to change, 2 errors.`,
		Example: `  merlon fix infra                     the diff, as git apply takes it
  merlon fix infra -c AWS0024 --write`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.fix(cmd.Context(), args[0], &tf, &j, write)
		},
	}
	tf.addFlags(cmd)
	_ = cmd.Flags().MarkHidden("source") // it is for plans
	j.addWaivers(cmd)
	j.addSelection(cmd)
	cmd.Flags().BoolVar(&write, "write", false, "change the files, in place of showing the diff")
	return cmd
}

func (a *app) fix(ctx context.Context, dir string, tf *config, j *judging, write bool) error {
	m, err := a.newMending(dir, tf, j)
	if err != nil {
		return err
	}
	defer m.repo.Close()
	plan, err := m.plan(ctx)
	if err != nil {
		return err
	}
	if len(plan.Files) > 0 && write {
		if err := m.repo.Write(plan); err != nil {
			return err
		}
	} else if len(plan.Files) > 0 {
		a.showDiff(plan.Diff())
	}
	a.summarise(plan, write)
	return nil
}

// A mending is one run of fix.
type mending struct {
	app     *app
	audit   *audit.Audit
	scanner *terraform.Scanner
	target  compliance.Target
	waived  *accepted
	config  *config
	repo    *fixes.Repository
}

func (a *app) newMending(dir string, tf *config, j *judging) (*mending, error) {
	target, err := parseTarget(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(target.Address); target.Kind != compliance.KindTerraform || err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is no directory with Terraform; nothing else is ever changed", dir)
	}
	vars, err := tf.values()
	if err != nil {
		return nil, err
	}
	set, mistakes := j.load()
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	waived, err := j.openWaivers(set)
	if err != nil {
		return nil, err
	}
	repo, err := openFixes(target.Address)
	if err != nil {
		return nil, err
	}
	m := &mending{app: a, target: target, waived: waived, config: tf, repo: repo}
	m.scanner = &terraform.Scanner{VarFiles: tf.varFiles, Vars: vars, Workspace: tf.workspace, Exclude: tf.exclude}
	m.audit = &audit.Audit{Scanners: map[compliance.Kind]audit.Scanner{compliance.KindTerraform: m.scanner}, Judge: set, Log: a.log, Version: version()}
	return m, nil
}

// openFixes opens the repository around a directory.
func openFixes(dir string) (*fixes.Repository, error) {
	text, err := terraform.OpenText(dir)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	return fixes.Open(text.Base(), terraform.IsSecretName)
}

// plan finds what mends the failures that no waiver accepts.
func (m *mending) plan(ctx context.Context) (*fixes.Plan, error) {
	report, errs := m.audit.Run(ctx, []compliance.Target{m.target})
	errs = append(errs, m.waived.apply(m.app, report, []compliance.Target{m.target}, m.config)...)
	for _, r := range report.Results {
		if r.Err != "" {
			errs = append(errs, fmt.Errorf("%s: %s", r.Target.Name, r.Err))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	failures := report.Failures()
	plan := m.repo.Plan(failures)
	var stubborn []*compliance.Finding
	for len(plan.Files) > 0 {
		more, err := m.verify(ctx, report, plan)
		if err != nil {
			return nil, err
		}
		if len(more) == 0 {
			break
		}
		stubborn = append(stubborn, more...)
		plan = m.repo.Plan(slices.DeleteFunc(slices.Clone(failures), func(f *compliance.Finding) bool { return slices.Contains(stubborn, f) }))
	}
	for _, f := range stubborn {
		plan.Left = append(plan.Left, fixes.Left{Finding: f, Reason: "its fix does not mend it"})
	}
	return plan, nil
}

// verify scans the tree as the plan makes it, and returns what it does not mend. An
// error tells of harm that it does.
func (m *mending) verify(ctx context.Context, before *compliance.Report, plan *fixes.Plan) ([]*compliance.Finding, error) {
	tree := &changedTree{scanner: m.scanner, repo: m.repo, plan: plan}
	au := *m.audit
	au.Log = silent() // what there is to say of the tree has been said
	au.Scanners = map[compliance.Kind]audit.Scanner{compliance.KindTerraform: tree}
	after, errs := au.Run(ctx, []compliance.Target{m.target})
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	old, now := findings(before, tree.judged), findings(after, tree.judged)
	stubborn, harm := fixes.Compare(old, now, plan.Mended)
	harm = append(harm, unreadable(before, after)...)
	if len(stubborn) == 0 && len(harm) > 0 {
		return nil, fmt.Errorf("the fixes would do harm, so none is applied; leave the control out that does it (-c names those to use): %s", strings.Join(harm, "; "))
	}
	return stubborn, nil
}

func silent() logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

// unreadable tells what can no longer be read in a changed tree.
func unreadable(before, after *compliance.Report) []string {
	known := map[string]bool{}
	each := func(r *compliance.Report, visit func(text string)) {
		for _, res := range r.Results {
			if res.Err != "" {
				visit(res.Target.Name + ": " + res.Err)
			}
			for _, d := range res.Diagnostics {
				if d.Level == compliance.LevelError {
					visit(res.Target.Name + ": " + d.Message)
				}
			}
		}
	}
	each(before, func(text string) { known[text] = true })
	var out []string
	each(after, func(text string) {
		if !known[text] {
			out = append(out, text)
		}
	})
	return out
}

// findings are those of some root modules.
func findings(r *compliance.Report, targets map[string]bool) []compliance.Finding {
	var out []compliance.Finding
	for _, res := range r.Results {
		if targets[res.Target.Name] {
			out = append(out, res.Findings...)
		}
	}
	return out
}

// A changedTree scans a tree as a plan makes it, after it was scanned as it is: the
// root modules that the plan has to do with.
type changedTree struct {
	scanner *terraform.Scanner
	repo    *fixes.Repository
	plan    *fixes.Plan

	mu     sync.Mutex
	judged map[string]bool
}

// Scan implements [audit.Scanner].
func (c *changedTree) Scan(ctx context.Context, t compliance.Target, sections []string, found func(*compliance.Document)) error {
	roots, err := c.scanner.ScanBase(ctx, t, c.repo.Changed(c.plan), c.plan.Changes, sections, found)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.judged = map[string]bool{}
	for _, name := range roots.Judged {
		c.judged[name] = true
	}
	return err
}

// showDiff prints the diff as it is, but to a terminal without what that could
// take for a command.
func (a *app) showDiff(diff string) {
	if term.IsTerminal(int(os.Stdout.Fd())) {
		diff = printable(strings.ReplaceAll(diff, "\r\n", "\n"))
	}
	fmt.Fprint(a.stdout, diff)
}

// summarise says on standard error what was mended and what was not.
func (a *app) summarise(p *fixes.Plan, written bool) {
	if a.quiet {
		return
	}
	did := "can be mended"
	if written {
		did = "mended"
	}
	fmt.Fprintf(a.stderr, "%s %s", countOf(len(p.Mended), "finding"), did)
	if len(p.Files) > 0 {
		fmt.Fprintf(a.stderr, " in %s", countOf(len(p.Files), "file"))
	}
	if len(p.Left) > 0 {
		fmt.Fprintf(a.stderr, ", %d cannot", len(p.Left))
	}
	fmt.Fprintln(a.stderr)
	if names := replaced(p.Mended); len(names) > 0 {
		fmt.Fprintf(a.stderr, "  careful: Terraform may destroy and make anew, with what they hold: %s\n", printable(some(names)))
	}
	byReason := map[string][]string{}
	for _, l := range p.Left {
		byReason[l.Reason] = append(byReason[l.Reason], fmt.Sprintf("%s %s", l.Finding.Control.ID, placeOf(l.Finding)))
	}
	reasons := slices.SortedFunc(maps.Keys(byReason), func(x, y string) int {
		if d := len(byReason[y]) - len(byReason[x]); d != 0 {
			return d
		}
		return strings.Compare(x, y)
	})
	for _, r := range reasons {
		slices.Sort(byReason[r])
		fmt.Fprintf(a.stderr, "  %d: %s (%s)\n", len(byReason[r]), printable(r), printable(some(byReason[r])))
	}
}

func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// replaced are the addresses of what may be replaced.
func replaced(mended []*compliance.Finding) []string {
	var out []string
	for _, f := range mended {
		if fixes.Replaces(f) {
			out = append(out, f.Path[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func placeOf(f *compliance.Finding) string {
	if f.Source.Line == 0 {
		return f.Subject.String()
	}
	return fmt.Sprintf("%s:%d", f.Source.File, f.Source.Line)
}

// some lists names, not all where they are many.
func some(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// addFixes gives each failure in a Terraform tree its fix, where there is one.
func addFixes(r *compliance.Report) {
	byTree := map[string][]*compliance.Finding{}
	for _, f := range r.Failures() {
		if fixes.Fixable(f) && f.Target.Kind == compliance.KindTerraform {
			byTree[f.Target.Address] = append(byTree[f.Target.Address], f)
		}
	}
	open := map[string]*fixes.Repository{}
	for _, dir := range slices.Sorted(maps.Keys(byTree)) {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue // a plan: its values are not those of the files
		}
		text, err := terraform.OpenText(dir)
		if err != nil {
			continue // the directory is gone; the finding stands without a fix
		}
		base := text.Base()
		text.Close()
		if open[base] == nil {
			if open[base], err = fixes.Open(base, terraform.IsSecretName); err != nil {
				continue
			}
			defer open[base].Close()
		}
		open[base].Suggest(byTree[dir])
	}
}

// mendHCL mends a fixture's HCL; see [policies.MendTerraform].
func mendHCL(ctx context.Context, hcl string, own map[string]bool, judge func(*compliance.Document) []compliance.Finding) (map[string]bool, []string) {
	dir, before, err := scanHCL(ctx, hcl)
	defer os.RemoveAll(dir)
	if err != nil {
		return nil, nil // the fixture's own test tells
	}
	repo, err := openFixes(dir)
	if err != nil {
		return nil, []string{err.Error()}
	}
	defer repo.Close()
	found := judge(before)
	var fails []*compliance.Finding
	for i := range found {
		if fixes.Fixable(&found[i]) && own[found[i].Control.ID] {
			fails = append(fails, &found[i])
		}
	}
	plan := repo.Plan(fails)
	if len(plan.Files) == 0 {
		return nil, nil
	}
	result, after, err := scanHCL(ctx, string(plan.Files[0].New))
	defer os.RemoveAll(result)
	if err != nil {
		return nil, []string{fmt.Sprintf("the result cannot be scanned: %v", err)}
	}
	var problems []string
	for _, d := range after.Diagnostics {
		if d.Level == compliance.LevelError {
			problems = append(problems, fmt.Sprintf("the result, line %d: %s", d.Source.Line, d.Message))
		}
	}
	stubborn, harm := fixes.Compare(found, judge(after), plan.Mended)
	for _, f := range stubborn {
		problems = append(problems, f.Message+" is not mended")
	}
	mended := map[string]bool{}
	for _, f := range plan.Mended {
		mended[f.Control.ID] = true
	}
	return mended, append(problems, harm...)
}

var _ policies.MendTerraform = mendHCL
