package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
)

func TestFit(t *testing.T) {
	entryOf := func(name string, change compliance.Change, waived bool) entry {
		f := &compliance.Finding{Control: rootLogin, Target: &compliance.Target{}, Message: name, Change: change}
		if waived {
			f.Waiver = &compliance.Waiver{}
		}
		return entry{Finding: f, All: []*compliance.Finding{f}}
	}
	// The worst first, as entries returns them.
	list := []entry{entryOf("a", compliance.Unchanged, false), entryOf("b", compliance.New, true), entryOf("c", "", false), entryOf("d", compliance.New, false)}
	for _, c := range []struct {
		limit, budget int
		want          string
	}{
		{5, 100, "abcd"}, {4, 100, "abcd"}, {3, 100, "acd"}, {2, 100, "ad"}, {1, 100, "d"}, {0, 100, ""},
		{4, 17, "abcd"}, {4, 16, "abcd"}, {4, 15, "acd"}, {4, 12, "acd"}, {4, 11, "ad"}, {4, 4, "d"}, {4, 3, ""},
	} {
		out, kept, size := fit(list, c.limit, c.budget, func(e *entry) json.RawMessage { return encoded(e.Message) })
		got := ""
		for i := range kept {
			got += kept[i].Message
			if string(out[i]) != `"`+kept[i].Message+`"` {
				t.Errorf("%s for %s", out[i], kept[i].Message)
			}
		}
		if got != c.want || size != 4*len(kept) || size > c.budget {
			t.Errorf("limit %d, budget %d: %s in %d bytes, wanted %s", c.limit, c.budget, got, size, c.want)
		}
	}
}

// A fleet stays within every limit, and nothing of it is lost.
func TestGroupsOfAFleet(t *testing.T) {
	r := fleet(1_000, 50)
	var notes []string
	o := Options{GroupBy: byControl, Note: func(s string) { notes = append(notes, s) }}
	run := sarif(t, r, o).Runs[0]
	if len(run.Results) != 100 {
		t.Errorf("%d results of 50 controls on 2 groups", len(run.Results))
	}
	for _, res := range run.Results {
		hosts := 0
		for _, names := range res.Properties.Hosts {
			hosts += len(strings.Split(names, ", "))
		}
		if hosts != 500 {
			t.Fatalf("%s names %d hosts of 500", res.RuleID, hosts)
		}
	}
	out := write(t, "gitlab", r, o)
	var log gitlabFile
	if err := json.Unmarshal(out, &log); err != nil {
		t.Fatal(err)
	}
	if len(out) > gitlabMaxBytes || len(log.Vulnerabilities) != 100 {
		t.Errorf("%d bytes, %d vulnerabilities", len(out), len(log.Vulnerabilities))
	}
	for _, v := range log.Vulnerabilities {
		hosts := 0
		for _, row := range v.Details["hosts"].Rows {
			hosts += len(strings.Split(row[2].Value, ", "))
		}
		if hosts != 500 {
			t.Fatalf("%s names %d hosts of 500", v.Name, hosts)
		}
	}
	if text := string(write(t, "text", r, o)); strings.Count(text, "\n") > 1_600 || !strings.Contains(text, "inventory/prod.yml (web): 500 failures on 500 of 500 hosts") {
		t.Errorf("%d lines of text", strings.Count(text, "\n"))
	}
	if len(notes) > 0 {
		t.Errorf("left out: %q", notes)
	}
	t.Logf("sarif %d bytes, gitlab %d bytes", len(write(t, "sarif", r, o)), len(out))
}

