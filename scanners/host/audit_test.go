package host

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"merlon/compliance"
)

// auditHere is what is there on the machines of the trees.
var auditHere = []string{"/sbin/auditd", "/etc/localtime", "/etc/issue", "/etc/issue.net", "/etc/hosts", "/etc/networks", "/etc/network", "/etc/network/",
	"/etc/sudoers", "/etc/sudoers.d", "/etc/sudoers.d/", "/etc/group", "/etc/passwd", "/etc/gshadow", "/etc/shadow", "/etc/security/opasswd", "/usr/bin/kmod"}

// onTree runs a program where the tree $0 stands in place of /etc/audit.
const onTree = `set -e
mount --bind "$0" /etc/audit
exec "$@"`

// auditTree writes a tree's files, and returns the directory.
func auditTree(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "etc/audit/"); ok {
			at := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, at, strings.NewReplacer(`\r`+"\n", "\r\n", `\e`+"\n", "").Replace(string(f.Data)))
		}
	}
	return dir
}

// auditFrames are what the collector sends of a tree.
func auditFrames(t *testing.T, dir, listed string) []string {
	t.Helper()
	here := auditHere
	if _, err := os.Stat(filepath.Join(dir, "rules.d")); err == nil {
		here = append(slices.Clone(here), rulesDir)
	}
	var files, lines, unended strings.Builder
	paths, _ := filepath.Glob(dir + "/rules.d/[^.]*.rules")
	for _, p := range append([]string{filepath.Join(dir, "audit.rules")}, paths...) {
		data, err := os.ReadFile(p)
		if err != nil {
			continue
		}
		name := auditDir + strings.TrimPrefix(p, dir)
		fmt.Fprintf(&files, "there %s\n", name)
		for i, l := range strings.Split(string(data), "\n") {
			if s := strings.TrimSpace(l); s != "" && s[0] != '#' {
				fmt.Fprintf(&lines, "%s:%d:%s\n", name, i+1, l)
			}
		}
		if len(data) > 0 && data[len(data)-1] != '\n' {
			fmt.Fprintln(&unended, name)
		}
	}
	f := func(name, data string) string {
		return frame("audit", "cmd", name, strings.TrimSuffix(data, "\n"), "0")
	}
	return []string{f("present", strings.Join(here, "\n")), f("files", files.String()), f("lines", lines.String()), f("unended", unended.String()),
		f("auditd unit", ""), f("uname -m", "x86_64"), f("sudo log", ""), f("UID_MIN", "172:UID_MIN\t1000"), f("paths", ""), f("stat", ""),
		f(auditState, "enabled 1\npid 1"), f(auditList, listed)}
}

// TestAuditRules holds the rules of trees against the answers by audit.rules(7): as
// they lie on disk and as the kernel lists them, recorded in "auditctl"; and our order
// of lines against that of augenrules, now, where it is installed, and as recorded.
func TestAuditRules(t *testing.T) {
	trees, err := filepath.Glob("../../testdata/host/audit/*.txtar")
	if err != nil || len(trees) < 30 {
		t.Fatalf("%d trees: %v", len(trees), err)
	}
	_, missing := exec.LookPath("augenrules")
	for _, path := range trees {
		t.Run(filepath.Base(path), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := auditTree(t, a)
			merged, listed := txtarFile(a, "augenrules"), txtarFile(a, "auditctl")
			if missing == nil && exec.Command("unshare", "--mount", "true").Run() == nil {
				if told := askAugenrules(t, auditTree(t, a)); told != merged {
					t.Errorf("augenrules says\n%s\nrecorded is\n%s", told, merged)
				}
			}
			d := scanFrames(t, "audit", auditFrames(t, dir, listed)...)
			checkSchema(t, d)
			checkUnknowns(t, d)
			r := readingOf("audit", nil)
			r.in = parseStream("NONCE", []byte(strings.Join(auditFrames(t, dir, listed), "")), "")
			if ours := ourOrder(r); ours != merged && filepath.Base(path) != "no_end.txtar" {
				t.Errorf("our order is\n%s\naugenrules says\n%s", ours, merged)
			}
			for l := range strings.Lines(txtarFile(a, "expect")) {
				event, want, _ := strings.Cut(strings.TrimSpace(l), " ")
				if event == "immutable" {
					if got := fmt.Sprint(factOr(d, "?", "audit", "immutable")); got != want {
						t.Errorf("immutable is %s, want %s", got, want)
					}
					continue
				}
				// "loaded:EVENT": where the kernel's list tells otherwise. auditctl prints -F path=
				// of a directory as a watch of it, and what it refused is not in the list.
				event, loaded := strings.CutPrefix(event, "loaded:")
				if got := missingOf(d, event, "disk"); !loaded && got != want {
					t.Errorf("%s on disk: not recorded is %q, want %q", event, got, want)
				}
				if !loaded && strings.Contains(txtarFile(a, "expect"), "loaded:"+event) {
					continue
				}
				if got := missingOf(d, event, "runtime"); listed != "" && got != want {
					t.Errorf("%s as the kernel lists it: not recorded is %q, want %q", event, got, want)
				}
			}
			for _, list := range []string{"not_loaded", "not_on_disk"} {
				if v, ok := d.Value(compliance.Path{"audit", list}); listed != "" && ok && len(v.([]any)) > 0 {
					t.Errorf("%s: %v", list, v)
				}
			}
		})
	}
}

