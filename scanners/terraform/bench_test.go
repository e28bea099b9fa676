package terraform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"merlon/compliance"
)

// monorepo writes a tree of n modules, a tenth of them roots that each call nine
// of the others, and returns how many resources a scan of it finds.
func monorepo(b testing.TB, dir string, n int) {
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	write(".git/HEAD", "")
	for r := range n / 10 {
		var root strings.Builder
		fmt.Fprintf(&root, "locals {\n  env = \"e%d\"\n  cidrs = [\"10.0.0.0/8\", \"192.168.0.0/16\"]\n}\n", r)
		for m := range 9 {
			fmt.Fprintf(&root, "module \"m%d\" {\n  source = \"../../modules/m%d_%d\"\n  name   = \"${local.env}-%d\"\n  cidrs  = local.cidrs\n}\n", m, r, m, m)
			write(fmt.Sprintf("modules/m%d_%d/main.tf", r, m), benchModule)
		}
		write(fmt.Sprintf("roots/r%d/main.tf", r), root.String())
	}
}

const benchModule = `
variable "name" {
  type        = string
  description = "The name of everything in here."
}

variable "cidrs" {
  type    = list(string)
  default = []
}

variable "ports" {
  type    = map(number)
  default = { http = 80, https = 443 }
}

resource "aws_s3_bucket" "logs" {
  bucket = "${var.name}-logs"

  tags = {
    Name        = var.name
    Environment = "test"
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.logs.arn, "${aws_s3_bucket.logs.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_security_group" "web" {
  name        = "${var.name}-web"
  description = "Web"

  dynamic "ingress" {
    for_each = var.ports
    content {
      description = ingress.key
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = var.cidrs
    }
  }
}

resource "aws_db_instance" "main" {
  count                   = 2
  identifier              = "${var.name}-${count.index}"
  engine                  = "postgres"
  instance_class          = "db.t3.micro"
  allocated_storage       = 20
  storage_encrypted       = true
  publicly_accessible     = false
  backup_retention_period = 7
  vpc_security_group_ids  = [aws_security_group.web.id]
}

output "bucket" {
  value = aws_s3_bucket.logs.bucket
}
`

