package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"merlon/compliance"
)

// limitsJudge opens a session of nobody with pam_limits and the tree $0, and prints
// the hard and the soft limit on core dumps that came of it.
const limitsJudge = `set -e
mount --bind "$0/etc/security" /etc/security
mount --bind "$0/pam.d" /etc/pam.d
pamtester x nobody open_session`

const limitsStack = "session required pam_limits.so\nsession required pam_exec.so stdout /bin/bash -c [echo limits $(ulimit -H -c) $(ulimit -S -c)]\n"

// TestLimits holds limits.conf and its drop-ins against pam_limits: now, where
// pamtester is installed and the tests may mount, and as recorded in "pam_limits".
func TestLimits(t *testing.T) {
	trees, err := filepath.Glob("../../testdata/host/limits/*.txtar")
	if err != nil || len(trees) < 10 {
		t.Fatalf("%d trees: %v", len(trees), err)
	}
	for _, path := range trees {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSpace(txtarFile(a, "pam_limits"))
		if canJudge() {
			told := askLimits(t, a)
			if *update {
				a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "pam_limits" })
				a.Files = append(a.Files, txtar.File{Name: "pam_limits", Data: []byte(told + "\n")})
				writeFile(t, path, string(txtar.Format(a)))
				want = told
			}
			if told != want {
				t.Errorf("%s: pam_limits says %s, recorded is %s", path, told, want)
			}
		}
		d := scanFrames(t, "limits", limitFrames(a)...)
		hard, soft, _ := strings.Cut(want, " ")
		if got := coreOf(d, "hard"); got != hard {
			t.Errorf("%s: the hard limit is %s, pam_limits says %s", path, got, hard)
		}
		// What no line sets is that of process 1, or the hard limit where that is lower.
		if got := coreOf(d, "soft"); got != "" && got != soft {
			t.Errorf("%s: the soft limit is %s, pam_limits says %s", path, got, soft)
		}
	}
}

// coreOf is what our facts say of nobody: a user's own line counts over the group's,
// and that over the line for everybody. It is "" where no line says anything.
func coreOf(d *compliance.Document, kind string) string {
	told := ""
	for _, domain := range []string{"*", "@nogroup", "nobody"} {
		switch v, _ := d.Value(compliance.Path{"limits", "domains", domain, "core", kind}); v {
		case nil:
		case unlimited:
			told = "unlimited"
		default:
			told = fmt.Sprint(v)
		}
	}
	return told
}

func askLimits(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	files := append(slices.Clone(a.Files), txtar.File{Name: "pam.d/x", Data: []byte(limitsStack)})
	for _, f := range files {
		at := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, at, string(f.Data))
	}
	out, err := exec.Command("unshare", "--mount", "sh", "-c", limitsJudge, dir).CombinedOutput()
	_, told, ok := strings.Cut(string(out), "limits ")
	if !ok {
		t.Fatalf("pamtester: %v: %s", err, out)
	}
	told, _, _ = strings.Cut(told, "\n")
	return strings.TrimSpace(told)
}

func limitFrames(a *txtar.Archive) []string {
	var files, lines strings.Builder
	for _, f := range a.Files {
		if !strings.HasPrefix(f.Name, "etc/") || !strings.HasSuffix(f.Name, ".conf") {
			continue
		}
		fmt.Fprintf(&files, "there /%s\n", f.Name)
		for i, l := range strings.Split(string(f.Data), "\n") {
			if s := strings.TrimSpace(l); s != "" && s[0] != '#' {
				fmt.Fprintf(&lines, "/%s:%d:%s\n", f.Name, i+1, l)
			}
		}
	}
	return []string{frame("limits", "cmd", "files", files.String(), "0"), frame("limits", "cmd", "lines", lines.String(), "0"), frame("limits", "cmd", "systemd-coredump", "", "0")}
}

