package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"merlon/compliance"
)

// A Base is what a run is compared with: an earlier report, or an earlier revision
// that was judged just now.
type Base struct {
	// Name is what people call it.
	Name   string
	Report *compliance.Report
	// Revision: it is the tree's own past, of which the report holds what can
	// differ, judged by the same controls. Same names the targets that are as they
	// were, and whose failures are therefore unchanged.
	Revision bool
	Same     map[string]bool
	// Renamed gives the earlier name of a target that was renamed since.
	Renamed map[string]string
	// Gone tells whether a target that has no result now is not there any more,
	// rather than left out of the scan.
	Gone func(target string) bool
}

// Compare tells of each failure in r whether it is new, and which of base's are
// fixed. What base has not judged cannot have failed there: it counts as new, and
// a diagnostic says so.
func Compare(r *compliance.Report, base *Base) {
	c := &comparison{report: r, base: base, results: map[string]*compliance.Result{}, before: map[string][]*compliance.Finding{}, doubts: map[*compliance.Result]*doubts{}}
	for i := range r.Results {
		c.results[r.Results[i].Target.Name] = &r.Results[i]
	}
	c.rename()
	r.Comparison = &compliance.Comparison{Base: base.Name, Fixed: []compliance.Finding{}}
	for _, f := range failed(base.Report) {
		id := identity(f)
		c.before[id] = append(c.before[id], f)
	}
	now := map[string][]*compliance.Finding{}
	for _, f := range failed(r) {
		if base.Same[f.Target.Name] {
			f.Change = compliance.Unchanged
			continue
		}
		id := identity(f)
		now[id] = append(now[id], f)
	}
	for setting, fs := range now {
		c.before[setting] = match(fs, c.before[setting])
	}
	c.open()
	for _, left := range c.before {
		for _, f := range left {
			if c.fixed(f) {
				g := *f
				g.Change = compliance.Fixed
				r.Comparison.Fixed = append(r.Comparison.Fixed, g)
			}
		}
	}
	slices.SortFunc(r.Comparison.Fixed, func(a, b compliance.Finding) int { return a.Compare(&b) })
	if !base.Revision {
		c.tellUnjudged()
	}
}

type comparison struct {
	report  *compliance.Report
	base    *Base
	results map[string]*compliance.Result
	before  map[string][]*compliance.Finding // failures of the base, by identity
	doubts  map[*compliance.Result]*doubts
}

// failed returns all failures, waived ones too: a waiver changes what is accepted,
// not what is there.
func failed(r *compliance.Report) []*compliance.Finding {
	out := slices.Concat(r.Failures(), r.Waived())
	slices.SortStableFunc(out, func(a, b *compliance.Finding) int {
		return cmp.Or(a.Compare(b), strings.Compare(a.Fingerprint, b.Fingerprint))
	})
	return out
}

// match marks what was there before, and returns what of before is left over. List
// elements are first recognised by their content, then by their order.
func match(now, before []*compliance.Finding) []*compliance.Finding {
	left := slices.Clone(before)
	take := func(f *compliance.Finding, ok func(*compliance.Finding) bool) {
		if i := slices.IndexFunc(left, ok); f.Change == "" && i >= 0 {
			f.Change = compliance.Unchanged
			left = slices.Delete(left, i, i+1)
		}
	}
	for _, f := range now {
		take(f, func(g *compliance.Finding) bool { return f.Content == g.Content })
	}
	for _, f := range now {
		take(f, func(*compliance.Finding) bool { return true })
		if f.Change == "" {
			f.Change = compliance.New
		}
	}
	return left
}

// open takes for unchanged what fails now for all that an unknown count brings, and
// failed before for one of that, and the other way round.
func (c *comparison) open() {
	before := map[string][]*compliance.Finding{}
	for _, g := range failed(c.base.Report) {
		before[block(g)] = append(before[block(g)], g)
	}
	for _, f := range failed(c.report) {
		if f.Change == compliance.New && slices.ContainsFunc(before[block(f)], func(g *compliance.Finding) bool { return covers(f, g) }) {
			f.Change = compliance.Unchanged
		}
	}
}

// rename gives the base's targets and resources the names that they have now.
func (c *comparison) rename() {
	now := map[string]string{}
	for new, old := range c.base.Renamed {
		now[old] = new
	}
	for i := range c.base.Report.Results {
		res := &c.base.Report.Results[i]
		name, renamed := now[res.Target.Name]
		if renamed = renamed && c.results[name] != nil && c.results[res.Target.Name] == nil; renamed {
			res.Target.Name = name
		}
		head := c.results[res.Target.Name]
		if head == nil || len(head.Moves) == 0 && !renamed {
			continue
		}
		for j := range res.Findings {
			f := &res.Findings[j]
			f.Subject, f.Path = moved(f.Subject, head.Moves), moved(f.Path, head.Moves)
			f.SetSetting()
		}
	}
}

