package fixes

import (
	"fmt"
	"strings"
	"testing"

	"merlon/compliance"
)

// BenchmarkSuggest mends 1,000 resources in one file, each by itself.
func BenchmarkSuggest(b *testing.B) {
	var text strings.Builder
	var findings []*compliance.Finding
	for i := range 1000 {
		findings = append(findings, at(5*i+1, "true", want, fmt.Sprintf("t.v%d/encrypted", i)))
		fmt.Fprintf(&text, "resource \"t\" \"v%d\" {\n  size = %d\n  type = \"gp3\"\n}\n\n", i, i)
	}
	for b.Loop() {
		repository(b, text.String()).Suggest(findings)
	}
	if findings[999].Fix == nil {
		b.Error("nothing was mended")
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/finding")
}
