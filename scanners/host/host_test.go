package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"merlon/compliance"
)

const schemaFile = "../../policies/schemas/host.json"

// checkSchema validates the facts of d against the schema that policies are written from.
func checkSchema(t testing.TB, d *compliance.Document) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(d.Facts())
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("the facts do not fit the schema: %v", err)
	}
	checkUnknowns(t, d)
}

// checkUnknowns holds the document to its rules: an unknown fact is not there.
func checkUnknowns(t testing.TB, d *compliance.Document) {
	t.Helper()
	for _, u := range d.Unknowns() {
		if _, ok := d.Value(u.Path); ok {
			t.Errorf("%s is known and unknown (%s)", u.Path, u.Cause)
		}
		if u.Cause == "" || u.Deferred {
			t.Errorf("%s: cause %q, deferred %v", u.Path, u.Cause, u.Deferred)
		}
	}
}

// TestSchemaKnowsEveryKeyword: the schema and the table of sshd's keywords agree.
func TestSchemaKnowsEveryKeyword(t *testing.T) {
	b, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]struct {
			Properties struct {
				Contexts struct {
					AdditionalProperties struct{ Properties map[string]any }
				}
			}
		}
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	keywords := sortedKeys(schema.Properties["sshd"].Properties.Contexts.AdditionalProperties.Properties)
	if ours := sortedKeys(sshdKeywords); !slices.Equal(keywords, ours) {
		t.Errorf("schema has\n%s\ntable has\n%s", keywords, ours)
	}
	names := slices.Sorted(slices.Values(Sections()))
	if got := sortedKeys(schema.Properties); !slices.Equal(got, names) {
		t.Errorf("the schema has sections %s, the scanner %s", got, names)
	}
}

// TestLocal scans this machine for real.
func TestLocal(t *testing.T) {
	d := scanLocal(t, Scanner{})
	checkSchema(t, d)
	if uid := value(t, d, "os", "uid"); uid != os.Getuid() {
		t.Errorf("os.uid is %v, we are %d", uid, os.Getuid())
	}
	root := value(t, d, "accounts", "users", "root").(map[string]any)
	if root["uid"] != 0 || root["gid"] != 0 || root["system"] != true {
		t.Errorf("root is %v", root)
	}
	passwd := value(t, d, "files", "/etc/passwd").(map[string]any)
	info, err := os.Stat("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	if passwd["perm"] != int(info.Mode().Perm()) || passwd["size"] != info.Size() {
		t.Errorf("/etc/passwd is %v; stat says %o, %d bytes", passwd, info.Mode().Perm(), info.Size())
	}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	if v := value(t, d, "kernel", "release"); v != strings.TrimSpace(string(release)) {
		t.Errorf("kernel.release is %v", v)
	}
	if s, n := d.Source(compliance.Path{"accounts", "users", "root", "shell"}); s.File != "/etc/passwd" || s.Line != 1 || n != 3 {
		t.Errorf("root's source is %+v at %d", s, n)
	}
}

func scanLocal(t testing.TB, s Scanner, sections ...string) *compliance.Document {
	t.Helper()
	var doc *compliance.Document
	if err := s.Scan(t.Context(), compliance.Target{Name: "here", Kind: compliance.KindHost, Address: "local"}, sections, func(d *compliance.Document) { doc = d }); err != nil {
		t.Fatal(err)
	}
	return doc
}

// A shellConn runs the script with one shell, and keeps what was sent.
type shellConn struct {
	argv   []string
	stdout strings.Builder
}

func (c *shellConn) Close() error { return nil }

func (c *shellConn) run(t testing.TB, sections ...string) string {
	t.Helper()
	chosen, err := choose(sections)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	cmd.Stdin = strings.NewReader(script("NONCE", chosen, ""))
	cmd.Stdout = &c.stdout
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %s", c.argv, err, stderr.String())
	}
	for l := range strings.Lines(stderr.String()) {
		if strings.Contains(l, "syntax") || strings.Contains(l, "not found") {
			t.Errorf("%s: %s", c.argv, l)
		}
	}
	return c.stdout.String()
}

