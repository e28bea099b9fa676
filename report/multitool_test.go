//go:build multitool

package report

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"merlon/compliance"
)

// TestMultitool has Microsoft's validator judge the SARIF. MERLON_SARIF_MULTITOOL
// is the path of Sarif.Multitool from npm's @microsoft/sarif-multitool-linux; the
// Makefile installs it and sets both the variable and the tag.
func TestMultitool(t *testing.T) {
	tool := os.Getenv("MERLON_SARIF_MULTITOOL")
	if tool == "" {
		t.Fatal("MERLON_SARIF_MULTITOOL is not set: it must name the Sarif.Multitool binary")
	}
	for name, r := range map[string]*compliance.Report{"fixture": fixture(), "compared": compared(), "fleet": fleet(20, 3)} {
		t.Run(name, func(t *testing.T) { judge(t, tool, r, Options{GroupBy: map[string]string{"fleet": byControl}[name]}) })
	}
}

func judge(t *testing.T, tool string, r *compliance.Report, o Options) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "report.sarif"), filepath.Join(dir, "verdict.sarif")
	o.Repository = Repository{URL: "https://gitlab.example.com/ops/infra", Revision: "2b3c4d5e"}
	if err := os.WriteFile(in, write(t, "sarif", r, o), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "validate", in, "-o", out, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--log", "ForceOverwrite")
	cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var verdict struct {
		Runs []struct {
			Tool    struct{ Driver struct{ Name string } }
			Results []struct {
				RuleID  string
				Message struct{ Arguments []string }
			}
		}
	}
	if err := json.Unmarshal(data, &verdict); err != nil {
		t.Fatal(err)
	}
	if len(verdict.Runs) != 1 || verdict.Runs[0].Tool.Driver.Name == "" {
		t.Fatalf("the validator's own report has no run:\n%s", said)
	}
	// SARIF2006 opens every address in the file. SARIF2013 wants the sources
	// embedded.
	allowed := map[string]bool{"SARIF2006": true, "SARIF2013": true}
	for _, res := range verdict.Runs[0].Results {
		if allowed[res.RuleID] {
			continue
		}
		t.Errorf("%s %q", res.RuleID, res.Message.Arguments)
	}
	if t.Failed() {
		t.Logf("%s", said)
	}
}
