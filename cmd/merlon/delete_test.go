package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
	"merlon/policies"
	"merlon/scanners/host"
)

// A replay is a connection to a host of which a stream was recorded.
type replay struct{ stdout, stderr string }

func (replay) Close() error { return nil }

func (r replay) Run(_ context.Context, _ string, stdin io.Reader, stdout io.Writer) (string, error) {
	script, err := io.ReadAll(stdin)
	if err != nil {
		return "", err
	}
	nonce := regexp.MustCompile(`^nonce=(\S+) `).FindSubmatch(script)
	if nonce == nil {
		return "", fmt.Errorf("the script does not start with its nonce")
	}
	fill := strings.NewReplacer("NONCE", string(nonce[1]))
	_, err = fill.WriteString(stdout, r.stdout)
	return fill.Replace(r.stderr), err
}

// document is what a scan of a replayed host finds.
func (r replay) document(t testing.TB, sections []string) *compliance.Document {
	t.Helper()
	s := host.Scanner{Dial: func(context.Context, compliance.Target) (host.Conn, error) { return r, nil }}
	var doc *compliance.Document
	target := compliance.Target{Name: "web1", Kind: compliance.KindHost, Address: "ssh://web1"}
	if err := s.Scan(t.Context(), target, sections, func(d *compliance.Document) { doc = d }); err != nil {
		t.Fatal(err)
	}
	doc.Sections = sections
	return doc
}

// recordedHosts are the hosts of testdata by name.
func recordedHosts(t testing.TB) map[string]replay {
	t.Helper()
	files, err := filepath.Glob("../../testdata/host/recorded/*.stream")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded hosts: %v", err)
	}
	hosts := map[string]replay{}
	for _, f := range files {
		var r replay
		name := strings.TrimSuffix(f, ".stream")
		for file, text := range map[string]*string{f: &r.stdout, name + ".stderr": &r.stderr} {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			*text = string(b)
		}
		hosts[filepath.Base(name)] = r
	}
	return hosts
}

// frames takes a stream apart: the whole is their concatenation, and tail.
func frames(stream string) (list []string, tail string) {
	const begin, done = "\nNONCE begin ", "\nNONCE done\n"
	stream, tail, _ = strings.Cut(stream, done)
	tail = done + tail
	for i, part := range strings.Split(stream, begin) {
		if i > 0 {
			list = append(list, begin+part)
		}
	}
	return list, tail
}

var frameHead = regexp.MustCompile(`^\nNONCE begin (\S+) (\S+) (.*)\n`)

// ran are the frames of programs that a host need not have; where sshd or sudo is
// itself missing, what is said of it does not apply.
var ran = map[string]bool{
	"sshd cmd sshd -V": true, "sudo cmd sudo -V": true,
	"sudo cmd visudo -c": false, "packages cmd dpkg-query": false, "packages cmd rpm": false,
	"services cmd list-unit-files": false, "services cmd list-units": false, "updates cmd apt-config": false,
	"mac cmd aa-status": false, "firewall cmd nft -j list ruleset": false, "firewall cmd iptables-nft-save": false,
	"firewall cmd ip6tables-nft-save": false, "firewall cmd ip -o addr": false, "listeners cmd ss -Hlntup": false,
}

// A loss is a stream of which something did not arrive.
type loss struct {
	what string
	stream
	// leaves: it is true that what is judged is not there.
	leaves bool
}

type stream = string

// losses are all that one section's share of a stream can lose.
func losses(whole stream, section string) []loss {
	list, tail := frames(whole)
	without := func(put func(frame string) string) stream {
		var b strings.Builder
		for _, f := range list {
			b.WriteString(put(f))
		}
		return b.String() + tail
	}
	mine := func(f string) bool { return strings.HasPrefix(f, "\nNONCE begin "+section+" ") }
	out := []loss{{what: "the section", stream: without(func(f string) string {
		if mine(f) {
			return ""
		}
		return f
	})}}
	for _, f := range list {
		if !mine(f) {
			continue
		}
		head := frameHead.FindString(f)
		name := strings.TrimPrefix(strings.TrimSpace(head), "NONCE begin ")
		instead := func(with string) stream {
			return without(func(g string) string {
				if g == f {
					return with
				}
				return g
			})
		}
		out = append(out, loss{what: name + ": nothing", stream: instead("")}, loss{what: name + ": denied", stream: instead(head + "\nNONCE end denied\n")})
		if leaves, is := ran[name]; is {
			out = append(out, loss{what: name + ": missing", stream: instead(head + "\nNONCE end missing\n"), leaves: leaves})
		}
	}
	return out
}