// TestShells: dash, bash and busybox ash send the same.
func TestShells(t *testing.T) {
	makeRunSSHD(t) // else another test may, between two shells
	clock := regexp.MustCompile(`(?m)^time \d+$`)
	sockets := regexp.MustCompile(`(?m)^(tcp|udp) .*\n`) // other programs open and close them meanwhile
	var first string
	for _, argv := range [][]string{{"dash", "-s"}, {"bash", "-s"}, {"bash", "--posix", "-s"}, {"busybox", "ash", "-s"}} {
		if _, err := exec.LookPath(argv[0]); err != nil {
			t.Errorf("%s is not installed, and the script must run in it", argv[0])
			continue
		}
		out := sockets.ReplaceAllString(clock.ReplaceAllString((&shellConn{argv: argv}).run(t), "time"), "")
		if first == "" {
			first = out
		}
		if out != first {
			t.Errorf("%s sends otherwise than dash:\n%s", argv, firstDifference(first, out))
		}
		if s := parseStream("NONCE", []byte(out), ""); !s.done || len(s.order) < 50 {
			t.Errorf("%s: done %v, %d items", argv, s.done, len(s.order))
		}
	}
}

// TestBusybox: where every command is busybox's, the same is sent.
func TestBusybox(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("busybox", "--install", "-s", dir).CombinedOutput(); err != nil {
		t.Fatalf("busybox --install: %v: %s", err, out)
	}
	const path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"
	run := func(shell []string, collect string) string {
		sections := []string{"os", "kernel", "sysctl", "accounts", "mounts", "kernel_modules", "files", "pam", "limits", "shells", "mac", "boot", "homes", "aide", "ssh_client", "gdm"}
		chosen, err := choose(sections)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(shell[0], shell[1:]...)
		cmd.Stdin = strings.NewReader(strings.Replace(script("NONCE", chosen, ""), collectScript, collect, 1))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(`(?m)^time \d+$`).ReplaceAllString(string(out), "time")
	}
	if !strings.Contains(collectScript, path) {
		t.Fatal("the script sets another PATH")
	}
	usual := run([]string{"sh", "-s"}, collectScript)
	busybox := run([]string{"busybox", "ash", "-s"}, strings.Replace(collectScript, path, "PATH="+dir, 1))
	if usual != busybox {
		t.Errorf("busybox sends otherwise: %s", firstDifference(usual, busybox))
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return fmt.Sprintf("line %d: %q", i+1, x[i])
		}
	}
	return "more lines"
}

// TestScriptWritesNothing: no redirection to a file, no here-document (bash keeps
// those in temporary files), no temporary files.
func TestScriptWritesNothing(t *testing.T) {
	for i, l := range strings.Split(collectScript, "\n") {
		l = strings.ReplaceAll(strings.ReplaceAll(l, ">/dev/null", ""), ">&2", "")
		l = strings.ReplaceAll(l, "2>&1", "")
		l = strings.ReplaceAll(l, "length(p) > 13", "")
		if regexp.MustCompile(`>|<<|mktemp|tee |\btouch\b|\bmkdir\b|\brm\b`).MatchString(l) {
			t.Errorf("line %d may write: %s", i+1, l)
		}
	}
}

