// Package audit conducts a scan: it hands each target to its scanner, each
// document to the judge, and gathers what comes back. One target, file or control
// that goes wrong never takes the others down.
package audit

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"merlon/compliance"
)

// A Scanner gathers facts and judges nothing.
type Scanner interface {
	// Scan reads a target and hands over each document as it is done: one of a
	// host, one of each root module of a Terraform tree. found may be called
	// concurrently. sections limits what is gathered; nil is everything. The error
	// is for the target as a whole; what could not be read otherwise is unknown in
	// the document, or one of its diagnostics.
	Scan(ctx context.Context, t compliance.Target, sections []string, found func(*compliance.Document)) error
}

// A Judge holds the controls of a run.
type Judge interface {
	Controls() []*compliance.Control
	Sections(compliance.Kind) []string
	Prepare(kind compliance.Kind, sections map[string]bool) []error
	Evaluate(ctx context.Context, doc *compliance.Document) ([]compliance.Finding, []error)
}

// Progress is told how far a run is.
type Progress interface {
	// Done is called once for each target, with the error that ended it.
	Done(t compliance.Target, err error)
}

// An Audit is how a run is conducted.
type Audit struct {
	Scanners map[compliance.Kind]Scanner
	Judge    Judge
	// Parallel is how many targets are scanned at once.
	Parallel int
	// Timeout bounds one target; zero is no bound.
	Timeout  time.Duration
	Log      logrus.FieldLogger
	Progress Progress
	Version  string
}

// Run scans targets and judges them. A cancelled run returns what it has, and
// says of the others that they were not scanned. Errors are mistakes in policies.
func (a *Audit) Run(ctx context.Context, targets []compliance.Target) (*compliance.Report, []error) {
	r := &run{audit: a, report: a.newReport()}
	var wait sync.WaitGroup
	if slices.ContainsFunc(targets, func(t compliance.Target) bool { return t.Kind == compliance.KindHost }) {
		// Hosts are slow to answer; their controls are compiled meanwhile.
		wait.Go(func() { r.mistakes(a.Judge.Prepare(compliance.KindHost, nil)) })
	}
	slots := make(chan struct{}, max(1, a.Parallel))
	for _, t := range targets {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			r.target(ctx, t)
		})
	}
	wait.Wait()
	r.report.Results = once(r.report.Results)
	return r.finish()
}

// Check judges recorded documents and touches no target.
func (a *Audit) Check(ctx context.Context, docs []*compliance.Document) (*compliance.Report, []error) {
	r := &run{audit: a, report: a.newReport()}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for _, d := range docs {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			r.document(ctx, d)
		})
	}
	wait.Wait()
	return r.finish()
}

func (a *Audit) newReport() *compliance.Report {
	return &compliance.Report{Version: a.Version, Started: time.Now().UTC(), Controls: a.Judge.Controls()}
}

// run is one run in progress.
type run struct {
	audit *Audit

	mu     sync.Mutex // guards what follows
	report *compliance.Report
	errs   []error
}

func (r *run) target(ctx context.Context, t compliance.Target) {
	log := r.audit.Log.WithField("target", t.Name)
	start := time.Now()
	err := r.scan(ctx, t)
	if err != nil {
		// Many an error names its target, which the log and the report do anyway.
		message := err.Error()
		for strings.HasPrefix(message, t.Name+": ") {
			message = strings.TrimPrefix(message, t.Name+": ")
		}
		log.Error(message)
		r.add(compliance.Result{Target: t, Err: message, Findings: []compliance.Finding{}})
	} else {
		log.WithField("took", time.Since(start).Round(time.Millisecond)).Debug("scanned")
	}
	if r.audit.Progress != nil {
		r.audit.Progress.Done(t, err)
	}
}

// scan reads one target. A panic in a scanner is this target's error.
func (r *run) scan(ctx context.Context, t compliance.Target) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = r.mistake(t, p)
		}
	}()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("not scanned: the run was cancelled")
	}
	scanner, ok := r.audit.Scanners[t.Kind]
	if !ok {
		return fmt.Errorf("nothing here can read a target of kind %q", t.Kind)
	}
	whole := ctx
	if r.audit.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.audit.Timeout)
		defer cancel()
	}
	sections := r.audit.Judge.Sections(t.Kind)
	err = scanner.Scan(ctx, t, sections, func(d *compliance.Document) {
		d.Sections = sections
		r.document(whole, d)
	})
	if err != nil && ctx.Err() != nil && whole.Err() == nil {
		return fmt.Errorf("it took longer than %v, the limit of --timeout: %w", r.audit.Timeout, err)
	}
	return err
}

// mistake turns a panic into an error of the target that it happened with.
func (r *run) mistake(t compliance.Target, p any) error {
	r.audit.Log.WithField("target", t.Name).Debugf("%s", debug.Stack())
	return fmt.Errorf("a mistake in Merlon ended this scan: %v; please report it with the log of -v", p)
}

// document judges one document and adds its result. Scanners call it from
// goroutines of their own, which a panic must not end.
func (r *run) document(ctx context.Context, d *compliance.Document) {
	defer func() {
		if p := recover(); p != nil {
			err := r.mistake(d.Target, p)
			r.audit.Log.WithField("target", d.Target.Name).Error(err)
			r.add(compliance.Result{Target: d.Target, Err: err.Error(), Findings: []compliance.Finding{}})
		}
	}()
	findings, errs := r.audit.Judge.Evaluate(ctx, d)
	r.mistakes(errs)
	for _, x := range d.Diagnostics {
		entry := r.audit.Log.WithField("target", d.Target.Name)
		if x.Source.File != "" {
			entry = entry.WithField("at", fmt.Sprintf("%s:%d", x.Source.File, x.Source.Line))
		}
		entry.Warn(x.Message)
	}
	slices.SortFunc(findings, func(a, b compliance.Finding) int { return a.Compare(&b) })
	r.add(compliance.Result{Target: d.Target, Diagnostics: d.Diagnostics, Unknowns: d.Unknowns(), Waivers: d.Waivers, Moves: d.Moves, Findings: findings})
}

func (r *run) add(res compliance.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Results = append(r.report.Results, res)
}

func (r *run) mistakes(errs []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, errs...)
}

// once drops what was scanned twice: targets may overlap.
func once(results []compliance.Result) []compliance.Result {
	seen := map[string]bool{}
	return slices.DeleteFunc(results, func(res compliance.Result) bool {
		if res.Target.Kind != compliance.KindTerraform || res.Err != "" {
			return false
		}
		twice := seen[res.Target.Address]
		seen[res.Target.Address] = true
		return twice
	})
}

func (r *run) finish() (*compliance.Report, []error) {
	slices.SortStableFunc(r.report.Results, func(a, b compliance.Result) int { return strings.Compare(a.Target.Name, b.Target.Name) })
	for i := range r.report.Results {
		res := &r.report.Results[i]
		for j := range res.Findings {
			res.Findings[j].Target = &res.Target
		}
	}
	r.report.SetFingerprints()
	r.report.Finished = time.Now().UTC()
	return r.report, r.errs
}