func askAugenrules(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("unshare", "--mount", "sh", "-c", onTree, dir, "sh", "-c", "augenrules; cat /etc/audit/audit.rules").CombinedOutput()
	if err != nil {
		t.Fatalf("augenrules: %v: %s", err, out)
	}
	var b strings.Builder
	for l := range strings.Lines(string(out)) {
		s := strings.TrimSpace(l)
		if s != "" && s[0] != '#' && !strings.Contains(s, "augenrules: No") {
			b.WriteString(strings.TrimRight(l, "\r\n") + "\n")
		}
	}
	return b.String()
}

// ourOrder are the lines of a tree in the order in which they are loaded.
func ourOrder(r *reading) string {
	files := r.textFiles()
	names := files.in(rulesDir, ".rules")
	var lines []auditLine
	slices.SortFunc(names, func(x, y string) int { return byVersion(filepath.Base(x), filepath.Base(y)) })
	for _, n := range names {
		lines = append(lines, auditLines(files.get(n))...)
	}
	lines = inAugenOrder(lines)
	if f := files.get(auditFile); !f.absent {
		lines = auditLines(f)
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(l.text, "\r") + "\n")
	}
	return b.String()
}

// missingOf is what is not recorded of an event, "?" for what is unknown.
func missingOf(d *compliance.Document, event, where string) string {
	v, _ := d.Value(compliance.Path{"audit", "events", event, where})
	list, _ := v.([]any)
	var words []string
	for _, w := range list {
		words = append(words, fmt.Sprint(w))
	}
	if causeOf(d, "audit", "events", event, where, compliance.Any) != "" {
		words = append(words, "?")
	}
	return strings.Join(words, "; ")
}

func factOr(d *compliance.Document, other any, path ...string) any {
	if v, ok := d.Value(path); ok {
		return v
	}
	return other
}

// TestAuditCollector: the collector sends of a tree what the other tests hold for
// granted.
func TestAuditCollector(t *testing.T) {
	if exec.Command("unshare", "--mount", "true").Run() != nil {
		t.Fatal("this test mounts: run it as root")
	}
	a, err := txtar.ParseFile("../../testdata/host/audit/no_end.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := auditTree(t, a)
	chosen, err := choose([]string{"audit"})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--mount", "sh", "-c", onTree, dir, "sh", "-s")
	cmd.Stdin = strings.NewReader(script("NONCE", chosen, ""))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	sent := parseStream("NONCE", out, "")
	held := parseStream("NONCE", []byte(strings.Join(auditFrames(t, dir, ""), "")), "")
	for _, name := range []string{"files", "lines", "unended"} {
		key := itemKey("audit", "cmd", name)
		got, want := "", string(held.items[key].data)
		if sent.items[key] != nil {
			got = string(sent.items[key].data)
		}
		if name == "files" { // absent ones are told too
			got = strings.Join(slices.DeleteFunc(strings.Split(got, "\n"), func(l string) bool { return !strings.HasPrefix(l, "there ") }), "\n")
		}
		if strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s: the collector sends\n%s\nheld for granted is\n%s", name, got, want)
		}
	}
}

