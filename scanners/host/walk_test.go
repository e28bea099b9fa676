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
	"merlon/scanners/host/roottest"
)

const walkedRoot = "uid 0\nwalked / 8:1 / rw,relatime rw\nwalked /home 8:2 / rw,nosuid,nodev rw\nagain /srv 8:1 /srv rw,nosuid rw\n"

// found writes records of find, each ended by NUL.
func found(records ...string) string { return strings.Join(records, "\x00") + "\x00" }

func TestWalk(t *testing.T) {
	d := scanFrames(t, "walk", frame("walk", "cmd", "getcap", "/usr/bin/ping cap_net_raw=ep\n/usr/bin/a b = cap_setuid,cap_setgid+ep cap_chown+i\n/usr/bin/c =ep\n/usr/bin/d cap_setuid=ep [rootid=1000]\n/home/x/e cap_sys_admin=i\nFailed to get capabilities of file\n", "0"),
		frame("walk", "cmd", "owned", "dpkg\nasked /bin/su\nasked /usr/bin/chage\nasked /home/bob/my sh\nasked /opt/bad\n/usr/bin/su\n/usr/bin/chage\n", "0"),
		frame("walk", "cmd", "mounts", walkedRoot, "0"), frame("walk", "cmd", "find", found(
			"- - f 4755 0 0 /bin/su", "- - f 2755 0 42 /usr/bin/chage", "- - f 4755 1000 1000 /home/bob/my sh", "- - f 666 0 0 /opt/a\nb",
			"- - d 777 0 0 /var/open", "nouser - d 755 1999 0 /srv/old", "nouser nogroup f 6777 1999 1999 /opt/bad", "garbage", "- - f 99 x 0 /no", "- - f 666 0 0 relative"), "0"))
	checkSchema(t, d)
	checkUnknowns(t, d)
	wantFacts(t, d, "walk", map[string]any{
		"suid|/bin/su|program": "/usr/bin/su", "suid|/bin/su|nosuid": false, "suid|/bin/su|setuid": true, "suid|/bin/su|mode": "4755",
		"suid|/usr/bin/chage|setgid": true, "suid|/home/bob/my sh|nosuid": true, "writable_folders|/var/open|mode": "0777",
		"unowned|/srv/old|user": false, "unowned|/srv/old|group": true, "unowned|/opt/bad|group": false, "writable_files|/opt/bad|uid": 1999,
		"suid|/bin/su|packaged": true, "suid|/opt/bad|packaged": false, "suid|/home/bob/my sh|packaged": false,
		"capabilities|/usr/bin/ping|holds": list("cap_net_raw"), "capabilities|/usr/bin/a b|holds": list("cap_setgid", "cap_setuid"),
		"capabilities|/usr/bin/c|holds": list("all"), "capabilities|/home/x/e|holds": list(), "capabilities|/home/x/e|nosuid": true,
		"walked": list("/", "/home"),
	})
	for kind, n := range map[string]int{"suid": 4, "writable_files": 2, "writable_folders": 1, "unowned": 2} {
		if v := value(t, d, "walk", kind).(map[string]any); len(v) != n {
			t.Errorf("%s: %v", kind, v)
		}
	}
	if v := value(t, d, "walk", "capabilities").(map[string]any); len(v) != 4 {
		t.Errorf("capabilities: %v", v)
	}
	if len(d.Unknowns()) > 0 {
		t.Errorf("unknown: %v", d.Unknowns())
	}
}

