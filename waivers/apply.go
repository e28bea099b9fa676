package waivers

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"merlon/compliance"
)

// notice is how many days before its end a waiver warns.
const notice = 14

// A Run is what a report's run was over.
type Run struct {
	// Known are all controls that there are, enabled or not.
	Known []*compliance.Control
	// Now decides which waivers have lapsed; its day in UTC counts.
	Now time.Time
	// Whole: the run covers the whole tree that the waivers are kept for, so that a
	// pattern which matches nothing in it matches nothing anywhere.
	Whole bool
	// Variant: Terraform was evaluated with values from outside of the tree, or
	// planned, or in part. With other values there may be other findings.
	Variant bool
}

// Apply sets the waiver of every failure that one accepts: one of listed, from
// merlon.yaml, or one of its result's own, written beside the code. Of several, the
// one that holds longest; one that has lapsed is set, and marked, where none holds.
// Other findings are left as they are.
//
// It adds to the report's diagnostics: which waivers have lapsed, and how many
// findings fail again; which will within 14 days; which match nothing, where that
// is certain; and, as errors, which of those beside the code cannot be used.
func (run Run) Apply(r *compliance.Report, listed []compliance.Waiver) {
	a := &application{
		Run: run, report: r, today: run.Now.UTC().Truncate(24 * time.Hour),
		byControl: map[string][]*use{}, inline: map[inlineKey]*use{}, reads: map[*compliance.Result]reading{},
	}
	a.exact, a.enabled = byName(slices.Concat(run.Known, r.Controls)), byName(r.Controls)
	for i := range listed {
		u := a.use(listed[i], false)
		a.listed = append(a.listed, u)
		index(a.byControl, u)
	}
	for i := range r.Results {
		a.result(&r.Results[i])
	}
	a.tell()
}

// An application is one call of Apply.
type application struct {
	Run
	report *compliance.Report
	today  time.Time
	uses   []*use // all, of which listed are those of merlon.yaml
	listed []*use
	// byControl are the listed ones by the controls that they name.
	byControl map[string][]*use
	inline    map[inlineKey]*use
	// exact are the controls by all that names them without a pattern, enabled those
	// of this run.
	exact, enabled map[string]controls
	reads          map[*compliance.Result]reading
}

// controls are some controls by their ids.
type controls map[string]*compliance.Control

// byName returns the controls by id, by policy path, and those of a family by the
// family's.
func byName(list []*compliance.Control) map[string]controls {
	out := map[string]controls{}
	for _, c := range list {
		family, _, _ := strings.Cut(c.Policy, "#")
		for _, name := range []string{c.ID, c.Policy, family} {
			if out[name] == nil {
				out[name] = controls{}
			}
			out[name][c.ID] = c
		}
	}
	return out
}

// named returns the controls that a waiver names.
func (a *application) named(pattern string) controls {
	if !strings.ContainsAny(pattern, wild) {
		return a.exact[pattern]
	}
	out := controls{}
	for _, c := range slices.Concat(a.Known, a.report.Controls) {
		if c.Named(pattern) {
			out[c.ID] = c
		}
	}
	return out
}

// inlineKey tells waivers beside the code apart: the results of several root
// modules have those of a module that they share.
type inlineKey struct {
	control, reason, owner, until string
	at, covers                    [2]int
	file, covered                 string
}

// A use is a waiver, and what came of it.
type use struct {
	compliance.Waiver
	isInline bool
	until    time.Time
	subject  *regexp.Regexp
	controls controls // those that it names
	// results are those that it may concern; here is the one that is looked at, if so.
	results []*compliance.Result
	here    *compliance.Result
	// matched are the failures that its patterns fit, decided those that have it as
	// their waiver.
	matched, decided int
	fault            string // why it cannot be used
}