// TestAuditLogNames: the log is looked at whatever its name, and so are plug-ins.
func TestAuditLogNames(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "auditd.conf"), "log_file = /etc/audit/trail\n")
	for _, name := range []string{"trail", "trail.1", "plugins.d/a.conf"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), "x\n")
	}
	chosen, err := choose([]string{"audit"})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--mount", "sh", "-c", onTree, dir, "sh", "-s")
	cmd.Stdin = strings.NewReader(script("NONCE", chosen, ""))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	told := string(parseStream("NONCE", out, "").items[itemKey("audit", "cmd", "paths")].data)
	for _, name := range []string{"trail", "trail.1", "plugins.d", "plugins.d/a.conf"} {
		if !strings.Contains(told, "there /etc/audit/"+name+"\n") {
			t.Errorf("%s is not looked at:\n%s", name, told)
		}
	}
}

// TestByVersion holds our order of names against that of ls -v.
func TestByVersion(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	names := []string{"10-a.rules", "9-b.rules", "a.rules", "a-1.rules", "a01.rules", "a1.rules", "a1.2.rules", "a~.rules", "B.rules", "b.rules", "0.rules", "00.rules", "a-.rules", "a_.rules", "a+.rules"}
	for range 60 {
		name := make([]byte, 1+random.IntN(6))
		for i := range name {
			name[i] = "ab019-_.~+Z"[random.IntN(11)]
		}
		if s := string(name); s[0] != '.' {
			names = append(names, s+".rules")
		}
	}
	for _, n := range names {
		writeFile(t, filepath.Join(dir, n), "")
	}
	cmd := exec.Command("ls", "-1v", dir)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	slices.SortFunc(names, byVersion)
	if got := strings.Join(names, "\n"); got != strings.TrimSpace(string(out)) {
		t.Errorf("ours is\n%s\nls -v has\n%s", got, out)
	}
}

