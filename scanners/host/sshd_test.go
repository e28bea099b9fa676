package host

import (
	"bytes"
	"flag"
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

var update = flag.Bool("update", false, "write what sshd and the target say into testdata")

const (
	sshdTrees = "../../testdata/sshd"
	sshdStock = sshdTrees + "/defaults-9.2.txt"
)

// groupsOf are the groups of the users that the trees use, the same on every Debian.
var groupsOf = map[string][]string{"root": {"root"}, "nobody": {"nogroup"}}

// diskTree reads a configuration from a directory.
type diskTree struct{}

func (diskTree) read(path string) (string, string) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err.Error()
	}
	return string(b), ""
}

func (diskTree) glob(pattern string) ([]string, string) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err.Error()
	}
	return paths, ""
}

// A sshdTreeFile is one case of testdata/sshd: a configuration, the connections
// to ask about ("-" is none), and what OpenSSH 9.2 says of each.
type sshdTreeFile struct {
	path, dir   string
	archive     *txtar.Archive
	connections []string
	want        string
}

func loadTree(t *testing.T, path string) sshdTreeFile {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := sshdTreeFile{path: path, dir: t.TempDir(), archive: a}
	for _, file := range a.Files {
		switch file.Name {
		case "connections":
			f.connections = strings.Fields(string(file.Data))
		case "want":
			f.want = string(file.Data)
		default:
			name := filepath.Join(f.dir, file.Name)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			data := bytes.ReplaceAll(file.Data, []byte("$DIR"), []byte(f.dir))
			if cut, ok := bytes.CutSuffix(data, []byte("\nNONEWLINE\n")); ok {
				data = cut
			}
			if err := os.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return f
}

func stockDefaults(t testing.TB) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(sshdStock)
	if err != nil {
		t.Fatal(err)
	}
	d := parseDump(string(b))
	for _, name := range emptyLists {
		if _, ok := d[name]; !ok {
			d[name] = nil
		}
	}
	return d
}

// differences writes a dump as the lines in which it differs from the defaults.
func differences(dump, defaults map[string][]string, dir string) string {
	var out []string
	for name, k := range sshdKeywords {
		if name == "debianbanner" {
			continue // sshd -T never prints it
		}
		ours, stock := k.dump(dump[name]), k.dump(defaults[name])
		if _, ok := dump[name]; !ok {
			ours = nil
		}
		if _, ok := defaults[name]; !ok {
			stock = nil
		}
		if slices.Equal(ours, stock) {
			continue
		}
		if len(ours) == 0 {
			out = append(out, name)
		}
		for _, l := range ours {
			out = append(out, name+" "+strings.ReplaceAll(l, dir, "$DIR"))
		}
	}
	slices.SortStableFunc(out, func(a, b string) int {
		return strings.Compare(strings.SplitN(a, " ", 2)[0], strings.SplitN(b, " ", 2)[0])
	})
	return strings.Join(append(out, ""), "\n")
}

// evaluateFor is the parser's answer for one connection.
func (f sshdTreeFile) evaluateFor(spec string, defaults map[string][]string, options sshdOptions) map[string][]string {
	c := options.over(parseSSHD(diskTree{}, filepath.Join(f.dir, "sshd_config")))
	holds := func(matchLine) bool { return false }
	if spec != "-" {
		conn := parseConnection(spec)
		conn.groups, conn.groupsKnown = groupsOf[conn.user], true
		holds = func(m matchLine) bool { met, _ := conn.meets(m); return met }
	}
	out := map[string][]string{}
	for name, s := range c.evaluate(holds).resolve(defaults) {
		if s.cause != "" {
			out[name] = []string{"UNKNOWN: " + s.cause}
			continue
		}
		out[name] = s.tokens
	}
	return out
}

// TestSSHDTrees compares the parser with what OpenSSH 9.2 said of every tree.
func TestSSHDTrees(t *testing.T) {
	paths, _ := filepath.Glob(sshdTrees + "/*.txtar")
	if len(paths) < 60 {
		t.Fatalf("%d trees, want at least 60", len(paths))
	}
	defaults := stockDefaults(t)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			f := loadTree(t, path)
			var got strings.Builder
			for _, spec := range f.connections {
				got.WriteString("[" + spec + "]\n" + differences(f.evaluateFor(spec, defaults, sshdOptions{}), defaults, f.dir))
			}
			if got.String() != f.want {
				t.Errorf("the parser says\n%s\nsshd says\n%s", got.String(), f.want)
			}
		})
	}
}

