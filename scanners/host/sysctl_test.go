package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"merlon/compliance"
)

// catConfig shows, in a mount namespace of its own, in which order systemd-sysctl
// would read the drop-ins of the tree $0. It applies nothing.
const catConfig = `set -e
mount -t tmpfs none /run
mount -t tmpfs none /usr/local/lib
mkdir /run/sysctl.d /usr/local/lib/sysctl.d
for folder in etc run usr/local/lib usr/lib; do mount --bind "$0/$folder/sysctl.d" "/$folder/sysctl.d"; done
exec /usr/lib/systemd/systemd-sysctl --cat-config --no-pager`

// TestSysctlOrder holds the order of drop-ins against systemd's: now, where it is
// installed and the tests may mount, and as recorded.
func TestSysctlOrder(t *testing.T) {
	const path = "../../testdata/host/sysctl.txtar"
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	recorded := txtarFile(archive, "systemd-sysctl")
	if told, ok := askSysctl(t, archive); ok {
		if *update {
			archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "systemd-sysctl" })
			archive.Files = append(archive.Files, txtar.File{Name: "systemd-sysctl", Data: []byte(told)})
			writeFile(t, path, string(txtar.Format(archive)))
			recorded = told
		}
		if told != recorded {
			t.Errorf("systemd-sysctl says\n%s\nrecorded is\n%s", told, recorded)
		}
	}
	d := sysctlTree(t, archive)
	s, _ := d.Source(compliance.Path{"sysctl", "boot", "kernel.sysrq"})
	var ours strings.Builder
	for _, from := range append(s.Shadowed, s) {
		ours.WriteString(from.File + "\n")
	}
	if ours.String() != recorded {
		t.Errorf("ours is\n%s\nsystemd-sysctl says\n%s", ours.String(), recorded)
	}
}

// askSysctl returns the files with a setting, in the order in which they are read;
// false where this machine cannot tell.
func askSysctl(t *testing.T, a *txtar.Archive) (string, bool) {
	t.Helper()
	if exec.Command("unshare", "--mount", "test", "-x", "/usr/lib/systemd/systemd-sysctl").Run() != nil {
		return "", false
	}
	dir := t.TempDir()
	for _, f := range a.Files {
		at := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, at, string(f.Data))
	}
	out, err := exec.Command("unshare", "--mount", "sh", "-c", catConfig, dir).Output()
	if err != nil {
		t.Fatalf("systemd-sysctl --cat-config: %v", err)
	}
	var files strings.Builder
	name := ""
	for l := range strings.Lines(string(out)) {
		if file, ok := strings.CutPrefix(l, "# /"); ok {
			name = "/" + file
		}
		if strings.HasPrefix(l, "kernel.sysrq") {
			files.WriteString(name)
		}
	}
	return files.String(), true
}

// sysctlTree reads the tree as if a target with systemd had sent it.
func sysctlTree(t *testing.T, a *txtar.Archive) *compliance.Document {
	t.Helper()
	frames := []string{
		frame("sysctl", "cmd", "keys", "/proc/sys/kernel/sysrq", "0"), frame("sysctl", "cmd", "runtime", "/proc/sys/kernel/sysrq:0", "0"),
		frame("sysctl", "cmd", "systemd", "/usr/lib/systemd/systemd-sysctl", "0"),
		frame("sysctl", "file", "/etc/ufw/ufw.conf", "", "absent"), frame("sysctl", "file", "/etc/default/ufw", "", "absent"),
	}
	have := map[string]string{}
	for _, f := range a.Files {
		if strings.HasSuffix(f.Name, ".conf") {
			have["/"+strings.TrimSuffix(filepath.Dir(f.Name), "/sysctl.d")] += "/" + f.Name + "\n"
			frames = append(frames, frame("sysctl", "file", "/"+f.Name, string(f.Data), "0"))
		}
	}
	return scanFrames(t, "sysctl", append(frames, noDropIns("sysctl", "sysctl.d", have))...)
}

// TestKernelNumber holds what is read of a value against what the kernel takes it for,
// in a network namespace of its own where the tests may make one.
func TestKernelNumber(t *testing.T) {
	const file = "/proc/sys/net/ipv4/conf/all/log_martians"
	for written, want := range map[string]any{
		"1 # a remark": 1, "1 ; x": 1, "0x1": 1, "01": 1, "1": 1, "010": 8, "+1": "+1", "1;": "1;", "1#c": "1#c", "yes": "yes", "": "", "08": "08", "-1": -1,
	} {
		if got := kernelNumber(written); got != want {
			t.Errorf("%q is read as %v, want %v", written, got, want)
		}
		if exec.Command("unshare", "--net", "true").Run() != nil {
			continue
		}
		out, err := exec.Command("unshare", "--net", "sh", "-c", `echo 77 >"$1"; printf '%s\n' "$0" >"$1" 2>/dev/null; cat "$1"`, written, file).Output()
		if err != nil {
			t.Fatal(err)
		}
		kernel := scalar(strings.TrimSpace(string(out)))
		if kernel == 77 { // it refused
			kernel = written
		}
		if kernel != want {
			t.Errorf("%q: the kernel takes it for %v, want %v", written, kernel, want)
		}
	}
	for _, several := range []string{"4 4 1 7", "0 2147483647", "|/bin/false %p", "32768 60999"} {
		if got := kernelNumber(several); got != several {
			t.Errorf("%q is read as %v", several, got)
		}
	}
}