// TestAuditStates: what cannot be had is unknown, what is off records nothing.
func TestAuditStates(t *testing.T) {
	a, err := txtar.ParseFile("../../testdata/host/audit/benchmark.txtar")
	if err != nil {
		t.Fatal(err)
	}
	listed := txtarFile(a, "auditctl")
	base := auditFrames(t, auditTree(t, a), listed)
	with := func(name, data, status string) *compliance.Document {
		frames := slices.Clone(base)
		for i, f := range frames {
			if strings.HasPrefix(f, "\nNONCE begin audit cmd "+name+"\n") {
				frames[i] = frame("audit", "cmd", name, data, status)
			}
		}
		return scanFrames(t, "audit", frames...)
	}
	d := with(auditState, "", statusDenied)
	if cause := causeOf(d, "audit", "events", "identity", "runtime"); !strings.HasSuffix(cause, needsRoot) {
		t.Errorf("without root the cause is %q", cause)
	}
	if got := missingOf(d, "identity", "disk"); got != "" {
		t.Errorf("on disk %q is missing", got)
	}
	d = with(auditState, "Error - audit support not in kernel", "1")
	if causeOf(d, "audit", "enabled") == "" || causeOf(d, "audit", "not_loaded") == "" {
		t.Error("without audit in the kernel something is known of it")
	}
	d = with(auditState, "enabled 0", "0")
	if got := missingOf(d, "sudoers", "runtime"); !strings.Contains(got, "changes of /etc/sudoers") {
		t.Errorf("auditing is off, and only %q is not recorded", got)
	}
	d = with("uname -m", "aarch64", "0")
	if got := missingOf(d, "deletion", "disk"); got != "?" {
		t.Errorf("auditctl on arm64 refuses rename(2), and yet %q is missing", got)
	}
	arm := auditReading{width: got{text: "aarch64\n"}, uidMin: 1000}
	set := loadAudit([]auditLine{{text: "-a always,exit -F arch=b64 -S renameat,unlinkat"}}, arm.machine())
	if gaps, open := arm.gaps(set, callProbes("rename renameat unlink unlinkat"), []string{"b64"}, compliance.Source{}); len(gaps)+len(open) > 0 {
		t.Errorf("on arm64 %v %v is missing", gaps, open)
	}
	d = with("auditd unit", "/usr/lib/systemd/system/auditd.service:30:ExecStartPost=-/sbin/auditctl -R /etc/audit/other.rules", "0")
	if cause := causeOf(d, "audit", "events", "sudoers", "disk"); !strings.Contains(cause, "other.rules") {
		t.Errorf("rules from elsewhere: the cause is %q", cause)
	}
	d = with("auditd unit", "/etc/systemd/system/auditd.service:30:ExecStartPost=-/sbin/auditctl -R /etc/audit/audit.rules\n/usr/lib/systemd/system/auditd.service:26:ExecStartPost=-/sbin/augenrules --load", "0")
	if got := missingOf(d, "sudoers", "disk"); got != "changes of /etc/sudoers, changes of /etc/sudoers.d" {
		t.Errorf("the unit loads audit.rules itself, and %q is missing", got)
	}
	const own = "/usr/lib/systemd/system/auditd.service:26:ExecStartPost=-/sbin/augenrules --load\n/usr/lib/systemd/system/auditd.service:25:ExecStart=/sbin/auditd\n"
	d = with("auditd unit", own+"/etc/systemd/system/auditd.service.d/a.conf:2:ExecStartPost=\n/etc/systemd/system/auditd.service.d/a.conf:3:ExecStartPost=-/sbin/auditctl -R /etc/audit/audit.rules", "0")
	if got := missingOf(d, "sudoers", "disk"); got != "changes of /etc/sudoers, changes of /etc/sudoers.d" {
		t.Errorf("a drop-in loads audit.rules in place of rules.d, and %q is missing", got)
	}
	d = with("auditd unit", own+"/etc/systemd/system/auditd.service.d/a.conf:2:ExecStartPost=", "0")
	if cause := causeOf(d, "audit", "events", "sudoers", "disk"); !strings.Contains(cause, "no unit loads the rules") {
		t.Errorf("a drop-in loads nothing: the cause is %q", cause)
	}
	d = with("auditd unit", "/usr/lib/systemd/system/audit-rules.service:9:ExecStart=/usr/sbin/augenrules --load\n/usr/lib/systemd/system/auditd.service:25:ExecStart=/usr/sbin/auditd\n", "0")
	if got := missingOf(d, "sudoers", "disk"); got != "" {
		t.Errorf("a unit of its own loads the rules, and %q is missing", got)
	}
	rule := slices.IndexFunc(base, func(f string) bool { return strings.HasPrefix(f, "\nNONCE begin audit cmd lines\n") })
	for line, want := range map[string]string{
		"-e 0": "changes of /etc/sudoers, changes of /etc/sudoers.d", "-e 1": "", "-a never,filesystem -F fstype=0xEF53": "?", "-a never,filesystem -F fstype=tracefs": "",
		"-a always,exit -F arch=b64 -S open -F success=no": "?",
	} {
		file := "/etc/audit/rules.d/00-a.rules"
		if strings.HasPrefix(line, "-e") {
			file = "/etc/audit/rules.d/zz.rules"
		}
		frames := slices.Clone(base)
		frames[rule] = strings.Replace(base[rule], "audit cmd lines\n", "audit cmd lines\n"+file+":1:"+line+"\n", 1)
		for i, f := range frames {
			frames[i] = strings.Replace(f, "audit cmd files\n", "audit cmd files\nthere "+file+"\n", 1)
		}
		if got := missingOf(scanFrames(t, "audit", frames...), "sudoers", "disk"); got != want {
			t.Errorf("with %s %q is missing, want %q", line, got, want)
		}
	}
	ppc := auditReading{width: got{text: "ppc64le\n"}, uidMin: 1000}
	if gaps, _ := ppc.gaps(loadAudit([]auditLine{{text: "-a always,exit -F arch=b64 -S renameat,unlinkat"}}, "ppc64le"), callProbes("rename renameat unlink unlinkat"), []string{"b64"}, compliance.Source{}); len(gaps) != 2 {
		t.Errorf("POWER has rename and unlink, and the gaps are %v", gaps)
	}
	d = with("sudo log", "", statusDenied)
	if !strings.HasSuffix(causeOf(d, "audit", "events", "sudo_log"), needsRoot) {
		t.Error("sudo's log is known without root")
	}
	d = with("sudo log", "logfile = \"/var/log/sudo.log\"", "0")
	if got := missingOf(d, "sudo_log", "disk"); got != "changes of /var/log/sudo.log" {
		t.Errorf("of sudo's log %q is missing", got)
	}
	d = with("sudo log", "logfile=/var/log/sudo.log\nlogfile=/etc/sudoers\n", "0")
	if got := missingOf(d, "sudo_log", "disk"); got != "" {
		t.Errorf("sudo's last line counts, and %q is missing", got)
	}
	d = with(auditList, listed+"-a always,exit -F arch=b64 -S kexec_load -F key=x", "0")
	if v := value(t, d, "audit", "not_on_disk"); len(v.([]any)) != 1 {
		t.Errorf("not on disk: %v", v)
	}
	d = with(auditList, strings.Replace(listed, "-w /etc/passwd -p wa -k identity\n", "", 1), "0")
	if v := value(t, d, "audit", "not_loaded"); len(v.([]any)) != 1 {
		t.Errorf("not loaded: %v", v)
	}
	d = with(auditList, strings.Repeat("-w /etc/passwd -p wa\n", maxAuditRules+1), "0")
	if causeOf(d, "audit", "events", "identity", "runtime") == "" || causeOf(d, "audit", "not_loaded") == "" {
		t.Error("rules without end are judged")
	}
	d = with("files", "denied /etc/audit/rules.d/*.rules\ndenied /etc/audit/auditd.conf", "0")
	for _, p := range [][]string{{"audit", "config"}, {"audit", "immutable"}, {"audit", "events", "time", "disk"}} {
		if !strings.HasSuffix(causeOf(d, p...), needsRoot) {
			t.Errorf("%v: the cause is %q", p, causeOf(d, p...))
		}
	}
}