// TestSecretsStay plants secrets and looks for them in all that is sent.
func TestSecretsStay(t *testing.T) {
	const secret = "Geheim4711geheim"
	dir := t.TempDir()
	lines := "root:$6$" + secret + "$hash:1:2:3:4:5:6:\nlocked:!$y$j9T$" + secret + "$x:1::::::\ndes:" + secret[:13] + ":1::::::\n" +
		"odd:" + secret + secret + ":1::::::\nshort:" + secret[:6] + ":1::::::\nempty::1::::::\nstar:*:1::::::\nbang:!!:1::::::\n+nis\n"
	passwd := "root:" + secret[:13] + ":0:0:root:/root:/bin/sh\nx:x:1:1::/:/bin/sh\n"
	config := "# " + secret + "\nForceCommand /bin/x --t " + secret + "\nforcecommand=\"A=" + secret + " /bin/x\"\nAuthorizedKeysCommand /bin/y\t" + secret + " %u\nSetEnv TOKEN=" + secret + "\n \tsetenv=A=" + secret + "\n\"SetEnv\" \"B=" + secret + " more\"\nMatch User a\nSETENV C=\"" + secret + "\" D=" + secret + "\n"
	table := "//host/share /mnt cifs user=u,password=" + secret + ",pass=" + secret + " 0 0\n" +
		"mon:/ /ceph ceph name=a,secret=" + secret + ",noexec 0 0\nhttps://u:" + secret + "@h/d /dav davfs rw 0 0\nu:" + secret + "@h:/x /x fuse.sshfs rw 0 0\n"
	sudoers := "# " + secret + "\nDefaults passwd_tries=3, env_keep+=\"A_KEY\"\nbob ALL=(ALL) CWD=/x NOPASSWD: /usr/bin/curl --token " + secret + " https\\://x, /bin/x --api-key=" + secret + ", /bin/y -k \\\n\t" + secret + ", /bin/z * a" + secret + "* /etc/x # " + secret + "\n"
	for name, text := range map[string]string{"shadow": lines, "passwd": passwd, "sshd_config": config, "fstab": table, "sudoers": sudoers} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	functions := strings.Replace(collectScript, "collect </dev/null", "", 1)
	functions = strings.Replace(functions, "exit 0", "", 1)
	test := functions + "nonce=N max=100000 uid=0\nfile accounts shadow reduced 8\nfile accounts passwd reduced 7\nfile sshd sshd_config without_commands\nfile mounts fstab without_credentials\nfile sudo sudoers without_arguments_of\n"
	for _, shell := range [][]string{{"dash"}, {"bash"}, {"busybox", "ash"}} {
		cmd := exec.Command(shell[0], append(shell[1:], "-c", test)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", shell, err, out)
		}
		if strings.Contains(string(out), secret[:6]) {
			t.Errorf("%s sends a secret:\n%s", shell, out)
		}
		for _, want := range []string{"root:set sha512:1:2:3:4:5:6", "locked:locked yescrypt:1", "des:set des", "odd:set unknown", "short:none", "empty:empty", "star:none", "bang:none", "\n+\n", "root:set des:0:0:root:/root:/bin/sh", "x:x:1:1::/:/bin/sh", "secret=***,noexec",
			"#\nForceCommand /bin/x ***\nforcecommand=***\nAuthorizedKeysCommand /bin/y ***\n",
			"#\nDefaults passwd_tries=3, env_keep+=\"A_KEY\"\nbob ALL=(ALL) CWD=/x NOPASSWD: /usr/bin/curl --token *** ***, /bin/x ***, /bin/y -k \\\n\t***, /bin/z * * /etc/x #\n",
		} {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: no %q in\n%s", shell, want, out)
			}
		}
	}
}

