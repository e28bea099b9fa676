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
)

// pamJudge asks pamtester, in a mount namespace of its own, for a login to each
// service of the tree $0. It says of each what pam_debug was asked, and the answer.
const pamJudge = `set -e
mount --bind "$0/etc/pam.d" /etc/pam.d
for service in "$@"; do
	echo "service $service"
	pamtester "$service" root authenticate 2>&1 </dev/null || true
done`

// askPAM returns what libpam makes of each service: the results that modules
// returned, in order, then "granted" or "refused".
func askPAM(t *testing.T, a *txtar.Archive, services []string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Files {
		at := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, at, string(f.Data))
	}
	out, err := exec.Command("unshare", append([]string{"--mount", "sh", "-c", pamJudge, dir}, services...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("pamtester: %v: %s", err, out)
	}
	told := map[string]string{}
	name, results, verdict := "", []string{}, ""
	for l := range strings.Lines(string(out) + "service \n") {
		l = strings.TrimSpace(l)
		switch {
		case strings.HasPrefix(l, "service"):
			if name != "" {
				told[name] = strings.Join(append(results, verdict), " ")
			}
			name, results, verdict = strings.TrimPrefix(l, "service "), nil, "refused"
		case strings.HasPrefix(l, "auth="):
			results = append(results, strings.TrimPrefix(l, "auth="))
		case strings.Contains(l, "successfully authenticated"):
			verdict = "granted"
		}
	}
	return told
}

// canJudge tells whether this machine can run pamtester on a tree.
func canJudge() bool {
	return exec.Command("unshare", "--mount", "sh", "-c", "command -v pamtester").Run() == nil
}

// archiveTree is the tree of an archive, as the script would send it.
func archiveTree(a *txtar.Archive) pamTree {
	t := pamTree{dirs: pamDirs, files: textFiles{byPath: map[string]*textFile{}}}
	for _, f := range a.Files {
		if !strings.HasPrefix(f.Name, "etc/") {
			continue
		}
		file := &textFile{path: "/" + f.Name}
		for i, l := range strings.Split(strings.TrimSuffix(string(f.Data), "\n"), "\n") {
			if s := strings.TrimSpace(l); s != "" && s[0] != '#' {
				file.lines = append(file.lines, textLine{i + 1, l})
			}
		}
		t.files.byPath[file.path] = file
	}
	return t
}

// ourPAM is what we make of a service.
func ourPAM(t *testing.T, tree pamTree, service string) string {
	t.Helper()
	s := tree.service(service)
	if s.cause != "" {
		t.Errorf("%s: %s", service, s.cause)
	}
	steps := s.of("auth")
	if len(steps) == 0 && !s.aborted {
		steps = tree.service("other").of("auth")
	}
	if s.aborted {
		return "refused"
	}
	missing := func(name string) bool { return name == "pam_no_such_module.so" || strings.HasSuffix(name, "\r") }
	runs, ok := walkPAM(steps, pamScenario{missing: missing}.results)
	if !ok || len(runs) != 1 {
		t.Fatalf("%s may go %d ways", service, len(runs))
	}
	var out []string
	for _, i := range runs[0].ran {
		if pamName(steps[i]) == "pam_debug" {
			out = append(out, pamDebugResult(steps[i]))
		}
	}
	return strings.Join(append(out, map[bool]string{true: "granted", false: "refused"}[runs[0].granted]), " ")
}

