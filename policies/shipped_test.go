package policies

import (
	"context"
	"flag"
	"testing"
)

var dir = flag.String("dir", "host", "the folder of policies to test; those with HCL fixtures need `merlon test`")

// TestShipped runs the fixtures of the host controls, and the soundness fuzz.
func TestShipped(t *testing.T) {
	results, errs := Test(context.Background(), *dir, nil, nil)
	for _, err := range errs {
		t.Error(err)
	}
	for _, r := range results {
		t.Logf("%s: %d controls, %d fixtures, %d worlds", r.Policy, r.Controls, r.Fixtures, r.Worlds)
		for _, p := range r.Problems {
			t.Errorf("%s: %s", r.Policy, p)
		}
	}
}
