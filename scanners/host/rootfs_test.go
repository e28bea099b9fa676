package host

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"merlon/compliance"
)

// image makes a tree of files, and of links where the text begins with "-> ".
func image(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			if err := os.Symlink(target, file); err != nil {
				t.Fatal(err)
			}
			continue
		}
		mode := os.FileMode(0o644)
		if strings.Contains(name, "bin/") {
			mode = 0o755
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func scanImage(t testing.TB, root string, sections ...string) *compliance.Document {
	t.Helper()
	start := time.Now()
	var doc *compliance.Document
	target := compliance.Target{Name: "image", Kind: compliance.KindHost, Address: RootfsScheme + root}
	if err := (&Scanner{}).Scan(t.Context(), target, sections, func(d *compliance.Document) { doc = d }); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("the scan took %s", took)
	}
	checkSchema(t, doc)
	return doc
}

const (
	somePasswd = "root:x:0:0:root:/root:/bin/bash\nwww:x:33:33::/var/www:/usr/sbin/nologin\n"
	someShadow = "root:*:19000:0:99999:7:::\nwww:!:19000:0:99999:7:::\n"
)

func wholeImage(more map[string]string) map[string]string {
	files := map[string]string{
		"etc/passwd": somePasswd, "etc/shadow": someShadow, "etc/group": "root:x:0:\nshadow:x:42:\n", "etc/gshadow": "root:*::\n",
		"etc/login.defs": "UMASK 027\n", "etc/os-release": "ID=debian\nVERSION_ID=12\n",
	}
	for name, text := range more {
		if text == "" {
			delete(files, name)
		} else {
			files[name] = text
		}
	}
	return files
}

// TestRootfs reads a small image, and calls unknown what no file tells.
func TestRootfs(t *testing.T) {
	d := scanImage(t, image(t, wholeImage(map[string]string{
		"var/lib/dpkg/status": "Package: a\nStatus: install ok installed\nVersion: 1.0-1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 2\n",
		"etc/fstab":           "/dev/sda1 / ext4 defaults 0 1\n/dev/sda2 /home ext4 nodev 0 2\n/dev/sda3 /boot ext4 ro 0 2\n",
		"home/x":              "x", "var/run": "-> /run", "boot/grub/grub.cfg": "set superusers=\"root\"\n",
	})))
	for path, want := range map[string]any{"accounts.users.www.shell": "/usr/sbin/nologin", "packages.installed.a": "1.0-1", "packages.manager": "dpkg", "os.id": "debian"} {
		if v := value(t, d, strings.Split(path, ".")...); v != want {
			t.Errorf("%s is %v, not %v", path, v, want)
		}
	}
	if v, ok := d.Value(compliance.Path{"packages", "installed", "gone"}); ok {
		t.Errorf("a removed package is %v", v)
	}
	for _, path := range []string{"os.container", "os.init", "kernel.release", "kernel.cmdline", "sysctl.runtime", "sysctl.interfaces.ipv4", "mounts.runtime", "services.units", "listeners.sockets", "network.interfaces", "kernel_modules.loaded", "updates.reboot_required", "files./dev/shm"} {
		if cause := causeOf(d, strings.Split(path, ".")...); !strings.HasSuffix(cause, onlyRunning) {
			t.Errorf("%s: the cause is %q", path, cause)
		}
	}
	for _, path := range []string{"/run/docker.sock", "/var/run/docker.sock"} {
		if cause := causeOf(d, "files", path); !strings.HasSuffix(cause, onlyRunning) {
			t.Errorf("%s: the cause is %q", path, cause)
		}
	}
	for _, path := range []string{"/home", "/boot", "/boot/grub/grub.cfg"} {
		if cause := causeOf(d, "files", path); !strings.Contains(cause, "nothing is mounted there in the image") {
			t.Errorf("%s: the cause is %q", path, cause)
		}
	}
	for _, u := range d.Unknowns() {
		if os.Geteuid() == 0 && strings.HasSuffix(u.Cause, needsRoot) {
			t.Errorf("%s: root reads it, and yet %q", u.Path, u.Cause)
		}
	}
}

// TestRootfsOfMachine: what brings a kernel is no container, unless it says so itself.
func TestRootfsOfMachine(t *testing.T) {
	kernel := map[string]string{"boot/vmlinuz-6.1.0-18-amd64": "x"}
	d := scanImage(t, image(t, wholeImage(kernel)))
	if v := value(t, d, "os", "container"); v != false {
		t.Errorf("container is %v", v)
	}
	if from, _ := d.Source(compliance.Path{"os", "container"}); from.File != "/boot/vmlinuz-6.1.0-18-amd64" {
		t.Errorf("told by %v", from)
	}
	kernel[".dockerenv"] = "x"
	d = scanImage(t, image(t, wholeImage(kernel)))
	if cause := causeOf(d, "os", "container"); !strings.HasSuffix(cause, onlyRunning) {
		t.Errorf("the cause is %q", cause)
	}
}

