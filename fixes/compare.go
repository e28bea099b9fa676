package fixes

import (
	"fmt"
	"slices"
	"strings"

	"merlon/compliance"
)

// Compare tells what is wrong with a change by the findings before and after it:
// which of those mended do not pass, and what is new of the others, a failure or a
// verdict that can no longer be given. There is nothing where it does what it should.
func Compare(before, after []compliance.Finding, mended []*compliance.Finding) (stubborn []*compliance.Finding, harm []string) {
	expected, decided := map[string]int{}, map[string]bool{}
	gone, judged := map[string]bool{}, map[string]bool{} // mended: what, and on which subjects
	for i := range before {
		f := &before[i]
		decided[subjectKey(f)] = decided[subjectKey(f)] || f.State == compliance.Pass || f.State == compliance.Fail
		if f.State == compliance.Fail {
			expected[settingKey(f)]++
		}
	}
	for _, f := range mended {
		expected[settingKey(f)]--
		gone[settingKey(f)], judged[subjectKey(f)] = true, true
	}
	still := map[string]bool{}
	for i := range after {
		f := &after[i]
		switch key := settingKey(f); {
		case f.State == compliance.Unsure && judged[subjectKey(f)]:
			still[subjectKey(f)] = true
		case f.State == compliance.Unsure && decided[subjectKey(f)]:
			harm = append(harm, fmt.Sprintf("%s can no longer be told of %s: %s", f.Control.ID, addressOf(f.Subject), f.Message))
		case f.State != compliance.Fail:
		case expected[key] > 0:
			expected[key]--
		case gone[key]:
			still[key] = true
		default:
			harm = append(harm, fmt.Sprintf("%s is new: %s", f.Control.ID, f.Message))
		}
	}
	for _, f := range mended {
		if still[settingKey(f)] || still[subjectKey(f)] {
			stubborn = append(stubborn, f)
		}
	}
	slices.Sort(harm)
	return stubborn, slices.Compact(harm)
}

func subjectKey(f *compliance.Finding) string {
	target := ""
	if f.Target != nil {
		target = f.Target.Name
	}
	return strings.Join(append([]string{f.Control.ID, target}, f.Subject...), "\x00")
}

// settingKey is what a finding is about. A fix may move the numbers of list
// elements, so they do not count.
func settingKey(f *compliance.Finding) string {
	parts := []string{subjectKey(f)}
	for _, p := range f.Path {
		if isIndex(p) {
			p = "*"
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, "\x00\x00")
}
