package terraform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"merlon/compliance"
)

// hostile trees try to exhaust the stack, memory or time. The scan must come back
// soon, say what it left out, and still have read the resource beside it.
var hostile = map[string]struct {
	text string
	told string // in a diagnostic or in a cause
}{
	"brackets":       {"-- x.tf --\nlocals { a = " + strings.Repeat("[", 1_000_000) + " }\n", "more than 500 levels"},
	"parentheses":    {"-- x.tf --\nlocals { a = " + strings.Repeat("(", 4_000) + "1" + strings.Repeat(")", 4_000) + " }\n", "more than 500 levels"},
	"negations":      {"-- x.tf --\nlocals { a = " + strings.Repeat("!", 2_000_000) + "true }\n", "more than 500 levels"},
	"minus":          {"-- x.tf --\nlocals { a = " + strings.Repeat("- ", 2_000_000) + "1 }\n", "more than 500 levels"},
	"ternaries":      {"-- x.tf --\nlocals { a = " + strings.Repeat("x?1:", 1_000_000) + "1 }\n", "more than 500 levels"},
	"splats":         {"-- x.tf --\nlocals { a = x" + strings.Repeat("[*]", 1_000_000) + " }\n", "more than 500 levels"},
	"old splats":     {"-- x.tf --\nlocals { a = x" + strings.Repeat(".*", 1_000_000) + " }\n", "more than 500 levels"},
	"directives":     {"-- x.tf --\nlocals { a = \"" + strings.Repeat("%{if true}", 300_000) + "\" }\n", "more than 500 levels"},
	"quotes":         {"-- x.tf --\nlocals { a = " + strings.Repeat(`"${`, 500_000) + " }\n", "more than 500 levels"},
	"blocks":         {"-- x.tf --\n" + strings.Repeat("a {\n", 500_000), "more than 500 levels"},
	"json":           {"-- x.tf.json --\n" + strings.Repeat(`{"a":`, 1_000_000) + "\n", "more than 500 levels"},
	"sum chain":      {"-- x.tf --\nresource \"a_b\" \"x\" { a = 1" + strings.Repeat("+1", 100_000) + " }\n", "nests too deeply"},
	"local chain":    {"-- x.tf --\nresource \"a_b\" \"x\" { a = local.l0 }\n" + chain(20_000), "nests too deeply"},
	"laughs":         {"-- x.tf --\nresource \"a_b\" \"x\" { a = local.l30 }\n" + laughs(`"${local.l#}${local.l#}${local.l#}${local.l#}"`, `"ha"`), "too large"},
	"partial laughs": {"-- x.tf --\nvariable \"u\" { type = list(string) }\nresource \"a_b\" \"x\" { a = local.l30 }\n" + laughs(`concat(local.l#, local.l#, local.l#, local.l#)`, `concat([1], var.u)`), "var.u has no value"},
	"policy laughs":  {"-- x.tf --\nvariable \"u\" {}\nresource \"a_b\" \"x\" { a = local.l30 }\n" + laughs(`"{${local.l#}${local.l#}${local.l#}${local.l#}"`, `"{${var.u}"`), "var.u has no value"},
	"tuple laughs":   {"-- x.tf --\nresource \"a_b\" \"x\" { a = local.l30 }\n" + laughs(`[local.l#, local.l#, local.l#, local.l#]`, `[1]`), "too large"},
	"concat laughs":  {"-- x.tf --\nresource \"a_b\" \"x\" { a = local.l30 }\n" + laughs(`concat(local.l#, local.l#, local.l#, local.l#)`, `[1]`), "too large"},
	"for loops":      {"-- x.tf --\nresource \"a_b\" \"x\" { a = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : [for d in range(1000) : d]]]] }\n", "stopped after"},
	"huge count":     {"-- x.tf --\nresource \"a_b\" \"x\" { count = 1e300 }\n", "at most 10000"},
	"count product":  {"-- x.tf --\nmodule \"m\" {\n  count = 10000\n  source = \"./m\"\n}\n-- m/x.tf --\nresource \"a_b\" \"x\" { count = 10000 }\n", "more than 100000 instances"},
	"huge number":    {"-- x.tf --\nresource \"a_b\" \"x\" { a = \"${1e999999999}\" }\n", "too large"},
	"huge text":      {"-- x.tf --\nresource \"a_b\" \"x\" { a = tonumber(\"1e999999999\") }\n", "too large"},
	"huge product":   {"-- x.tf --\nlocals { l0 = 1e1000 }\nresource \"a_b\" \"x\" { a = local.l0 * local.l0 }\n", "too large"},
	"huge json":      {"-- x.tf --\nresource \"a_b\" \"x\" { a = jsondecode(\"[1e999999999]\") }\n", "too large"},
	"format width":   {"-- x.tf --\nresource \"a_b\" \"x\" { a = format(\"%1000000000d\", 1) }\n", "too large"},
	"format digits":  {"-- x.tf --\nresource \"a_b\" \"x\" { a = format(\"%d\", \"1e999999999\") }\n", "too large"},
	"indent":         {"-- x.tf --\nresource \"a_b\" \"x\" { a = indent(2000000000, \"a\\nb\") }\n", "too large"},
	"setproduct":     {"-- x.tf --\nresource \"a_b\" \"x\" { a = setproduct(range(1000), range(1000), range(1000), range(1000)) }\n", "too large"},
	"join":           {"-- x.tf --\nlocals { s = join(\"\", [for i in range(1000) : \"0123456789012345678901234567890123456789\"]) }\nresource \"a_b\" \"x\" { a = join(local.s, range(1000)) }\n", "too large"},
	"replace":        {"-- x.tf --\nlocals { s = join(\"\", [for i in range(1000) : \"0123456789012345678901234567890123456789\"]) }\nresource \"a_b\" \"x\" { a = replace(local.s, \"/./\", local.s) }\n", "too large"},
	"distinct":       {"-- x.tf --\nlocals { l = flatten([for i in range(100) : [for j in range(1000) : i * 1000 + j]]) }\nresource \"a_b\" \"x\" { a = distinct(local.l) }\n", "too large"},
	"deep json":      {"-- x.tf --\nresource \"a_b\" \"x\" { a = jsondecode(file(\"d.json\")) }\n-- d.json --\n" + strings.Repeat("[", 2_000_000) + "\n", "more than 500 levels"},
	"deep yaml":      {"-- x.tf --\nresource \"a_b\" \"x\" { a = yamldecode(file(\"d.yaml\")) }\n-- d.yaml --\n" + strings.Repeat("- ", 2_000_000) + "\n", "more than 500 levels"},
	"yaml aliases":   {"-- x.tf --\nresource \"a_b\" \"x\" { a = yamldecode(file(\"d.yaml\")) }\n-- d.yaml --\n" + aliases(), "too large"},
	"self template":  {"-- x.tf --\nresource \"a_b\" \"x\" { a = templatefile(\"t.tpl\", {}) }\n-- t.tpl --\n${templatefile(\"t.tpl\", {})}\n", "nests too deeply"},
	"module depth":   {modulesDeep(100), "modules deep"},
	"module circle":  {"-- a/x.tf --\nmodule \"b\" { source = \"../b\" }\n-- b/x.tf --\nmodule \"a\" { source = \"../a\" }\n", "circle"},
	"count of self":  {"-- x.tf --\nresource \"a_b\" \"x\" { count = length(a_b.x) }\n", "refers to itself"},
	"module of self": {"-- x.tf --\nmodule \"m\" {\n  count = module.m.n\n  source = \"./m\"\n}\n-- m/x.tf --\noutput \"n\" { value = 1 }\n", "refers to itself"},
	"variable":       {"-- x.tf --\nmodule \"m\" {\n  source = \"./m\"\n  v = module.m.o\n}\n-- m/x.tf --\nvariable \"v\" {}\nresource \"a_b\" \"x\" { a = var.v }\noutput \"o\" { value = var.v }\n", "refers to itself"},
	"namesakes":      {"-- x.tf --\nresource \"a_bucket\" \"b\" {\n  count = 9000\n  bucket = \"same\"\n}\nresource \"a_policy\" \"p\" {\n  count = 9000\n  bucket = \"same\"\n}\nresource \"a_b\" \"x\" {}\n", "more than 1000 resources of the type a_bucket"},
	"no utf8":        {"-- x.tf --\nresource \"a_b\" \"x\" { a = \"\xff\xfe\" }\n", "does not parse"},
	"nul":            {"-- x.tf --\nresource \"a_b\" \"x\" {\n for_each = { \"a\\u0000b\" = 1 }\n c = { \"x\\u0000\" = [\n1,\n2] } \n d = local.no\n}\n", "not declared"},
	"labels":         {"-- x.tf --\nresource \"a b\" \"x\" {}\nresource \"one\" {}\nresource \"references\" \"x\" {}\n", "plain names"},
}

