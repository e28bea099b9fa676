package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"merlon/compliance"
	"merlon/scanners/remote"
	"merlon/scanners/remote/sshdtest"
)

// build compiles a package into a temporary directory.
func build(b *testing.B, pkg string) string {
	b.Helper()
	out := filepath.Join(b.TempDir(), "program")
	if msg, err := exec.Command("go", "build", "-o", out, pkg).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, msg)
	}
	return out
}

// empty compiles a program that does nothing: the floor of every process.
func empty(b *testing.B) string {
	b.Helper()
	src := filepath.Join(b.TempDir(), "main.go")
	if err := os.WriteFile(src, []byte("package main\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	return build(b, src)
}

// measure runs a program again and again, and reports CPU and memory beside the
// time. Exit codes from 0 to 3 are results.
func measure(b *testing.B, home, program string, args ...string) {
	b.Helper()
	var cpu time.Duration
	var peak int64
	for b.Loop() {
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), "HOME="+home, "SSH_AUTH_SOCK=")
		if err := cmd.Run(); err != nil && (cmd.ProcessState == nil || cmd.ProcessState.ExitCode() > exitIncomplete || cmd.ProcessState.ExitCode() < 0) {
			b.Fatal(err)
		}
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		peak = max(peak, peakKB(cmd.ProcessState))
	}
	b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(peak)/1024, "peak-MB")
}

func BenchmarkVersion(b *testing.B) {
	b.Run("floor", func(b *testing.B) { measure(b, "/", empty(b)) })
	merlon := build(b, ".")
	b.Run("merlon", func(b *testing.B) { measure(b, "/", merlon, "version") })
}

func BenchmarkTerraformOneFile(b *testing.B) {
	dir := b.TempDir()
	src := `resource "aws_security_group" "web" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "google_storage_bucket" "logs" {
  name     = "logs"
  location = "EU"
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(src), 0o600); err != nil {
		b.Fatal(err)
	}
	b.Run("floor", func(b *testing.B) { measure(b, "/", empty(b)) })
	merlon := build(b, ".")
	b.Run("merlon", func(b *testing.B) {
		measure(b, "/", merlon, "scan", dir, "-o", "sarif="+filepath.Join(b.TempDir(), "x"))
	})
}

func BenchmarkLocal(b *testing.B) {
	b.Run("floor", func(b *testing.B) { measure(b, "/", "sh", "-c", "sh -c true") })
	merlon := build(b, ".")
	b.Run("merlon", func(b *testing.B) { measure(b, "/", merlon, "scan", "local") })
}

// BenchmarkSSH compares the scanner's side of a scan with that of a bare
// handshake and one exec of `true`, in a process of its own both times.
func BenchmarkSSH(b *testing.B) {
	server := sshdtest.Start(b, sshdtest.Options{})
	home := b.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".ssh", "config"), []byte(server.ClientConfig("host")), 0o600); err != nil {
		b.Fatal(err)
	}
	b.Run("floor", func(b *testing.B) {
		b.Setenv("MERLON_BENCH_FLOOR", "ssh://host")
		measure(b, home, os.Args[0])
	})
	merlon := build(b, ".")
	b.Run("merlon", func(b *testing.B) { measure(b, home, merlon, "scan", "ssh://host") })
}

// BenchmarkGate compares a tree of some 4,000 files in which one line has changed
// with its base, and, as the floor, only scans it.
func BenchmarkGate(b *testing.B) {
	dir := b.TempDir()
	write := func(name, text string) {
		b.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for root := range 100 {
		calls := ""
		for m := range 13 {
			module := fmt.Sprintf("modules/r%d_m%d", root, m)
			calls += fmt.Sprintf("module \"m%d\" {\n  source = \"../%s\"\n  name   = \"n%d\"\n}\n", m, module, m)
			resources := ""
			for r := range 7 {
				resources += fmt.Sprintf("resource \"aws_s3_bucket\" \"b%d\" {\n  bucket = \"${var.name}-%d\"\n  tags   = { team = \"core\", env = var.name }\n}\n", r, r)
			}
			write(module+"/main.tf", resources)
			write(module+"/variables.tf", "variable \"name\" {\n  type = string\n}\n")
			write(module+"/outputs.tf", "output \"arn\" {\n  value = aws_s3_bucket.b0.arn\n}\n")
		}
		write(fmt.Sprintf("env%d/main.tf", root), calls)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}, {"-c", "user.name=Dev", "-c", "user.email=dev@example.com", "commit", "-q", "-m", "base"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	write("env7/more.tf", "resource \"aws_db_instance\" \"db\" {\n  publicly_accessible = true\n}\n")
	merlon := build(b, ".")
	b.Run("floor", func(b *testing.B) { measure(b, "/", merlon, "scan", dir, "-o", "json="+os.DevNull) })
	b.Run("merlon", func(b *testing.B) {
		measure(b, "/", merlon, "scan", dir, "-o", "json="+os.DevNull, "--diff-base", "HEAD", "--only-new")
	})
}

// bareExec is the floor of BenchmarkSSH.
func bareExec(address string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := new(remote.Dialer).Dial(ctx, compliance.Target{Name: "host", Kind: compliance.KindHost, Address: address})
	if err != nil {
		return 4
	}
	defer c.Close()
	if _, err := c.Run(ctx, "true", nil, io.Discard); err != nil {
		return 4
	}
	return 0
}

// peakKB is the most memory that a process held at once.
func peakKB(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss
}
