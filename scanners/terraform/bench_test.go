package terraform

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

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
	for _, n := range []int{100, 1000, 4000} {
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
				m.parse(tr)
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