func scanCount(b testing.TB, dir string, sections []string) (resources int64) {
	var s Scanner
	err := s.Scan(context.Background(), compliance.Target{Address: dir}, sections, func(d *compliance.Document) {
		for section, v := range d.Facts() {
			if !reserved[section] {
				atomic.AddInt64(&resources, int64(len(v.(map[string]any))))
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return resources
}

// The cost must grow with the tree: compare the time per resource.
func BenchmarkMonorepo(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 4000} {
		b.Run(fmt.Sprintf("modules=%d", n), func(b *testing.B) {
			dir := b.TempDir()
			monorepo(b, dir, n)
			b.ReportAllocs()
			b.ResetTimer()
			var resources int64
			for b.Loop() {
				resources = scanCount(b, dir, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(resources), "ns/resource")
			b.ReportMetric(float64(resources), "resources")
		})
	}
}

// Parsing against its floor, which is reading the bytes.
func BenchmarkParse(b *testing.B) {
	dir := b.TempDir()
	monorepo(b, dir, 1000)
	tr, _, err := openTree(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer tr.close()
	var dirs []string
	for r := range 100 {
		for m := range 9 {
			dirs = append(dirs, fmt.Sprintf("modules/m%d_%d", r, m))
		}
	}
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(benchModule) * len(dirs)))
		for b.Loop() {
			for _, d := range dirs {
				if _, err := tr.read(d+"/main.tf", maxSource); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.SetBytes(int64(len(benchModule) * len(dirs)))
		for b.Loop() {
			for _, d := range dirs {
				m := newModule(d)
				m.parse(tr.reader(), nil)
				if m.broken || len(m.resources) != 4 {
					b.Fatal("not parsed")
				}
			}
		}
	})
}

func BenchmarkOneFile(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(benchModule), 0o644); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if scanCount(b, dir, nil) != 5 {
			b.Fatal("not all resources")
		}
	}
}

// One resource type of many asked for.
func BenchmarkSections(b *testing.B) {
	dir := b.TempDir()
	monorepo(b, dir, 1000)
	for b.Loop() {
		if scanCount(b, dir, []string{"aws_s3_bucket"}) != 900 {
			b.Fatal("not all resources")
		}
	}
}

// siblings writes one root module that calls n modules, and returns its directory.
func siblings(tb testing.TB, n int) string {
	dir := tb.TempDir()
	files := []txtar.File{{Name: "root/main.tf"}}
	var root strings.Builder
	for i := range n {
		fmt.Fprintf(&root, "module \"m%d\" {\n  source = \"../modules/m%d\"\n  name   = \"n%d\"\n}\n", i, i, i)
		files = append(files, txtar.File{Name: fmt.Sprintf("modules/m%d/main.tf", i), Data: []byte(benchModule)})
	}
	files[0].Data = []byte(root.String())
	putTree(tb, dir, files)
	return dir
}

// The cost grows with the number of modules that one root module calls, no faster,
// and none is skipped.
func TestSiblingsInProportion(t *testing.T) {
	var per []float64
	for _, n := range []int{10, 100, 1000} {
		dir := siblings(t, n)
		best := math.Inf(1)
		for range 3 {
			before := cpu(t)
			if got := scanCount(t, dir, nil); got != int64(5*n) {
				t.Fatalf("%d resources in %d modules", got, n)
			}
			best = min(best, (cpu(t) - before).Seconds())
		}
		per = append(per, best/float64(n)*1000)
	}
	t.Logf("CPU ms a module: %.2f of 10, %.2f of 100, %.2f of 1000", per[0], per[1], per[2])
	if per[2] > 3*per[1] {
		t.Errorf("a module among 1000 costs %.1f times what one among 100 does", per[2]/per[1])
	}
}

// cpu is the processor time that the process has used.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// repository writes a tree in the likeness of a real one: 1,315 modules in
// 4,005 files, 60 of them roots that call 29 others each.
func repository(tb testing.TB, dir string) {
	const roots, modules = 60, 1255
	files := []txtar.File{{Name: ".git/HEAD"}}
	for m := range modules {
		d := fmt.Sprintf("modules/group%d/m%d/", m%25, m)
		parts := strings.SplitN(benchModule, "resource", 2)
		resources, outputs, _ := strings.Cut(parts[1], "output")
		files = append(files,
			txtar.File{Name: d + "variables.tf", Data: []byte(parts[0])},
			txtar.File{Name: d + "main.tf", Data: []byte("resource" + resources)},
			txtar.File{Name: d + "outputs.tf", Data: []byte("output" + outputs)})
	}
	for r := range roots {
		var main strings.Builder
		for i := range 29 {
			m := (r*modules/roots + i) % modules
			fmt.Fprintf(&main, "module \"m%d\" {\n  source = \"../../modules/group%d/m%d\"\n  name   = \"${local.prefix}-%d\"\n  cidrs  = var.cidrs\n}\n", i, m%25, m, i)
		}
		d := fmt.Sprintf("live/r%d/", r)
		files = append(files,
			txtar.File{Name: d + "main.tf", Data: []byte(main.String())},
			txtar.File{Name: d + "variables.tf", Data: []byte("variable \"cidrs\" {\n  type = list(string)\n}\nlocals {\n  prefix = \"r\"\n}\n")},
			txtar.File{Name: d + "versions.tf", Data: []byte("terraform {\n  required_version = \">= 1.5\"\n}\n")},
			txtar.File{Name: d + "providers.tf", Data: []byte("provider \"aws\" {\n  region = \"eu-central-1\"\n}\n")},
			txtar.File{Name: d + "terraform.tfvars", Data: []byte("cidrs = [\"10.0.0.0/8\"]\n")})
	}
	putTree(tb, dir, files)
}

// BenchmarkRepository tells what a whole repository costs: a process of its own
// reads 4,000 files with 8,700 resources.
func BenchmarkRepository(b *testing.B) {
	const inside = "MERLON_TERRAFORM_COST"
	if dir := os.Getenv(inside); dir != "" {
		if n := scanCount(b, dir, nil); n != 8700 {
			b.Fatalf("%d resources", n)
		}
		return
	}
	dir := b.TempDir()
	repository(b, dir)
	var used time.Duration
	var peak int64
	for b.Loop() {
		cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkRepository$", "-test.benchtime=1x")
		cmd.Env = append(os.Environ(), inside+"="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			peak = max(peak, usage.Maxrss)
		}
	}
	b.ReportMetric(used.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(peak>>10), "peak-MB")
}

// largePlan writes a plan of n resources, as `tofu show -json` does: their values
// stand in it twice.
func largePlan(tb testing.TB, file string, n int) {
	tb.Helper()
	f, err := os.Create(file)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	list := func(format string, args func(i int) []any) {
		for i := range n {
			if i > 0 {
				w.WriteString(",")
			}
			fmt.Fprintf(w, format, args(i)...)
		}
	}
	values := func(i int) string {
		return fmt.Sprintf(`{"bucket":"b%d","acl":null,"force_destroy":false,"tags":{"Name":"b%d","team":"core"},"versioning":[{"enabled":%t,"mfa_delete":false}],"logging":[],"cors_rule":[],"lifecycle_rule":[{"id":"all","enabled":true,"prefix":"logs/","tags":{},"expiration":[{"days":90}]}],"grant":[{"type":"Group","uri":"http://acs.amazonaws.com/groups/global/AllUsers","permissions":["READ"]}]}`, i, i, i%2 == 0)
	}
	const unknown = `{"id":true,"arn":true,"tags":{},"tags_all":true,"versioning":[{}],"lifecycle_rule":[{"expiration":[{}]}],"grant":[{"permissions":[false]}]}`
	address := func(i int) string { return fmt.Sprintf(`module.m[\"k%d\"].aws_s3_bucket.b[%d]`, i/50, i%50) }
	w.WriteString(`{"format_version":"1.2","planned_values":{"root_module":{"resources":[`)
	list(`{"address":"%s","mode":"managed","type":"aws_s3_bucket","name":"b","values":%s}`, func(i int) []any { return []any{address(i), values(i)} })
	w.WriteString(`]}},"resource_changes":[`)
	list(`{"address":"%s","module_address":"module.m[\"k%d\"]","mode":"managed","type":"aws_s3_bucket","name":"b","index":%d,"change":{"actions":["create"],"before":null,"after":%s,"after_unknown":%s,"after_sensitive":{"tags":{}}}}`,
		func(i int) []any { return []any{address(i), i / 50, i % 50, values(i), unknown} })
	w.WriteString(`],"configuration":{"root_module":{"module_calls":{"m":{"source":"./m","for_each_expression":{"references":["var.k"]},"module":{"resources":[{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","expressions":{"bucket":{"references":["count.index"]},"tags":{},"versioning":[{"enabled":{}}],"lifecycle_rule":[{"expiration":[{"days":{"constant_value":90}}]}],"grant":[{}]},"count_expression":{"constant_value":50}}]}}}}}}`)
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkPlan tells what a plan of 36,000 resources costs a process of its own.
func BenchmarkPlan(b *testing.B) {
	const inside = "MERLON_PLAN_COST"
	if file := os.Getenv(inside); file != "" {
		if got := len(scanPlan(b, file, "").Facts()["aws_s3_bucket"].(map[string]any)); got != 36_000 {
			b.Fatalf("%d resources", got)
		}
		return
	}
	file := filepath.Join(b.TempDir(), "plan.json")
	largePlan(b, file, 36_000)
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	var used time.Duration
	var peak int64
	for b.Loop() {
		cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkPlan$", "-test.benchtime=1x")
		cmd.Env = append(os.Environ(), inside+"="+file)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			peak = max(peak, usage.Maxrss)
		}
	}
	b.ReportMetric(used.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(peak>>10), "peak-MB")
	b.ReportMetric(float64(info.Size()>>20), "plan-MB")
}

// The values of a plan are not held: what is in use is the document, and little more.
func TestPlanInProportion(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.json")
	largePlan(t, file, 4000)
	inUse := func() uint64 {
		runtime.GC()
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before := inUse()
	var d *compliance.Document
	most := live(t, func() { d = scanPlan(t, file, "") })
	document := inUse() - before
	runtime.KeepAlive(d)
	t.Logf("%d KB in use at most, %d KB of the document", most>>10, document>>10)
	if most > 5*document/2 {
		t.Errorf("%d bytes were in use, where the document has %d", most, document)
	}
}

// live is the most memory that is in use while f runs, beyond what was before.
func live(tb testing.TB, f func()) uint64 {
	tb.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(25)) // so that garbage hardly counts
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	before, most := sample[0].Value.Uint64(), uint64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	for {
		select {
		case <-done:
			return most - min(before, most)
		case <-time.After(time.Millisecond):
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
		}
	}
}

// sizeOf is how many bytes of configuration a tree has.
func sizeOf(tb testing.TB, dir string) (bytes uint64) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isConfig(d.Name()) {
			return err
		}
		info, err := d.Info()
		bytes += uint64(info.Size())
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return bytes
}

// What is in use at any time while a repository is scanned is at most 15 times its
// source. One root module that calls everything is the worst case: all of it, and
// its document, are there at once.
func TestLiveInProportion(t *testing.T) {
	dir := t.TempDir()
	repository(t, dir)
	one := siblings(t, 200)
	of := func(dir string) float64 {
		return float64(live(t, func() { scanCount(t, dir, nil) })) / float64(sizeOf(t, dir))
	}
	whole, single := of(dir), of(one)
	t.Logf("live memory is %.1f times the source of a repository, %.1f times that of one root module", whole, single)
	if whole > 15 {
		t.Errorf("live memory is %.1f times the source", whole)
	}
}
