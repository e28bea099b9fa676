package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"merlon/audit"
	"merlon/compliance"
)

func (a *app) gateCommand() *cobra.Command {
	var j judging
	var c comparing
	cmd := &cobra.Command{
		Use:   "gate REPORT...",
		Short: "Judge reports made earlier: pass or stop",
		Long: `Gate reads reports that ` + "`merlon scan`" + ` wrote (json or sarif), scans nothing, and exits
as scan would have. So the job that scans and uploads can pass, and the next one
stops the merge.`,
		Example: `  merlon scan infra -o json=merlon.json -o gitlab=gl-sast-report.json --fail-on none
  merlon gate merlon.json --fail-on high --baseline-report main.json --only-new`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.gate(cmd.Context(), args, &j, &c)
		},
	}
	j.addOutputFlags(cmd)
	j.addFailOnFlag(cmd)
	c.addFlags(cmd)
	return cmd
}

func (a *app) gate(ctx context.Context, files []string, j *judging, c *comparing) error {
	out, err := a.openOutputs(j)
	if err != nil {
		return err
	}
	merged, err := a.readReports(files)
	if err != nil {
		return err
	}
	if c.baseReport != "" {
		for _, f := range slices.Concat(merged.Failures(), merged.Waived()) {
			f.Change = ""
		}
		base, err := c.open(ctx, a, nil)
		if err != nil {
			return err
		}
		base.compare(ctx, nil, nil, merged)
	}
	if c.onlyNew && merged.Comparison == nil {
		return errors.New("--only-new: nothing in the reports says what is new; scan with --diff-base or --baseline-report, or give --baseline-report here")
	}
	out.onlyNew = c.onlyNew
	return a.conclude(merged, nil, 0, out)
}

func (a *app) readReports(files []string) (*compliance.Report, error) {
	var reports []*compliance.Report
	for _, f := range files {
		r, err := readReport(f)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	merged := audit.Merge(reports)
	for _, d := range merged.Diagnostics {
		a.log.Warn(d.Message)
	}
	return merged, nil
}

func (a *app) mergeCommand() *cobra.Command {
	var j judging
	cmd := &cobra.Command{
		Use:   "merge REPORT...",
		Short: "Make one report of several, such as those of shards",
		Long: `Merge reads reports that ` + "`merlon scan`" + ` wrote as json, and writes one. Findings do not
change its exit code; a report that is incomplete, or a shard that is missing, does.`,
		Example: `  merlon scan -i hosts.ini --shard 2/5 -o json=shard-2.json --fail-on none
  merlon merge shard-*.json -o gitlab=gl-sast-report.json -o json=fleet.json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			j.failOn = "none"
			out, err := a.openOutputs(&j)
			if err != nil {
				return err
			}
			merged, err := a.readReports(args)
			if err != nil {
				return err
			}
			return a.conclude(merged, nil, 0, out)
		},
	}
	j.addOutputFlags(cmd)
	return cmd
}

// shard keeps the part of targets that a run is about.
func (r *reach) shardOf(targets []compliance.Target) ([]compliance.Target, error) {
	part, err := audit.Shard(targets, r.shard)
	if err != nil {
		return nil, fmt.Errorf("--shard: %w", err)
	}
	return part, nil
}