// TestPrivileged: each program that the walk finds is covered by its own rule, by a
// directory's, or by one for all that users run.
func TestPrivileged(t *testing.T) {
	rules := "-a always,exit -F path=/bin/su -F perm=x -F auid>=1000 -F auid!=unset\n-a never,exit -F path=/usr/libexec/b\n-a always,exit -F dir=/usr/libexec -F perm=x\n-a always,exit -F arch=b64 -F path=/usr/bin/half -F perm=x\n"
	a := &txtar.Archive{Files: []txtar.File{{Name: "etc/audit/rules.d/a.rules", Data: []byte(rules)}}}
	records := found("- - f 4755 0 0 /usr/bin/su", "- - f 4755 0 0 /usr/libexec/a", "- - f 4755 0 0 /usr/libexec/b", "- - f 2755 0 0 /usr/bin/half", "- - f 4755 0 0 /home/x", "- - f 4755 0 0 /usr/bin/new")
	scan := func(status string) *compliance.Document {
		frames := append(auditFrames(t, auditTree(t, a), strings.ReplaceAll(rules, "/bin/su", "/usr/bin/su")),
			frame("walk", "cmd", "mounts", walkedRoot, "0"), frame("walk", "cmd", "find", records, status))
		d := mustScan(t, &fakeConn{stdout: strings.Join(frames, "") + doneFrame}, "audit", "walk")
		checkSchema(t, d)
		return d
	}
	d := scan("0")
	want := list("runs of /usr/bin/half of programs of arch b32", "runs of /usr/bin/new", "runs of /usr/libexec/b")
	wantFacts(t, d, "audit", map[string]any{"privileged|disk": want, "privileged|runtime": want})
	if s, _ := d.Source(compliance.Path{"audit", "privileged", "disk", "2"}); s.Line != 2 {
		t.Errorf("what hides b is %+v", s)
	}
	if d := scan("124"); causeOf(d, "audit", "privileged", "disk", compliance.Any) == "" {
		t.Error("the walk was cut short, and all programs are known")
	}
}

// TestAuditd follows auditd.conf(5): keywords and words in any case, the last line.
func TestAuditd(t *testing.T) {
	conf := []string{"Max_Log_File = 32", "max_log_file_action=KEEP_LOGS", "space_left = 25%", "space_left_action = exec /usr/local/bin/x y", "log_group =", "nonsense", "disk_full_action = SUSPEND", "disk_full_action = Halt", "local_events = NO", "log_format = NoLog"}
	var lines strings.Builder
	for i, l := range conf {
		fmt.Fprintf(&lines, "%s:%d:%s\n", auditdConf, i+1, l)
	}
	d := scanFrames(t, "audit", frame("audit", "cmd", "present", "/sbin/auditd", "0"), frame("audit", "cmd", "files", "there "+auditdConf, "0"), frame("audit", "cmd", "lines", lines.String(), "0"))
	wantFacts(t, d, "audit", map[string]any{"installed": true, "config|max_log_file": 32, "config|max_log_file_action": "keep_logs", "config|space_left": "25%",
		"config|space_left_action": "exec", "config|log_group": "root", "config|disk_full_action": "halt", "config|disk_error_action": "syslog", "config|log_file": "/var/log/audit/audit.log",
		"config|local_events": "no", "config|write_logs": "no"})
	if s, _ := d.Source(compliance.Path{"audit", "config", "disk_full_action"}); s.Line != 8 {
		t.Errorf("disk_full_action comes from %+v", s)
	}
	d = scanFrames(t, "audit", frame("audit", "cmd", "present", "", "0"))
	wantFacts(t, d, "audit", map[string]any{"installed": false})
}

