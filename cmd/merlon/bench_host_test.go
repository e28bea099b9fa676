package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"merlon/compliance"
	"merlon/policies"
	"merlon/scanners/host"
	"merlon/scanners/remote/sshdtest"
)

// A meter is a connection to this machine's shell that counts what a scan costs there.
type meter struct {
	cpu  time.Duration // of the shell and what it ran
	sent []byte
}

func (*meter) Close() error { return nil }

func (m *meter) Run(ctx context.Context, command string, stdin io.Reader, stdout io.Writer) (string, error) {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout = stdin, io.MultiWriter(&out, stdout)
	err := cmd.Run()
	m.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	m.sent = out.Bytes()
	return "", err
}

func (m *meter) scan(b *testing.B, sections []string) {
	b.Helper()
	s := host.Scanner{Dial: func(context.Context, compliance.Target) (host.Conn, error) { return m, nil }}
	target := compliance.Target{Name: "here", Kind: compliance.KindHost, Address: "ssh://here"}
	if err := s.Scan(b.Context(), target, sections, func(*compliance.Document) {}); err != nil {
		b.Fatal(err)
	}
}

// cpuOf is the CPU that a program takes, in milliseconds, of the best of five runs.
func cpuOf(b *testing.B, argv ...string) float64 {
	b.Helper()
	best := time.Hour
	for range 5 {
		cmd := exec.Command(argv[0], argv[1:]...)
		_ = cmd.Run() // systemctl fails where there is no systemd, and takes its time all the same
		if cmd.ProcessState == nil {
			return 0
		}
		best = min(best, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	return float64(best.Microseconds()) / 1000
}

func baselineSections(b *testing.B) []string {
	b.Helper()
	set, errs := policies.Load(policies.Options{})
	for _, err := range errs {
		b.Fatal(err)
	}
	return set.Sections(compliance.KindHost)
}

// BenchmarkHostCollector is what a scan costs on the target: CPU and bytes of the
// default baseline, and of each of its sections. Floors: one shell, and listing the
// unit files, where there is a systemctl.
func BenchmarkHostCollector(b *testing.B) {
	sections := baselineSections(b)
	run := func(name string, sections []string) {
		b.Run(name, func(b *testing.B) {
			var m meter
			for b.Loop() {
				m.scan(b, sections)
			}
			b.ReportMetric(float64(m.cpu.Microseconds())/1000/float64(b.N), "target-cpu-ms")
			b.ReportMetric(cpuOf(b, "sh", "-c", "true"), "floor-sh-ms")
			b.ReportMetric(cpuOf(b, "systemctl", "list-unit-files"), "floor-systemctl-ms")
			b.ReportMetric(float64(len(m.sent))/1000, "wire-KB")
		})
	}
	run("default", sections)
	for _, s := range sections {
		run(s, []string{s})
	}
}

// ownCPU is the CPU that this process has taken.
func ownCPU(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkHostJudge judges a recorded host by all controls of hosts, and by the
// default baseline. floor-ms is the CPU of writing its facts as JSON.
func BenchmarkHostJudge(b *testing.B) {
	byDefault, errs := policies.Load(policies.Options{})
	for _, err := range errs {
		b.Fatal(err)
	}
	for name, set := range map[string]*policies.Set{"all": hostControls(b), "default": byDefault} {
		controls := 0
		for _, c := range set.Controls() {
			if c.Kind == compliance.KindHost {
				controls++
			}
		}
		hosts := recordedHosts(b)
		for _, of := range []string{"debian12", "rhel9"} {
			b.Run(name+"/"+of, func(b *testing.B) {
				doc := hosts[of].document(b, host.Sections())
				if _, errs := set.Evaluate(b.Context(), doc); len(errs) > 0 { // compiles, once a process
					b.Fatal(errs[0])
				}
				start := ownCPU(b)
				for b.Loop() {
					if _, errs := set.Evaluate(b.Context(), doc); len(errs) > 0 {
						b.Fatal(errs[0])
					}
				}
				one := float64((ownCPU(b) - start).Microseconds()) / 1000 / float64(b.N)
				start = ownCPU(b)
				const times = 20
				for range times {
					if _, err := json.Marshal(doc.Facts()); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((ownCPU(b)-start).Microseconds())/1000/times, "floor-ms")
				b.ReportMetric(one, "cpu-ms")
				b.ReportMetric(one*1000/float64(controls), "us/control")
				b.ReportMetric(float64(controls), "controls")
			})
		}
	}
}

// BenchmarkHostRead makes a document of what a host sent; floor-ms is the CPU of
// copying it.
func BenchmarkHostRead(b *testing.B) {
	recorded := recordedHosts(b)["debian12"]
	start := ownCPU(b)
	for b.Loop() {
		recorded.document(b, host.Sections())
	}
	b.ReportMetric(float64((ownCPU(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms")
	start = ownCPU(b)
	const times = 100
	for range times {
		_ = bytes.Clone([]byte(recorded.stdout))
	}
	b.ReportMetric(float64((ownCPU(b)-start).Microseconds())/1000/times, "floor-ms")
}

// delay is a proxy to address that holds back every byte, either way, for half of
// the round trip; it returns its own port.
func delay(b *testing.B, address string, roundTrip time.Duration) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			// A connection costs a round trip before the first byte.
			time.Sleep(roundTrip)
			far, err := net.Dial("tcp", address)
			if err != nil {
				near.Close()
				continue
			}
			go late(far, near, roundTrip/2)
			go late(near, far, roundTrip/2)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// late copies from one connection to another, each piece after a while.
func late(to, from net.Conn, after time.Duration) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 4096)
	go func() {
		defer close(pieces)
		for {
			buf := make([]byte, 32<<10)
			n, err := from.Read(buf)
			if n > 0 {
				pieces <- piece{buf[:n], time.Now().Add(after)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.data); err != nil {
			break
		}
	}
	to.Close()
	from.Close()
}

// BenchmarkHostDistant scans a host that is 40 ms away, over a real sshd; the floor
// is one exec of `true` over the same way.
func BenchmarkHostDistant(b *testing.B) {
	server := sshdtest.Start(b, sshdtest.Options{})
	for _, roundTrip := range []time.Duration{0, 40 * time.Millisecond} {
		port := delay(b, fmt.Sprintf("%s:%d", server.Host, server.Port), roundTrip)
		home := b.TempDir()
		config := strings.Replace(server.ClientConfig("host"), fmt.Sprintf(" Port %d\n", server.Port),
			fmt.Sprintf(" Port %d\n HostKeyAlias [%s]:%d\n", port, server.Host, server.Port), 1)
		if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, ".ssh", "config"), []byte(config), 0o600); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%v/floor", roundTrip), func(b *testing.B) {
			b.Setenv("MERLON_BENCH_FLOOR", "ssh://host")
			measure(b, home, os.Args[0])
		})
		merlon := build(b, ".")
		b.Run(fmt.Sprintf("%v/merlon", roundTrip), func(b *testing.B) {
			measure(b, home, merlon, "scan", "ssh://host", "-o", "json="+os.DevNull)
		})
	}
}

// BenchmarkHostLocal scans this machine by the default baseline; the floor is the
// collector alone.
func BenchmarkHostLocal(b *testing.B) {
	sections := slices.Clone(baselineSections(b))
	b.Run("floor", func(b *testing.B) {
		var m meter
		for b.Loop() {
			m.scan(b, sections)
		}
	})
	merlon := build(b, ".")
	b.Run("merlon", func(b *testing.B) { measure(b, "/", merlon, "scan", "local", "-o", "json="+os.DevNull) })
}
