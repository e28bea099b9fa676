package host

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"merlon/compliance"
)

// A judge is a program that tells what a tree of configuration means.
type judge struct {
	trees   string   // folder of testdata
	section string   // that reads it
	frames  string   // beginning of the names of its frames
	only    []string // folders of the tree that stand in place of this machine's
	command []string
	told    func(out string) string // what it said, in few words
	ours    func(t *testing.T, r *reading) string
}

// inTree runs $@ where the folders of the tree $0 lie over this machine's; what is
// named in $only is replaced.
const inTree = `set -e
tree=$0
for folder in $only; do mkdir -p "$tree/$folder"; done
for folder in etc usr run; do
	[ -d "$tree/$folder" ] || continue
	mount -t overlay overlay -o "lowerdir=$tree/$folder:/$folder" "/$folder"
done
for folder in $only; do mount --bind "$tree/$folder" "/$folder"; done
exec "$@"`

// TestJudges holds what is read of configuration trees against what the programs
// themselves make of them: now, where they are installed and the tests may mount, and
// as recorded. The trees are read by the collector itself.
func TestJudges(t *testing.T) {
	for _, j := range judges {
		paths, _ := filepath.Glob("../../testdata/host/" + j.trees + "/*.txtar")
		if len(paths) < 3 {
			t.Errorf("%s: %d trees", j.trees, len(paths))
		}
		for _, path := range paths {
			t.Run(j.trees+"/"+filepath.Base(path), func(t *testing.T) { j.hold(t, path) })
		}
	}
}

func (j judge) hold(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		at := filepath.Join(dir, "tree", f.Name)
		if !strings.Contains(f.Name, "/") {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		data := strings.NewReplacer(`\r`+"\n", "\r\n", `\e`+"\n", "").Replace(string(f.Data))
		if target, ok := strings.CutPrefix(data, "-> "); ok {
			if err := os.Symlink(strings.TrimSpace(target), at); err != nil {
				t.Fatal(err)
			}
			continue
		}
		writeFile(t, at, data)
	}
	in := func(argv ...string) *exec.Cmd {
		cmd := exec.Command("unshare", append([]string{"--mount", "sh", "-c", inTree, filepath.Join(dir, "tree")}, argv...)...)
		cmd.Env = append(os.Environ(), "only="+strings.Join(j.only, " "), "LC_ALL=C")
		return cmd
	}
	stream, answer := txtarFile(archive, "stream"), txtarFile(archive, "answer")
	_, err = exec.LookPath(j.command[0])
	if err == nil && in("true").Run() == nil {
		sent, said := j.ask(t, in)
		if *update {
			archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "stream" || f.Name == "answer" })
			archive.Files = append(archive.Files, txtar.File{Name: "answer", Data: []byte(said)}, txtar.File{Name: "stream", Data: []byte(sent)})
			writeFile(t, path, string(txtar.Format(archive)))
			stream, answer = sent, said
		}
		if said != answer {
			t.Errorf("%s says\n%s\nrecorded is\n%s", j.command, said, answer)
		}
		if sent != stream {
			t.Errorf("the collector sends\n%s\nrecorded is\n%s", sent, stream)
		}
	}
	var frames [][4]string
	if err := json.Unmarshal([]byte(stream), &frames); err != nil {
		t.Fatal(err)
	}
	if ours := j.ours(t, readingOf(j.section, frames)); ours != answer {
		t.Errorf("ours is\n%s\n%s says\n%s", ours, j.command[0], answer)
	}
}

// readingOf makes a reading of recorded frames.
func readingOf(section string, frames [][4]string) *reading {
	in := &stream{started: true, done: true, items: map[string]*item{}}
	for _, f := range frames {
		in.items[itemKey(section, f[0], f[1])] = &item{kind: f[0], name: f[1], status: f[2], data: []byte(f[3])}
	}
	d := compliance.NewDocument(compliance.Target{Name: "tree", Kind: compliance.KindHost})
	return &reading{doc: d, in: in, section: section}
}

