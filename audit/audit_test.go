package audit

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"merlon/compliance"
)

// scanner behaves as the target's name tells.
type scanner struct{ running, most atomic.Int32 }

func (s *scanner) Scan(ctx context.Context, t compliance.Target, _ []string, found func(*compliance.Document)) error {
	n := s.running.Add(1)
	defer s.running.Add(-1)
	for m := s.most.Load(); n > m && !s.most.CompareAndSwap(m, n); m = s.most.Load() {
	}
	switch t.Name {
	case "down":
		return errors.New("down: connection refused")
	case "panics":
		panic("oh")
	case "hangs":
		<-ctx.Done()
		return ctx.Err()
	}
	time.Sleep(time.Millisecond)
	found(compliance.NewDocument(t))
	return nil
}

type judge struct{}

var control = &compliance.Control{ID: "TST0001", Severity: compliance.Low}

func (judge) Controls() []*compliance.Control                  { return []*compliance.Control{control} }
func (judge) Sections(compliance.Kind) []string                { return []string{"os"} }
func (judge) Prepare(compliance.Kind, map[string]bool) []error { return nil }
func (judge) Evaluate(_ context.Context, d *compliance.Document) ([]compliance.Finding, []error) {
	if d.Target.Name == "confuses" {
		panic("eh")
	}
	return []compliance.Finding{{Control: control, Target: &d.Target, State: compliance.Pass}}, nil
}

func conduct(ctx context.Context, s *scanner, parallel int, names ...string) *compliance.Report {
	log := logrus.New()
	log.SetOutput(io.Discard)
	a := &Audit{
		Scanners: map[compliance.Kind]Scanner{compliance.KindHost: s}, Judge: judge{},
		Parallel: parallel, Timeout: 50 * time.Millisecond, Log: log,
	}
	var targets []compliance.Target
	for _, n := range names {
		targets = append(targets, compliance.Target{Name: n, Kind: compliance.KindHost})
	}
	r, _ := a.Run(ctx, targets)
	return r
}

// One target that goes wrong costs no other, and none is lost.
func TestOneBadTarget(t *testing.T) {
	r := conduct(context.Background(), &scanner{}, 2, "b", "confuses", "down", "panics", "hangs", "a")
	var got []string
	for _, x := range r.Results {
		got = append(got, x.Target.Name+": "+x.Err)
	}
	want := []string{"a: ", "b: ", "confuses: a mistake in Merlon", "down: connection refused", "hangs: it took longer than 50ms", "panics: a mistake in Merlon"}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
	if n := len(r.Incomplete()); n != 4 {
		t.Errorf("%d things are incomplete, not 4: %q", n, r.Incomplete())
	}
	if r.Results[0].Findings[0].Target != &r.Results[0].Target {
		t.Error("a finding's target is not that of its result")
	}
}

func TestParallelIsBounded(t *testing.T) {
	s := &scanner{}
	names := slices.Repeat([]string{"x"}, 40)
	conduct(context.Background(), s, 3, names...)
	if m := s.most.Load(); m > 3 || m < 2 {
		t.Errorf("%d targets were scanned at once, of 3 allowed", m)
	}
}

// A cancelled run says of each target that it was not scanned.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := conduct(ctx, &scanner{}, 1, "a", "b")
	for _, x := range r.Results {
		if !strings.Contains(x.Err, "cancelled") {
			t.Errorf("%s: %q", x.Target.Name, x.Err)
		}
	}
	if len(r.Results) != 2 {
		t.Errorf("%d results", len(r.Results))
	}
}
