package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"merlon/audit"
	"merlon/compliance"
	"merlon/policies"
	"merlon/scanners/host"
	"merlon/scanners/host/roottest"
	"merlon/scanners/remote"
	"merlon/scanners/remote/sshdtest"
)

// debianRoot returns a new root of a release. It is made once, by debootstrap from
// Debian's mirror, and kept in .tools.
func debianRoot(t *testing.T, suite string) string {
	t.Helper()
	archive, err := filepath.Abs("../../.tools/roots/" + suite + ".tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(archive); errors.Is(err, fs.ErrNotExist) {
		if roottest.Mapped() || os.Getuid() != 0 {
			t.Skip("debootstrap needs root")
		}
		if err := os.MkdirAll(filepath.Dir(archive), 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("../../testdata/roots/debootstrap.sh", suite, archive).CombinedOutput(); err != nil {
			t.Fatalf("a root of %s could not be made: %v: %s", suite, err, out)
		}
	}
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"-C", root, "-xzpf", archive}
	if roottest.Mapped() {
		args = append(args, "--no-same-owner", "--exclude=./dev/*")
	}
	if out, err := exec.Command("tar", args...).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	return root
}

// rootName is the name of a root, however it is reached.
const rootName = "root"

func hostTarget(address string) compliance.Target {
	return compliance.Target{Name: rootName, Kind: compliance.KindHost, Address: address}
}

// scanHost returns the document of one host, and what every control says of it.
func scanHost(t *testing.T, s *host.Scanner, address string) (*compliance.Document, *compliance.Report) {
	t.Helper()
	var doc *compliance.Document
	if err := s.Scan(t.Context(), hostTarget(address), nil, func(d *compliance.Document) { doc = d }); err != nil {
		t.Fatal(err)
	}
	return doc, judgeHost(t, doc)
}