// TestRootfsLinks: links are resolved within the image, absolute ones too; none
// leads out, and a loop is no hang.
func TestRootfsLinks(t *testing.T) {
	outside := image(t, map[string]string{"secret": "root:x:0:0:OUTSIDE:/root:/bin/sh\n"})
	up := strings.Repeat("../", 40)
	d := scanImage(t, image(t, wholeImage(map[string]string{
		"etc/passwd": "-> " + up + strings.TrimPrefix(outside, "/") + "/secret",
		"etc/group":  "-> " + outside + "/secret",
		"etc/shadow": "-> shadow", "etc/gshadow": "-> /a", "a": "-> /b/../a",
		"etc/login.defs": "-> /opt/link", "opt/link": "-> ../../../opt/defs", "opt/defs": "UMASK 077\n",
		"etc/sudoers.d": "-> " + outside, "usr/bin/sudo": "x", "etc/sudoers": "@includedir /etc/sudoers.d\n",
	})))
	if v := value(t, d, "accounts", "login_defs", "UMASK"); v != "077" {
		t.Errorf("UMASK is %v", v)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "OUTSIDE") {
		t.Error("a file outside of the image was read")
	}
	for _, p := range [][]string{{"accounts", "users", "root", "shell"}, {"accounts", "groups", "root", "gid"}} {
		if v, ok := d.Value(p); ok {
			t.Errorf("%s is %v", compliance.Path(p), v)
		}
	}
}

// TestRootfsFolders: a folder that a file includes stands for what lies in it.
func TestRootfsFolders(t *testing.T) {
	d := scanImage(t, image(t, wholeImage(map[string]string{
		"usr/sbin/rsyslogd": "x", "etc/rsyslog.conf": "auth.* /var/log/auth.log\n",
		"usr/sbin/logrotate": "x", "etc/logrotate.conf": "include /etc/logrotate.d\n", "etc/logrotate.d/rsyslog": "/var/log/auth.log {\n\tweekly\n}\n",
	})), "logging")
	at := []string{"logging", "rsyslog", "actions", "0", "rotated"}
	if v := value(t, d, at...); v != true {
		t.Errorf("rotated is %v", v)
	}
	if from, _ := d.Source(at); from.File != "/etc/logrotate.d/rsyslog" {
		t.Errorf("told by %v", from)
	}
}

// TestRootfsHomes: a field of passwd that is empty is a field.
func TestRootfsHomes(t *testing.T) {
	d := scanImage(t, image(t, wholeImage(map[string]string{
		"etc/passwd": "root::0:0::/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/sh\nann:x:1001:1001:Ann:/home/ann:\n", "home/bob/.netrc": "x", "home/ann/.rhosts": "x",
	})), "homes")
	for user, home := range map[string]string{"root": "/root", "bob": "/home/bob", "ann": "/home/ann"} {
		if v := value(t, d, "homes", "users", user, "home"); v != home {
			t.Errorf("%s lives in %v", user, v)
		}
	}
	if v := value(t, d, "homes", "users", "bob", "files", ".netrc", "exists"); v != true {
		t.Errorf("bob's .netrc: %v", v)
	}
}

// TestRootfsAges: in an image nothing happens day by day.
func TestRootfsAges(t *testing.T) {
	d := scanImage(t, image(t, wholeImage(map[string]string{"usr/bin/apt-get": "x", "var/lib/apt/periodic/update-success-stamp": "x"})), "updates")
	for _, age := range []string{"lists_age", "unattended_age"} {
		if cause := causeOf(d, "updates", age); cause != onlyRunning {
			t.Errorf("%s: the cause is %q", age, cause)
		}
	}
}

// TestRootfsRunsNothing: no program of the image is started, though the image has
// one of every name that the script uses.
func TestRootfsRunsNothing(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "ran")
	program := "#!/bin/sh\ntouch " + mark + "\n"
	files := wholeImage(map[string]string{"etc/ssh/sshd_config": "PermitRootLogin no\n", "etc/sudoers": "root ALL=(ALL) ALL\n"})
	for _, name := range []string{"sh", "awk", "cat", "date", "dpkg-query", "find", "grep", "head", "id", "ip", "nft", "rpm", "sed", "sshd", "ss", "stat", "sudo", "systemctl", "timeout", "uname", "visudo", "apt-config", "aa-status", "iptables-nft-save"} {
		files["usr/bin/"+name] = program
		files["usr/sbin/"+name] = program
	}
	d := scanImage(t, image(t, files))
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program of the image ran")
	}
	if v := value(t, d, "sshd", "contexts", "global", "permitrootlogin"); v != "no" {
		t.Errorf("permitrootlogin is %v", v)
	}
	if v := value(t, d, "sudo", "installed"); v != true {
		t.Errorf("sudo.installed is %v", v)
	}
	if cause := causeOf(d, "sudo", "valid"); !strings.HasSuffix(cause, onlyRunning) {
		t.Errorf("sudo.valid: the cause is %q", cause)
	}
}