// TestWalkCutShort: what was found counts, and that there may be more is unknown.
func TestWalkCutShort(t *testing.T) {
	one := found("- - f 4755 0 0 /opt/x") + "- - f 4755 0 0 /opt/half"
	for name, frames := range map[string][]string{
		"in time":      {frame("walk", "cmd", "mounts", walkedRoot, "0"), frame("walk", "cmd", "find", one, "124")},
		"killed":       {frame("walk", "cmd", "mounts", walkedRoot, "0"), frame("walk", "cmd", "find", one, "137")},
		"without root": {frame("walk", "cmd", "mounts", strings.Replace(walkedRoot, "uid 0", "uid 1000", 1), "0"), frame("walk", "cmd", "find", one, "1")},
		"no mounts":    {frame("walk", "cmd", "mounts", "uid 0\n", "0"), frame("walk", "cmd", "find", one, "0")},
		"too much":     {frame("walk", "cmd", "mounts", walkedRoot, "0"), frame("walk", "cmd", "find", one+strings.Repeat("x", maxItem), "125")},
	} {
		d := scanFrames(t, "walk", frames...)
		checkUnknowns(t, d)
		suid, _ := value(t, d, "walk", "suid").(map[string]any)
		if _, ok := suid["/opt/x"]; len(suid) != 1 || !ok {
			t.Errorf("%s: found is %v", name, suid)
		}
		for _, kind := range []string{"suid", "writable_files", "writable_folders", "unowned"} {
			if causeOf(d, "walk", kind, compliance.Any) == "" {
				t.Errorf("%s: %s seems to be whole", name, kind)
			}
		}
	}
	d := scanFrames(t, "walk", frame("walk", "cmd", "mounts", walkedRoot, "0"), frame("walk", "cmd", "find", "", "missing"))
	if causeOf(d, "walk", "suid") == "" {
		t.Error("without find something is known")
	}
	var many []string
	for i := range 2 * maxWalked {
		many = append(many, fmt.Sprintf("- - f 666 0 0 /opt/%d", i))
	}
	d = scanFrames(t, "walk", frame("walk", "cmd", "mounts", walkedRoot, "0"), frame("walk", "cmd", "find", found(many...), "0"))
	if v := value(t, d, "walk", "writable_files").(map[string]any); len(v) != maxWalked || causeOf(d, "walk", "writable_files", compliance.Any) == "" || causeOf(d, "walk", "suid", compliance.Any) != "" {
		t.Errorf("%d files, unknown: %v", len(v), d.Unknowns())
	}
}

// TestFindComplains: files that went away and FUSE mounts are no reason for doubt.
func TestFindComplains(t *testing.T) {
	for said, doubt := range map[string]bool{
		"find: '/tmp/x': No such file or directory\n":                                   false,
		"find: '/home/u/.gvfs': Permission denied\n":                                    false,
		"find: '/tmp/x': No such file or directory\nfind: '/srv': Input/output error\n": true,
		"find: unrecognized: -nouser\nBusyBox v1.36 multi-call binary.\n":               true,
		"": true,
		"find: File system loop detected; '/a/b' is part of the same file system loop as '/a'": true,
	} {
		if got := seriousFind(said); (got != "") != doubt {
			t.Errorf("%q: %q", said, got)
		}
	}
}

// TestWalkStops: on more files than it can look at the walk ends at its bound, and
// says so; what it had found is there. A find that never ends stands in for a million
// inodes.
func TestWalkStops(t *testing.T) {
	tools := t.TempDir()
	writeFile(t, filepath.Join(tools, "find"), "#!/bin/sh\nprintf -- '- - f 4755 0 0 /opt/x\\0'\nwhile :; do sleep 1; done\n")
	if err := os.Chmod(filepath.Join(tools, "find"), 0o755); err != nil {
		t.Fatal(err)
	}
	chosen, err := choose([]string{"walk"})
	if err != nil {
		t.Fatal(err)
	}
	text := script("NONCE", chosen, "")
	for old, now := range map[string]string{"walk_seconds=30": "walk_seconds=1", "again_seconds=15": "again_seconds=1", "PATH=/usr/sbin": "PATH=" + tools + ":/usr/sbin"} {
		if !strings.Contains(text, old) {
			t.Fatalf("the script lacks %q", old)
		}
		text = strings.Replace(text, old, now, 1)
	}
	start := time.Now()
	cmd := exec.Command("sh", "-s")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	d := mustScan(t, &fakeConn{stdout: string(out)}, "walk")
	if _, ok := d.Value(compliance.Path{"walk", "suid", "/opt/x"}); !ok {
		t.Error("what was found before is lost")
	}
	if cause := causeOf(d, "walk", "suid", compliance.Any); !strings.Contains(cause, "did not end in time") {
		t.Errorf("the cause is %q", cause)
	}
}

