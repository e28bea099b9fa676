package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzPAM gives any text to the parser of stacks, with an include of itself: it must
// end, and walk in bounds.
func FuzzPAM(f *testing.F) {
	trees, err := filepath.Glob("../../testdata/host/pam/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range trees {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(b).Files {
			f.Add(string(file.Data))
		}
	}
	f.Add("auth substack x\nauth substack x\n@include x\nauth [success=99999999999999999999 default=1] a\n")
	f.Add(strings.Repeat("auth optional pam_site.so\n", 40))
	f.Fuzz(func(t *testing.T, text string) {
		tree := archiveTree(&txtar.Archive{Files: []txtar.File{{Name: "etc/pam.d/x", Data: []byte(text)}}})
		s := tree.service("x")
		if len(s.steps) > 2*pamMaxStack+len(text) {
			t.Errorf("%d steps", len(s.steps))
		}
		for _, kind := range pamKinds {
			judgeLogin(s.of(kind), s.of("account"), nil)
			judgeChange(s.of(kind), pamScenario{weak: true}, pamQuality)
		}
		p := &pamReader{tree: tree}
		for _, step := range s.steps {
			if options := pamOptions[pamName(step)]; options != nil {
				options(p, &pamLine{step: step})
			}
		}
	})
}

// TestEveryLineFrameCounts deletes each frame of these sections in turn, and makes
// each end in failure: what it told must then be unknown, and nothing else may change.
func TestEveryLineFrameCounts(t *testing.T) {
	const begin, end = "\nNONCE begin ", "\nNONCE end "
	for _, section := range []string{"pam", "limits", "shells", "mac", "boot"} {
		whole := (&shellConn{argv: []string{"sh", "-s"}}).run(t, section)
		full := flatten(mustScan(t, &fakeConn{stdout: whole}, section).Facts())
		for at := strings.Index(whole, begin); at >= 0; {
			length := strings.Index(whole[at:], end)
			name, _, _ := strings.Cut(whole[at+len(begin):], "\n")
			stop := at + length + len(end)
			stop += strings.Index(whole[stop:], "\n") + 1
			for _, instead := range []string{"\n", begin + name + "\n" + end + "denied\n", begin + name + "\n" + end + "124\n"} {
				d := mustScan(t, &fakeConn{stdout: whole[:at] + instead + whole[stop:]}, section)
				checkUnknowns(t, d)
				left := flatten(d.Facts())
				for p, v := range left {
					if was, ok := full[p]; (!ok || was != v) && !coveredByUnknown(d, p) {
						t.Errorf("without %s, %s is %v; it was %v", name, strings.ReplaceAll(p, "\x00", "/"), v, was)
					}
				}
				for p := range full {
					if _, ok := left[p]; !ok && !coveredByUnknown(d, p) {
						t.Errorf("without %s, %s is absent and not unknown", name, strings.ReplaceAll(p, "\x00", "/"))
					}
				}
			}
			next := strings.Index(whole[at+1:], begin)
			if next < 0 {
				break
			}
			at += 1 + next
		}
	}
}