func (a *application) use(w compliance.Waiver, isInline bool) *use {
	u := &use{Waiver: w, isInline: isInline}
	a.uses = append(a.uses, u)
	var err error
	u.Lapsed = false
	if w.Until != "" {
		u.until, err = compliance.ParseDay(w.Until)
		u.Lapsed = u.until.Before(a.today)
	}
	switch {
	case err != nil:
		u.fault = err.Error()
	case strings.TrimSpace(w.Reason) == "":
		u.fault = "it has no reason"
	case isInline && strings.ContainsAny(w.Control, wild):
		u.fault = "patterns are for " + File + "; name the controls here"
	default:
		u.controls = a.named(w.Control)
	}
	if u.fault == "" && len(u.controls) == 0 {
		u.fault = fmt.Sprintf("no control is called %q: `merlon controls` lists them; those of your own are known where --policies names their folder", w.Control)
	}
	if w.Subject != "" && u.fault == "" {
		if u.subject, err = addressPattern(w.Subject); err != nil {
			u.fault = "the pattern of its subject is too large"
		}
	}
	return u
}

// result applies what may concern one result: the listed waivers of its target, and
// its own.
func (a *application) result(res *compliance.Result) {
	for _, u := range a.listed {
		u.reach(res, u.Target == "" || compliance.Match(u.Target, res.Target.Name))
	}
	own := map[string][]*use{}
	for _, w := range res.Waivers {
		u := a.found(w)
		if u.here == res {
			continue // recorded twice
		}
		u.reach(res, true)
		index(own, u)
	}
	for i := range res.Findings {
		if f := &res.Findings[i]; f.State == compliance.Fail {
			decide(f, res, a.byControl[f.Control.ID], own[f.Control.ID])
		}
	}
}

// reach notes whether the waiver may concern the result that is looked at.
func (u *use) reach(res *compliance.Result, does bool) {
	u.here = nil
	if does && u.fault == "" {
		u.here = res
		u.results = append(u.results, res)
	}
}

// index enters a waiver at each control that it names, if it can be used.
func index(table map[string][]*use, u *use) {
	if u.fault != "" {
		return
	}
	for id := range u.controls {
		table[id] = append(table[id], u)
	}
}

// found returns the use of a waiver beside the code, which other results may have too.
func (a *application) found(w compliance.Waiver) *use {
	key := inlineKey{
		w.Control, w.Reason, w.Owner, w.Until,
		[2]int{w.Source.Line, w.Source.Column}, [2]int{w.Covers.Line, w.Covers.EndLine},
		w.Source.File, w.Covers.File,
	}
	if a.inline[key] == nil {
		a.inline[key] = a.use(w, true)
	}
	return a.inline[key]
}

// decide gives a failure of res the best of the waivers that accept it.
func decide(f *compliance.Finding, res *compliance.Result, candidates ...[]*use) {
	var best *use
	for _, list := range candidates {
		for _, u := range list {
			if u.here != res || !u.accepts(f) {
				continue
			}
			if u.matched++; best == nil || u.compare(best) < 0 {
				best = u
			}
		}
	}
	if best != nil {
		best.decided++
		f.Waiver = &best.Waiver
	}
}

// accepts tells whether the waiver's place fits: the lines that it covers, or the
// pattern of its subject.
func (u *use) accepts(f *compliance.Finding) bool {
	if u.isInline {
		return u.covers(f.Source) || slices.ContainsFunc(f.Source.Via, u.covers)
	}
	if u.Subject == "" {
		return true
	}
	if len(f.Subject) == 0 {
		return false
	}
	last := f.Subject[len(f.Subject)-1]
	return last == u.Subject || u.subject.MatchString(last)
}

func (u *use) covers(at compliance.Source) bool {
	c := u.Covers
	return c.File != "" && at.File == c.File && c.Line <= at.Line && at.Line <= c.EndLine
}

// compare puts first what holds longest; where two do, what is written first.
func (u *use) compare(v *use) int {
	if c := cmp.Compare(btoi(u.Until != ""), btoi(v.Until != "")); c != 0 {
		return c
	}
	return cmp.Or(v.until.Compare(u.until), u.comparePlace(v))
}