// TestOwned: what the package managers say of set-uid programs, and what nobody asked.
func TestOwned(t *testing.T) {
	for name, c := range map[string]struct {
		frame string
		want  map[string]any // "" where it is not known
	}{
		"dpkg knows none": {frame("walk", "cmd", "owned", "dpkg\nasked /usr/bin/a\n", "1"), map[string]any{"/usr/bin/a": false, "/usr/bin/b": nil}},
		"dpkg fails":      {frame("walk", "cmd", "owned", "dpkg\nasked /usr/bin/a\n", "2"), map[string]any{"/usr/bin/a": nil, "/usr/bin/b": nil}},
		"dpkg hangs":      {frame("walk", "cmd", "owned", "dpkg\nasked /usr/bin/a\n/usr/bin/a\n", "124"), map[string]any{"/usr/bin/a": nil}},
		"rpm":             {frame("walk", "cmd", "owned", "rpm\nasked /usr/bin/a\nasked /usr/bin/b\nfile /usr/bin/b is not owned by any package\n", "1"), map[string]any{"/usr/bin/a": true, "/usr/bin/b": false}},
		"rpm hangs":       {frame("walk", "cmd", "owned", "rpm\nasked /usr/bin/a\n", "124"), map[string]any{"/usr/bin/a": nil}},
		"neither":         {frame("walk", "cmd", "owned", "", "missing"), map[string]any{"/usr/bin/a": nil}},
	} {
		d := scanFrames(t, "walk", c.frame, frame("walk", "cmd", "mounts", walkedRoot, "0"), frame("walk", "cmd", "getcap", "", "missing"),
			frame("walk", "cmd", "find", found("- - f 4755 0 0 /bin/a", "- - f 4755 0 0 /usr/bin/b"), "0"))
		checkUnknowns(t, d)
		for file, want := range c.want {
			at := file
			if file == "/usr/bin/a" {
				at = "/bin/a"
			}
			got, _ := d.Value(compliance.Path{"walk", "suid", at, "packaged"})
			if got != want || want == nil && causeOf(d, "walk", "suid", at, "packaged") == "" {
				t.Errorf("%s: %s: %v, not %v", name, file, got, want)
			}
		}
		if causeOf(d, "walk", "capabilities") == "" {
			t.Errorf("%s: capabilities are known without getcap", name)
		}
	}
}

// TestWalkFinds has the real find walk one small file system of its own.
func TestWalkFinds(t *testing.T) {
	if !roottest.Here(t) {
		return
	}
	const prepare = `set -e
mount -t tmpfs none "$0"
cd "$0"
mkdir open sticky docker docker/overlay2 old
chmod 777 open; chmod 1777 sticky
mkdir theirs theirs/overlay2
for f in suid sgid docker/overlay2/suid theirs/overlay2/suid "two words" plain able; do echo >"$f"; done
chmod 4755 suid docker/overlay2/suid theirs/overlay2/suid; chmod 2755 sgid; chmod 666 "two words"; chmod 644 plain
if [ -n "$owners" ]; then chown 54321:54321 old; chown 54322 theirs/overlay2; fi
chmod 755 able; setcap cap_setuid,cap_net_raw+ep able
exec sh -s`
	chosen, err := choose([]string{"walk"})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	text := script("NONCE", chosen, "")
	only := strings.Replace(text, "done </proc/self/mountinfo\n}\n\n# One pass", "done </proc/self/mountinfo | grep \"^"+dir+" \"\n}\n\n# One pass", 1)
	if only == text {
		t.Fatal("the script reads mounts otherwise")
	}
	cmd := exec.Command("unshare", "--mount", "sh", "-c", prepare, dir)
	want := map[string][]string{"suid": {"sgid", "suid"}, "writable_files": {"two words"}, "writable_folders": {"open"}, "unowned": {}, "capabilities": {"able"}}
	if !roottest.Mapped() {
		cmd.Env = append(os.Environ(), "owners=yes")
		want["suid"], want["unowned"] = append(want["suid"], "theirs/overlay2/suid"), []string{"old", "theirs/overlay2"}
	}
	cmd.Stdin = strings.NewReader(only)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	d := mustScan(t, &fakeConn{stdout: string(out)}, "walk")
	for kind, want := range want {
		var names []string
		for _, file := range sortedKeys(value(t, d, "walk", kind).(map[string]any)) {
			names = append(names, strings.TrimPrefix(file, dir+"/"))
		}
		if fmt.Sprint(names) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v; unknown: %v", kind, names, want, d.Unknowns())
		}
	}
	if v := value(t, d, "walk", "capabilities", dir+"/able", "holds"); fmt.Sprint(v) != "[cap_net_raw cap_setuid]" {
		t.Errorf("able holds %v", v)
	}
	if v := value(t, d, "walk", "suid", dir+"/suid", "packaged"); v != false {
		t.Errorf("packaged is %v", v)
	}
}

