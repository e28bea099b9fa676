package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"merlon/audit"
	"merlon/compliance"
	"merlon/policies"
	"merlon/scanners/host"
	"merlon/scanners/remote"
	"merlon/scanners/terraform"
)

// reach is how targets are named and reached.
type reach struct {
	inventories []string
	limit       string
	sudo        bool
	sshConfig   string
	parallel    int
	shard       string
	timeout     time.Duration
	tf          config
}

// config is what a Terraform tree is evaluated with.
type config struct {
	varFiles, vars, exclude []string
	workspace, source       string
}

func (c *config) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&c.varFiles, "var-file", nil, "a tfvars file for every root module, as Terraform's -var-file; may be repeated")
	f.StringArrayVar(&c.vars, "var", nil, "NAME=VALUE of a Terraform variable; may be repeated (others can see it: no secrets)")
	f.StringVar(&c.workspace, "workspace", "", "what terraform.workspace is (default \"default\")")
	f.StringVar(&c.source, "source", "", "the directory of the root module that a plan was made from: it gives the lines (default the plan's own, where it holds .tf files)")
	f.StringArrayVar(&c.exclude, "exclude", nil, "leave out paths by this pattern, as in .gitignore, besides those in .merlonignore; may be repeated")
}

// values splits the vars.
func (c *config) values() (map[string]string, error) {
	out := map[string]string{}
	for _, v := range c.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--var %s: it is written NAME=VALUE", v)
		}
		out[name] = value
	}
	return out, nil
}

func (r *reach) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&r.inventories, "inventory", "i", nil, "an Ansible inventory (INI or YAML) of hosts; may be repeated")
	f.StringVarP(&r.limit, "limit", "l", "", "only the hosts of the inventory that this Ansible pattern names: 'web*:!web3'")
	r.addHostFlags(cmd)
	f.StringVar(&r.shard, "shard", "", "INDEX/TOTAL: scan only this part of the targets, as one of several jobs; `merlon merge` joins the reports")
	f.IntVar(&r.parallel, "parallel", 32, "how many targets are scanned at once")
}

func (r *reach) addHostFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&r.sudo, "sudo", false, "read hosts as root, through one 'sudo -n'")
	f.StringVar(&r.sshConfig, "ssh-config", "", "this file in place of ~/.ssh/config")
	f.DurationVar(&r.timeout, "timeout", 2*time.Minute, "the longest that one target may take")
	r.tf.addFlags(cmd)
}

// judging is by which controls, and where the line is.
type judging struct {
	policyDirs []string
	baseline   string
	controls   []string
	failOn     string
	outputs    []string
	groupBy    string
	waivers    string
}

func (j *judging) addFlags(cmd *cobra.Command) {
	j.addOutputFlags(cmd)
	j.addFailOnFlag(cmd)
	j.addWaivers(cmd)
	j.addSelection(cmd)
}

func (j *judging) addOutputFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&j.outputs, "output", "o", nil, "FORMAT=FILE, where FILE is - for standard output: "+formatNames()+"; may be repeated (default text=-)")
	f.StringVar(&j.groupBy, "group-by", "", "\"control\" makes one finding of all that a control finds on the hosts of an inventory's group, for fleets")
}

func (j *judging) addFailOnFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&j.failOn, "fail-on", "low", "the least severity that makes the exit code 1: low, medium, high, critical, or none")
}

func (j *judging) addSelection(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVarP(&j.controls, "control", "c", nil, "only these controls: ids, policy paths, or patterns such as 'host/sshd/*'")
	f.StringVarP(&j.baseline, "baseline", "b", "", "the selection of controls: "+strings.Join(policies.Baselines(), ", ")+", or a file (default "+policies.DefaultBaseline+")")
	f.StringArrayVarP(&j.policyDirs, "policies", "p", nil, "a folder of controls of your own, beside the shipped ones; may be repeated")
}

