package audit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// Merge makes one report of several, such as those of the shards of a fleet. Where
// two have the same target, the later one counts. A shard that is missing makes the
// whole incomplete.
func Merge(reports []*compliance.Report) *compliance.Report {
	reports = slices.Clone(reports)
	slices.SortStableFunc(reports, func(a, b *compliance.Report) int { return a.Started.Compare(b.Started) })
	out := &compliance.Report{Started: reports[0].Started}
	at := map[string]int{}
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
					Level: compliance.LevelWarning, Message: res.Target.Name + " is in two of the reports; the later one counts",
				})
				out.Results[i] = res
				continue
			}
			at[key] = len(out.Results)
			out.Results = append(out.Results, res)
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
	have := map[int]bool{}
	total := 0
	for _, r := range reports {
		if i, n, err := ParseShard(r.Shard); err == nil && n > 0 {
			have[i], total = true, max(total, n)
		}
	}
	var out []compliance.Diagnostic
	for i := 1; i <= total; i++ {
		if !have[i] {
			out = append(out, compliance.Diagnostic{Level: compliance.LevelError, Message: fmt.Sprintf("the report of shard %d/%d is missing", i, total)})
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
