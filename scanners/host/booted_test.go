package host

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/tools/txtar"

	"merlon/compliance"
)

const bootedHost = "../../testdata/host/booted/debian12"

// TestBootedHost: the facts of a machine with a running systemd, AppArmor and auditd
// are what its own programs say.
func TestBootedHost(t *testing.T) {
	d := scanBooted(t)
	told := map[string][]string{}
	archive, err := txtar.ParseFile(bootedHost + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		told[f.Name] = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
	}
	for _, u := range d.Unknowns() {
		// What the collector has come to ask for since, the recording has not.
		if !strings.Contains(u.Cause, "sent nothing about") {
			t.Errorf("%s is unknown: %s", u.Path, u.Cause)
		}
	}

	t.Run("sysctl", func(t *testing.T) { bootedKernel(t, d, told["sysctl -a"]) })
	t.Run("units", func(t *testing.T) {
		bootedUnits(t, d, told["systemctl list-unit-files"], told["systemctl list-units --all"])
	})
	t.Run("lists", func(t *testing.T) {
		for path, want := range map[string][]string{
			"mounts|runtime":        firstFields(told["findmnt"]),
			"kernel_modules|loaded": told["lsmod"],
			"packages|installed":    firstFields(told["dpkg -l"]),
			"mac|apparmor|profiles": between(told["aa-status"], "profiles are in enforce mode.", "profiles are in complain mode.", "profiles are in kill mode."),
			"listeners|sockets":     {"tcp 0.0.0.0:22", "tcp [::]:22", "udp 0.0.0.0:68"},
			"network|interfaces":    {"dummy0", "ens3", "lo"},
		} {
			sameNames(t, path, value(t, d, strings.Split(path, "|")...), want)
		}
	})
	wantFacts(t, d, "mac", map[string]any{
		"apparmor|profiles|/usr/bin/man": "complain", "apparmor|unconfined": list("/usr/bin/sleep"), "selinux|mode": "disabled",
	})
	wantFacts(t, d, "audit", map[string]any{
		"not_loaded": list("-w /etc/group -p wa -k identity"), "not_on_disk": list("-w /etc/hosts -p wa -k system-locale"),
		"immutable": false, "events|file_mounts|runtime": []any{}, "events|sudoers|runtime": list("changes of /etc/sudoers.d"),
	})
	wantFacts(t, d, "firewall", map[string]any{
		"input|ipv4|default": "drop", "input|ipv4|spoofed": "drop", "boot|nftables|ipv4": "accept",
		"input|ipv4|tcp": []any{map[string]any{"first": 22, "last": 22}},
	})
	wantFacts(t, d, "updates", map[string]any{"reboot_required": true})
	wantFacts(t, d, "boot", map[string]any{"loader": "grub", "entries|0|args|console": "ttyS0"})
	wantFacts(t, d, "services", map[string]any{
		"units|broken.service|active": "failed", "units|systemd-timesyncd.service|enabled": "masked", "units|sshd.service|alias_of": "ssh.service",
	})
}

func scanBooted(t *testing.T) *compliance.Document {
	t.Helper()
	packed, err := os.ReadFile(bootedHost + ".stream.zst")
	if err != nil {
		t.Fatal(err)
	}
	unpack, err := zstd.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	defer unpack.Close()
	stdout, err := io.ReadAll(unpack)
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := os.ReadFile(bootedHost + ".stderr")
	if err != nil {
		t.Fatal(err)
	}
	d := mustScan(t, &fakeConn{stdout: string(stdout), stderr: string(stderr)}, Sections()...)
	checkSchema(t, d)
	return d
}

// bootedKernel compares each parameter that `sysctl -a` told.
func bootedKernel(t *testing.T, d *compliance.Document, lines []string) {
	t.Helper()
	if len(lines) < 150 {
		t.Fatalf("only %d parameters were told", len(lines))
	}
	for _, l := range lines {
		key, want, _ := strings.Cut(l, " = ")
		path := []string{"sysctl", "runtime", key}
		if p := strings.Split(key, "."); len(p) == 5 && p[2] == "conf" {
			path = []string{"sysctl", "interfaces", p[1], p[3], p[4]}
		}
		if got := fmt.Sprint(value(t, d, path...)); got != strings.Join(strings.Fields(want), " ") {
			t.Errorf("%s is %q, the machine says %q", key, got, want)
		}
	}
}

// bootedUnits compares each unit's two states with systemctl's, but for units that come
// and go with those who ask.
func bootedUnits(t *testing.T, d *compliance.Document, files, units []string) {
	t.Helper()
	passing := func(name string) bool {
		return strings.Contains(name, "user@") || strings.Contains(name, "user-runtime-dir@") || strings.HasPrefix(name, "run-user-") ||
			strings.HasPrefix(name, "systemd-timedated") || strings.HasPrefix(name, "systemd-hostnamed")
	}
	all, _ := value(t, d, "services", "units").(map[string]any)
	state := func(name, kind string) any { unit, _ := all[name].(map[string]any); return unit[kind] }
	seen := 0
	for _, l := range files {
		f := strings.Fields(l)
		seen++
		if got := state(f[0], "enabled"); got != f[1] {
			t.Errorf("%s is %v, the machine says %s", f[0], got, f[1])
		}
	}
	for _, l := range units {
		f := strings.Fields(l)
		if passing(f[0]) {
			continue
		}
		seen++
		if _, there := all[f[0]]; f[1] == "not-found" && there {
			t.Errorf("%s is only mentioned by others", f[0])
		} else if got := state(f[0], "active"); f[1] != "not-found" && got != f[2] {
			t.Errorf("%s is %v, the machine says %s", f[0], got, f[2])
		}
	}
	if seen < 250 {
		t.Errorf("only %d states were compared", seen)
	}
}

func firstFields(lines []string) []string {
	var out []string
	for _, l := range lines {
		name, _, _ := strings.Cut(strings.Fields(l)[0], ":")
		out = append(out, name)
	}
	return out
}

// between are the lines behind one that ends in the first of marks, less those that end
// in the others, up to the last.
func between(lines []string, marks ...string) []string {
	var out []string
	inside := false
	for _, l := range lines {
		i := slices.IndexFunc(marks, func(m string) bool { return strings.HasSuffix(l, m) })
		switch {
		case i == len(marks)-1:
			return out
		case i >= 0:
			inside = true
		case inside:
			out = append(out, strings.TrimSpace(l))
		}
	}
	return out
}

// sameNames compares the keys of a map, or the elements of a list, with want.
func sameNames(t *testing.T, what string, got any, want []string) {
	t.Helper()
	var names []string
	switch got := got.(type) {
	case map[string]any:
		names = sortedKeys(got)
	case []any:
		for _, v := range got {
			names = append(names, fmt.Sprint(v))
		}
	}
	slices.Sort(names)
	want = slices.Compact(slices.Sorted(slices.Values(want)))
	if !slices.Equal(names, want) {
		t.Errorf("%s: %q, the machine says %q", what, names, want)
	}
}