func chain(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n")
	for i := range n {
		fmt.Fprintf(&b, "  l%d = local.l%d\n", i, i+1)
	}
	fmt.Fprintf(&b, "  l%d = 1\n}\n", n)
	return b.String()
}

// laughs are locals that each hold the one before four times.
func laughs(format, first string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n  l0 = %s\n", first)
	for i := range 30 {
		fmt.Fprintf(&b, "  l%d = %s\n", i+1, strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String() + "}\n"
}

func aliases() string {
	var b strings.Builder
	b.WriteString("l0: &l0 [a, a, a, a, a, a, a, a, a]\n")
	for i := range 9 {
		fmt.Fprintf(&b, "l%d: &l%d [%s*l%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*l%d, ", i), 8), i)
	}
	return b.String()
}

func modulesDeep(n int) string {
	var b strings.Builder
	dir := ""
	for range n {
		fmt.Fprintf(&b, "-- %sx.tf --\nmodule \"m\" { source = \"./m\" }\n", dir)
		dir += "m/"
	}
	fmt.Fprintf(&b, "-- %sx.tf --\nresource \"a_b\" \"x\" {}\n", dir)
	return b.String()
}

func TestHostile(t *testing.T) {
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			text := c.text
			beside := name != "module circle"
			if beside {
				text += "-- y.tf --\nresource \"beside\" \"it\" { n = 1 }\n"
			}
			d := scanText(t, text)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			runtime.ReadMemStats(&after)
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 6<<10 {
				t.Errorf("allocated %d MiB", spent)
			}
			if _, ok := d.Value(compliance.Path{"beside", "beside.it", "n"}); beside && !ok {
				t.Error("the resource beside it was not read")
			}
			if !says(d, c.told) {
				t.Errorf("nothing tells %q: %v", c.told, first(d.Diagnostics, 5))
			}
			if t.Failed() {
				t.Logf("%d unknowns: %.600v", len(d.Unknowns()), d.Unknowns())
			}
		})
	}
}

