package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"merlon/compliance"
)

// unitsImage is a tree of services, each with a program of its own name below /opt.
func unitsImage(t *testing.T) string {
	t.Helper()
	service := func(name string, lines ...string) string {
		return "[Service]\nExecStart=/opt/" + name + "/run --token secret\n" + strings.Join(lines, "\n") + "\n"
	}
	const etc, lib = "etc/systemd/system/", "usr/lib/systemd/system/"
	files := map[string]string{
		etc + "root.service": service("root"), lib + "vendor.service": service("vendor", "User=root"), etc + "other.service": service("other", "User=app"),
		etc + "full.service":     service("no", "User=app", "ExecStartPre=-+/opt/full/run"),
		etc + "dynamic.service":  service("dynamic", "DynamicUser=yes"),
		lib + "masked.service":   service("masked"),
		etc + "masked.service":   "-> /dev/null",
		lib + "replaced.service": service("replaced"), etc + "replaced.service": "[Service]\nExecStart=/usr/bin/true\n",
		lib + "dropped.service": service("dropped"), etc + "dropped.service.d/10-a.conf": "[Service]\nUser=app\n",
		lib + "raised.service": service("raised", "User=app"), etc + "raised.service.d/10-a.conf": "[Service]\nUser=\n",
		lib + "reset.service": service("reset"), etc + "reset.service.d/10-a.conf": "[Service]\nExecStart=\nExecStart=/opt/second/run\n",
		etc + "script.service": "[Service]\nWorkingDirectory=/opt/script\nExecStart=/usr/bin/python3 -u run\nExecStop=/bin/sh -c '/opt/stop/run; true'\n",
		etc + "tmpl@.service":  "[Service]\nExecStart=/opt/tmpl/run %i\n", etc + "percent.service": "[Service]\nExecStart=/opt/%i/run\n",
		etc + "x.service":       "[Unit]\nDescription=ExecStart=/opt/description/run\n[Service]\n# ExecStart=/opt/comment/run\nExecStart = /opt/blanks/run\n",
		etc + "dynroot.service": "[Service]\nDynamicUser=yes\nUser=root\nExecStart=/opt/dynroot/run\n",
		etc + "many.service": "[Service]\nType=oneshot\nExecStart=/opt/a/run ; /opt/b/run x\nExecStart=@/opt/c/run name\nExecStart=!!/opt/d/run\n  ExecStart=\"/opt/e/run\"\n" +
			"ExecStart=\\\n# in between\n /opt/f/run\nExecStopPost=/usr/bin/true \\\nExecStart=/opt/no/run\n",
		"usr/bin/true":            "x",
		etc + "alias.service":     "-> /usr/lib/systemd/system/vendor.service",
		etc + "nothing.service.d": "-> /nowhere",
	}
	for _, name := range []string{"root", "vendor", "other", "no", "full", "dynamic", "masked", "replaced", "dropped", "raised", "reset", "second", "script", "stop", "tmpl", "dynroot", "a", "b", "c", "d", "e", "f", "description", "comment", "blanks"} {
		files["opt/"+name+"/run"] = "x"
	}
	root := image(t, wholeImage(files))
	programs, _ := filepath.Glob(root + "/opt/*/run")
	for _, p := range programs {
		if err := os.Chmod(p, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestUnitPrograms: of what others may write, what services start as root, as systemd 252
// tells of these units (systemctl show -p ExecStart,User,DynamicUser,LoadState).
func TestUnitPrograms(t *testing.T) {
	root := unitsImage(t)
	d := scanImage(t, root, "trusted")
	checkUnknowns(t, d)
	found := map[string]any{}
	for file, fact := range value(t, d, "trusted", "programs").(map[string]any) {
		if perm, _ := fact.(map[string]any)["perm"].(int); perm&2 != 0 {
			found[file] = fact.(map[string]any)["unit"]
		}
	}
	want := map[string]any{
		"/opt/root/run": "root.service", "/opt/vendor/run": "vendor.service", "/opt/full/run": "full.service", "/opt/raised/run": "raised.service",
		"/opt/second/run": "reset.service", "/opt/script/run": "script.service", "/opt/stop/run": "script.service", "/opt/tmpl/run": "tmpl@.service", "/opt/blanks/run": "x.service",
		"/opt/dynroot/run": "dynroot.service", "/opt/a/run": "many.service", "/opt/b/run": "many.service", "/opt/c/run": "many.service", "/opt/d/run": "many.service",
		"/opt/e/run": "many.service", "/opt/f/run": "many.service",
	}
	for file := range want {
		if found[file] != want[file] {
			t.Errorf("%s: %v, not %v", file, found[file], want[file])
		}
	}
	for file := range found {
		if want[file] == nil {
			t.Errorf("%s of %v is told", file, found[file])
		}
	}
	if source, _ := d.Source(compliance.Path{"trusted", "programs", "/opt/second/run"}); source.File != "/etc/systemd/system/reset.service.d/10-a.conf" || source.Line != 3 {
		t.Errorf("the source is %+v", source)
	}
}

// TestUnitsSent: arguments stay on the target, and shells agree.
func TestUnitsSent(t *testing.T) {
	root := unitsImage(t)
	units, _ := filepath.Glob(root + "/*/systemd/system/*.service")
	more, _ := filepath.Glob(root + "/usr/lib/systemd/system/*.service")
	units = slices.DeleteFunc(append(units, more...), func(unit string) bool {
		info, err := os.Lstat(unit)
		return err != nil || !info.Mode().IsRegular()
	})
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "", 1)
	first := ""
	for _, shell := range [][]string{{"dash"}, {"bash"}, {"busybox", "ash"}} {
		args := append(append(shell[1:], "-c", functions+`unit_programs "$@"`, "sh"), units...)
		out, err := exec.Command(shell[0], args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(out)
		}
		if string(out) != first || strings.Contains(string(out), "secret") || !strings.Contains(string(out), "ExecStart /opt/root/run") {
			t.Errorf("%s sends\n%s", shell, out)
		}
	}
}

// TestLooseFolders: what others may write below /etc and among the folders of programs.
func TestLooseFolders(t *testing.T) {
	root := image(t, wholeImage(map[string]string{"etc/profile.d/a.sh": "x", "etc/link": "-> /nowhere", "etc/fine": "x", "usr/local/bin/x": "x", "usr/bin/x": "x"}))
	for name, mode := range map[string]os.FileMode{"etc/profile.d": 0o777 | os.ModeSticky, "etc/profile.d/a.sh": 0o666, "usr/local/bin": 0o777, "usr": 0o757} {
		if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	d := scanImage(t, root, "trusted")
	checkUnknowns(t, d)
	for part, want := range map[string]string{"etc": "/etc/profile.d /etc/profile.d/a.sh", "folders": "/usr /usr/local/bin"} {
		var names []string
		for _, name := range sortedKeys(value(t, d, "trusted", part).(map[string]any)) {
			if perm, _ := value(t, d, "trusted", part, name, "perm").(int); perm&2 != 0 {
				names = append(names, name)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s, not %s", part, got, want)
		}
	}
	d = scanFrames(t, "trusted", frame("trusted", "cmd", "/etc", "", "1"), frame("trusted", "cmd", "folders", "", "124"), frame("trusted", "cmd", "masked", "", "0"), frame("trusted", "cmd", "units", "", "0"))
	for _, part := range []string{"etc", "folders", "programs"} {
		if causeOf(d, "trusted", part, compliance.Any) == "" {
			t.Errorf("%s is known though find failed", part)
		}
	}
}

// TestTheirFolders: a group of its own may write to the folders of an application, and
// to nothing that is root's.
func TestTheirFolders(t *testing.T) {
	root := image(t, wholeImage(map[string]string{"etc/app/conf": "x", "etc/profile.d/a.sh": "x"}))
	for _, name := range []string{"etc/app", "etc/app/conf", "etc/profile.d/a.sh"} {
		if err := os.Chmod(filepath.Join(root, name), 0o775); err != nil {
			t.Fatal(err)
		}
		if os.Getuid() != 0 { // everything is somebody else's then
			continue
		}
		if err := os.Chown(filepath.Join(root, name), -1, 12); err != nil {
			t.Fatal(err)
		}
	}
	found := sortedKeys(value(t, scanImage(t, root, "trusted"), "trusted", "etc").(map[string]any))
	if !slices.Contains(found, "/etc/profile.d/a.sh") || slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, "/etc/app") }) {
		t.Errorf("what others may write is %v", found)
	}
}

// TestTrustedLong: as many units as a host can tell of take no time that grows with
// their square.
func TestTrustedLong(t *testing.T) {
	var units, masked strings.Builder
	for i := range 14_000 {
		fmt.Fprintf(&units, "/etc/systemd/system/%d.service.d/a.conf:1:ExecStart /opt/%d/run\n", i, i)
		fmt.Fprintf(&masked, "m%d.service\n", i)
	}
	start := time.Now()
	d := scanFrames(t, "trusted", frame("trusted", "cmd", "/etc", "", "0"), frame("trusted", "cmd", "folders", "777 1 0 0 0 u root directory|/opt/9999\n", "0"),
		frame("trusted", "cmd", "masked", masked.String(), "0"), frame("trusted", "cmd", "units", units.String(), "0"))
	if _, ok := d.Value(compliance.Path{"trusted", "programs", "/opt/9999"}); !ok {
		t.Error("the last units were not read")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}
