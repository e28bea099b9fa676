package audit

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"merlon/compliance"
)

func TestShardsCoverEveryTargetOnce(t *testing.T) {
	var targets []compliance.Target
	for i := range 23 {
		targets = append(targets, compliance.Target{Name: fmt.Sprint("host", i)})
	}
	for total := 1; total <= 30; total++ {
		seen := map[string]int{}
		for i := 1; i <= total; i++ {
			part, err := Shard(targets, fmt.Sprint(i, "/", total))
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range part {
				seen[x.Name]++
			}
			slices.Reverse(targets)
		}
		for _, x := range targets {
			if seen[x.Name] != 1 {
				t.Errorf("of %d shards, %d have %s", total, seen[x.Name], x.Name)
			}
		}
	}
	for _, bad := range []string{"0/3", "4/3", "1", "/", "a/b", "1/0", "-1/2", "1/99999"} {
		if _, err := Shard(targets, bad); err == nil {
			t.Errorf("%q is taken for a shard", bad)
		}
	}
}

func TestMerge(t *testing.T) {
	a := reportOf([]*compliance.Control{ingress}, "web1 x acl -", "web2 x acl -")
	b := reportOf([]*compliance.Control{newer}, "web3 x acl -", "web2 x acl -", "web2 y acl -")
	a.Shard, b.Shard = "1/3", "3/3"
	a.Started, b.Started = time.Unix(100, 0), time.Unix(50, 0)
	got := Merge([]*compliance.Report{a, b})
	var names, said []string
	for _, f := range failed(got) {
		names = append(names, f.Target.Name+" "+f.Subject[1])
	}
	for _, d := range got.Diagnostics {
		said = append(said, d.Level+": "+d.Message)
	}
	slices.Sort(names)
	if want := []string{"web1 x", "web2 x", "web2 x", "web2 y", "web3 x"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if want := []string{"warning: web2 is in two of the reports; the later one counts, and of the earlier what only it judged", "error: the report of shard 2/3 is missing"}; !slices.Equal(said, want) {
		t.Errorf("said %q", said)
	}
	if len(got.Incomplete()) == 0 {
		t.Error("a missing shard does not make the whole incomplete")
	}
	if len(got.Controls) != 2 || got.Comparison != nil {
		t.Errorf("%d controls, comparison %v", len(got.Controls), got.Comparison)
	}
}

// Shards of other counts are parts of something else.
func TestShardsOfTwoCounts(t *testing.T) {
	var reports []*compliance.Report
	for _, shard := range []string{"1/2", "2/3", "3/3"} {
		r := reportOf([]*compliance.Control{ingress})
		r.Shard = shard
		reports = append(reports, r)
	}
	if got := Merge(reports).Incomplete(); len(got) != 2 {
		t.Errorf("said %q; 2/2 and 1/3 are missing", got)
	}
}

// A run of some controls takes back neither what others found nor what they could not
// read, whichever comes first.
func TestMergeOfOtherControls(t *testing.T) {
	for _, later := range []int{0, 1} {
		a := reportOf([]*compliance.Control{ingress}, "web x acl -")
		b := reportOf([]*compliance.Control{newer}, "web")
		b.Results[0].Diagnostics = []compliance.Diagnostic{{Level: compliance.LevelError, Message: "a.tf was not read"}}
		a.Started, b.Started = time.Unix(int64(later), 0), time.Unix(int64(1-later), 0)
		got := Merge([]*compliance.Report{a, b})
		if len(failed(got)) != 1 || len(got.Incomplete()) != 1 {
			t.Errorf("%d failures, %q", len(failed(got)), got.Incomplete())
		}
	}
	up, down := reportOf([]*compliance.Control{ingress}, "web x acl -"), reportOf([]*compliance.Control{newer}, "web")
	down.Results[0].Err = "it does not answer"
	up.Started = time.Unix(9, 0)
	if got := Merge([]*compliance.Report{up, down}); len(got.Incomplete()) != 1 {
		t.Errorf("what one run could not read is read: %q", got.Incomplete())
	}
}