// TestRootfsHostile: pipes, devices, sparse files and full directories cost what is
// in them, not the scan, and never this machine.
func TestRootfsHostile(t *testing.T) {
	pipe := func(root, name string) error { return syscall.Mkfifo(filepath.Join(root, name), 0o644) }
	sparse := func(root, name string) error {
		f, err := os.Create(filepath.Join(root, name))
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Truncate(1 << 40)
	}
	for name, c := range map[string]struct {
		files map[string]string
		make  func(root string) error
		cut   string   // what ends the scan
		path  []string // unknown then
	}{
		"a pipe in place of passwd": {
			files: map[string]string{"etc/passwd": ""},
			make:  func(root string) error { return pipe(root, "etc/passwd") },
			path:  []string{"accounts", "users"},
		},
		"pipes in a folder": {
			files: map[string]string{"etc/sysctl.d/x": "x"},
			make:  func(root string) error { return pipe(root, "etc/sysctl.d/a.conf") },
			path:  []string{"sysctl", "boot"},
		},
		"a terabyte of passwd": {
			files: map[string]string{"etc/passwd": ""},
			make:  func(root string) error { return sparse(root, "etc/passwd") },
			cut:   "/etc/passwd is larger than 32 MB", path: []string{"accounts", "users"},
		},
		"a terabyte of login.defs": {
			files: map[string]string{"etc/login.defs": ""},
			make:  func(root string) error { return sparse(root, "etc/login.defs") },
			cut:   "/etc/login.defs is larger than 32 MB", path: []string{"accounts", "login_defs"},
		},
		"a folder without end": {
			files: map[string]string{"etc/sysctl.d/x": "x"},
			make: func(root string) error {
				for i := range maxEntries {
					if err := os.Link(filepath.Join(root, "etc/sysctl.d/x"), filepath.Join(root, fmt.Sprint("etc/sysctl.d/", i%2*5+7, "-", i))); err != nil {
						f, err := os.Create(filepath.Join(root, fmt.Sprint("etc/sysctl.d/f", i)))
						if err != nil {
							return err
						}
						f.Close()
					}
				}
				return nil
			},
			cut: "/etc/sysctl.d holds more than 100000 entries", path: []string{"sysctl", "boot"},
		},
		"names that a terminal obeys": {
			files: map[string]string{
				"etc/sudoers": "@includedir /etc/sudoers.d\n", "usr/bin/sudo": "x",
				"etc/sudoers.d/a\x1b]0;x\a": "ALL ALL=(ALL) ALL\n", "etc/sudoers.d/b\nc": "ALL ALL=(ALL) ALL\n",
			},
			path: []string{"sudo", "rules"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := image(t, wholeImage(c.files))
			if c.make != nil {
				if err := c.make(root); err != nil {
					t.Fatal(err)
				}
			}
			d := scanImage(t, root)
			if v := value(t, d, "os", "id"); v != "debian" {
				t.Errorf("os.id is %v", v)
			}
			if cause := causeOf(d, c.path...); cause == "" && !slices.ContainsFunc(d.Unknowns(), func(u compliance.Unknown) bool { return u.Path.HasPrefix(c.path) }) {
				t.Errorf("%s is known", compliance.Path(c.path))
			}
			told := ""
			for _, x := range d.Diagnostics {
				if x.Level == compliance.LevelError {
					told += x.Message
				}
			}
			if !strings.Contains(told, c.cut) || c.cut == "" && told != "" {
				t.Errorf("diagnostics %q, not %q", told, c.cut)
			}
			text, err := json.Marshal(d)
			if err != nil || strings.ContainsAny(string(text), "\x1b\a") {
				t.Errorf("the document obeys: %v", err)
			}
		})
	}
}