// The identity of a group's finding is its control and the group: not which hosts
// fail, nor what they say, nor where the file's lines are.
func TestGroupIdentity(t *testing.T) {
	identity := func(r *compliance.Report) map[string]string {
		var log gitlabFile
		if err := json.Unmarshal(write(t, "gitlab", r, Options{GroupBy: byControl}), &log); err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, v := range log.Vulnerabilities {
			out[v.ID] = v.Tracking.Items[0].Signatures[0].Value
		}
		return out
	}
	before := identity(fleet(10, 3))
	if len(before) != 6 {
		t.Fatalf("%d findings of 3 controls on 2 groups", len(before))
	}
	r := fleet(10, 3)
	for i := range r.Results {
		r.Results[i].Target.Declared.Line += 7
		r.Results[i].Findings[0].Saw = "other"
		if i > 5 {
			r.Results[i].Findings[1].State = compliance.Pass
		}
	}
	slices.Reverse(r.Results)
	after := identity(linked(r))
	for id, signature := range before {
		if after[id] != signature {
			t.Errorf("%s became %q", signature, after[id])
		}
	}
	// The place is that of the first host in the file, failing or not.
	r = fleet(4, 1)
	r.Results[0].Findings[0].State = compliance.Pass
	slices.Reverse(r.Results)
	if got := identities(sarif(t, linked(r), Options{GroupBy: byControl}).Runs[0]); !slices.Equal(got, []string{"SSH0001 inventory/prod.yml:4:4", "SSH0001 inventory/prod.yml:3:3"}) {
		t.Errorf("%q", got)
	}
}

// Findings in Terraform have lines of their own, and hosts that no inventory
// declares are a group too.
func TestGroupsOfOthers(t *testing.T) {
	r := fixture()
	log := sarif(t, r, Options{GroupBy: byControl})
	if got, want := identities(log.Runs[1]), identities(sarif(t, r, Options{}).Runs[1]); !slices.Equal(got, want) {
		t.Errorf("Terraform: %q", got)
	}
	want := []string{"SSH0001 inventory/prod.yml:4:4", "SSH0001 hosts/hosts without an inventory:0:0", "SSH0007 inventory/prod.yml:4:4", "KRN0003 inventory/prod.yml:4:4"}
	got := identities(log.Runs[0])
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], "%20", " ")
	}
	if !slices.Equal(got, want) {
		t.Errorf("hosts: %q", got)
	}
}

// What is waived in a group does not hide the rest of it.
func TestGroupsWaived(t *testing.T) {
	r := fleet(6, 1)
	r.Results[0].Findings[0].Waiver = &compliance.Waiver{Reason: "x"}
	run := sarif(t, r, Options{GroupBy: byControl}).Runs[0]
	var got []string
	for _, res := range run.Results {
		got = append(got, fmt.Sprintf("%s %d", res.Message.Arguments[2], len(res.Suppressions)))
	}
	if want := []string{"3 failures on 3 of 3 hosts 0", "1 failure on 1 of 3 hosts 1", "2 failures on 2 of 3 hosts 0"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestJoined(t *testing.T) {
	for _, c := range []struct {
		limit int
		want  string
	}{{100, "ab, cd, ef"}, {12, "ab, cd, ef"}, {11, "ab, cd and 1 more"}, {1, "ab and 2 more"}} {
		if got := joined([]string{"ab", "cd", "ef"}, c.limit); got != c.want {
			t.Errorf("%d: %s", c.limit, got)
		}
	}
}

// Hosts that all differ, or answer at length, do not fill the report.
func TestHostRows(t *testing.T) {
	long := fleet(2_400, 2)
	for i := range long.Results {
		long.Results[i].Findings[1].Saw += strings.Repeat("x", 10_000)
	}
	for name, r := range map[string]*compliance.Report{"many": fleet(2_400, 2), "long": long} {
		rows := hostRows(clean(r).Failures()[2_400:])
		size, failures := 0, 0
		for _, row := range rows[:len(rows)-1] {
			size += len(row.Found) + len(row.From) + len(row.Hosts)
			failures++
		}
		if last := rows[len(rows)-1].Found; size < maxHostList || size > maxHostList+4*maxHostValue || last != fmt.Sprintf("%d more failures", 2_400-failures) {
			t.Errorf("%s: %d rows, %d bytes, %s", name, len(rows), size, last)
		}
	}
}