// ask runs the collector and the judge on the tree.
func (j judge) ask(t *testing.T, in func(...string) *exec.Cmd) (sent, said string) {
	t.Helper()
	chosen, err := choose([]string{j.section})
	if err != nil {
		t.Fatal(err)
	}
	collector := in("sh", "-s")
	collector.Stdin = strings.NewReader(script("NONCE", chosen, ""))
	out, err := collector.Output()
	if err != nil {
		t.Fatalf("the collector: %v", err)
	}
	var frames [][4]string
	for _, it := range parseStream("NONCE", out, "").order {
		if strings.HasPrefix(it.name, j.frames) && (j.frames != "/" || it.kind != "cmd") {
			frames = append(frames, [4]string{it.kind, it.name, it.status, string(it.data)})
		}
	}
	b, err := json.MarshalIndent(frames, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	told, err := in(j.command...).CombinedOutput()
	if err != nil && len(told) == 0 {
		t.Fatalf("%s: %v", j.command, err)
	}
	return string(b) + "\n", j.told(string(told))
}

func systemdFolders(name string) []string {
	return []string{"etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd/" + name + ".conf.d"}
}

var judges = []judge{
	{"journald", "logging", "/", systemdFolders("journald"), []string{"systemd-analyze", "cat-config", "--no-pager", "systemd/journald.conf"}, toldCatConfig, oursJournald},
	{"timesyncd", "time", "/", systemdFolders("timesyncd"), []string{"systemd-analyze", "cat-config", "--no-pager", "systemd/timesyncd.conf"}, toldCatTime, oursTimesyncd},
	{"rsyslog", "logging", "rsyslog", []string{"etc/rsyslog.d"}, []string{"rsyslogd", "-N1", "-d"}, toldRsyslog, oursRsyslog},
	{"logrotate", "logging", "logrotate", []string{"etc/logrotate.d"}, []string{"logrotate", "-d", "/etc/logrotate.conf"}, toldLogrotate, oursLogrotate},
	{"chrony", "time", "chrony", []string{"etc/chrony"}, []string{"chronyd", "-p"}, toldChrony, oursChrony},
	{"apt", "updates", "apt ", []string{"etc/apt/sources.list.d"}, []string{"apt-get", "update", "--print-uris"}, toldApt, oursApt},
}

// catLines returns "key file" for each assignment of some keys that counts for one
// section, in the order in which they are read.
func catLines(out, section string, keys ...string) string {
	var b strings.Builder
	file, current := "", ""
	for l := range strings.Lines(out) {
		l = strings.TrimSpace(l)
		if f, ok := strings.CutPrefix(l, "# /"); ok && strings.Contains(f, "/systemd/") && strings.HasSuffix(f, ".conf") {
			file, current = "/"+f, ""
			continue
		}
		if strings.HasPrefix(l, "[") {
			current = strings.Trim(l, "[]")
		}
		if key, value, ok := strings.Cut(l, "="); ok && current == section && slices.Contains(keys, strings.TrimSpace(key)) {
			fmt.Fprintf(&b, "%s=%s %s\n", strings.TrimSpace(key), strings.TrimSpace(value), usrMerged(file))
		}
	}
	return b.String()
}

// usrMerged writes /lib as what it is a link to.
func usrMerged(file string) string {
	if strings.HasPrefix(file, "/lib/") {
		return "/usr" + file
	}
	return file
}

func toldCatConfig(out string) string {
	return catLines(out, "Journal", "Storage", "Compress", "ForwardToSyslog")
}
func toldCatTime(out string) string { return catLines(out, "Time", "NTP", "FallbackNTP") }

func oursSettings(t *testing.T, r *reading, name, section string, keys ...string) string {
	t.Helper()
	lines, cause := r.systemdSettings(name, section)
	if cause != "" {
		t.Fatal(cause)
	}
	var b strings.Builder
	for _, l := range lines {
		if slices.Contains(keys, l.key) {
			fmt.Fprintf(&b, "%s=%s %s\n", l.key, l.value, l.from.File)
		}
	}
	return b.String()
}

func oursJournald(t *testing.T, r *reading) string {
	return oursSettings(t, r, "journald.conf", "Journal", "Storage", "Compress", "ForwardToSyslog")
}

func oursTimesyncd(t *testing.T, r *reading) string {
	return oursSettings(t, r, "timesyncd.conf", "Time", "NTP", "FallbackNTP")
}

var processes = regexp.MustCompile(`Module (?:builtin:)?(\S+) processes this action`)

// toldRsyslog returns the modules of the actions, and that it takes the configuration.
func toldRsyslog(out string) string {
	var b strings.Builder
	for _, m := range processes.FindAllStringSubmatch(out, -1) {
		b.WriteString(strings.ReplaceAll(m[1], "builtin-shell", "omshell") + "\n")
	}
	return b.String()
}

func oursRsyslog(t *testing.T, r *reading) string {
	tree, cause := r.tree("rsyslog")
	if cause != "" {
		t.Fatal(cause)
	}
	c, cause := parseRsyslog(tree)
	if cause != "" || !c.problem.IsZero() {
		t.Fatalf("%s %+v", cause, c.problem)
	}
	var b strings.Builder
	for _, a := range c.actions {
		b.WriteString(a.kind + "\n")
	}
	return b.String()
}

var rotating = regexp.MustCompile(`(?ms)^rotating pattern: (.*?)\s+(?:forced from command line )?(hourly|weekly|monthly|yearly|after (\d+) days|(\d+) bytes) \((?:no old logs will be kept|(\d+) rotations)\)`)

func toldLogrotate(out string) string {
	var b strings.Builder
	for _, m := range rotating.FindAllStringSubmatch(out, -1) {
		when := m[2]
		switch {
		case m[3] == "1":
			when = "daily"
		case m[4] != "":
			when = "size"
		}
		fmt.Fprintf(&b, "%s %s %s\n", strings.Join(strings.Fields(strings.ReplaceAll(m[1], `"`, "")), " "), when, m[5])
	}
	return b.String()
}

func oursLogrotate(t *testing.T, r *reading) string {
	tree, cause := r.tree("logrotate")
	if cause != "" {
		t.Fatal(cause)
	}
	rotations, cause := parseLogrotate(tree)
	if cause != "" {
		t.Fatal(cause)
	}
	var b strings.Builder
	for _, x := range rotations {
		count := fmt.Sprint(x.rotate)
		if x.rotate == 0 {
			count = ""
		}
		fmt.Fprintf(&b, "%s %s %s\n", strings.Join(x.patterns, " "), x.frequency, count)
	}
	return b.String()
}

func toldChrony(out string) string {
	var lines []string
	for l := range strings.Lines(out) {
		w := strings.Fields(l)
		if len(w) > 1 && (slices.Contains(chronySources, strings.ToLower(w[0])) || strings.EqualFold(w[0], "user")) {
			text := strings.ToLower(w[0]) + " " + w[1]
			for _, option := range []string{"noselect", "offline"} {
				if hasOption(w[2:], option) {
					text += " " + option
				}
			}
			lines = append(lines, text)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func oursChrony(t *testing.T, r *reading) string {
	tree, cause := r.tree("chrony")
	if cause != "" {
		t.Fatal(cause)
	}
	c := &chrony{tree: tree, left: maxConfig}
	if cause := c.file(tree.order[0], 0); cause != "" {
		t.Fatal(cause)
	}
	var lines []string
	for _, s := range c.sources {
		if strings.HasSuffix(s.from.File, ".sources") {
			continue // chronyd -p names the folders only
		}
		text := s.kind + " " + firstField(s.name)
		if s.unused {
			text += " noselect"
		}
		if s.offline {
			text += " offline"
		}
		lines = append(lines, text)
	}
	if c.user.value != "" {
		lines = append(lines, "user "+c.user.value)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// toldApt returns the addresses and suites that apt would fetch.
func toldApt(out string) string {
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`'(\S+)/dists/(\S+)/InRelease'`).FindAllStringSubmatch(out, -1) {
		found[regexp.MustCompile(`://[^/]*@`).ReplaceAllString(m[1], "://***@")+" "+m[2]] = true
	}
	return strings.Join(sortedKeys(found), "\n") + "\n"
}

func oursApt(t *testing.T, r *reading) string {
	tree, cause := r.tree("apt")
	if cause != "" {
		t.Fatal(cause)
	}
	putAptSources(r, tree)
	list, _ := r.doc.Value(r.path("apt", "sources"))
	found := map[string]bool{}
	for _, e := range list.([]any) {
		source := e.(map[string]any)
		for _, suite := range source["suites"].([]any) {
			if source["enabled"] == true {
				found[strings.TrimSuffix(source["uri"].(string), "/")+" "+suite.(string)] = true
			}
		}
	}
	return strings.Join(sortedKeys(found), "\n") + "\n"
}
