package audit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// Merge makes one report of several, such as those of the shards of a fleet. Where
// two have the same target, the later one counts, and of the earlier what controls say
// that judged only it. A shard that is missing makes the
// whole incomplete.
func Merge(reports []*compliance.Report) *compliance.Report {
	reports = slices.Clone(reports)
	slices.SortStableFunc(reports, func(a, b *compliance.Report) int { return a.Started.Compare(b.Started) })
	out := &compliance.Report{Started: reports[0].Started}
	at := map[string]int{}
	var judgedBy [][]*compliance.Control // beside out.Results
	compared := true
	for _, r := range reports {
		out.Version = r.Version
		if r.Finished.After(out.Finished) {
			out.Finished = r.Finished
		}
		for _, c := range r.Controls {
			if !slices.ContainsFunc(out.Controls, func(x *compliance.Control) bool { return x.ID == c.ID }) {
				out.Controls = append(out.Controls, c)
			}
		}
		for _, res := range r.Results {
			key := string(res.Target.Kind) + " " + res.Target.Name
			if i, twice := at[key]; twice {
				out.Diagnostics = append(out.Diagnostics, compliance.Diagnostic{
					Level: compliance.LevelWarning, Message: res.Target.Name + " is in two of the reports; the later one counts, and of the earlier what only it judged",
				})
				out.Results[i] = onTop(out.Results[i], res, judgedBy[i], r.Controls)
				judgedBy[i] = append(judgedBy[i], r.Controls...)
				continue
			}
			at[key] = len(out.Results)
			out.Results = append(out.Results, res)
			judgedBy = append(judgedBy, slices.Clone(r.Controls))
		}
		out.Diagnostics = append(out.Diagnostics, r.Diagnostics...)
		compared = compared && r.Comparison != nil
	}
	if compared {
		out.Comparison = mergeComparisons(reports)
	}
	slices.SortFunc(out.Controls, func(a, b *compliance.Control) int { return strings.Compare(a.ID, b.ID) })
	slices.SortStableFunc(out.Results, func(a, b compliance.Result) int { return strings.Compare(a.Target.Name, b.Target.Name) })
	for i := range out.Results {
		for j := range out.Results[i].Findings {
			out.Results[i].Findings[j].Target = &out.Results[i].Target
		}
	}
	out.Diagnostics = append(out.Diagnostics, missingShards(reports)...)
	return out
}

// onTop returns the later of two results of one target, with what the earlier says
// by controls that judged only it: a run of some controls does not take back what a
// run of others found, nor that it could not read all.
func onTop(earlier, later compliance.Result, before, now []*compliance.Control) compliance.Result {
	only := map[string]bool{}
	for _, c := range before {
		only[c.ID] = true
	}
	for _, c := range now {
		delete(only, c.ID)
	}
	if len(only) == 0 {
		return later
	}
	later.Findings, later.Diagnostics = slices.Clone(later.Findings), slices.Clone(later.Diagnostics)
	for _, f := range earlier.Findings {
		if only[f.Control.ID] {
			later.Findings = append(later.Findings, f)
		}
	}
	for _, d := range earlier.Diagnostics {
		if d.Level == compliance.LevelError && !slices.ContainsFunc(later.Diagnostics, func(x compliance.Diagnostic) bool { return x.String() == d.String() }) {
			later.Diagnostics = append(later.Diagnostics, d)
		}
	}
	if earlier.Err != "" {
		later.Diagnostics = append(later.Diagnostics, compliance.Diagnostic{Level: compliance.LevelError, Message: "in the earlier report, it was not read: " + earlier.Err})
	}
	return later
}

func mergeComparisons(reports []*compliance.Report) *compliance.Comparison {
	out := &compliance.Comparison{Fixed: []compliance.Finding{}}
	var names []string
	for _, r := range reports {
		if !slices.Contains(names, r.Comparison.Base) {
			names = append(names, r.Comparison.Base)
		}
		out.Fixed = append(out.Fixed, r.Comparison.Fixed...)
	}
	out.Base = strings.Join(names, ", ")
	slices.SortFunc(out.Fixed, func(a, b compliance.Finding) int { return a.Compare(&b) })
	return out
}

// missingShards says which parts of a sharded scan are not among reports.
func missingShards(reports []*compliance.Report) []compliance.Diagnostic {
	have := map[int]map[int]bool{} // the parts that there are, by how many there should be
	for _, r := range reports {
		i, n, err := ParseShard(r.Shard)
		if err != nil || n == 0 {
			continue
		}
		if have[n] == nil {
			have[n] = map[int]bool{}
		}
		have[n][i] = true
	}
	var out []compliance.Diagnostic
	for _, total := range slices.Sorted(maps.Keys(have)) {
		for i := 1; i <= total; i++ {
			if !have[total][i] {
				out = append(out, compliance.Diagnostic{Level: compliance.LevelError, Message: fmt.Sprintf("the report of shard %d/%d is missing", i, total)})
			}
		}
	}
	return out
}

// maxShards bounds into how many parts a scan is cut.
const maxShards = 10_000

// ParseShard reads "2/5": the second of five parts. "" is the whole, 0 of 0.
func ParseShard(s string) (index, total int, err error) {
	if s == "" {
		return 0, 0, nil
	}
	a, b, _ := strings.Cut(s, "/")
	index, err1 := strconv.Atoi(a)
	total, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || index < 1 || index > total || total > maxShards {
		return 0, 0, fmt.Errorf("%q is no shard; write INDEX/TOTAL, such as 2/5", s)
	}
	return index, total, nil
}

// Shard returns the part of targets that s names: each target is in exactly one
// part, in which does not depend on the order they are listed in.
func Shard(targets []compliance.Target, s string) ([]compliance.Target, error) {
	index, total, err := ParseShard(s)
	if err != nil || total == 0 {
		return targets, err
	}
	sorted := slices.Clone(targets)
	slices.SortStableFunc(sorted, func(a, b compliance.Target) int { return strings.Compare(a.Name, b.Name) })
	var out []compliance.Target
	for i := index - 1; i < len(sorted); i += total {
		out = append(out, sorted[i])
	}
	return out, nil
}