func (a *app) scanCommand() *cobra.Command {
	var r reach
	var j judging
	var c comparing
	cmd := &cobra.Command{
		Use:   "scan [TARGET...]",
		Short: "Scan hosts and Terraform trees",
		Long: `Scan reads each target, judges it, and reports.

A TARGET is a directory with Terraform, a plan that ` + "`terraform show -json`" + ` printed
(PLAN.json, with --source for the lines), "local" for this machine,
ssh://[user@]host[:port], or rootfs:DIR for a mounted image or a chroot, of which
the files are read and nothing is run. Hosts also come from an inventory, with -i.`,
		Example: `  merlon scan infra/ local ssh://web01
  merlon scan -i hosts.ini --limit web --sudo -o sarif=hosts.sarif -o text=-`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.scan(cmd.Context(), args, &r, &j, &c)
		},
	}
	r.addFlags(cmd)
	j.addFlags(cmd)
	c.addFlags(cmd)
	c.addRevisionFlag(cmd)
	return cmd
}

func (a *app) scan(ctx context.Context, args []string, r *reach, j *judging, c *comparing) error {
	out, err := a.openOutputs(j)
	if err != nil {
		return err
	}
	targets, complaints, err := r.targets(args)
	if err != nil {
		return err
	}
	if targets, err = r.shardOf(targets); err != nil {
		return err
	}
	base, err := c.open(ctx, a, targets)
	if err != nil {
		return err
	}
	defer base.close()
	set, mistakes := j.load()
	for _, err := range mistakes {
		a.complain(err)
	}
	if len(set.Controls()) == 0 {
		return errors.New("no control is left to judge by")
	}
	scanners, err := a.scanners(r)
	if err != nil {
		return err
	}
	waived, err := j.openWaivers(set)
	if err != nil {
		return err
	}
	progress := a.startProgress(len(targets))
	au := &audit.Audit{
		Scanners: scanners, Judge: set, Parallel: r.parallel, Timeout: r.timeout,
		Log: a.log, Progress: progress, Version: version(),
	}
	report, errs := au.Run(ctx, targets)
	progress.close()
	report.Shard = r.shard
	a.addComplaints(report, complaints)
	errs = append(errs, waived.apply(a, report, targets, &r.tf)...)
	errs = append(errs, base.compare(ctx, au, targets, report)...)
	addSnippets(report, r.tf.source)
	addFixes(report)
	a.tellOfRoot(report)
	out.onlyNew = c.onlyNew
	return a.conclude(report, append(mistakes, errs...), len(mistakes), out)
}

// load reads the policies. The Set works even where there are errors.
func (j *judging) load() (*policies.Set, []error) {
	return policies.Load(policies.Options{Dirs: j.policyDirs, Baseline: j.baseline, Controls: j.controls})
}

func (a *app) scanners(r *reach) (map[compliance.Kind]audit.Scanner, error) {
	vars, err := r.tf.values()
	if err != nil {
		return nil, err
	}
	for _, file := range r.tf.varFiles {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("--var-file: %w", err)
		}
	}
	dialer := &remote.Dialer{Config: r.sshConfig, Prompt: a.prompt(), Warn: func(w string) { a.log.Warn(w) }}
	return map[compliance.Kind]audit.Scanner{
		compliance.KindHost: &host.Scanner{
			Sudo: r.sudo, Timeout: r.timeout,
			Dial: func(ctx context.Context, t compliance.Target) (host.Conn, error) {
				c, err := dialer.Dial(ctx, t)
				if err != nil {
					return nil, err
				}
				return c, nil
			},
		},
		compliance.KindTerraform: &treeOrPlan{source: r.tf.source, Scanner: terraform.Scanner{
			VarFiles: r.tf.varFiles, Vars: vars, Workspace: r.tf.workspace, Exclude: r.tf.exclude,
		}},
	}, nil
}

// treeOrPlan scans a directory as a tree and a file as a plan.
type treeOrPlan struct {
	terraform.Scanner
	source string
}