func TestHomes(t *testing.T) {
	users := "local root 0 0 /root\nlocal bob 1000 1000 /home/bob\nhidden bob\nfar eve 1001 1001 /net/eve\nlocal gone 1002 1002 /home/gone\nlocal nowhere 1003 1003 \nlocal a 1004 1004 /home\nmany gone\nmore\nodd line\n"
	paths := "there /root\nthere /root/.bashrc\nthere /home/bob\nthere /home/bob/.ssh\nthere /home/bob/.ssh/authorized_keys\nthere-link /home/bob/.profile\nabsent /home/gone\nthere /home\nabsent /home/bob/.ssh/authorized_keys2\n"
	stat := "700 0 0 4096 root root directory|/root\n644 0 0 10 root root regular file|/root/.bashrc\n750 1000 1000 4096 bob bob directory|/home/bob\n" +
		"700 1000 1000 4096 bob bob directory|/home/bob/.ssh\n600 1000 1000 80 bob bob regular file|/home/bob/.ssh/authorized_keys\n644 0 0 5 root root regular file|/home/bob/.profile\n755 0 0 4096 root root directory|/home\n"
	d := scanFrames(t, "homes", frame("homes", "cmd", "users", users, "0"), frame("homes", "cmd", "paths", paths, "0"), frame("homes", "cmd", "stat", stat, "0"))
	checkSchema(t, d)
	checkUnknowns(t, d)
	wantFacts(t, d, "homes", map[string]any{
		"users|root|files|.bashrc|mode": "0644", "users|bob|folder|mode": "0750", "users|bob|files|.ssh/authorized_keys|perm": 384,
		"users|bob|files|.profile|symlink": true, "users|eve|remote": true, "users|gone|folder|exists": false, "users|a|folder|mode": "0755",
	})
	for _, p := range [][]string{{"homes", "users", compliance.Any}, {"homes", "users", "bob", "files", compliance.Any}, {"homes", "users", "gone", "files", compliance.Any}} {
		if causeOf(d, p...) == "" {
			t.Errorf("%v is no unknown", p)
		}
	}
	if v := value(t, d, "homes", "users", "a", "files").(map[string]any); len(v) != 0 {
		t.Errorf("files of others' homes: %v", v)
	}
	if _, ok := d.Value(compliance.Path{"homes", "users", "eve", "folder"}); ok {
		t.Error("a home on another machine is known")
	}
}

// TestHomesCollector: homes behind a network mount are not touched.
func TestHomesCollector(t *testing.T) {
	d := scanLocal(t, Scanner{}, "homes")
	checkSchema(t, d)
	checkUnknowns(t, d)
	if v := value(t, d, "homes", "users", "root", "folder", "exists"); v != true {
		t.Errorf("root's home: %v", v)
	}
}

func TestAIDE(t *testing.T) {
	day := int64(24 * 60 * 60)
	scan := func(config, dir, stat string) *compliance.Document {
		return scanFrames(t, "aide", frame("aide", "cmd", "present", fmt.Sprintf("/usr/bin/aide\ntime %d", 1000*day), "0"),
			frame("aide", "cmd", "files", "there /etc/aide/aide.conf", "0"), frame("aide", "cmd", "lines", config, "0"),
			frame("aide", "dir", aideFolder, dir, "0"), frame("aide", "cmd", "stat", stat, "0"),
			frame("aide", "cmd", "jobs", "/etc/cron.d/aide\n/usr/lib/systemd/system/dailyaidecheck.service", "0"))
	}
	const at = "/etc/aide/aide.conf:10:"
	d := scan(at+"database_in=file:/var/lib/aide/aide.db\n", aideFolder+"/aide.db", fmt.Sprintf("%d 2048 %s/aide.db", 998*day, aideFolder))
	checkSchema(t, d)
	wantFacts(t, d, "aide", map[string]any{"installed": true, "database|exists": true, "database|age": int64(2), "database|size": int64(2048),
		"jobs|/etc/cron.d/aide|kind": "cron", "jobs|/usr/lib/systemd/system/dailyaidecheck.service|timer": "dailyaidecheck.timer"})
	d = scan(at+"@@define DBDIR /var/lib/aide\n/etc/aide/aide.conf:11:database=file:@@{DBDIR}/aide.db.gz\n", aideFolder+"/aide.db.new.gz", "")
	wantFacts(t, d, "aide", map[string]any{"database|exists": false, "database|file": "/var/lib/aide/aide.db.gz"})
	for _, config := range []string{"", at + "database_in=https://host/aide.db\n", at + "database_in=file:@@{UNSET}/aide.db\n", at + "database_in=file:/media/cd/aide.db\n"} {
		if d := scan(config, aideFolder+"/aide.db", ""); causeOf(d, "aide", "database") == "" {
			t.Errorf("%q: the database is known", config)
		}
	}
	d = scanFrames(t, "aide", frame("aide", "cmd", "present", "time 1", "0"))
	wantFacts(t, d, "aide", map[string]any{"installed": false})
}