func first[T any](s []T, n int) []T { return s[:min(n, len(s))] }

func says(d *compliance.Document, text string) bool {
	for _, g := range d.Diagnostics {
		if strings.Contains(g.Message, text) {
			return true
		}
	}
	for _, u := range d.Unknowns() {
		if strings.Contains(u.Cause, text) {
			return true
		}
	}
	return false
}

// What is no regular file within the repository is never opened.
func TestFilesOutside(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := writeTree(t, nil)
	if err := os.WriteFile(filepath.Join(dir, "x.tf"), []byte(`
resource "a_b" "x" {
  link   = file("link")
  up     = file("../secret")
  dir    = file(".")
  pipe   = file("pipe")
  big    = file("big")
  base64 = filebase64("link")
  tpl    = templatefile("link", {})
  exists = fileexists("link")
  set    = fileset(".", "**")
  inside = file("inside")
}
module "m" { source = "./mod" }
`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Symlink(secret, filepath.Join(dir, "link")),
		os.Symlink(filepath.Dir(secret), filepath.Join(dir, "mod")),
		os.Symlink("real", filepath.Join(dir, "inside")),
		os.WriteFile(filepath.Join(dir, "real"), []byte("fine"), 0o644),
		os.WriteFile(filepath.Join(dir, "big"), bytes.Repeat([]byte("x"), maxData+1), 0o644),
		os.WriteFile(filepath.Join(filepath.Dir(secret), "m.tf"), []byte(`resource "outer" "x" {}`), 0o644),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d := scanDir(t, dir, nil)["."]
	at := compliance.Path{"a_b", "a_b.x"}
	if got, _ := d.Value(at.Append("inside")); got != "fine" {
		t.Errorf("a link within the repository: %v", got)
	}
	if got, _ := d.Value(at.Append("exists")); got != false {
		t.Errorf("exists = %v", got)
	}
	for _, name := range []string{"link", "up", "dir", "pipe", "big", "base64", "tpl"} {
		if got, ok := d.Value(at.Append(name)); ok {
			t.Errorf("%s = %.40v", name, got)
		}
		found := false
		for _, u := range d.Unknowns() {
			found = found || u.Path.String() == at.Append(name).String() && !u.Deferred && u.Cause != ""
		}
		if !found {
			t.Errorf("%s is not told", name)
		}
	}
	if _, ok := d.Facts()["outer"]; ok {
		t.Error("a module outside of the repository was read")
	}
	if !says(d, `module "m"`) {
		t.Error("the module that was not read is not told")
	}
}

func TestTargets(t *testing.T) {
	var s Scanner
	none := func(*compliance.Document) { t.Error("a document of nothing") }
	empty := t.TempDir()
	for address, want := range map[string]string{
		filepath.Join(empty, "missing"): "no such file",
		empty:                           "no Terraform files",
		"scanner.go":                    "is a file",
	} {
		err := s.Scan(context.Background(), compliance.Target{Address: address}, nil, none)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Scan(ctx, compliance.Target{Address: "../../testdata/terraform/probe"}, nil, none); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A file beyond the bound is told, and not read.
func TestLargeFile(t *testing.T) {
	dir := writeTree(t, nil)
	for name, size := range map[string]int64{"big.tf": 200 << 20, "x.tf": 0} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	d := scanDir(t, dir, nil)["."]
	if !d.Incomplete() || !says(d, "too large") {
		t.Errorf("not told: %v", d.Diagnostics)
	}
}

// Asking for sections yields these, and the same as a full scan has there.
func TestSections(t *testing.T) {
	const tree = `-- x.tf --
resource "aws_s3_bucket" "b" { bucket = "logs" }
resource "aws_s3_bucket_policy" "p" { bucket = aws_s3_bucket.b.id }
data "aws_ami" "a" { owners = ["x"] }
provider "aws" { region = "r" }
`
	full := scanText(t, tree)
	for _, section := range []string{"aws_s3_bucket", "aws_s3_bucket_policy", "data/aws_ami", "references/aws_s3_bucket_policy", "referrers/aws_s3_bucket", "providers"} {
		part := scanText(t, tree, section)
		if !sameFacts(part, full, section) {
			t.Errorf("%s: got\n%sof\n%s", section, dump(part), dump(full))
		}
	}
}

// sameFacts tells whether part holds the section as full has it, and nothing else.
func sameFacts(part, full *compliance.Document, section string) bool {
	path := compliance.Path(strings.Split(section, "/"))
	a, okA := part.Value(path)
	b, okB := full.Value(path)
	return okA && okB && len(part.Facts()) == 1 && fmt.Sprint(a) == fmt.Sprint(b)
}