// TestSSHDJudge asks the real sshd about every tree: it must say what the trees
// record, and what the parser says over its own defaults.
func TestSSHDJudge(t *testing.T) {
	sshd := findSSHD(t)
	if *update {
		writeFile(t, sshdStock, withoutHostKey(sshd.dump(t, "/dev/null", "-")))
	}
	defaults, stock := parseDump(sshd.dump(t, "/dev/null", "-")), stockDefaults(t)
	for _, name := range emptyLists {
		if _, ok := defaults[name]; !ok {
			defaults[name] = nil
		}
	}
	paths, _ := filepath.Glob(sshdTrees + "/*.txtar")
	compared := 0
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			f := loadTree(t, path)
			options := sshdOptions{}
			options.set("hostkey", sshd.key, line("command line", 1, ""))
			var recorded strings.Builder
			for _, spec := range f.connections {
				told := parseDump(sshd.dump(t, filepath.Join(f.dir, "sshd_config"), spec))
				ours := f.evaluateFor(spec, defaults, options)
				for name, tokens := range told {
					k := sshdKeywords[name]
					compared++
					if a, b := k.dump(ours[name]), k.dump(tokens); !slices.Equal(a, b) {
						t.Errorf("%s %s: the parser says %q, sshd says %q", spec, name, a, b)
					}
				}
				told["hostkey"] = stock["hostkey"] // the test's own key is on the command line
				recorded.WriteString("[" + spec + "]\n" + differences(told, stock, f.dir))
			}
			if *update {
				f.record(t, recorded.String())
			} else if recorded.String() != f.want {
				t.Errorf("sshd says\n%s\nrecorded is\n%s", recorded.String(), f.want)
			}
		})
	}
	t.Logf("%d trees, %d keywords compared", len(paths), compared)
}

func (f sshdTreeFile) record(t *testing.T, want string) {
	t.Helper()
	f.archive.Files = slices.DeleteFunc(f.archive.Files, func(x txtar.File) bool { return x.Name == "want" })
	f.archive.Files = append(f.archive.Files, txtar.File{Name: "want", Data: []byte(want)})
	writeFile(t, f.path, string(txtar.Format(f.archive)))
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A realSSHD is the daemon of this machine.
type realSSHD struct{ path, key string }

// makeRunSSHD makes the directory without which sshd(8) does not start, -T
// included. Debian's service makes it; a machine that has not started it has none.
func makeRunSSHD(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
}

// findSSHD returns the daemon. Of another OpenSSH than 9.2 the test is skipped:
// its answers differ, and the trees hold those of 9.2.
func findSSHD(t *testing.T) realSSHD {
	t.Helper()
	path, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil {
		t.Fatalf("%v: install openssh-server (make packages)", err)
	}
	version, _ := exec.Command(path, "-V").CombinedOutput()
	if !strings.Contains(string(version), "OpenSSH_9.2") {
		t.Skipf("the recorded answers are of OpenSSH 9.2, here is %s", firstLine(string(version)))
	}
	makeRunSSHD(t)
	s := realSSHD{path: path, key: filepath.Join(t.TempDir(), "key")}
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", s.key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	if out, err := exec.Command(path, "-T", "-f", "/dev/null", "-h", s.key).CombinedOutput(); err != nil {
		t.Fatalf("sshd does not run here: %s", firstLine(string(out)))
	}
	return s
}