func (u *use) comparePlace(v *use) int {
	return cmp.Or(
		cmp.Compare(u.Source.File, v.Source.File),
		cmp.Compare(u.Source.Line, v.Source.Line),
		cmp.Compare(u.Source.Column, v.Source.Column),
		cmp.Compare(u.Control, v.Control),
	)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tell adds what there is to say of each waiver to the report.
func (a *application) tell() {
	slices.SortStableFunc(a.uses, (*use).comparePlace)
	for _, u := range a.uses {
		level, text := compliance.LevelWarning, ""
		switch {
		case u.fault != "":
			level, text = compliance.LevelError, "has no effect: "+u.fault
		case u.Lapsed && u.decided > 0:
			text = fmt.Sprintf("lapsed on %s: %s again", u.Until, count(u.decided, "finding fails", "findings fail"))
		case u.Until != "" && u.decided > 0:
			text = a.ending(u)
		case u.matched == 0 && a.certain(u):
			text = "matches nothing: no failure here is one that it accepts; remove it, or correct it"
			if u.Lapsed {
				text = fmt.Sprintf("lapsed on %s, and matches nothing; remove it", u.Until)
			}
		}
		if text != "" {
			a.report.Diagnostics = append(a.report.Diagnostics, compliance.Diagnostic{
				Level: level, Source: u.Source, Message: fmt.Sprintf("the waiver of %s %s", u.name(), text),
			})
		}
	}
}

// ending says that a waiver is about to lapse; "" where it is not.
func (a *application) ending(u *use) string {
	days := int(u.until.Sub(a.today).Hours() / 24)
	if days > notice {
		return ""
	}
	when := "at the end of today"
	if days > 0 {
		when = "in " + count(days, "day", "days")
	}
	return fmt.Sprintf("lapses on %s, %s: %s then, unless it is renewed", u.Until, when, count(u.decided, "finding fails", "findings fail"))
}

// name is the waiver's control, and its owner where it has one.
func (u *use) name() string {
	if u.Owner == "" {
		return u.Control
	}
	return u.Control + " by " + u.Owner
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// certain tells whether a waiver that matched nothing can be said to match nothing
// anywhere: all its controls are enabled, all that it is about was scanned, whole,
// and nothing was unknown there.
func (a *application) certain(u *use) bool {
	onlyTerraform := true
	for id, c := range u.controls {
		if a.enabled[id] == nil {
			return false
		}
		onlyTerraform = onlyTerraform && c.Kind == compliance.KindTerraform
	}
	scanned := false
	switch {
	case u.isInline:
		scanned = a.Whole || slices.ContainsFunc(u.results, func(res *compliance.Result) bool { return path.Dir(u.Source.File) == res.Target.Name })
	case u.Target != "" && !strings.ContainsAny(u.Target, wild):
		scanned = len(u.results) > 0
	default:
		scanned = a.Whole && !a.Variant && onlyTerraform && a.complete()
	}
	return scanned && !slices.ContainsFunc(u.results, func(res *compliance.Result) bool { return !a.known(u, res) })
}

// A reading is what is known of a result as a whole.
type reading struct {
	whole  bool            // all of it was read
	unsure map[string]bool // the controls with a verdict that is unknown
}

func (a *application) reading(res *compliance.Result) reading {
	if r, ok := a.reads[res]; ok {
		return r
	}
	r := reading{whole: res.Err == "", unsure: map[string]bool{}}
	for _, d := range res.Diagnostics {
		r.whole = r.whole && d.Level != compliance.LevelError
	}
	for i := range res.Findings {
		if f := &res.Findings[i]; f.State == compliance.Unsure {
			r.unsure[f.Control.ID] = true
		}
	}
	a.reads[res] = r
	return r
}

// known tells whether a result has a verdict on all that the waiver is about.
func (a *application) known(u *use, res *compliance.Result) bool {
	r := a.reading(res)
	if !r.whole || a.Variant && res.Target.Kind == compliance.KindTerraform {
		return false
	}
	for id := range u.controls {
		if r.unsure[id] {
			return false
		}
	}
	return true
}

// complete tells whether all of the tree was read.
func (a *application) complete() bool {
	for i := range a.report.Results {
		if res := &a.report.Results[i]; res.Target.Kind == compliance.KindTerraform && !a.reading(res).whole {
			return false
		}
	}
	return true
}