// Scan implements [audit.Scanner].
func (s *treeOrPlan) Scan(ctx context.Context, t compliance.Target, sections []string, found func(*compliance.Document)) error {
	if info, err := os.Stat(t.Address); err == nil && !info.IsDir() {
		return s.ScanPlan(ctx, t, sourceOf(t.Address, s.source), sections, found)
	}
	return s.Scanner.Scan(ctx, t, sections, found)
}

// sourceOf is the directory that a plan was made from: as the user says, else the
// plan's own where it holds Terraform files.
func sourceOf(plan, given string) string {
	dir := filepath.Dir(plan)
	if files, _ := filepath.Glob(filepath.Join(dir, "*.tf")); given == "" && len(files) > 0 {
		return dir
	}
	return given
}

// conclude writes the outputs, and turns the report into an exit code. The first
// told errors have been told already.
func (a *app) conclude(report *compliance.Report, mistakes []error, told int, out *outputs) error {
	for _, err := range mistakes[told:] {
		a.complain(err)
	}
	if err := out.write(report); err != nil {
		return err
	}
	if len(mistakes) > 0 {
		return &exitError{Code: exitUsage}
	}
	for _, f := range report.Failures() {
		if out.failOn != 0 && f.Control.Severity >= out.failOn && !(out.onlyNew && f.Change == compliance.Unchanged) {
			return &exitError{Code: exitFindings}
		}
	}
	if len(report.Incomplete()) > 0 {
		return &exitError{Code: exitIncomplete}
	}
	return nil
}

// targets turns arguments and inventories into targets.
func (r *reach) targets(args []string) ([]compliance.Target, []compliance.Diagnostic, error) {
	var out []compliance.Target
	for _, arg := range args {
		t, err := parseTarget(arg)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, t)
	}
	listed, complaints, err := r.fromInventories()
	if err != nil {
		return nil, nil, err
	}
	out = append(out, listed...)
	if len(out) == 0 && len(complaints) == 0 {
		return nil, nil, errors.New("no target: name a directory with Terraform, a plan.json, \"local\", ssh://[user@]host[:port], rootfs:DIR, or an inventory with -i")
	}
	return out, complaints, nil
}

func parseTarget(arg string) (compliance.Target, error) {
	if arg == "local" {
		return compliance.Target{Name: "local", Kind: compliance.KindHost, Address: "local"}, nil
	}
	if dir, ok := strings.CutPrefix(arg, host.RootfsScheme); ok {
		if info, err := os.Stat(dir); err != nil {
			return compliance.Target{}, fmt.Errorf("the target %q: %w", arg, err)
		} else if !info.IsDir() {
			return compliance.Target{}, fmt.Errorf("the target %q: it is no directory; mount the image, and name where", arg)
		}
		return compliance.Target{Name: arg, Kind: compliance.KindHost, Address: arg}, nil
	}
	if rest, ok := strings.CutPrefix(arg, "ssh://"); ok {
		name, err := sshName(rest)
		if err != nil {
			return compliance.Target{}, fmt.Errorf("the target %q: %w", withoutPassword(arg), err)
		}
		return compliance.Target{Name: name, Kind: compliance.KindHost, Address: arg}, nil
	}
	if scheme, _, ok := strings.Cut(arg, "://"); ok {
		return compliance.Target{}, fmt.Errorf("the target %q: %s:// is not known; a target is a directory, \"local\", ssh://[user@]host[:port] or rootfs:DIR", arg, scheme)
	}
	info, err := os.Stat(arg)
	if err != nil {
		return compliance.Target{}, fmt.Errorf("the target %q is no directory (a host is written ssh://%s): %w", arg, arg, err)
	}
	if !info.IsDir() && filepath.Ext(arg) != ".json" {
		return compliance.Target{}, fmt.Errorf("the target %q is a file; name the directory that holds the Terraform files, or a plan that `terraform show -json` printed, PLAN.json", arg)
	}
	return compliance.Target{Name: filepath.ToSlash(filepath.Clean(arg)), Kind: compliance.KindTerraform, Address: arg}, nil
}