func (s realSSHD) dump(t *testing.T, config, spec string) string {
	t.Helper()
	args := []string{"-T", "-f", config, "-h", s.key}
	if spec != "-" {
		args = append(args, "-C", spec)
	}
	cmd := exec.Command(s.path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("sshd %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// withoutHostKey puts the keys that sshd looks for by default in place of the test's.
func withoutHostKey(dump string) string {
	lines := strings.SplitAfter(dump, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "hostkey ") })
	lines = slices.Replace(lines, i, i+1, "hostkey /etc/ssh/ssh_host_rsa_key\n", "hostkey /etc/ssh/ssh_host_ecdsa_key\n", "hostkey /etc/ssh/ssh_host_ed25519_key\n")
	return strings.Join(lines, "")
}

// sshdDoc reads a configuration of several files as the script would send it,
// with or without the daemon's own word.
func sshdDoc(t testing.TB, files map[string]string, more ...string) *compliance.Document {
	t.Helper()
	var b strings.Builder
	b.WriteString(frame("sshd", "cmd", "sshd -V", "OpenSSH_9.2p1 Debian-2", "1"))
	b.WriteString(frame("sshd", "cmd", "config", sshdMain, "0"))
	dropIns := []string{}
	for name, text := range files {
		b.WriteString(frame("sshd", "file", name, text, "0"))
		if name != sshdMain {
			dropIns = append(dropIns, name)
		}
	}
	slices.Sort(dropIns)
	b.WriteString(frame("sshd", "dir", "/etc/ssh/sshd_config.d/*.conf", strings.Join(dropIns, "\n"), "0"))
	b.WriteString(strings.Join(more, ""))
	for _, f := range []string{frame("sshd", "cmd", "units", "", "0"), frame("sshd", "cmd", "paths", "", "0"), frame("sshd", "cmd", "stat", "", "0")} {
		b.WriteString(f) // the first of a name counts
	}
	d := mustScan(t, &fakeConn{stdout: b.String() + doneFrame}, "sshd")
	checkSchema(t, d)
	return d
}

// TestSSHDFacts: contexts, types, places and what was beaten.
func TestSSHDFacts(t *testing.T) {
	d := sshdDoc(t, map[string]string{
		sshdMain:                           "Include sshd_config.d/*.conf\nPermitRootLogin no\nClientAliveInterval 5m\nMaxStartups 10:30:60\nAllowUsers a\nAllowUsers b c\nSetEnv A=***\nMatch  User  bob,carol\n\tPermitRootLogin yes\n\tX11Forwarding yes\nMatch Address 10.0.0.0/8\nX11Forwarding no\n",
		"/etc/ssh/sshd_config.d/50-a.conf": "# set by the image\nPermitRootLogin prohibit-password\n",
	})
	for path, want := range map[string]any{
		"global/permitrootlogin": "prohibit-password", "user bob,carol/permitrootlogin": "yes", "address 10.0.0.0\x008/permitrootlogin": "prohibit-password",
		"user bob,carol/x11forwarding": "yes", "address 10.0.0.0\x008/x11forwarding": "no", "global/x11forwarding": "no",
		"global/clientaliveinterval": 300, "global/maxstartups/full": 60, "global/logingracetime": 120, "user bob,carol/clientaliveinterval": 300,
	} {
		parts := strings.Split(path, "/")
		parts[0] = strings.ReplaceAll(parts[0], "\x00", "/")
		if got := value(t, d, append([]string{"sshd", "contexts"}, parts...)...); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	s, _ := d.Source(compliance.Path{"sshd", "contexts", "global", "permitrootlogin"})
	if s.File != "/etc/ssh/sshd_config.d/50-a.conf" || s.Line != 2 || len(s.Via) != 1 || s.Via[0].Line != 1 || len(s.Shadowed) != 1 || s.Shadowed[0].Line != 2 || s.Shadowed[0].File != sshdMain {
		t.Errorf("permitrootlogin comes from %+v", s)
	}
	s, _ = d.Source(compliance.Path{"sshd", "contexts", "user bob,carol", "permitrootlogin"})
	if s.Line != 9 || len(s.Shadowed) != 2 {
		t.Errorf("bob's permitrootlogin comes from %+v", s)
	}
	s, _ = d.Source(compliance.Path{"sshd", "contexts", "global", "allowusers", "2"})
	if s.Line != 6 {
		t.Errorf("the third of AllowUsers comes from %+v", s)
	}
	if cause := causeOf(d, "sshd", "contexts", "global", "setenv"); !strings.Contains(cause, "not collected") {
		t.Errorf("setenv is unknown because %q", cause)
	}
	if cause := causeOf(d, "sshd", "contexts", "global", "ciphers"); cause == "" {
		t.Error("ciphers are known without sshd -T")
	}
}

// TestSSHDUnreadDropIn: what a file that cannot be read may have set is unknown;
// what was settled before it is not.
func TestSSHDUnreadDropIn(t *testing.T) {
	d := sshdDoc(t, map[string]string{sshdMain: "UseDNS no\nInclude /etc/ssh/sshd_config.d/a.conf\nMaxAuthTries 3\n"},
		frame("sshd", "dir", "/etc/ssh/sshd_config.d/a.conf", "/etc/ssh/sshd_config.d/a.conf", "0"),
		frame("sshd", "file", "/etc/ssh/sshd_config.d/a.conf", "", "denied"))
	if got := value(t, d, "sshd", "contexts", "global", "usedns"); got != "no" {
		t.Errorf("usedns is %v, settled before the file", got)
	}
	for _, k := range []string{"maxauthtries", "permitrootlogin", "allowusers"} {
		if cause := causeOf(d, "sshd", "contexts", "global", k); !strings.Contains(cause, needsRoot) {
			t.Errorf("%s: cause is %q", k, cause)
		}
	}
}

// TestSSHDOptions: what the unit passes counts before the file.
func TestSSHDOptions(t *testing.T) {
	units := func(lines ...string) string { return frame("sshd", "cmd", "units", strings.Join(lines, "\n"), "0") }
	config := map[string]string{sshdMain: "PermitRootLogin no\nPort 22\nMatch User bob\nPermitRootLogin no\n"}
	d := sshdDoc(t, config, units(
		"/etc/systemd/system/ssh.service.d/o.conf:2:ExecStart=",
		"/etc/systemd/system/ssh.service.d/o.conf:3:ExecStart=/usr/sbin/sshd -D $SSHD_OPTS -o \"PermitRootLogin yes\"",
		"/usr/lib/systemd/system/ssh.service:5:EnvironmentFile=-/etc/default/ssh",
		"/usr/lib/systemd/system/ssh.service:6:ExecStart=/usr/sbin/sshd -D $SSHD_OPTS",
		"/etc/default/ssh:5:SSHD_OPTS=\"-p 2222 -oX11Forwarding=yes\""))
	for k, want := range map[string]any{"permitrootlogin": "yes", "x11forwarding": "yes"} {
		if got := value(t, d, "sshd", "contexts", "global", k); got != want {
			t.Errorf("%s is %v", k, got)
		}
	}
	if got := value(t, d, "sshd", "contexts", "user bob", "permitrootlogin"); got != "no" {
		t.Errorf("bob's permitrootlogin is %v", got)
	}
	if got := fmt.Sprint(value(t, d, "sshd", "contexts", "global", "port")); got != "[2222]" {
		t.Errorf("port is %v", got)
	}
	if s, _ := d.Source(compliance.Path{"sshd", "contexts", "global", "permitrootlogin"}); s.File != "/etc/systemd/system/ssh.service.d/o.conf" || s.Line != 3 || len(s.Shadowed) != 1 {
		t.Errorf("permitrootlogin comes from %+v", s)
	}
	for line, want := range map[string]string{
		"/etc/systemd/system/ssh.service:1:ExecStart=/usr/sbin/sshd -D -f /etc/other": "another configuration",
		"/etc/systemd/system/ssh.service:1:ExecStart=/usr/sbin/sshd -D $MY_OPTS":      "MY_OPTS",
		"/etc/systemd/system/ssh.service:1:ExecStart=/usr/sbin/sshd -D --strange":     "not understood",
	} {
		if cause := causeOf(sshdDoc(t, config, units(line)), "sshd", "contexts", "global"); !strings.Contains(cause, want) {
			t.Errorf("%s: cause is %q", line, cause)
		}
	}
}

// TestSSHDUnit: which options count, by systemd.unit(5) and systemd.exec(5).
func TestSSHDUnit(t *testing.T) {
	const (
		unit   = "/usr/lib/systemd/system/ssh.service:7:EnvironmentFile=-/etc/default/ssh\n/usr/lib/systemd/system/ssh.service:9:ExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n"
		linked = "/etc/systemd/system/sshd.service:7:EnvironmentFile=-/etc/default/ssh\n/etc/systemd/system/sshd.service:9:ExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n"
		own    = "/etc/default/ssh:5:SSHD_OPTS=-oPermitRootLogin=no\n"
	)
	for name, c := range map[string]struct{ units, want string }{
		"stock":                  {linked + unit, "prohibit-password"},
		"options":                {unit + own, "no"},
		"drop-in of the alias":   {linked + "/etc/systemd/system/sshd.service.d/o.conf:2:Environment=SSHD_OPTS=-oPermitRootLogin=yes\n" + unit, "yes"},
		"no alias":               {"/etc/systemd/system/sshd.service.d/o.conf:2:Environment=SSHD_OPTS=-oPermitRootLogin=yes\n" + unit, "prohibit-password"},
		"the file wins":          {unit + "/etc/systemd/system/ssh.service.d/o.conf:2:Environment=SSHD_OPTS=-oPermitRootLogin=yes\n" + own, "no"},
		"the file is taken away": {"/etc/systemd/system/ssh.service.d/o.conf:2:EnvironmentFile=\n" + unit + own, "prohibit-password"},
		"another file":           {"/etc/systemd/system/ssh.service.d/o.conf:2:EnvironmentFile=/etc/ssh/options\n" + unit + own, "not read: /etc/ssh/options"},
		"no options at all":      {"/etc/systemd/system/ssh.service:2:EnvironmentFile=/etc/ssh/options\n/etc/systemd/system/ssh.service:3:ExecStart=/usr/sbin/sshd -D\n" + own, "prohibit-password"},
		"anaconda's file": {"/usr/lib/systemd/system/sshd.service:8:EnvironmentFile=-/etc/sysconfig/sshd-permitrootlogin\n" +
			"/usr/lib/systemd/system/sshd.service:9:EnvironmentFile=-/etc/sysconfig/sshd\n/usr/lib/systemd/system/sshd.service:10:ExecStart=/usr/sbin/sshd -D $OPTIONS $PERMITROOTLOGIN\n" +
			"/etc/sysconfig/sshd-permitrootlogin:1:PERMITROOTLOGIN=\"-oPermitRootLogin=yes\"\n", "yes"},
		"Red Hat 8": {"/usr/lib/systemd/system/sshd.service:8:EnvironmentFile=-/etc/crypto-policies/back-ends/opensshserver.config\n" +
			"/usr/lib/systemd/system/sshd.service:9:EnvironmentFile=-/etc/sysconfig/sshd\n/usr/lib/systemd/system/sshd.service:10:ExecStart=/usr/sbin/sshd -D $OPTIONS $CRYPTO_POLICY\n" +
			"/etc/sysconfig/sshd:3:CRYPTO_POLICY=\n/etc/crypto-policies/back-ends/opensshserver.config:1:CRYPTO_POLICY='-oPermitRootLogin=no'\n", "prohibit-password"},
	} {
		d := sshdDoc(t, map[string]string{sshdMain: ""}, frame("sshd", "cmd", "units", c.units, "0"))
		at := compliance.Path{"sshd", "contexts", "global", "permitrootlogin"}
		if got, _ := d.Value(at); got != c.want && !strings.Contains(causeOf(d, at...), c.want) {
			t.Errorf("%s: permitrootlogin is %v (%s)", name, got, causeOf(d, at...))
		}
	}
}

// TestSSHDDisagreement: where sshd says otherwise, nothing is claimed.
func TestSSHDDisagreement(t *testing.T) {
	stock, err := os.ReadFile(sshdStock)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(stock), "maxauthtries 6", "maxauthtries 9", 1)
	d := sshdDoc(t, map[string]string{sshdMain: "MaxAuthTries 3\nMaxSessions 2\n"},
		frame("sshd", "cmd", sshdDefaults, string(stock), "0"), frame("sshd", "cmd", sshdDump, strings.Replace(other, "maxsessions 10", "maxsessions 2", 1), "0"))
	if cause := causeOf(d, "sshd", "contexts", "global", "maxauthtries"); cause != `merlon reads "3", sshd -T says "9"` {
		t.Errorf("cause is %q", cause)
	}
	if got := value(t, d, "sshd", "contexts", "global", "maxsessions"); got != 2 {
		t.Errorf("maxsessions is %v", got)
	}
	if !d.Incomplete() {
		t.Error("nobody is told")
	}
	broken := "\nNONCE begin sshd cmd sshd -T\n" + sshdMain + " line 3: Bad configuration option: Foo\n"
	c := &fakeConn{stdout: frame("sshd", "cmd", "sshd -V", "", "0") + frame("sshd", "cmd", "config", sshdMain, "0") + frame("sshd", "cmd", "units", "", "0") +
		frame("sshd", "file", sshdMain, "Foo 1\n", "0") + frame("sshd", "cmd", sshdDump, "", "255") + doneFrame, stderr: broken}
	if cause := causeOf(mustScan(t, c, "sshd"), "sshd", "contexts", "global"); !strings.Contains(cause, "Bad configuration option") {
		t.Errorf("cause is %q", cause)
	}
}

// TestSSHDWithoutDefaults: where sshd only runs with its own configuration, that
// tells what is not set.
func TestSSHDWithoutDefaults(t *testing.T) {
	stock, err := os.ReadFile(sshdStock)
	if err != nil {
		t.Fatal(err)
	}
	d := sshdDoc(t, map[string]string{sshdMain: "MaxAuthTries 6\nMatch User bob\nMaxAuthTries 2\n"}, frame("sshd", "cmd", sshdDump, string(stock), "0"))
	for _, context := range []string{"global", "user bob"} {
		if got := value(t, d, "sshd", "contexts", context, "logingracetime"); got != 120 {
			t.Errorf("%s: logingracetime is %v", context, got)
		}
		s, _ := d.Source(compliance.Path{"sshd", "contexts", context, "ciphers"})
		if s.Command != sshdDump || !s.Default {
			t.Errorf("%s: ciphers come from %+v", context, s)
		}
	}
	if d.Incomplete() {
		t.Errorf("%v", d.Diagnostics)
	}
}

// TestSSHDNotInstalled: no sshd is a fact.
func TestSSHDNotInstalled(t *testing.T) {
	d := mustScan(t, &fakeConn{stdout: frame("sshd", "cmd", "sshd -V", "", "missing") + doneFrame}, "sshd")
	if got := value(t, d, "sshd", "installed"); got != false || len(d.Unknowns()) != 0 {
		t.Errorf("installed is %v, unknowns %v", got, d.Unknowns())
	}
}

// TestSSHDReduced: what the script leaves of a configuration reads as what it leaves
// of sshd's own word.
func TestSSHDReduced(t *testing.T) {
	sshd := findSSHD(t)
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "without_commands", 1)
	reduce := func(text string) string {
		cmd := exec.Command("sh", "-c", functions)
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "sshd_config")
	lines := "# a comment, token=secret\nForceCommand /usr/bin/x --token secret # no comment\nAuthorizedKeysCommand=/usr/bin/keys %u secret\nAuthorizedKeysCommandUser nobody\n" +
		"AuthorizedPrincipalsCommand none\nSetEnv A=secret\nMatch User a\nForceCommand \"/usr/bin/x secret\" y\nMatch User b\n\t\"ForceCommand\" TOKEN=secret /usr/bin/x\n" +
		"Match User c\nforcecommand\tinternal-sftp  \nMatch User d\nForceCommand cd /secret;x\nMatch User e\nForceCommand /bin/x;secret\nMatch User f\nForceCommand NONE\n"
	writeFile(t, config, lines)
	f := sshdTreeFile{dir: dir}
	raw := map[string]string{}
	for _, spec := range []string{"-", "user=a", "user=b", "user=c", "user=d", "user=e", "user=f"} {
		if spec != "-" {
			spec += ",host=h,addr=1.2.3.4"
		}
		raw[spec] = reduce(sshd.dump(t, config, spec))
		if strings.Contains(raw[spec], "secret") {
			t.Errorf("a secret is left of\n%s", raw[spec])
		}
	}
	reduced := reduce(lines)
	if strings.Contains(reduced, "secret") || strings.Count(reduced, "\n") != strings.Count(lines, "\n") {
		t.Errorf("this is left:\n%s", reduced)
	}
	writeFile(t, config, reduced)
	defaults := parseDump(sshd.dump(t, "/dev/null", "-"))
	for spec, dump := range raw {
		ours := f.evaluateFor(spec, defaults, sshdOptions{})
		for _, name := range []string{"forcecommand", "authorizedkeyscommand", "authorizedprincipalscommand", "authorizedkeyscommanduser"} {
			if a, b := ours[name], parseDump(dump)[name]; !slices.Equal(a, b) {
				t.Errorf("%s %s: the parser says %q, sshd says %q", spec, name, a, b)
			}
		}
	}
}