// moved returns p with the addresses in it as they are now.
func moved(p compliance.Path, moves []compliance.Move) compliance.Path {
	out := p.Append()
	for i, s := range out {
		for range moves { // one move may lead to another, never for ever
			next := s
			for _, m := range moves {
				if rest, ok := strings.CutPrefix(s, m.From); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
					next = m.To + rest
					break
				}
			}
			if next == s {
				break
			}
			s = next
		}
		out[i] = s
	}
	return out
}

// fixed tells whether f, a failure of the base, is judged now and fails no longer.
func (c *comparison) fixed(f *compliance.Finding) bool {
	if !slices.ContainsFunc(c.report.Controls, func(x *compliance.Control) bool { return x.ID == f.Control.ID }) {
		return false
	}
	res := c.results[f.Target.Name]
	if res == nil {
		return c.base.Gone != nil && c.base.Gone(f.Target.Name)
	}
	unread := slices.ContainsFunc(res.Diagnostics, func(d compliance.Diagnostic) bool { return d.Level == compliance.LevelError })
	return res.Err == "" && !unread && !c.unsure(f, res)
}

// unsure tells whether nobody can know now if f, a failure of the base, still fails:
// the verdict is unknown, or its subject may be among those that an unknown count
// brings. Where the subject fails for another element of a list, the verdict on f's
// is not told: it is in doubt if something of the list is unknown.
func (c *comparison) unsure(f *compliance.Finding, res *compliance.Result) bool {
	if isOpen(f) && slices.ContainsFunc(res.Findings, func(g compliance.Finding) bool {
		return g.State == compliance.Fail && g.Control.ID == f.Control.ID && covers(&g, f)
	}) {
		return true
	}
	if len(f.Subject) > 1 && slices.ContainsFunc(res.Unknowns, func(u compliance.Unknown) bool { return isModuleOf(u.Path, f.Subject[1]) }) {
		return true
	}
	d := c.doubtful(res)
	if slices.ContainsFunc(d.findings[f.Control.ID], func(g *compliance.Finding) bool {
		return covers(g, f) || g.State == compliance.Unsure && (place(g) == place(f) || slices.Contains(g.Subject, compliance.Any))
	}) {
		return true
	}
	list := element(f.Path)
	return list != "" && d.failing[f.Control.ID+" "+place(f)] && slices.ContainsFunc(res.Unknowns, func(u compliance.Unknown) bool {
		return !u.Maybe && strings.HasPrefix(strings.Join(withoutFirst(u.Path), "\x00")+"\x00", list+"\x00")
	})
}

// isModuleOf tells whether p is that of a module, none of which could be read, in
// which the resource at address was.
func isModuleOf(p compliance.Path, address string) bool {
	return len(p) == 3 && p[0] == "modules" && p[2] == compliance.Any && strings.HasPrefix(address, p[1]+".")
}

// doubts are what of a result may stand in the way of calling a failure fixed.
type doubts struct {
	findings map[string][]*compliance.Finding // unknown, or about an unknown number; by control
	failing  map[string]bool                  // controls and places
}

func (c *comparison) doubtful(res *compliance.Result) *doubts {
	if d := c.doubts[res]; d != nil {
		return d
	}
	d := &doubts{map[string][]*compliance.Finding{}, map[string]bool{}}
	for i := range res.Findings {
		f := &res.Findings[i]
		if f.State == compliance.Unsure || f.State == compliance.Fail && isOpen(f) {
			d.findings[f.Control.ID] = append(d.findings[f.Control.ID], f)
		}
		if f.State == compliance.Fail {
			d.failing[f.Control.ID+" "+place(f)] = true
		}
	}
	c.doubts[res] = d
	return d
}

// tellUnjudged says of which controls and targets the base knows nothing.
func (c *comparison) tellUnjudged() {
	judged, seen := map[string]bool{}, map[string]bool{}
	for _, x := range c.base.Report.Controls {
		judged[x.ID] = true
	}
	for i := range c.base.Report.Results {
		if res := &c.base.Report.Results[i]; res.Err == "" {
			seen[res.Target.Name] = true
		}
	}
	var controls, targets []string
	for _, f := range failed(c.report) {
		if !judged[f.Control.ID] {
			controls = append(controls, f.Control.ID)
		}
		if !seen[f.Target.Name] {
			targets = append(targets, f.Target.Name)
		}
	}
	c.warn("was not judged by", controls)
	c.warn("does not have", targets)
}

func (c *comparison) warn(what string, names []string) {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return
	}
	const most = 10
	list := strings.Join(names[:min(most, len(names))], ", ")
	if more := len(names) - most; more > 0 {
		list = fmt.Sprintf("%s and %d more", list, more)
	}
	c.report.Diagnostics = append(c.report.Diagnostics, compliance.Diagnostic{
		Level: compliance.LevelWarning, Message: fmt.Sprintf("%s %s %s: their failures count as new; make the base report anew", c.base.Name, what, list),
	})
}
