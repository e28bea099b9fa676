package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"merlon/compliance"
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
		r            *compliance.Report
		o            Options
	}{
		{"report.txt", "text", fixture(), Options{}},
		{"report-verbose.txt", "text", fixture(), Options{Verbose: true}},
		{"report-narrow-colour.txt", "text", fixture(), Options{Width: 60, Color: true}},
		{"report.json", "json", fixture(), Options{}},
		{"report.sarif.json", "sarif", fixture(), Options{}},
		{"report.gitlab.json", "gitlab", fixture(), Options{}},
		{"compared.txt", "text", compared(), Options{}},
		{"compared-verbose.txt", "text", compared(), Options{Verbose: true}},
		{"compared.json", "json", compared(), Options{}},
		{"compared.sarif.json", "sarif", compared(), Options{}},
		{"compared.gitlab.json", "gitlab", compared(), Options{}},
		{"compared.codequality.json", "codequality", compared(), Options{}},
		{"compared.junit.xml", "junit", compared(), Options{}},
		{"fleet.txt", "text", fleet(6, 2), Options{GroupBy: byControl}},
		{"fleet.sarif.json", "sarif", fleet(6, 2), Options{GroupBy: byControl}},
		{"fleet.gitlab.json", "gitlab", fleet(6, 2), Options{GroupBy: byControl}},
		{"fleet.junit.xml", "junit", fleet(6, 2), Options{GroupBy: byControl}},
	} {
		t.Run(c.file, func(t *testing.T) { golden(t, c.file, write(t, c.format, c.r, c.o)) })
	}
}
