package terraform

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"merlon/compliance"
)

// FuzzTree scans a tree written as a txtar archive. Whatever it holds, the scan
// must come back with documents that can be recorded, and without a panic, which
// would be told as a defect. Fuzz with -fuzzminimizetime 1x: making an archive
// smaller takes most of the time otherwise.
func FuzzTree(f *testing.F) {
	for _, pattern := range []string{"../../testdata/terraform/cases/*.txtar", "../../testdata/terraform/probe/*/bad/main.tf*"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			if !strings.HasSuffix(file, ".txtar") {
				b = append([]byte("-- "+filepath.Base(file)+" --\n"), b...)
			}
			f.Add(b)
		}
	}
	for name, c := range hostile {
		if len(c.text) < 2000 && name != "for loops" && name != "count product" && name != "distinct" {
			f.Add([]byte(c.text))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		wrote := false
		for i, file := range txtar.Parse(data).Files {
			name := filepath.Join(dir, filepath.FromSlash(file.Name))
			if i > 20 || !filepath.IsLocal(file.Name) || strings.ContainsAny(file.Name, "\x00") || len(name) > 200 {
				continue
			}
			if os.MkdirAll(filepath.Dir(name), 0o755) == nil && os.WriteFile(name, file.Data, 0o644) == nil {
				wrote = true
			}
		}
		if !wrote || os.MkdirAll(filepath.Join(dir, ".git"), 0o755) != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		var s Scanner
		err := s.Scan(ctx, compliance.Target{Address: dir}, nil, func(d *compliance.Document) {
			for _, g := range d.Diagnostics {
				if strings.Contains(g.Message, "defect") {
					t.Error(g.Message)
				}
			}
			if _, err := json.Marshal(d); err != nil {
				t.Error(err)
			}
		})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v: %v", took, err)
		}
	})
}

// Where a file calls a module, its text tells that it may.
func FuzzMayCall(f *testing.F) {
	for _, text := range []string{
		"module \"a\" {}\n", "\ufeffmodule a {\n}\n", "/* x */ module \"a\" {\n}", "x {\n}\r\n\tmodule/**/\"a\" {\n}\n", "# c\nmodule\t\"a\" {}", "a = module.x\n",
		`{"module": {"a": {"source": "./x"}}}`, `{"m\u006fdule": {"a": {}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, file := range []string{"x.tf", "x.tf.json"} {
			body, _ := guardedParse(src, file)
			for _, b := range body.Blocks {
				if b.Type == "module" && !mayCall(src) {
					t.Errorf("a call of a module was overlooked in %s", file)
				}
			}
		}
	})
}