// TestAuditctlRefuses: what auditctl 3.0.9 refuses is not taken for a rule.
func TestAuditctlRefuses(t *testing.T) {
	for _, text := range []string{
		"-a always,exit -S unlink -F arch=b64", "-a always,exit -F arch=b64 -S stime", "-a always,exit -F arch=b64 -S umount", "-a always,exit -F arch=b64 -S unlink -F arch=b32",
		"-a always,exit -F path=relative -F perm=wa", "-a always,exit -F path=/etc/passwd -F dir=/etc", "-a never,task -S open", "-a always,exit -F perm=q -F path=/etc/passwd",
		"-a always,exit -F arch=b64 -S unlink -F msgtype=CWD", "-a always,exit -F arch=b64 -S unlink -w /etc/passwd", "-a always,task -F path=/etc/passwd", "-a entry,always -S open",
		"-w relative -p wa", "-w /etc/passwd -p q", "-x", "-w /etc/passwd -p wa # comment", "-w\t/etc/passwd -p wa", "-a always,exit -F nofield=1", "-w /etc/passwd -p wa\r",
		"-a always,exit -F path=/etc/shadow -F perm=wa -k \"a b\"", "-a always", "-a always,exit -F", "-a always,exit -a never,exit -S open",
	} {
		set := loadAudit([]auditLine{{text: text}}, "x86_64")
		if len(set.rules) != 1 || !set.rules[0].foggy {
			t.Errorf("%q is taken for a rule", text)
		}
	}
	for _, text := range []string{
		"-a always,exit -F arch=b32 -S stime,umount,clock_settime64", "-a exit,always -Farch=b64 -Sunlink -S90 -k x", "-A never,exit -F exe=/usr/bin/x", "-w /etc/passwd",
		"-a always,exclude -F msgtype=CWD", "-a never,user -F subj_type=crond_t", "-a never,task", "-a always,exit -F arch=b64 -S all -F a0=2", "-a always,exit -C auid!=obj_uid -F key=x",
	} {
		set := loadAudit([]auditLine{{text: text}}, "x86_64")
		if len(set.rules) != 1 || set.rules[0].foggy {
			t.Errorf("%q is no rule", text)
		}
	}
	if set := loadAudit([]auditLine{{text: "-a always,exit -F arch=b64 -S open,unlinkat"}}, "aarch64"); !set.rules[0].foggy {
		t.Error("arm64 has no open(2)")
	}
}

// BenchmarkAudit reads five thousand rules and asks for a thousand programs.
func BenchmarkAudit(b *testing.B) {
	var lines []auditLine
	for i := range maxAuditRules {
		lines = append(lines, auditLine{text: fmt.Sprintf("-a always,exit -F path=/usr/lib/x%d -F perm=x -F auid>=1000 -F auid!=unset -k privileged", i)})
	}
	for b.Loop() {
		set := loadAudit(lines, "x86_64")
		for i := range maxWalked {
			set.judge(auditProbe{arch: "b64", path: fmt.Sprintf("/opt/%d", i), perm: "x", uidMin: 1000})
		}
	}
}

// FuzzAuditRules: no line brings the reader down, and what is put in front of rules
// never makes more recorded than there was without a rule of its own.
func FuzzAuditRules(f *testing.F) {
	trees, _ := filepath.Glob("../../testdata/host/audit/*.txtar")
	for _, p := range trees {
		a, err := txtar.ParseFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(txtarFile(a, "augenrules"))
	}
	f.Add("-a never,exit -F auid<0 -F exit>=-13 -C uid=euid\n-w / -p\n-S\n-F a0&=1\n-k")
	f.Fuzz(func(t *testing.T, text string) {
		var lines []auditLine
		for _, l := range strings.Split(text, "\n") {
			lines = append(lines, auditLine{text: l})
		}
		set := loadAudit(inAugenOrder(lines), "x86_64")
		for _, p := range []auditProbe{{syscall: "unlink"}, {syscall: "execve", become: true}, {path: "/etc/sudoers.d", folder: true, perm: "a"}, {path: "/usr/bin/su", perm: "x"}, {syscall: "open", errno: -13}} {
			p.arch, p.uidMin = "b64", 1000
			v := set.judge(p)
			if v.recorded && !strings.Contains(text, "always") && !strings.Contains(text, "-w") {
				t.Errorf("%q records %v", text, p)
			}
		}
		for _, r := range set.rules {
			_ = r.canonical()
		}
		set.differences(set)
	})
}