// TestRootfsTools holds the commands that are done here against the real ones.
func TestRootfsTools(t *testing.T) {
	files := wholeImage(map[string]string{"etc/a.conf": "A=1\nb = 2\n#c\n", "etc/b.conf": "A=2", "etc/empty": "x", "var/log/auth.log": "x", "var/log/d/app.log": "y", "etc/link": "-> a.conf"})
	root := image(t, files)
	for name, mode := range map[string]os.FileMode{"var/log/auth.log": 0o644, "var/log/d": 0o777 | os.ModeSticky, "etc/a.conf": 0o4711, "etc/empty": 0o666} {
		if err := os.Chmod(filepath.Join(root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(filepath.Join(root, "etc/empty"), 0); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`stat -L -c '%a %u %g %s %F|%n' etc/a.conf etc/link etc/empty etc/none var/log/d`,
		`stat -c '%F %s' etc/link var/log`,
		`stat -c %N etc/link`,
		`grep -snH '' etc/a.conf etc/none etc/b.conf`,
		`grep -snHEv '^[[:space:]]*(#|$)' etc/a.conf etc/b.conf`,
		`grep -sh '^A=' etc/a.conf etc/b.conf`,
		`grep -sl A=2 etc/a.conf etc/b.conf`,
		`grep -qE '^A' etc/a.conf etc/none`,
		`grep -c = etc/a.conf`,
		`sed -n 's/^A=\(.*\)/\1/p' etc/b.conf etc/a.conf`,
		`awk '{ print FILENAME ":" FNR ":" $0 }' etc/a.conf etc/b.conf`,
		`awk -F= -v x=y '{ print $1 x }' etc/a.conf`,
		`head -c 5 etc/a.conf`,
		`cat etc/a.conf`,
		`find var/log -xdev -maxdepth 6 '(' -type f -o -type d ')' -perm -0002`,
		`find var/log -type f -name '*.log'`,
		`find var/log -type f '(' -name 'auth*' -o -perm -0100 ')' -exec stat -c '%a %n' '{}' +`,
		`find var -mindepth 3 ! -type d -name 'a*'`,
		`find var etc -path var/log/d -prune -o -type f '(' -perm -0100 -printf 'x ' -o -printf '- ' ')' -printf '%y %m %U %G %p\n'`,
		`find -L etc/link etc/none etc/a.conf -maxdepth 0 ! -user 4242 -perm -0100 -exec stat -L -c '%a %n' '{}' +`,
		`find etc -path '*/a*f' -o -path 'etc/*mpt*'`,
		`find etc -user 4242 -o ! -group 4243 -name p*`,
	} {
		real := exec.Command("sh", "-c", line)
		real.Dir = root
		real.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
		want, err := real.Output()
		status := 0
		if err != nil {
			status = real.ProcessState.ExitCode()
		}
		r, err := OpenRootfs(root)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		_, err = r.Run(t.Context(), "", strings.NewReader(line+"\necho status $?\n"), &out)
		r.Close()
		sorted := func(s string) []string {
			lines := strings.Split(s, "\n")
			slices.Sort(lines)
			return lines
		}
		if err != nil || !slices.Equal(sorted(out.String()), sorted(fmt.Sprintf("%sstatus %d\n", want, status))) {
			t.Errorf("%s: %v\n%s\nthe real one:\n%sstatus %d", line, err, out.String(), want, status)
		}
	}
}

// TestRootfsCloses: the shell cannot reach past the tree by its own commands.
func TestRootfsCloses(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	if err := os.WriteFile(mark, []byte("MARK"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"head -c 9 " + mark, "read -r x <" + mark + "; echo $x", ". " + mark, "eval cat " + mark, "cd /; cat " + mark[1:],
		"exec cat " + mark, "command cat " + mark, "echo " + filepath.Dir(mark) + "/*k", "[ -e " + mark + " ] && echo MARK", "command -v " + mark,
		"sed -n p " + mark, "awk 1 " + mark, "grep MARK " + mark, "grep -f " + mark + " x", "echo x >" + mark, "trap 'cat " + mark + "' EXIT",
		"[ -e '' ] && echo mark", "[ -d '' ] && echo mark", "cat </dev/null/nowhere/sh-interp-x", "ls " + mark, "sed --in-place p " + mark,
	} {
		r, err := OpenRootfs(image(t, wholeImage(nil)))
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		said, err := r.Run(t.Context(), "", strings.NewReader(line), &out)
		r.Close()
		if strings.Contains(out.String(), "MARK") || strings.Contains(out.String(), "mark") {
			t.Errorf("%s: %q (%v, %s)", line, out.String(), err, said)
		}
	}
	if b, err := os.ReadFile(mark); err != nil || string(b) != "MARK" {
		t.Errorf("the file outside is %q, %v", b, err)
	}
}

func BenchmarkRootfs(b *testing.B) {
	root := image(b, wholeImage(nil))
	for b.Loop() {
		scanImage(b, root)
	}
}
