package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"merlon/compliance"
	"merlon/policies"
)

func (a *app) controlsCommand() *cobra.Command {
	var j judging
	var format string
	var baselines bool
	cmd := &cobra.Command{
		Use:   "controls [ID...]",
		Short: "List the controls, or explain some",
		Long:  "Controls lists every control that there is, or with -b those of a baseline; with an\nID, a policy path or a pattern, it explains these.",
		Example: `  merlon controls
  merlon controls SSH0001
  merlon controls 'terraform/aws/*'
  merlon controls --baselines`,
		RunE: func(_ *cobra.Command, args []string) error {
			if baselines {
				return a.listBaselines(format)
			}
			return a.controls(args, &j, format)
		},
	}
	j.addSelection(cmd)
	cmd.Flags().BoolVar(&baselines, "baselines", false, "list the baselines in place of controls")
	cmd.Flags().StringVarP(&format, "output", "o", "text", "text, json or markdown")
	return cmd
}

func (a *app) controls(args []string, j *judging, format string) error {
	j.controls = append(j.controls, args...)
	if len(j.controls) == 0 && j.baseline == "" {
		j.controls = []string{"**"}
	}
	set, errs := j.load()
	list := set.Controls()
	var err error
	switch {
	case format == "json":
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(list)
	case format == "markdown":
		err = writeReference(a.stdout, set, list)
	case format != "text":
		return fmt.Errorf("-o %s: it is text, json or markdown", format)
	case len(args) > 0 && len(list) <= 20:
		for _, c := range list {
			explain(a.stdout, set, c)
		}
	default:
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		for _, c := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.ID, c.Severity, c.Policy, printable(c.Title))
		}
		err = w.Flush()
	}
	if err != nil {
		return err
	}
	for _, err := range errs {
		a.complain(err)
	}
	if len(errs) > 0 {
		return &exitError{Code: exitUsage}
	}
	return nil
}

func explain(w io.Writer, set *policies.Set, c *compliance.Control) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  (%s)\n\n%s\n\n", c.ID, c.Title, c.Severity, c.Description)
	fmt.Fprintf(&b, "Remedy:   %s\n", strings.ReplaceAll(c.Remediation, "\n", "\n          "))
	if c.Fix != nil {
		fmt.Fprintf(&b, "Fix:      merlon fix DIR -c %s\n", c.ID)
	}
	fmt.Fprintf(&b, "Policy:   %s\n", c.Policy)
	fmt.Fprintf(&b, "Reads:    %s\n", strings.Join(c.Sections, ", "))
	for _, framework := range slices.Sorted(maps.Keys(c.References)) {
		fmt.Fprintf(&b, "Refers:   %s %s\n", framework, strings.Join(c.References[framework], ", "))
	}
	for _, l := range c.Links {
		fmt.Fprintf(&b, "See:      %s %s\n", l.Title, l.URL)
	}
	for name, p := range parameters(set, c) {
		fmt.Fprintf(&b, "Setting:  %s: %s (%s, here %s)\n", name, p.Description, typeName(p), strings.Trim(shown(set.Value(name)), "`"))
	}
	fmt.Fprintln(w, printable(b.String()))
}

// parameters yields the parameters of c by name.
func parameters(set *policies.Set, c *compliance.Control) func(func(string, policies.Parameter) bool) {
	all := set.Parameters(c.ID)
	return func(yield func(string, policies.Parameter) bool) {
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !yield(name, all[name]) {
				return
			}
		}
	}
}

// writeReference writes the reference of all controls, which docs/controls.md is.
func writeReference(w io.Writer, set *policies.Set, list []*compliance.Control) error {
	var b strings.Builder
	b.WriteString("# Controls\n\nMade by `merlon controls -o markdown`; do not edit.\n\n| id | severity | control |\n|---|---|---|\n")
	for _, c := range list {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", c.ID, strings.ToLower(c.ID), c.Severity, c.Title)
	}
	for _, c := range list {
		fmt.Fprintf(&b, "\n## %s\n\n**%s** · %s · `%s`\n\n%s\n\n**Remedy.** %s\n\n", c.ID, c.Title, c.Severity, c.Policy, c.Description, c.Remediation)
		fmt.Fprintf(&b, "Reads: `%s`\n", strings.Join(c.Sections, "`, `"))
		for _, framework := range slices.Sorted(maps.Keys(c.References)) {
			fmt.Fprintf(&b, "\n%s: %s\n", framework, strings.Join(c.References[framework], ", "))
		}
		for name, p := range parameters(set, c) {
			fmt.Fprintf(&b, "\nParameter `%s` (%s, default %s): %s\n", name, typeName(p), shown(p.Default), p.Description)
		}
		for _, l := range c.Links {
			fmt.Fprintf(&b, "\n[%s](%s)\n", l.Title, l.URL)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, "merlon", version())
			return err
		},
	}
}

// release is set by the linker where a release is built: -X main.release=1.2.3.
var release string

// version is the release, or what Go knows of the commit.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := "0.0.0-dev"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += "+" + s.Value[:min(12, len(s.Value))]
		}
	}
	return v
}
