package host

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSSHDRandom mixes the lines of all trees anew, over a main file and what it
// includes, and asks the real sshd about each mixture that it accepts.
func TestSSHDRandom(t *testing.T) {
	sshd := findSSHD(t)
	defaults := parseDump(sshd.dump(t, "/dev/null", "-"))
	for _, name := range emptyLists {
		defaults[name] = nil
	}
	global, matchable, matches := treeLines(t)
	random := rand.New(rand.NewPCG(1, 2))
	some := func(from []string, most int) (out []string) {
		for range random.IntN(most + 1) {
			out = append(out, from[random.IntN(len(from))])
		}
		return out
	}
	part := func(more ...string) string {
		lines := append(some(matchable, 5), more...)
		for range random.IntN(3) {
			lines = append(lines, matches[random.IntN(len(matches))])
			lines = append(lines, some(matchable, 3)...)
		}
		return strings.Join(lines, "\n")
	}
	const mixtures = 150
	accepted, compared := 0, 0
	for range mixtures {
		f := sshdTreeFile{dir: t.TempDir()}
		writeFile(t, filepath.Join(f.dir, "b"), part())
		writeFile(t, filepath.Join(f.dir, "a"), part(some([]string{"Include " + f.dir + "/b"}, 1)...))
		main := strings.Join(some(global, 3), "\n") + "\n" + part("Include "+f.dir+"/[a]") + "\n" + part()
		writeFile(t, filepath.Join(f.dir, "sshd_config"), main)
		options := sshdOptions{}
		options.set("hostkey", sshd.key, line("command line", 1, ""))
		for _, spec := range []string{
			"user=bob,host=web.example.org,addr=10.1.2.3,laddr=10.9.9.9,lport=22",
			"user=root,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22",
			"user=nobody,host=db.example.com,addr=192.0.2.7,laddr=10.9.9.9,lport=2222",
		} {
			out, err := exec.Command(sshd.path, "-T", "-f", filepath.Join(f.dir, "sshd_config"), "-h", sshd.key, "-C", spec).Output()
			if err != nil {
				break // sshd refuses the mixture
			}
			accepted++
			ours := f.evaluateFor(spec, defaults, options)
			for name, tokens := range parseDump(string(out)) {
				compared++
				k := sshdKeywords[name]
				if a, b := k.dump(ours[name]), k.dump(tokens); !slices.Equal(a, b) {
					t.Errorf("%s %s: the parser says %q, sshd says %q of\n%s", spec, name, a, b, main)
				}
			}
		}
	}
	if accepted < mixtures/2 {
		t.Errorf("sshd accepted only %d connections' worth", accepted)
	}
	t.Logf("%d connections, %d keywords compared", accepted, compared)
}

// treeLines returns the lines of all trees: those for the global part alone, those
// for a Match block too, and the Match lines.
func treeLines(t *testing.T) (global, matchable, matches []string) {
	t.Helper()
	paths, _ := filepath.Glob(sshdTrees + "/*.txtar")
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		b = []byte(strings.Split(string(b), "-- want --")[0])
		for l := range strings.Lines(string(b)) {
			l = strings.TrimRight(l, "\r\n")
			word, _ := keywordOf(l)
			if same, ok := sshdAliases[word]; ok {
				word = same
			}
			switch k := sshdKeywords[word]; {
			case word == "match":
				matches = append(matches, l)
			case k == nil || word == "subsystem" || strings.HasPrefix(l, "user="):
			case k.match && word != "permituserenvironment":
				matchable = append(matchable, l)
			default:
				global = append(global, l)
			}
		}
	}
	return global, matchable, matches
}