// judgeHost asks every control that there is.
func judgeHost(t *testing.T, doc *compliance.Document) *compliance.Report {
	t.Helper()
	set, errs := policies.Load(policies.Options{Controls: []string{"host/*/*"}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	log := logrus.New()
	log.SetLevel(logrus.ErrorLevel)
	a := &audit.Audit{Judge: set, Log: log}
	report, errs := a.Check(t.Context(), []*compliance.Document{doc})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return report
}

// chrootSSH starts an sshd inside root, in namespaces of its own that have the
// kernel's file systems, and returns its address and how to dial it.
func chrootSSH(t *testing.T, root string) (string, *remote.Dialer) {
	t.Helper()
	wrapper := filepath.Join(t.TempDir(), "sshd")
	script := fmt.Sprintf(`#!/bin/sh
for last; do :; done
dir=${last%%/*}
exec unshare --mount --pid --uts --ipc --fork --kill-child sh -c '
root=$1 dir=$2
shift 2
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$root/run"
mkdir -p "$root/run/sshd" "$root/run/test"
mount --bind "$dir" "$root/run/test"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro none "$root/sys"
exec chroot "$root" /usr/sbin/sshd -i -e -f /run/test/sshd_config' sh %q "$dir"
`, root)
	if err := os.WriteFile(wrapper, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	server := sshdtest.Start(t, sshdtest.Options{Path: wrapper})
	config := filepath.Join(server.Dir, "sshd_config")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	inside := strings.ReplaceAll(string(text), server.Dir, "/run/test")
	if err := os.WriteFile(config, []byte(inside), 0o600); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	client := filepath.Join(home, ".ssh", "config")
	if err := os.WriteFile(client, []byte(server.ClientConfig("inside")), 0o600); err != nil {
		t.Fatal(err)
	}
	return "ssh://inside", &remote.Dialer{Home: home, Config: client}
}

// TestRoots scans roots of Debian through an sshd inside of them and as a tree
// of files. What both know must be the same, and so must be the verdicts; what
// only the running one knows must have that cause.
func TestRoots(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("sshd changes its user in the root, which takes more than a user namespace")
	}
	for _, c := range []struct{ name, suite string }{
		{"bullseye", "bullseye"}, {"bookworm", "bookworm"}, {"trixie", "trixie"}, {"hardened bookworm", "bookworm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := debianRoot(t, c.suite)
			if c.name != c.suite {
				for _, m := range mends {
					if m.weak == nil {
						m.mend.apply(t, root)
					}
				}
			}
			address, dialer := chrootSSH(t, root)
			live := &host.Scanner{Dial: func(ctx context.Context, target compliance.Target) (host.Conn, error) {
				return dialer.Dial(ctx, target)
			}}
			before := treeState(t, root)
			start := time.Now()
			image, imageReport := scanHost(t, &host.Scanner{}, host.RootfsScheme+root)
			t.Logf("%s: the image was read and judged in %s", c.name, time.Since(start).Round(time.Millisecond))
			if after := treeState(t, root); after != before {
				t.Error("the scan of the image changed it")
			}
			running, runningReport := scanHost(t, live, address)
			if len(image.Diagnostics) > 0 {
				t.Errorf("the image: %v", image.Diagnostics)
			}
			compareFacts(t, image, running)
			compareVerdicts(t, imageReport, runningReport)
		})
	}
}

// treeState is every path of a tree with its mode, size and time of change.
func treeState(t *testing.T, root string) string {
	t.Helper()
	out, err := exec.Command("find", root, "-xdev", "-printf", "%p %m %s %T@ %C@\n").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// leaves are the facts without maps, by path.
func leaves(v any, at string, out map[string]string) map[string]string {
	if m, ok := v.(map[string]any); ok {
		if len(m) == 0 {
			out[at] = "{}"
		}
		for k, e := range m {
			leaves(e, at+"\x00"+k, out)
		}
		return out
	}
	b, err := json.Marshal(v)
	if err != nil {
		b = []byte(err.Error())
	}
	out[at] = string(b)
	return out
}

// isUnknown returns why a path, something above it or something below it is unknown.
func isUnknown(d *compliance.Document, at string) string {
	p := compliance.Path(strings.Split(at, "\x00")[1:])
	for _, u := range d.Unknowns() {
		prefix := u.Path
		if n := len(prefix); n > 0 && prefix[n-1] == compliance.Any {
			prefix = prefix[:n-1]
		}
		if p.HasPrefix(prefix) || prefix.HasPrefix(p) {
			return u.Cause
		}
	}
	return ""
}

// needsRunning tells whether a cause is that of what an image cannot tell.
func needsRunning(cause string) bool {
	return strings.Contains(cause, "only the running system can tell") || strings.Contains(cause, "other programs may have made rules")
}

// compareFacts: what one knows the other knows alike, or has a reason not to know.
func compareFacts(t *testing.T, image, running *compliance.Document) {
	t.Helper()
	a, b := leaves(image.Facts(), "", map[string]string{}), leaves(running.Facts(), "", map[string]string{})
	same, notInImage, notInRunning := 0, 0, 0
	name := func(p string) string { return strings.ReplaceAll(strings.TrimPrefix(p, "\x00"), "\x00", ".") }
	for p, v := range a {
		w, ok := b[p]
		switch {
		case v == w:
			same++
		case isUnknown(running, p) != "":
			notInRunning++
		case !ok && v == "{}" || w == "{}", ok && isUnknown(image, p) != "": // partly unknown
		default:
			t.Errorf("%s: the image says %s, the running root %s", name(p), v, w)
		}
	}
	for p, w := range b {
		if _, ok := a[p]; ok {
			continue
		}
		switch why := isUnknown(image, p); {
		case why == "" && w != "{}":
			t.Errorf("%s: the running root says %s, the image nothing", name(p), w)
		case why != "" && !needsRunning(why):
			t.Errorf("%s: the image does not know, because %q", name(p), why)
		default:
			notInImage++
		}
	}
	t.Logf("facts: %d are the same, %d only the running root knows, %d only the image", same, notInImage, notInRunning)
}

// verdictsByFact are the states of findings, by fingerprint; those that say nothing are left out.
func verdictsByFact(r *compliance.Report) map[string]*compliance.Finding {
	out := map[string]*compliance.Finding{}
	for i := range r.Results {
		for j := range r.Results[i].Findings {
			f := &r.Results[i].Findings[j]
			out[f.Control.ID+" "+f.Subject.String()+" "+f.Path.String()] = f
		}
	}
	return out
}

// compareVerdicts: where both come to a verdict it is the same one.
func compareVerdicts(t *testing.T, image, running *compliance.Report) {
	t.Helper()
	a, b := verdictsByFact(image), verdictsByFact(running)
	same, unknown := map[compliance.State]int{}, map[compliance.State]int{}
	for key, f := range a {
		g := b[key]
		switch {
		case f.State == compliance.Unsure && f.Unknown != nil && !needsRunning(f.Unknown.Cause):
			if g == nil || g.State != compliance.Unsure {
				t.Errorf("%s: the image does not know, because %q", key, f.Unknown.Cause)
			}
		case f.State == compliance.Unsure:
			if g != nil {
				unknown[g.State]++
			}
		case g == nil:
			if f.State == compliance.Fail && !controlUnknown(b, f.Control.ID) {
				t.Errorf("%s fails in the image alone: %s", key, f.Message)
			}
		case g.State == compliance.Unsure:
			unknown[g.State]++
		case g.State != f.State:
			t.Errorf("%s: the image says %s (%s), the running root %s (%s)", key, f.State, f.Message, g.State, g.Message)
		default:
			same[f.State]++
		}
	}
	for key, g := range b {
		if _, ok := a[key]; !ok && g.State == compliance.Fail && !controlUnknown(a, g.Control.ID) {
			t.Errorf("%s fails in the running root alone: %s", key, g.Message)
		}
	}
	t.Logf("verdicts: the same %v; unknown to the image, which the running root says %v", same, unknown)
}

func controlUnknown(all map[string]*compliance.Finding, id string) bool {
	for _, f := range all {
		if f.Control.ID == id && f.State == compliance.Unsure {
			return true
		}
	}
	return false
}
