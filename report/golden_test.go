package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name. JSON is indented there, to be read.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if json.Valid(got) {
		var b bytes.Buffer
		if err := json.Indent(&b, got, "", "  "); err != nil {
			t.Fatal(err)
		}
		got = b.Bytes()
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", file, got)
	}
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file, format string
		o            Options
	}{
		{"report.txt", "text", Options{}},
		{"report-verbose.txt", "text", Options{Verbose: true}},
		{"report-narrow-colour.txt", "text", Options{Width: 60, Color: true}},
		{"report.json", "json", Options{}},
		{"report.sarif.json", "sarif", Options{}},
		{"report.gitlab.json", "gitlab", Options{}},
	} {
		t.Run(c.file, func(t *testing.T) { golden(t, c.file, write(t, c.format, fixture(), c.o)) })
	}
}