// TestHostKeySizes: the head of a public key that ssh-keygen made tells its size.
func TestHostKeySizes(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"rsa", "1024"}, {"rsa", "2048"}, {"rsa", "3072"}, {"ed25519", "256"}, {"ecdsa", "256"}} {
		file := filepath.Join(dir, args[0]+args[1])
		if out, err := exec.Command("ssh-keygen", "-q", "-N", "", "-t", args[0], "-b", args[1], "-f", file).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
		public, err := os.ReadFile(file + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		w := strings.Fields(string(public))
		sent := fmt.Sprintf("%.30s %.44s %s\n", w[0], w[1], "/k/"+args[0])
		d := sshdDoc(t, map[string]string{sshdMain: ""}, frame("sshd", "cmd", "public keys", sent, "0"),
			frame("sshd", "cmd", "paths", "there /k/"+args[0], "0"), frame("sshd", "cmd", "stat", "600 0 0 5 root root regular file|/k/"+args[0], "0"))
		if got := value(t, d, "sshd", "host_keys", "/k/"+args[0], "algorithm"); got != w[0] {
			t.Errorf("algorithm is %v, want %s", got, w[0])
		}
		got, ok := d.Value(compliance.Path{"sshd", "host_keys", "/k/" + args[0], "bits"})
		if fmt.Sprint(got) != args[1] && (args[0] == "rsa" || ok) {
			t.Errorf("%s %s: bits are %v", args[0], args[1], got)
		}
	}
	for _, odd := range []string{"", "AAAA", "AAAAB3NzaC1yc2EAAAADAQABAAABgQ", "AAAAB3NzaC1yc2H/////AQABAAABgQC7AAAA", "!!", strings.Repeat("/", 44), "AAAAgA" + strings.Repeat("A", 400), strings.Repeat("AAD/", 100)} {
		if got := rsaBits(odd); got != 0 {
			t.Errorf("%s has %d bits", odd, got)
		}
	}
}

