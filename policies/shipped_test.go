package policies

import (
	"context"
	"testing"
)

func TestShipped(t *testing.T) {
	results, errs := Test(context.Background(), ".", nil)
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