// TestUnprivileged scans as nobody: what root alone may read is unknown, the rest is there.
func TestUnprivileged(t *testing.T) {
	if os.Getuid() != 0 {
		d := scanLocal(t, Scanner{})
		checkUnprivileged(t, d)
		return
	}
	out := (&shellConn{argv: []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-s"}}).run(t)
	d := mustScan(t, &fakeConn{stdout: out})
	checkUnprivileged(t, d)
}

func checkUnprivileged(t *testing.T, d *compliance.Document) {
	t.Helper()
	checkSchema(t, d)
	for _, p := range [][]string{{"accounts", "users", "root", "password"}, {"accounts", "users", "root", "max_days"}, {"sudo", "rules"}, {"sudo", "defaults"}} {
		if cause := causeOf(d, p...); !strings.Contains(cause, needsRoot) {
			t.Errorf("%s: cause is %q", p, cause)
		}
	}
	if v := value(t, d, "accounts", "users", "root", "uid"); v != 0 {
		t.Errorf("root's uid is %v", v)
	}
	if v, _ := d.Value(compliance.Path{"files", "/root/.ssh/authorized_keys"}); v != nil {
		t.Errorf("/root/.ssh/authorized_keys is %v to nobody", v)
	}
	if !slices.ContainsFunc(d.Diagnostics, func(x compliance.Diagnostic) bool {
		return x.Level == compliance.LevelWarning && strings.Contains(x.Message, "need root; run with --sudo")
	}) {
		t.Errorf("no word of root in %v", d.Diagnostics)
	}
}

// TestEveryFrameCounts deletes each frame in turn: what it told must then be
// unknown, and no other fact may change or appear.
func TestEveryFrameCounts(t *testing.T) {
	files, err := filepath.Glob("../../testdata/host/recorded/*.stream")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded hosts: %v", err)
	}
	for _, name := range append(files, "../../testdata/host/debian12.txt") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			stream, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			without(t, string(stream))
		})
	}
}

// without takes one frame after the other out of a stream.
func without(t *testing.T, whole string) {
	full := flatten(mustScan(t, &fakeConn{stdout: whole}).Facts())
	frames := regexp.MustCompile(`(?s)\nNONCE begin ([^\n]*)\n.*?\nNONCE end [^\n]*\n`)
	all := frames.FindAllStringSubmatchIndex(whole, -1)
	if len(all) < 50 {
		t.Fatalf("only %d frames", len(all))
	}
	for _, at := range all {
		name := whole[at[2]:at[3]]
		d := mustScan(t, &fakeConn{stdout: whole[:at[0]] + "\n" + whole[at[1]:]})
		checkUnknowns(t, d)
		left := flatten(d.Facts())
		for p, v := range left {
			if strings.Contains(p, "listenaddress") {
				continue // in the order of the resolver
			}
			if was, ok := full[p]; !ok || was != v {
				if !coveredByUnknown(d, p) {
					t.Errorf("without %s, %s is %v; it was %v", name, p, v, was)
				}
			}
		}
		for p := range full {
			if _, ok := left[p]; !ok && !coveredByUnknown(d, p) {
				t.Errorf("without %s, %s is absent and not unknown", name, p)
			}
		}
	}
	t.Logf("%d frames, %d facts", len(all), len(full))
}

// flatten lists the leaves of plain values by path.
func flatten(v any) map[string]string {
	out := map[string]string{}
	var walk func(v any, at string)
	walk = func(v any, at string) {
		switch x := v.(type) {
		case map[string]any:
			for k, e := range x {
				walk(e, at+"\x00"+k)
			}
		case []any:
			for i, e := range x {
				walk(e, fmt.Sprintf("%s\x00%d", at, i))
			}
		default:
			out[strings.TrimPrefix(at, "\x00")] = fmt.Sprint(x)
		}
	}
	walk(v, "")
	return out
}

// coveredByUnknown tells whether p is unknown, or lies where something is missing.
func coveredByUnknown(d *compliance.Document, p string) bool {
	path := compliance.Path(strings.Split(p, "\x00"))
	return slices.ContainsFunc(d.Unknowns(), func(u compliance.Unknown) bool {
		if n := len(u.Path); u.Path[n-1] == compliance.Any {
			return path.HasPrefix(u.Path[:n-1])
		}
		return path.HasPrefix(u.Path)
	})
}

