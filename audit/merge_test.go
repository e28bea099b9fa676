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
	if want := []string{"web1 x", "web2 x", "web3 x"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if want := []string{"warning: web2 is in two of the reports; the later one counts", "error: the report of shard 2/3 is missing"}; !slices.Equal(said, want) {
		t.Errorf("said %q", said)
	}
	if len(got.Incomplete()) == 0 {
		t.Error("a missing shard does not make the whole incomplete")
	}
	if len(got.Controls) != 2 || got.Comparison != nil {
		t.Errorf("%d controls, comparison %v", len(got.Controls), got.Comparison)
	}
}
