package report

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
)

// gitlabFile is the report with its vulnerabilities decoded.
type gitlabFile struct {
	gitlabReport
	Vulnerabilities []gitlabVulnerability `json:"vulnerabilities"`
}

func gitlab(t testing.TB, r *compliance.Report) gitlabFile {
	t.Helper()
	var out gitlabFile
	if err := json.Unmarshal(write(t, "gitlab", r, Options{}), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGitLabScanner(t *testing.T) {
	hosts, trees := fixture(), fixture()
	hosts.Results, trees.Results = hosts.Results[:3], trees.Results[3:]
	for want, r := range map[string]*compliance.Report{"merlon": fixture(), "merlon-host": hosts, "merlon-terraform": trees} {
		scan := gitlab(t, r).Scan
		if scan.Scanner.ID != want || scan.Status != "success" {
			t.Errorf("scanner %s is %s, %s", want, scan.Scanner.ID, scan.Status)
		}
		var ids []string
		for _, id := range scan.PrimaryIdentifiers {
			ids = append(ids, id.Value)
		}
		expect := map[string][]string{
			"merlon":           {"SSH0001", "SSH0007", "KRN0003", "AWS0101", "AWS0107", "AWS0200"},
			"merlon-host":      {"SSH0001", "SSH0007", "KRN0003"},
			"merlon-terraform": {"AWS0101", "AWS0107", "AWS0200"},
		}[want]
		if !slices.Equal(ids, expect) {
			t.Errorf("%s lists %q", want, ids)
		}
	}
	hosts.Results = hosts.Results[2:]
	if scan := gitlab(t, hosts).Scan; scan.Status != "failure" {
		t.Errorf("nothing was read, and the status is %s", scan.Status)
	}
}

func TestGitLabVulnerabilities(t *testing.T) {
	out := gitlab(t, fixture())
	if len(out.Vulnerabilities) != 11 {
		t.Fatalf("%d vulnerabilities of 11 failures", len(out.Vulnerabilities))
	}
	ids, signatures := map[string]bool{}, map[string]bool{}
	for _, v := range out.Vulnerabilities {
		ids[v.ID] = true
		signatures[v.Identifiers[0].Value+v.Tracking.Items[0].Signatures[0].Value] = true
	}
	if len(ids) != 11 || len(signatures) != 11 {
		t.Errorf("%d ids, %d signatures of 11 vulnerabilities", len(ids), len(signatures))
	}
	i := slices.IndexFunc(out.Vulnerabilities, func(v gitlabVulnerability) bool { return v.Identifiers[0].Value == "SSH0001" })
	v := out.Vulnerabilities[i]
	if got, want := v.Location, (gitlabLocation{"inventory/prod.yml", 4, 4, "web01", "/etc/ssh/sshd_config#permitrootlogin"}); got != want {
		t.Errorf("location %+v", got)
	}
	var types []string
	for _, id := range v.Identifiers {
		types = append(types, id.Type+" "+id.Value)
	}
	if want := []string{"merlon_host SSH0001", "cis-debian-12-v1.1.0 5.1.20", "nist-800-53-r5 AC-6(2)", "nist-800-53-r5 IA-2", "cwe 250", "cwe 798"}; !slices.Equal(types, want) {
		t.Errorf("identifiers %q", types)
	}
	if v.Details["saw"].Value != "yes" || v.Details["want"].Value != "no" || v.Severity != "High" {
		t.Errorf("%+v", v.Details)
	}
}

// Ids and signatures must not move with lines or values, nor with the order of
// findings.
func TestGitLabIdentityIsStable(t *testing.T) {
	identity := func(r *compliance.Report) map[string]string {
		out := map[string]string{}
		for _, v := range gitlab(t, r).Vulnerabilities {
			out[v.ID] = v.Tracking.Items[0].Signatures[0].Value
		}
		return out
	}
	before := identity(fixture())
	r := fixture()
	for i := range r.Results {
		slices.Reverse(r.Results[i].Findings)
		for j := range r.Results[i].Findings {
			f := &r.Results[i].Findings[j]
			f.Source.Line += 5
			f.Source.EndLine += 5
			f.Saw = "something else"
		}
	}
	slices.Reverse(r.Results)
	if after := identity(linked(r)); !reflect.DeepEqual(before, after) {
		t.Errorf("before %q\nafter  %q", before, after)
	}
}

// GitLab renders descriptions as Markdown; a value must not become part of it.
func TestGitLabDescriptionIsInert(t *testing.T) {
	r := fixture()
	r.Results[0].Findings[0].Saw = "x\n\n![](https://evil.example/pixel.png)\n@all"
	for line := range strings.Lines(gitlab(t, r).Vulnerabilities[6].Description) {
		if strings.Contains(line, "evil") && !strings.HasPrefix(line, "    ") {
			t.Errorf("outside the block: %q", line)
		}
	}
	if !strings.Contains(string(write(t, "gitlab", r, Options{})), "    web01: sshd/permitrootlogin: saw x ![](https://evil") {
		t.Error("the value is not shown")
	}
}

// GitLab takes 20 identifiers; the control's own is the first.
func TestGitLabIdentifierLimit(t *testing.T) {
	c := &compliance.Control{ID: "X0001", Kind: compliance.KindHost, References: map[string][]string{}}
	for i := range 30 {
		c.References["cis"] = append(c.References["cis"], fmt.Sprint(i))
	}
	if ids := gitlabIDs(c); len(ids) != 20 || ids[0].Value != "X0001" {
		t.Errorf("%d identifiers, the first %v", len(ids), ids[0])
	}
}