// TestPathCheck follows what aide 0.18 prints.
func TestPathCheck(t *testing.T) {
	for text, want := range map[string]string{
		"[X] f '/usr/sbin/auditctl': selective rule: '/usr/sbin/auditctl (none) p+i+sha512' (/etc/aide/aide.conf:3: '/usr/sbin/auditctl X')": "p i sha512 true",
		"[ ] f '/run/x': negative rule: '!/run (none)' (/etc/aide/aide.conf:3: '!/run')":                                                     " true",
		"[ ] f '/x': no matching rule": " true",
		"":                             " false",
		"aide: unrecognized option '--path-check=f:/x'": " false",
		"[X] f '/x': selective rule: '":                 " false",
	} {
		attributes, ok := parsePathCheck(text)
		if got := fmt.Sprint(strings.Join(attributes, " "), " ", ok); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	d := scanFrames(t, "aide_rules", frame("aide_rules", "cmd", "present", "/usr/sbin/aide\n/usr/sbin/auditctl\n/usr/sbin/auditd\n/usr/sbin/ausearch", "0"),
		frame("aide_rules", "cmd", "aide /usr/sbin/auditctl", "[X] f '/usr/sbin/auditctl': selective rule: '/usr (none) p+u' (x:1: 'y')", "0"),
		frame("aide_rules", "cmd", "aide /usr/sbin/auditd", "", "18"), frame("aide_rules", "cmd", "aide /usr/sbin/ausearch", "", statusDenied))
	checkSchema(t, d)
	wantFacts(t, d, "aide_rules", map[string]any{"tools|/usr/sbin/auditctl|attributes": list("p", "u")})
	for _, tool := range []string{"/usr/sbin/auditd", "/usr/sbin/ausearch"} {
		if causeOf(d, "aide_rules", "tools", tool) == "" {
			t.Errorf("%s is known", tool)
		}
	}
}

// TestAIDETells asks the real aide, where it is installed in version 0.17 or later.
func TestAIDETells(t *testing.T) {
	config := filepath.Join(t.TempDir(), "aide.conf")
	writeFile(t, config, "database_in=file:/nowhere\nStrict = p+i+n+u+g+s+b+sha512\n/usr/sbin/auditctl Strict\n/usr/bin p+u\n!/usr/bin/aide\n")
	aide, err := exec.LookPath("aide")
	if err != nil {
		t.Fatal("aide is not installed; it judges this test")
	}
	for file, want := range map[string]string{"/usr/sbin/auditctl": "sha512", "/usr/bin/x": "p", "/usr/bin/aide": "", "/srv/x": ""} {
		out, _ := exec.Command(aide, "--config="+config, "--path-check=f:"+file).Output()
		attributes, ok := parsePathCheck(string(out))
		if !ok || want == "" && attributes != nil || want != "" && !strings.Contains(strings.Join(attributes, " "), want) {
			t.Errorf("%s: %v, %v of %q", file, attributes, ok, out)
		}
	}
}

// TestAideConfig holds what is read of rules, where aide is too old to tell (Red Hat 9
// has 0.16), against what aide itself tells here.
func TestAideConfig(t *testing.T) {
	if _, err := exec.LookPath("aide"); err != nil {
		t.Fatal("aide is not installed, and the test asks it")
	}
	const redhat = "DIR = p+i+n+u+g+acl+xattrs\nPERMS = p+u+g+acl+xattrs\nCONTENTEX = sha512+ftype+p+u+g+n+acl+xattrs\n/boot CONTENTEX\n/root/\\..* PERMS\n/root CONTENTEX\n!/usr/src\n!/usr/tmp\n/usr CONTENTEX\n/etc/hosts$ CONTENTEX\n"
	tools := []string{"/usr/sbin/auditctl", "/usr/sbin/auditd", "/usr/sbin/ausearch", "/usr/sbin/augenrules"}
	for _, config := range []string{
		redhat,
		redhat + "/usr/sbin/auditctl p+i+n+u+g+s+b+acl+xattrs+sha512\n/usr/sbin/auditd$ p+i+n\n",
		"/usr/sbin/audit.* p+n\n/usr/sbin/auditd p+i\n/usr p\n=/usr/sbin/ausearch g\n=/usr/sbin u\n",
		"A = p+i+n\nB = A-i+sha512\n/usr/sbin/au[a-z]+$ B\n!/usr/sbin/ausearch\n",
		"/ p\n!/usr/sbin/augenrules$\n/usr/sbin/(auditctl|auditd)$ p+s\n",
		"/etc p+i\n", "=/usr/sbin/auditct p\n/usr/sbin/auditct g\n",
	} {
		path := filepath.Join(t.TempDir(), "aide.conf")
		writeFile(t, path, config)
		var lines strings.Builder
		for i, l := range strings.Split(config, "\n") {
			fmt.Fprintf(&lines, "/etc/aide.conf:%d:%s\n", i+1, l)
		}
		frames := []string{frame("aide_rules", "cmd", "present", "/usr/sbin/aide\n"+strings.Join(tools, "\n"), "0"),
			frame("aide_rules", "cmd", "files", "absent /etc/aide/aide.conf\nthere /etc/aide.conf", "0"), frame("aide_rules", "cmd", "lines", lines.String(), "0")}
		for _, tool := range tools {
			frames = append(frames, frame("aide_rules", "cmd", "aide "+tool, "aide: unrecognized option '--path-check=f:"+tool+"'", "15"))
		}
		d := scanFrames(t, "aide_rules", frames...)
		for _, tool := range tools {
			told, _ := exec.Command("aide", "--config="+path, "--path-check=f:"+tool).Output()
			want, ok := parsePathCheck(string(told))
			if !ok {
				t.Fatalf("aide says %q", told)
			}
			v, _ := d.Value(compliance.Path{"aide_rules", "tools", tool, "attributes"})
			var got []string
			for _, a := range v.([]any) {
				got = append(got, a.(string))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s\n%s: ours is %q, aide compares %q", config, tool, got, want)
			}
		}
	}
	for _, l := range []string{"@@include /etc/x", "/usr/sbin NOSUCH", "/usr/sbin/(auditctl p", "/usr @@{RULE}", "/usr f p+i", "!/usr/sbin/auditctl f"} {
		d := scanFrames(t, "aide_rules", frame("aide_rules", "cmd", "present", "/usr/sbin/aide\n/usr/sbin/auditctl", "0"), frame("aide_rules", "cmd", "files", "there /etc/aide.conf", "0"),
			frame("aide_rules", "cmd", "lines", "/etc/aide.conf:9:"+l, "0"), frame("aide_rules", "cmd", "aide /usr/sbin/auditctl", "", "missing"))
		if cause := causeOf(d, "aide_rules", "tools", "/usr/sbin/auditctl"); !strings.Contains(cause, "is not understood") {
			t.Errorf("%s: the cause is %q", l, cause)
		}
	}
}

// TestAIDEDatabaseLong: names of variables within one another make no long name.
func TestAIDEDatabaseLong(t *testing.T) {
	config := textFile{path: "/etc/aide/aide.conf", lines: []textLine{
		{n: 1, text: "@@define a " + strings.Repeat("@@{b}", 800)}, {n: 2, text: "@@define b " + strings.Repeat("@@{c}", 800)}, {n: 3, text: "@@define c " + strings.Repeat("x", 4000)},
		{n: 4, text: "database_in=file:/var/lib/aide/" + strings.Repeat("@@{a}", 800)},
	}}
	if file, _, cause := aideDatabase(config); file != "" || cause == "" {
		t.Errorf("%d characters, %q", len(file), cause)
	}
}
