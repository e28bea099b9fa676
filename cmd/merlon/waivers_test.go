package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"merlon/audit"
	"merlon/compliance"
	"merlon/policies"
	"merlon/scanners/terraform"
	"merlon/waivers"
)

// The examples of the guide work.
func TestWaiverGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/waivers.md")
	if err != nil {
		t.Fatal(err)
	}
	example := func(language string) []byte {
		m := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllSubmatch(guide, -1)
		if len(m) != 1 {
			t.Fatalf("%d examples of %s", len(m), language)
		}
		return m[0][1]
	}
	set, errs := policies.Load(policies.Options{Controls: []string{"**"}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	listed, faults := waivers.Parse(example("yaml"), waivers.File, set.Controls())
	if len(listed) != 2 || len(faults) != 0 {
		t.Errorf("%d waivers, %v", len(listed), faults)
	}

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), example("hcl"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, errs := scanTerraform(t, dir, "AWS0001", "AWS0004")
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	waivers.Run{Known: set.Controls(), Now: time.Now()}.Apply(report, nil)
	if len(report.Waived()) != 2 || len(report.Failures()) != 0 || len(report.Diagnostics) != 0 || len(report.Incomplete()) != 0 {
		t.Errorf("%d waived, %d failures, %v, %v", len(report.Waived()), len(report.Failures()), report.Diagnostics, report.Incomplete())
	}
}

func scanTerraform(t *testing.T, dir string, controls ...string) (*compliance.Report, []error) {
	t.Helper()
	set, errs := policies.Load(policies.Options{Controls: controls})
	if len(errs) > 0 {
		return nil, errs
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	au := &audit.Audit{Judge: set, Log: log, Scanners: map[compliance.Kind]audit.Scanner{compliance.KindTerraform: &terraform.Scanner{}}}
	return au.Run(context.Background(), []compliance.Target{{Name: dir, Kind: compliance.KindTerraform, Address: dir}})
}

// A pattern names the same controls in a waiver as in a baseline.
func TestPatternsAgree(t *testing.T) {
	all, errs := policies.Load(policies.Options{Controls: []string{"**"}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, pattern := range []string{
		"AWS0001", "aws0001", "host/sshd/root_login", "host/sshd/*", "host/sshd/**", "host/s*/*", "host/kernel/sysctl", "host/kernel/sysctl*",
		"host/kernel/sysctl#kernel.kptr_restrict", "terraform/*/s3_*", "terraform/aws/**", "host/[ks]*/**", "host/[ks]*/*", "host/**/root_login", "*", "", "host", "host/", "[", `host\/sshd/*`,
	} {
		selected, _ := policies.Load(policies.Options{Controls: []string{pattern}})
		report := &compliance.Report{Controls: all.Controls(), Results: []compliance.Result{{Target: compliance.Target{Name: "x"}}}}
		for _, c := range all.Controls() {
			report.Results[0].Findings = append(report.Results[0].Findings, compliance.Finding{Control: c, Target: &report.Results[0].Target, State: compliance.Fail, Subject: compliance.Path{"s"}})
		}
		waivers.Run{Known: all.Controls(), Now: time.Now()}.Apply(report, []compliance.Waiver{{Control: pattern, Reason: "why"}})
		var waived, baseline []string
		for _, f := range report.Waived() {
			waived = append(waived, f.Control.ID)
		}
		for _, c := range selected.Controls() {
			baseline = append(baseline, c.ID)
		}
		slices.Sort(waived)
		slices.Sort(baseline)
		if !slices.Equal(waived, baseline) {
			t.Errorf("%q: waivers %v, baselines %v", pattern, waived, baseline)
		}
	}
}
