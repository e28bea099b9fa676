package report

import (
	"encoding/json"
	"io"
	"testing"
)

// BenchmarkFormats writes 10,000 failures in each format; the floor is
// encoding/json of the same report.
func BenchmarkFormats(b *testing.B) {
	r := large(10_000)
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.NewEncoder(io.Discard).Encode(r); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, f := range Formats() {
		b.Run(f.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Write(io.Discard, r, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("text-verbose", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := writeText(io.Discard, r, Options{Verbose: true}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