// TestCoredump follows coredump.conf(5) and systemd's precedence of drop-ins.
func TestCoredump(t *testing.T) {
	dirs := func(etc string) string {
		return frame("limits", "dir", "/etc/systemd", etc, "0") + frame("limits", "dir", "/run/systemd", "", "0") +
			frame("limits", "dir", "/usr/local/lib/systemd", "", "0") + frame("limits", "dir", "/usr/lib/systemd", "", "0")
	}
	installed := frame("limits", "cmd", "systemd-coredump", "/usr/lib/systemd/systemd-coredump", "0")
	d := scanFrames(t, "limits", installed, dirs("/etc/systemd/coredump.conf\n/etc/systemd/coredump.conf.d/60-a.conf"),
		frame("limits", "file", "/etc/systemd/coredump.conf", "[Coredump]\nStorage=journal\n#ProcessSizeMax=1G\n", "0"),
		frame("limits", "file", "/etc/systemd/coredump.conf.d/60-a.conf", "[Coredump]\nStorage=none\nProcessSizeMax=0\nStorage=nowhere\n[Other]\nStorage=journal\n", "0"))
	wantFacts(t, d, "limits", map[string]any{"coredump|installed": true, "coredump|storage": "none", "coredump|process_size_max": int64(0)})
	d = scanFrames(t, "limits", installed, dirs(""))
	wantFacts(t, d, "limits", map[string]any{"coredump|storage": "external", "coredump|process_size_max": "default"})
	d = scanFrames(t, "limits", frame("limits", "cmd", "systemd-coredump", "", "0"))
	wantFacts(t, d, "limits", map[string]any{"coredump|installed": false})
}

// TestSystemdSizes follows what parse_size of systemd 252's libsystemd-shared returns, to
// the base 1024; -1 where it refuses.
func TestSystemdSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"0":                    0,
		"0K":                   0,
		"0B":                   0,
		"0k":                   -1,
		"0G":                   0,
		"0.0M":                 0,
		"00":                   0,
		"1G":                   1073741824,
		"1.5G":                 1610612736,
		"2G 500M":              2671771648,
		"2G500M":               2671771648,
		"1K 1G":                -1,
		"1K1K":                 -1,
		"-1":                   -1,
		"":                     -1,
		"+1":                   1,
		"infinity":             -1,
		" 5 ":                  5,
		"0x10":                 -1,
		"1 B":                  1,
		"5 K":                  5120,
		"1KB":                  -1,
		"1KiB":                 -1,
		"1e3":                  -1,
		"0 0":                  -1,
		"0K0":                  0,
		"999E":                 -1,
		".5G":                  -1,
		"1.":                   1,
		"0.1K":                 102,
		"1.0":                  1,
		"010":                  10,
		"18446744073709551616": -1,
		"1T":                   1099511627776,
		"2P":                   2251799813685248,
		"1.2.3G":               -1,
		"0 ":                   0,
		"K":                    -1,
		"1G 0":                 1073741824,
		"0B 0":                 0,
		"1B 1":                 2,
		"1 1B":                 -1,
		"5 5 5":                -1,
		"1K 0B 0":              1024,
	} {
		got, ok := systemdSize(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d, not %d", text, got, want)
		}
	}
	for text, want := range map[string]any{"0K": int64(0), "0.0M": int64(0), "2G": int64(2 << 30), "infinity": "infinity", "0k": "default"} {
		d := scanFrames(t, "limits", frame("limits", "cmd", "systemd-coredump", "/usr/lib/systemd/systemd-coredump", "0"),
			frame("limits", "dir", "/etc/systemd", "/etc/systemd/coredump.conf", "0"), frame("limits", "dir", "/run/systemd", "", "absent"),
			frame("limits", "dir", "/usr/local/lib/systemd", "", "absent"), frame("limits", "dir", "/usr/lib/systemd", "", "0"),
			frame("limits", "file", "/etc/systemd/coredump.conf", "[Coredump]\nProcessSizeMax="+text+"\n", "0"))
		wantFacts(t, d, "limits", map[string]any{"coredump|process_size_max": want})
	}
}