// TestPAMStacks holds the reading and walking of stacks against libpam: now, where
// pamtester is installed and the tests may mount, and as recorded.
func TestPAMStacks(t *testing.T) {
	const path = "../../testdata/host/pam/stacks.txtar"
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range a.Files { // an archive has no carriage returns, and ends its lines
		switch f.Name {
		case "etc/pam.d/crlf":
			a.Files[i].Data = []byte(strings.ReplaceAll(string(f.Data), "pam_debug.so\n", "pam_debug.so\r\n"))
		case "etc/pam.d/unfinished":
			a.Files[i].Data = []byte(strings.TrimSuffix(string(f.Data), "\n"))
		}
	}
	tree := archiveTree(a)
	var services []string
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "etc/pam.d/"); ok && name != "other" {
			services = append(services, name)
		}
	}
	services = append(services, "no-such-service")
	recorded := txtarFile(a, "libpam")
	if canJudge() {
		told := askPAM(t, a, services)
		var b strings.Builder
		for _, s := range services {
			fmt.Fprintf(&b, "%s: %s\n", s, told[s])
		}
		if *update {
			original, _ := txtar.ParseFile(path)
			original.Files = slices.DeleteFunc(original.Files, func(f txtar.File) bool { return f.Name == "libpam" })
			original.Files = append(original.Files, txtar.File{Name: "libpam", Data: []byte(b.String())})
			writeFile(t, path, string(txtar.Format(original)))
			recorded = b.String()
		}
		if b.String() != recorded {
			t.Errorf("libpam says\n%s\nrecorded is\n%s", b.String(), recorded)
		}
	}
	for l := range strings.Lines(recorded) {
		service, want, _ := strings.Cut(strings.TrimSuffix(l, "\n"), ": ")
		if got := ourPAM(t, tree, service); got != want {
			t.Errorf("%s: ours is %q, libpam's is %q", service, got, want)
		}
	}
	if strings.Count(recorded, "\n") != len(services) {
		t.Errorf("%d services, recorded are\n%s", len(services), recorded)
	}
}

// TestPAMRandom compares us with libpam on stacks made up at random.
func TestPAMRandom(t *testing.T) {
	if !canJudge() {
		t.Fatal("pamtester is not installed, or this account may not mount")
	}
	r := rand.New(rand.NewPCG(1, 2))
	a := &txtar.Archive{}
	var services []string
	for i := range 300 {
		name := fmt.Sprintf("s%d", i)
		services = append(services, name)
		a.Files = append(a.Files, txtar.File{Name: "etc/pam.d/" + name, Data: []byte(randomStack(r, i))})
	}
	a.Files = append(a.Files, txtar.File{Name: "etc/pam.d/other", Data: []byte("auth required pam_deny.so\n")})
	tree, told := archiveTree(a), askPAM(t, a, services)
	for i, s := range services {
		if got := ourPAM(t, tree, s); got != told[s] {
			t.Errorf("%s: ours is %q, libpam's is %q\n%s", s, got, told[s], a.Files[i].Data)
		}
	}
}

// randomStack makes up a stack; it may take in those with a lower number.
func randomStack(r *rand.Rand, number int) string {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	var b strings.Builder
	for range 1 + r.IntN(6) {
		if number > 0 && r.IntN(4) == 0 {
			fmt.Fprintf(&b, pick("auth include s%d\n", "auth substack s%d\n", "@include s%d\n"), r.IntN(min(number, 40)))
			continue
		}
		control := pick("required", "requisite", "sufficient", "optional")
		if r.IntN(2) == 0 {
			control = "[" + pick("success", "ignore", "auth_err") + "=" + pick("1", "2", "3", "ok", "done", "bad", "die", "reset", "ignore") +
				" default=" + pick("1", "ok", "done", "bad", "die", "reset", "ignore") + "]"
		}
		fmt.Fprintf(&b, "auth %s pam_debug.so auth=%s\n", control, pick("success", "success", "success", "auth_err", "ignore", "new_authtok_reqd"))
	}
	return b.String()
}

// TestPAMIncludesItself: a file that includes itself ends, and grants nothing.
func TestPAMIncludesItself(t *testing.T) {
	for _, include := range []string{"auth include a", "auth substack a", "@include a"} {
		a := &txtar.Archive{Files: []txtar.File{{Name: "etc/pam.d/a", Data: []byte("auth optional pam_permit.so\n" + include + "\n" + include + "\n")}}}
		s := archiveTree(a).service("a")
		runs, ok := walkPAM(s.of("auth"), pamScenario{right: true}.results)
		if len(s.steps) > 2*pamMaxStack || !s.aborted && ok && runs[0].granted {
			t.Errorf("%s: %d steps, aborted %v, %d runs", include, len(s.steps), s.aborted, len(runs))
		}
	}
}
