package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"merlon/compliance"
	"merlon/policies"
	"merlon/scanners/terraform"
)

func (a *app) testCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test [DIR]",
		Short: "Run the fixtures of policies, and the soundness fuzz over them",
		Long: `Test runs each policy's fixtures, then makes each fact of each fixture unknown
in turn: a verdict that is decided nevertheless must hold for every value that
the fact could turn out to have. The fix of a control must mend what fails in its
fixtures, and bring about no other finding. DIR is the current folder where it is left out.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.test(cmd.Context(), dir)
		},
	}
}

func (a *app) test(ctx context.Context, dir string) error {
	results, errs := policies.Test(ctx, dir, readHCL, mendHCL)
	for _, err := range errs {
		a.complain(err)
	}
	if len(results) == 0 && len(errs) > 0 {
		return &exitError{Code: exitUsage}
	}
	var controls, fixtures, worlds, failed int
	for _, r := range results {
		controls += r.Controls
		fixtures += r.Fixtures
		worlds += r.Worlds
		if len(r.Problems) > 0 {
			failed++
		}
		for _, p := range r.Problems {
			fmt.Fprintf(a.stdout, "FAIL %s: %s\n", r.Policy, printable(p))
		}
		if a.verbose {
			fmt.Fprintf(a.stdout, "     %s: %d controls, %d fixtures, %d worlds\n", r.Policy, r.Controls, r.Fixtures, r.Worlds)
		}
	}
	fmt.Fprintf(a.stdout, "%d policies with %d controls and %d fixtures, judged in %d worlds: %d failed\n", len(results), controls, fixtures, worlds, failed)
	switch {
	case len(errs) > 0:
		return &exitError{Code: exitUsage}
	case failed > 0:
		return &exitError{Code: exitFindings}
	}
	return nil
}

// readHCL reads a fixture's HCL as the scanner reads a tree of one file.
func readHCL(ctx context.Context, hcl string) (*compliance.Document, error) {
	dir, doc, err := scanHCL(ctx, hcl)
	os.RemoveAll(dir)
	return doc, err
}

// scanHCL writes HCL into a directory, which the caller removes, and reads it.
func scanHCL(ctx context.Context, hcl string) (string, *compliance.Document, error) {
	dir, err := os.MkdirTemp("", "merlon-fixture-")
	if err != nil {
		return dir, nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(hcl), 0o600); err != nil {
		return dir, nil, err
	}
	var doc *compliance.Document
	err = new(terraform.Scanner).Scan(ctx, compliance.Target{Name: "fixture", Kind: compliance.KindTerraform, Address: dir}, nil,
		func(d *compliance.Document) { doc = d })
	if err == nil && doc == nil {
		err = errors.New("the HCL holds no root module")
	}
	if doc != nil {
		doc.Target.Name = "fixture" // wherever the directory lies
	}
	return dir, doc, err
}
