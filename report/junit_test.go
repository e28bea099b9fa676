package report

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
)

// checkJUnit holds what GitLab asks of the file, and returns what it reads.
func checkJUnit(t testing.TB, out []byte) junitSuites {
	t.Helper()
	if len(out) > junitMaxBytes {
		t.Errorf("%d bytes", len(out))
	}
	var log junitSuites
	d := xml.NewDecoder(strings.NewReader(string(out)))
	d.Strict = true
	if err := d.Decode(&log); err != nil {
		t.Fatal(err)
	}
	seen := map[[2]string]bool{}
	var sum junitCounts
	objects := 0
	for _, s := range log.Suites {
		if len(s.Cases) != s.Tests {
			t.Errorf("suite %q counts %d tests of %d", s.Name, s.Tests, len(s.Cases))
		}
		sum.Tests, sum.Failures, sum.Errors, sum.Skipped = sum.Tests+s.Tests, sum.Failures+s.Failures, sum.Errors+s.Errors, sum.Skipped+s.Skipped
		objects += 6
		for _, c := range s.Cases {
			// GitLab ignores the second of two cases of one class and name.
			if k := [2]string{c.Class, c.Name}; seen[k] {
				t.Errorf("two cases are %q", k)
			} else {
				seen[k] = true
			}
			objects += 8
		}
	}
	if sum != log.junitCounts {
		t.Errorf("the suites sum up to %+v, the whole is %+v", sum, log.junitCounts)
	}
	if objects > 250_000 {
		t.Errorf("%d objects", objects)
	}
	return log
}

func TestJUnit(t *testing.T) {
	log := checkJUnit(t, write(t, "junit", compared(), Options{}))
	cases := map[string]*junitCase{}
	for _, s := range log.Suites {
		for _, c := range s.Cases {
			cases[c.Class+"|"+c.Name] = c
		}
	}
	text := func(r *junitReason) string {
		if r == nil {
			return ""
		}
		return r.Text
	}
	for name, want := range map[string][3]string{ // parts of failure, error, skipped
		"web01|Everything was read":                                                                  {},
		"merlon|The inventory and the waivers were read":                                             {"", "web03 is left out", ""},
		"db01|Everything was read":                                                                   {"", "i/o timeout", ""},
		"web02|Everything was read":                                                                  {"", "web02: `sudo -n sh`: sudo: a password", ""},
		"web01|SSH0001 sshd refuses root logins: sshd":                                               {"at /etc/ssh/sshd_config:32\n    PermitRootLogin yes\nFix: Set", "", ""},
		"web01|SSH0007 sshd offers strong ciphers only: sshd":                                        {"3des-cbc", "", ""},
		"web02|SSH0007 sshd offers strong ciphers only: sshd":                                        {},
		"web02|KRN0003 The kernel hides its addresses: sysctl/kernel.kptr_restrict":                  {"", "sysctl -a was cut off", ""},
		"web01|KRN0003 The kernel hides its addresses: sysctl/kernel.kptr_restrict":                  {"", "", "accepted until 2026-06-30 by platform: the debugger"},
		"infra/prod|AWS0107 SSH is not open to the world: aws_security_group.app":                    {"", "", "var.office_networks has no value"},
		"infra/prod|AWS0101 S3 buckets are not open to everyone: module.logs.aws_s3_bucket_acl.this": {"the waiver has lapsed", "", ""},
		"infra/test|AWS0101 S3 buckets are not open to everyone: module.logs.aws_s3_bucket_acl.this": {"(new)", "", ""},
	} {
		c := cases[name]
		if c == nil {
			t.Errorf("no case %s", name)
			continue
		}
		for i, got := range []string{text(c.Failure), text(c.Error), text(c.Skipped)} {
			if want[i] == "" && got != "" || !strings.Contains(got, want[i]) {
				t.Errorf("%s: %q, wanted %q", name, got, want[i])
			}
		}
	}
	if got := cases["infra/prod|AWS0200 Database passwords are not written in the code: aws_db_instance.main"].File; got != "infra/prod/db.tf" {
		t.Errorf("file %q", got)
	}
}

// A verdict on nothing is no test: what does not apply has no case.
func TestJUnitNotApplicable(t *testing.T) {
	log := checkJUnit(t, write(t, "junit", cleanRun(), Options{}))
	if log.Tests != 3 || log.Failures+log.Errors+log.Skipped != 0 {
		t.Errorf("%+v", log.junitCounts)
	}
}

func TestJUnitLimits(t *testing.T) {
	passes := func(n int) *compliance.Report {
		r := fixture()
		r.Results = r.Results[:1]
		r.Results[0].Findings = r.Results[0].Findings[:1]
		for i := range n {
			r.Results[0].Findings = append(r.Results[0].Findings, finding(ciphers, compliance.Pass, compliance.Path{"sshd", fmt.Sprint(i)}, nil, compliance.Source{}))
		}
		return linked(r)
	}
	// Two cases are on the reading, one is the failure.
	for _, c := range []struct{ limit, cases, missing int }{{12, 12, 1}, {13, 13, 0}, {14, 13, 0}} {
		out := junitSuites{Suites: newJUnitSuites(clean(passes(10)), Options{})}
		missing := out.trim(c.limit, junitMaxBytes)
		out.count()
		if missing != c.missing || out.Tests != c.cases || out.Failures != 1 {
			t.Errorf("a limit of %d: %d missing, %+v", c.limit, missing, out.junitCounts)
		}
	}
	var notes []string
	log := checkJUnit(t, write(t, "junit", passes(junitMaxCases), Options{Note: func(s string) { notes = append(notes, s) }}))
	if log.Tests != junitMaxCases || log.Failures != 1 || log.Suites[0].Skipped != 1 || len(notes) != 1 {
		t.Errorf("%+v, %q", log.junitCounts, notes)
	}
	r := passes(0)
	for i := range 1_500 {
		f := finding(rootLogin, compliance.Fail, compliance.Path{"sshd", fmt.Sprint(i)}, nil, compliance.Source{})
		f.Saw, f.Change = strings.Repeat("\"", 3_000), compliance.Unchanged
		r.Results[0].Findings = append(r.Results[0].Findings, f)
	}
	r.Results[0].Findings[1_400].Change = compliance.New
	out := write(t, "junit", linked(r), Options{})
	if checkJUnit(t, out); len(out) < junitMaxBytes*8/10 || !strings.Contains(string(out), "cases are left out") || !strings.Contains(string(out), "(new)") {
		t.Errorf("%d bytes of %d are used", len(out), junitMaxBytes)
	}
}

func TestJUnitGroups(t *testing.T) {
	r := fleet(10, 3)
	r.Results[3].Findings[0].State = compliance.Pass
	log := checkJUnit(t, write(t, "junit", r, Options{GroupBy: byControl}))
	var names []string
	for _, s := range log.Suites {
		names = append(names, fmt.Sprintf("%s %d", s.Name, s.Tests))
	}
	if want := []string{"merlon 1", "inventory/prod.yml (web) 4", "inventory/prod.yml (db) 4"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}