// TestRecorded holds the recorded Debian 12 to some of what its files say.
func TestRecorded(t *testing.T) {
	d := mustScan(t, recorded(t, "debian12"))
	checkSchema(t, d)
	for path, want := range map[string]any{
		"os/id": "debian", "os/version_id": "12", "os/codename": "bookworm", "os/uid": 0,
		"sshd/version": "9.2", "sshd/installed": true,
		"sshd/contexts/global/permitrootlogin": "prohibit-password",
		"sshd/contexts/global/x11forwarding":   "yes",
		"sshd/contexts/global/usepam":          "yes",
		"sudo/version":                         "1.9.13p3",
		"sudo/valid":                           true,
		"sudo/defaults/use_pty":                true,
		"sysctl/boot/fs.protected_fifos":       1,
		"packages/manager":                     "dpkg",
		"accounts/users/root/password":         "none",
		"accounts/users/daemon/login":          false,
		"accounts/login_defs/ENCRYPT_METHOD":   "SHA512",
		"files//etc/shadow/mode":               "0640",
		"files//etc/shadow/group":              "shadow",
	} {
		parts := strings.Split(path, "/")
		if strings.HasPrefix(path, "files/") {
			parts = []string{"files", "/etc/shadow", parts[len(parts)-1]}
		}
		if got := value(t, d, parts...); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	s, _ := d.Source(compliance.Path{"sshd", "contexts", "global", "x11forwarding"})
	if s.File != "/etc/ssh/sshd_config" || s.Text != "X11Forwarding yes" || s.Line == 0 {
		t.Errorf("x11forwarding comes from %+v", s)
	}
	s, _ = d.Source(compliance.Path{"sshd", "contexts", "global", "maxauthtries"})
	if !s.Default || s.Command != sshdDefaults {
		t.Errorf("maxauthtries comes from %+v", s)
	}
	if d.Incomplete() {
		t.Errorf("diagnostics: %v", d.Diagnostics)
	}
}

// TestOnlyWhatIsAsked: only the chosen sections are run for and put.
func TestOnlyWhatIsAsked(t *testing.T) {
	d := scanLocal(t, Scanner{}, "os", "files")
	if got := sortedKeys(d.Facts()); !slices.Equal(got, []string{"files", "os"}) {
		t.Errorf("sections are %v", got)
	}
	out := (&shellConn{argv: []string{"sh", "-s"}}).run(t, "os")
	for _, it := range parseStream("NONCE", []byte(out), "").order {
		if !strings.Contains(out, "begin os "+it.kind) {
			t.Errorf("%s was sent", it.name)
		}
	}
	if strings.Contains(out, "begin sshd") || strings.Contains(out, "begin files") {
		t.Error("more than os was collected")
	}
	if err := (&Scanner{}).Scan(t.Context(), compliance.Target{Address: "local"}, []string{"os", "nginx"}, nil); err == nil || !strings.Contains(err.Error(), `no section "nginx"`) {
		t.Errorf("error is %v", err)
	}
}

// TestNoAnswer: each way of getting no answer names the target and the remedy.
func TestNoAnswer(t *testing.T) {
	exit := errors.New("exit status 1")
	for name, c := range map[string]struct {
		conn fakeConn
		sudo bool
		want []string
	}{
		"password":   {fakeConn{stderr: "sudo: a password is required\n", err: exit}, true, []string{"asks for a password", "NOPASSWD", "without --sudo"}},
		"tty":        {fakeConn{stderr: "sudo: sorry, you must have a tty to run sudo\n", err: exit}, true, []string{"requiretty"}},
		"sudoers":    {fakeConn{stderr: "scan is not in the sudoers file.\n", err: exit}, true, []string{"refuses", "NOPASSWD"}},
		"no sudo":    {fakeConn{stderr: "sh: 1: exec: sudo: not found\n", err: errors.New("exit status 127")}, true, []string{"has no sudo", "connect as root"}},
		"other sudo": {fakeConn{stderr: "sudo: unable to resolve host\n", err: exit}, true, []string{"sudo on ssh://web1 failed"}},
		"nologin":    {fakeConn{stdout: "This account is currently not available.\n", err: exit}, false, []string{"login shell", "nologin"}},
		"restricted": {fakeConn{stderr: "rbash: exec: restricted\n", err: exit}, false, []string{"login shell", "restricted"}},
		"silent":     {fakeConn{}, false, []string{"gave no answer"}},
		"escapes":    {fakeConn{stderr: "\x1b]0;owned\x07\x1b[31mred\n", err: exit}, false, []string{"gave no answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := scanFake(t, Scanner{Sudo: c.sudo}, &c.conn)
			if err == nil || d != nil {
				t.Fatalf("error is %v, document %v", err, d)
			}
			for _, w := range append(c.want, "web1") {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if strings.ContainsAny(err.Error(), "\x1b\x07") {
				t.Errorf("%q holds control characters", err)
			}
			if want := map[bool]string{false: "exec sh -s", true: "exec sudo -n sh -s"}[c.sudo]; c.conn.command != want {
				t.Errorf("ran %q", c.conn.command)
			}
		})
	}
}

// TestSameAgain: two scans of the same make the same document, in the same order.
func TestSameAgain(t *testing.T) {
	denied := regexp.MustCompile(`NONCE end \d+`).ReplaceAllString(recorded(t, "debian12").stdout, "NONCE end denied")
	var first []byte
	for range 5 {
		b, err := json.Marshal(mustScan(t, &fakeConn{stdout: denied}))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		if !bytes.Equal(b, first) {
			t.Fatal("the document is another one")
		}
	}
}

// TestPacked: what a distant host packs is what it would have sent.
func TestPacked(t *testing.T) {
	ask := func(how string) []byte {
		cmd := exec.Command("/bin/sh", "-s")
		cmd.Stdin = strings.NewReader(script("NONCE", sections[:10], how))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	items := func(data []byte) map[string]string {
		out := map[string]string{}
		for key, it := range parseStream("NONCE", data, "").items {
			if !strings.HasPrefix(key, "kernel ") && !strings.HasPrefix(key, "sysctl ") && key != "os cmd facts" { // they change meanwhile
				out[key] = it.status + " " + string(it.data)
			}
		}
		return out
	}
	plain, packed := ask(""), ask("packed=yes")
	if len(packed) > len(plain)/2 || bytes.Contains(packed, []byte("NONCE begin")) {
		t.Fatalf("%d bytes came as %d", len(plain), len(packed))
	}
	open, more := unpack("NONCE", packed, maxStream)
	if more || !parseStream("NONCE", open, "").done {
		t.Error("the packed answer is not whole")
	}
	got := items(open)
	for key, want := range items(plain) {
		if got[key] != want {
			t.Errorf("%s came as %q, not as %q", key, got[key], want)
		}
	}
}

// TestCutOff: what came is used, the rest is unknown, and the scan says so.
func TestCutOff(t *testing.T) {
	whole := recorded(t, "debian12")
	before, _, found := strings.Cut(whole.stdout, "\nNONCE begin accounts")
	if !found {
		t.Fatal("the recorded host has no accounts")
	}
	half := *whole
	half.stdout = before
	broken := half
	broken.err = errors.New("connection reset by peer")
	hanging := half
	hanging.hang = true
	flood := half
	flood.stdout += "\nNONCE begin accounts file /etc/passwd\n" + strings.Repeat("x", maxStream)
	packed := half
	packed.packed = true
	bomb := packed
	bomb.stdout += strings.Repeat("x", 2*maxStream)
	for name, c := range map[string]struct {
		conn fakeConn
		want string
	}{
		"stopped": {half, "stopped before"},
		"reset":   {broken, "connection reset"},
		"hangs":   {hanging, "had not answered in full"},
		"flood":   {flood, "sent more than 8 MB"},
		"packed":  {packed, "stopped before"},
		"bomb":    {bomb, "sent more than 8 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := scanFake(t, Scanner{Timeout: 500 * time.Millisecond}, &c.conn)
			if err != nil {
				t.Fatal(err)
			}
			checkSchema(t, d)
			if v := value(t, d, "os", "id"); v != "debian" {
				t.Errorf("os.id is %v", v)
			}
			if cause := causeOf(d, "accounts", "users"); !strings.Contains(cause, c.want) {
				t.Errorf("accounts.users is unknown because %q", cause)
			}
			if !d.Incomplete() || !strings.Contains(d.Diagnostics[0].Message, c.want) {
				t.Errorf("diagnostics are %v", d.Diagnostics)
			}
		})
	}
}

// TestCancelled: a scan that is interrupted ends at once.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := Scanner{Dial: func(context.Context, compliance.Target) (Conn, error) { return &fakeConn{hang: true}, nil }}
	err := s.Scan(ctx, compliance.Target{Name: "web1", Address: "ssh://web1"}, nil, func(*compliance.Document) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// TestLocalTimeout: a local scan ends with its time, and leaves no process behind:
// neither what the shell runs, nor what is bounded by timeout(1).
func TestLocalTimeout(t *testing.T) {
	const first = "want os && collect_os"
	if !strings.Contains(collectScript, first) {
		t.Fatal("the script starts otherwise")
	}
	hanging := strings.Replace(collectScript, first, `run os hang 60 sh -c 'echo "pid $$" >&2; sleep 60 & echo "pid $!" >&2; wait'`, 1)
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var out strings.Builder
	said, err := (Local{}).Run(ctx, "exec sh -s", strings.NewReader("nonce=N sections=' os ' max=1000\n"+hanging), &out)
	if err == nil {
		t.Error("no error")
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("took %s", took)
	}
	pids := regexp.MustCompile(`(?m)^pid (\d+)$`).FindAllStringSubmatch(said, -1)
	if len(pids) != 2 {
		t.Fatalf("it said %q", said)
	}
	for _, pid := range pids {
		if !endsSoon(pid[1]) {
			t.Errorf("process %s lives on", pid[1])
		}
	}
}

// endsSoon tells whether a process is gone, or dead and not yet waited for, within
// two seconds.
func endsSoon(pid string) bool {
	for range 100 {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if _, after, _ := strings.Cut(string(stat), ") "); err != nil || strings.HasPrefix(after, "Z") {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// TestNoiseBeforeFrames: what a start-up file prints is dropped.
func TestNoiseBeforeFrames(t *testing.T) {
	c := recorded(t, "debian12")
	want := flatten(mustScan(t, c).Facts())
	noisy := *c
	noisy.stdout = "Welcome!\n\x1b[2J begin os file /etc/os-release\nID=evil\n" + c.stdout
	if got := flatten(mustScan(t, &noisy).Facts()); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Error("noise before the first frame changes the facts")
	}
}

// TestHostile: what a target sends on purpose stays bounded, printable, and unknown.
func TestHostile(t *testing.T) {
	entries, _ := filepath.Glob("../../testdata/host/hostile-*.txt")
	if len(entries) < 5 {
		t.Fatalf("%d hostile streams", len(entries))
	}
	for _, path := range entries {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			d, err := scanFake(t, Scanner{}, &fakeConn{stdout: unescapeStream(string(b))})
			if err != nil {
				return
			}
			checkSchema(t, d)
			out, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(out), `\u001b`) || strings.Contains(string(out), `\u0007`) || strings.Contains(string(out), `\u009b`) {
				t.Error("control characters got through")
			}
			for _, x := range d.Diagnostics {
				if strings.Contains(x.Message, "internal fault") {
					t.Errorf("a reader failed: %s", x.Message)
				}
			}
		})
	}
}

// unescapeStream reads \e, \a, \0, \c (CSI) and \i (no UTF-8), so that hostile
// streams stay legible.
func unescapeStream(s string) string {
	return strings.NewReplacer(`\e`, "\x1b", `\a`, "\x07", `\0`, "\x00", `\c`, "\u009b", `\i`, "\xff\xfe").Replace(s)
}
