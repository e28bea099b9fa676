package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"merlon/compliance"
)

// An entry is what a format shows as one finding: one failure, several that its
// reader could not tell apart, or what one control finds in one group of hosts.
type entry struct {
	// Finding is the first of All, or stands for the group.
	*compliance.Finding
	All []*compliance.Finding
	At  place
	// Group is nil where All are not the failures of one.
	Group *hostGroup
}

// A hostGroup is the hosts of one inventory file that are in the same groups of it.
type hostGroup struct {
	Name string
	// Declared is where the first of its hosts is declared, whether it fails or not.
	Declared compliance.Source
	Hosts    int
}

// hostGroups returns the group of each host of r. It depends on the inventory alone.
func hostGroups(r *compliance.Report) map[*compliance.Target]*hostGroup {
	byName, out := map[string]*hostGroup{}, map[*compliance.Target]*hostGroup{}
	for i := range r.Results {
		t := &r.Results[i].Target
		if t.Kind != compliance.KindHost {
			continue
		}
		name := cmp.Or(t.Declared.File, "hosts without an inventory")
		if in := t.Labels["groups"]; in != "" {
			name += " (" + in + ")"
		}
		g := byName[name]
		if g == nil {
			g = &hostGroup{Name: name, Declared: t.Declared}
			byName[name] = g
		}
		if t.Declared.Line < g.Declared.Line {
			g.Declared = t.Declared
		}
		g.Hosts++
		out[t] = g
	}
	return out
}

// entries returns r's failures as o groups them, the worst first, those that a
// waiver accepts on their own.
func entries(r *compliance.Report, o Options, of ...compliance.Kind) []entry {
	var groups map[*compliance.Target]*hostGroup
	if o.GroupBy == byControl {
		groups = hostGroups(r)
	}
	type id struct {
		control *compliance.Control
		group   *hostGroup
		waived  bool
	}
	index := map[id]int{}
	var out []entry
	for _, f := range withState(r, compliance.Fail, of...) {
		k := id{f.Control, groups[f.Target], f.Waived()}
		i, ok := index[k]
		if !ok || k.group == nil {
			i = len(out)
			index[k] = i
			out = append(out, entry{Finding: f, Group: k.group})
		}
		out[i].All = append(out[i].All, f)
	}
	for i := range out {
		if out[i].Group != nil {
			out[i].Finding = standFor(out[i].Group, out[i].All)
		}
		out[i].At = anchor(out[i].Finding)
	}
	return out
}

// unwaived returns the entries that no waiver accepts, and how many findings the
// others hold.
func unwaived(list []entry) (open []entry, waived int) {
	for _, e := range list {
		if e.Waived() {
			waived += len(e.All)
		} else {
			open = append(open, e)
		}
	}
	return open, waived
}

// standFor returns the finding that stands for all of one control in g. Its identity
// is control and group: it stays while another host begins to fail.
func standFor(g *hostGroup, all []*compliance.Finding) *compliance.Finding {
	c := all[0].Control
	sum := sha256.Sum256([]byte(c.ID + "\x00" + g.Name))
	f := &compliance.Finding{
		Control: c,
		Target:  &compliance.Target{Name: g.Name, Kind: c.Kind, Declared: g.Declared},
		State:   compliance.Fail,
		Message: fmt.Sprintf("%s on %d of %s", count(len(all), "failure", "failures"),
			len(targetNames(all)), count(g.Hosts, "host", "hosts")),
		Fingerprint: hex.EncodeToString(sum[:]),
		Setting:     hex.EncodeToString(sum[:]),
		Change:      changeOf(all),
	}
	if all[0].Waived() {
		f.Waiver = all[0].Waiver
	}
	return f
}

// changeOf returns how several failures stand to the base as one: new if any is.
func changeOf(fs []*compliance.Finding) compliance.Change {
	out := fs[0].Change
	for _, f := range fs {
		switch {
		case f.Change == compliance.New:
			return compliance.New
		case f.Change == "":
			out = ""
		}
	}
	return out
}

// fit encodes a list of entries, worst first, and returns those that a reader takes,
// in the same order: at most limit, in at most budget bytes with a comma after each.
// Where not all fit, what is new stays before what is old, the worse before the
// milder, and what is waived goes first. kept are the entries that fit, out their
// encoded forms, size the bytes of these.
func fit(list []entry, limit, budget int, encode func(*entry) json.RawMessage) (out []json.RawMessage, kept []entry, size int) {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(truthFirst(!list[i].Waived(), !list[j].Waived()),
			truthFirst(list[i].Change == compliance.New, list[j].Change == compliance.New))
	})
	encoded := make([]json.RawMessage, len(list))
	for _, i := range order {
		if limit == 0 {
			break
		}
		b := encode(&list[i])
		if size+len(b)+1 > budget {
			continue
		}
		size += len(b) + 1
		encoded[i] = b
		limit--
	}
	out = []json.RawMessage{}
	for i, b := range encoded {
		if b != nil {
			out, kept = append(out, b), append(kept, list[i])
		}
	}
	return out, kept, size
}

// limits ends a sentence on what is left out.
func limits(n, bytes int) string {
	return fmt.Sprintf("GitLab takes %d, and %d bytes a file. The json report has them all.", n, bytes)
}

// mildest says which findings are left out.
const mildest = "left out, old and mild ones first: "

// A hostRow is the hosts of a group on which one control found the same.
type hostRow struct {
	Found, From, Hosts string
}

// What one group may list, so that hosts which all differ, or that answer at length,
// do not fill a report: bytes of all its rows, characters of a place or a value.
const (
	maxHostList  = 64 * 1024
	maxHostValue = 512
)

// hostRows lists what was found on which hosts of a group, the most common first.
func hostRows(all []*compliance.Finding) []hostRow {
	groups := alike(all, func(f *compliance.Finding) []string { return []string{fact(f), sawAndWanted(f)} })
	slices.SortStableFunc(groups, func(a, b []*compliance.Finding) int { return -cmp.Compare(len(a), len(b)) })
	var out []hostRow
	room := maxHostList
	for i, same := range groups {
		if room <= 0 {
			rest := slices.Concat(groups[i:]...)
			return append(out, hostRow{Found: count(len(rest), "more failure", "more failures"), Hosts: count(len(targetNames(rest)), "host", "hosts")})
		}
		f := same[0]
		row := hostRow{cut(fact(f)+": "+sawAndWanted(f), maxHostValue), cut(origin(f.Source), maxHostValue), joined(targetNames(same), room)}
		room -= len(row.Found) + len(row.From) + len(row.Hosts)
		out = append(out, row)
	}
	return out
}

// joined lists names in about limit bytes, and says how many more there are.
func joined(names []string, limit int) string {
	size := 0
	for i, name := range names {
		if size += len(name) + 2; size > limit && i > 0 {
			return fmt.Sprintf("%s and %d more", strings.Join(names[:i], ", "), len(names)-i)
		}
	}
	return strings.Join(names, ", ")
}