// verdicts are the worst states, by control and by subject.
type verdicts map[string]map[string]compliance.State

var badness = []compliance.State{compliance.NotApplicable, compliance.Pass, compliance.Unsure, compliance.Fail}

func judge(t testing.TB, set *policies.Set, doc *compliance.Document) verdicts {
	t.Helper()
	found, errs := set.Evaluate(t.Context(), doc)
	for _, err := range errs {
		t.Error(err)
	}
	v := verdicts{}
	for i := range found {
		f := &found[i]
		if v[f.Control.ID] == nil {
			v[f.Control.ID] = map[string]compliance.State{}
		}
		subject := f.Subject.String()
		if was, ok := v[f.Control.ID][subject]; !ok || slices.Index(badness, was) < slices.Index(badness, f.State) {
			v[f.Control.ID][subject] = f.State
		}
	}
	return v
}

// untrue tells which verdicts changed otherwise than into unknown.
func (before verdicts) untrue(after verdicts, leaves bool) []string {
	var out []string
	for id, subjects := range before {
		unsure := slices.Contains(slices.Collect(maps.Values(after[id])), compliance.Unsure)
		for subject, was := range subjects {
			now, judged := after[id][subject]
			switch {
			case judged && (now == was || now == compliance.Unsure), unsure && !judged, was == compliance.NotApplicable && !judged:
			case leaves && now != compliance.Pass:
			default:
				out = append(out, fmt.Sprintf("%s of %q was %s, and is %q", id, subject, was, cmpState(now, judged)))
			}
		}
		for subject, now := range after[id] {
			if _, ok := subjects[subject]; !ok && (now == compliance.Pass || now == compliance.Fail) {
				out = append(out, fmt.Sprintf("%s of %q was not there, and is %s", id, subject, now))
			}
		}
	}
	slices.Sort(out)
	return out
}

func cmpState(s compliance.State, judged bool) string {
	if !judged {
		return "gone"
	}
	return string(s)
}

// readers are the shipped host controls by the section that they read.
func readers(t testing.TB) map[string]*policies.Set {
	t.Helper()
	ids := map[string][]string{}
	for _, c := range hostControls(t).Controls() {
		for _, s := range c.Sections {
			ids[s] = append(ids[s], c.ID)
		}
	}
	sets := map[string]*policies.Set{}
	for section, list := range ids {
		set, errs := policies.Load(policies.Options{Controls: list})
		for _, err := range errs {
			t.Fatal(err)
		}
		sets[section] = set
	}
	return sets
}

// TestDeleteEachFact: whatever of a host's answer is lost, or may not be read, no
// verdict changes but into unknown. What did not arrive is not absent, and nothing
// passes, fails or ceases to apply by it.
func TestDeleteEachFact(t *testing.T) {
	sets := readers(t)
	lost, judged := 0, 0
	for _, name := range slices.Sorted(maps.Keys(recordedHosts(t))) {
		whole := recordedHosts(t)[name]
		for _, section := range host.Sections() {
			set := sets[section]
			if set == nil {
				continue
			}
			sections := set.Sections(compliance.KindHost)
			doc := whole.document(t, sections)
			before := judge(t, set, doc)
			for _, l := range losses(whole.stdout, section) {
				lost++
				less := replay{l.stream, whole.stderr}.document(t, sections)
				if reflect.DeepEqual(less.Facts(), doc.Facts()) && reflect.DeepEqual(less.Unknowns(), doc.Unknowns()) {
					continue
				}
				judged++
				for _, problem := range before.untrue(judge(t, set, less), l.leaves) {
					t.Errorf("%s without %s: %s", name, l.what, problem)
				}
			}
		}
	}
	t.Logf("%d losses, %d of which change what is known", lost, judged)
	if judged < 100 {
		t.Errorf("only %d losses change what is known", judged)
	}
}
