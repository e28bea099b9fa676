package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkLocal is a whole local scan; floor-ms is one fork and exec of a shell
// in the same run, and x-floor how many of those the scan takes.
func BenchmarkLocal(b *testing.B) {
	for b.Loop() {
		scanLocal(b, Scanner{})
	}
	scan := b.Elapsed().Seconds() / float64(b.N)
	const shells = 50
	start := time.Now()
	for range shells {
		if err := exec.Command("/bin/sh", "-c", "true").Run(); err != nil {
			b.Fatal(err)
		}
	}
	one := time.Since(start).Seconds() / shells
	b.ReportMetric(one*1000, "floor-ms")
	b.ReportMetric(scan/one, "x-floor")
}

// BenchmarkRead is the scanner's own share: a recorded host from stream to document.
func BenchmarkRead(b *testing.B) {
	c := recorded(b, "debian12")
	b.SetBytes(int64(len(c.stdout)))
	b.ReportAllocs()
	for b.Loop() {
		mustScan(b, c)
	}
}

// BenchmarkFrames is the frame parser alone.
func BenchmarkFrames(b *testing.B) {
	c := recorded(b, "debian12")
	data := []byte(c.stdout)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		parseStream("NONCE", data, c.stderr)
	}
}

// BenchmarkSSHD parses and evaluates one configuration.
func BenchmarkSSHD(b *testing.B) {
	dir := b.TempDir()
	main := filepath.Join(dir, "sshd_config")
	if err := os.WriteFile(main, []byte("PermitRootLogin no\nCiphers +aes256-cbc\nMatch User bob\nX11Forwarding yes\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	defaults := stockDefaults(b)
	for b.Loop() {
		parseSSHD(diskTree{}, main).evaluate(func(matchLine) bool { return true }).resolve(defaults)
	}
}