// TestUnitVariables: of the variables that a unit sets only those stay that hold
// sshd's options, wherever in the line they stand.
func TestUnitVariables(t *testing.T) {
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "without_variables", 1)
	const at = "/etc/systemd/system/ssh.service.d/o.conf:2:"
	for line, want := range map[string]string{
		"Environment=LANG=C SSHD_OPTS=-oPermitRootLogin=yes TOKEN=secret":                "Environment=SSHD_OPTS=-oPermitRootLogin=yes",
		`Environment="TOKEN=secret a" "SSHD_OPTS=-o X11Forwarding=yes -p 22" "B=secret"`: `Environment="SSHD_OPTS=-o X11Forwarding=yes -p 22"`,
		"Environment='OPTIONS=-p 22'":                                                    "Environment='OPTIONS=-p 22'",
		"Environment=TOKEN=secret MY_OPTIONS=secret":                                     "Environment=TOKEN=***",
		"Environment=": "Environment=",
		`ExecStart=/usr/sbin/sshd -D $SSHD_OPTS -o "ForceCommand /x secret" -oPermitRootLogin=no`: `ExecStart=/usr/sbin/sshd -D $SSHD_OPTS -o "ForceCommand ***" -oPermitRootLogin=no`,
		"ExecStart=/usr/sbin/sshd -o SetEnv=A=secret -oForceCommand=secret -p 22":                 "ExecStart=/usr/sbin/sshd -o SetEnv=A=*** -oForceCommand=*** -p 22",
	} {
		for _, shell := range [][]string{{"dash"}, {"bash"}, {"busybox", "ash"}} {
			cmd := exec.Command(shell[0], append(shell[1:], "-c", functions)...)
			cmd.Stdin = strings.NewReader(at + line + "\n")
			out, err := cmd.Output()
			if err != nil || string(out) != at+want+"\n" {
				t.Errorf("%s: of %s is left\n%s%v", shell[0], line, out, err)
			}
		}
	}
}
