package host

import (
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

// clientHosts are what the trees are asked about.
var clientHosts = []string{"git.lab", "elsewhere"}

// TestSSHClient holds our reading of ssh_config against `ssh -G`: now, where there is
// an ssh, and as recorded in "ssh". No tree has Match exec, which -G would run.
func TestSSHClient(t *testing.T) {
	trees, err := filepath.Glob("../../testdata/host/ssh_client/*.txtar")
	if err != nil || len(trees) < 20 {
		t.Fatalf("%d trees: %v", len(trees), err)
	}
	program, _ := exec.LookPath("ssh")
	for _, path := range trees {
		f := loadTree(t, path)
		i := slices.IndexFunc(f.archive.Files, func(x txtar.File) bool { return x.Name == "ssh" })
		want := ""
		if i >= 0 {
			want = string(f.archive.Files[i].Data)
		}
		if program != "" {
			told := askSSH(t, program, f.dir)
			if *update {
				f.archive.Files = slices.DeleteFunc(f.archive.Files, func(x txtar.File) bool { return x.Name == "ssh" })
				f.archive.Files = append(f.archive.Files, txtar.File{Name: "ssh", Data: []byte(told)})
				writeFile(t, path, string(txtar.Format(f.archive)))
				want = told
			}
			if told != want {
				t.Errorf("%s: ssh says\n%srecorded is\n%s", path, told, want)
			}
		}
		if got := readClientTree(t, f); got != want {
			t.Errorf("%s: merlon reads\n%sssh says\n%s", path, got, want)
		}
	}
}

// toldKeywords are those whose default we know, as ssh does.
func toldKeywords() []string {
	return slices.DeleteFunc(sortedKeys(sshClientDefaults), func(word string) bool { return slices.Contains(clientAlgorithms, word) })
}

// TestSSHClientAlgorithms: ssh takes the lists that we read, and changes its own by
// what stands behind a sign.
func TestSSHClientAlgorithms(t *testing.T) {
	ssh := func(text, word string) []string {
		config := filepath.Join(t.TempDir(), "ssh_config")
		writeFile(t, config, text)
		out, err := exec.Command("ssh", "-G", "-F", config, "host").Output()
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		_, list, _ := strings.Cut(string(out), "\n"+word+" ")
		list, _, _ = strings.Cut(list, "\n")
		return strings.Split(list, ",")
	}
	for text, want := range map[string]string{
		"": "", "Ciphers 3des-cbc,aes256-ctr": "3des-cbc,aes256-ctr", "ciphers=\"aes128-cbc\"\nCiphers aes256-ctr": "aes128-cbc",
		"Host *\nCiphers +3des-cbc,aes128-cbc": "+3des-cbc,aes128-cbc", "Ciphers ^aes256-cbc": "^aes256-cbc", "Ciphers -aes*,3des*": "-aes*,3des*",
		"MACs hmac-md5": "", "Host other\nCiphers 3des-cbc": "",
	} {
		d := scanFrames(t, "ssh_client", frame("ssh_client", "cmd", "present", "/usr/bin/ssh", "0"),
			frame("ssh_client", "cmd", "config files 1", "file /etc/ssh/ssh_config", "0"),
			frame("ssh_client", "cmd", "config lines 1", "/etc/ssh/ssh_config:1:"+strings.Replace(text, "\n", "\n/etc/ssh/ssh_config:2:", 1)+"\n", "0"))
		checkSchema(t, d)
		list := value(t, d, "ssh_client", "contexts", "global", "ciphers").([]any)
		ours := strings.Fields(strings.Trim(fmt.Sprint(list), "[]"))
		if got := strings.Join(ours, ","); got != want {
			t.Errorf("%q: ciphers are %q, want %q", text, got, want)
		}
		told, own := ssh(text, "ciphers"), ssh("", "ciphers")
		switch {
		case want == "" || want[0] == '-':
			for _, name := range told {
				if !slices.Contains(own, name) {
					t.Errorf("%q: ssh has %s too", text, name)
				}
			}
		case want[0] == '+', want[0] == '^':
			for _, name := range strings.Split(want[1:], ",") {
				if !slices.Contains(told, name) {
					t.Errorf("%q: ssh has no %s", text, name)
				}
			}
		case !slices.Equal(told, ours):
			t.Errorf("%q: ssh has %v, we read %v", text, told, ours)
		}
	}
}

// askSSH returns what is in effect for each host, in our words.
func askSSH(t *testing.T, program, dir string) string {
	t.Helper()
	var b strings.Builder
	for _, host := range clientHosts {
		cmd := exec.Command(program, "-G", "-F", filepath.Join(dir, "ssh_config"), host)
		cmd.Env = []string{"HOME=/root", "PATH=/usr/bin:/bin", "SSH_AUTH_SOCK=/agent"}
		out, err := cmd.Output()
		if err != nil {
			return "refused\n"
		}
		told := map[string][]string{}
		for l := range strings.Lines(string(out)) {
			words := strings.Fields(l)
			told[words[0]] = words[1:]
		}
		for _, word := range toldKeywords() {
			fmt.Fprintf(&b, "%s %s %s\n", host, word, saidBySSH(word, strings.Join(told[word], " ")))
		}
	}
	return b.String()
}

// saidBySSH turns a value of `ssh -G` into the fact's text.
func saidBySSH(word, value string) string {
	switch sshClientDefaults[word].(type) {
	case []any:
		return strings.ReplaceAll(value, "/root/", "~/")
	case bool:
		return fmt.Sprint(value != "no" && value != "false")
	}
	return strings.NewReplacer("true", "yes", "false", "no").Replace(value)
}

// readClientTree is what our reading finds in effect for each host: each block
// that the host meets is given by its text.
func readClientTree(t *testing.T, f sshdTreeFile) string {
	t.Helper()
	c := &sshClientConfig{tree: clientTree(f)}
	c.file(filepath.Join(f.dir, "ssh_config"), nil, nil, 0)
	if c.refused != "" {
		return "refused\n"
	}
	var b strings.Builder
	for _, host := range clientHosts {
		found := c.evaluate(func(block clientBlock) bool { return meetsBlock(host, block.text) })
		for _, word := range toldKeywords() {
			value := sshClientDefaults[word]
			if word == "forwardx11trusted" {
				value = true // Debian's
			}
			if s, set := found[word]; set {
				value = s.value
				if s.cause != "" {
					value = s.cause
				}
			}
			fmt.Fprintf(&b, "%s %s %s\n", host, word, strings.Trim(fmt.Sprint(value), "[]"))
		}
	}
	return b.String()
}

// meetsBlock tells whether root's connection to host meets a block of the trees.
func meetsBlock(host, text string) bool {
	kind, rest, _ := strings.Cut(text, " ")
	words := strings.Fields(rest)
	if kind == "host" {
		return patternList(host, strings.Join(slices.DeleteFunc(words, func(w string) bool { return strings.Contains(w, ",") }), ",")) == 1
	}
	for len(words) > 1 {
		name, negated := strings.CutPrefix(strings.ToLower(words[0]), "!")
		subject := host
		switch name {
		case "final":
			words = words[1:]
			continue
		case "user":
			subject = "root"
		}
		if (patternList(subject, words[1]) == 1) == negated {
			return false
		}
		words = words[2:]
	}
	return true
}

// clientTree is what the collector would send of a tree.
func clientTree(f sshdTreeFile) *tree {
	t := &tree{topic: sshClientTopic, files: map[string][]numberedLine{}, state: map[string]string{}, globs: map[string]glob{}}
	for _, pattern := range []string{"d/*.conf", "none", "a", "redhat.conf", "crypto"} {
		paths, _ := filepath.Glob(filepath.Join(f.dir, pattern))
		t.globs[filepath.Join(f.dir, pattern)] = glob{files: paths}
	}
	for _, file := range f.archive.Files {
		name := filepath.Join(f.dir, file.Name)
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		t.state[name] = "file"
		n := 0
		for l := range strings.Lines(string(b)) {
			n++
			t.files[name] = append(t.files[name], numberedLine{n, strings.TrimSuffix(l, "\n")})
		}
	}
	return t
}

// TestSSHClientFacts sees sources, contexts and what stays unknown, as the frames
// of the collector tell it.
func TestSSHClientFacts(t *testing.T) {
	scan := func(text, included string) *compliance.Document {
		return scanFrames(t, "ssh_client",
			frame("ssh_client", "cmd", "present", "/usr/bin/ssh\n/etc/debian_version", "0"),
			frame("ssh_client", "cmd", "config files 1", "file /etc/ssh/ssh_config", "0"),
			frame("ssh_client", "cmd", "config lines 1", text, "0"),
			frame("ssh_client", "dir", "config /etc/ssh/ssh_config.d/*.conf", "/etc/ssh/ssh_config.d/50.conf", "0"),
			frame("ssh_client", "cmd", "config files 2", included+" /etc/ssh/ssh_config.d/50.conf", "0"),
			frame("ssh_client", "cmd", "config lines 2", "/etc/ssh/ssh_config.d/50.conf:2:ForwardAgent yes\n/etc/ssh/ssh_config.d/50.conf:3:Match exec ***\n/etc/ssh/ssh_config.d/50.conf:4:Tunnel yes", "0"))
	}
	const text = "/etc/ssh/ssh_config:1:Tunnel no\n/etc/ssh/ssh_config:2:Include ssh_config.d/*.conf\n/etc/ssh/ssh_config:9:Host * !a\n/etc/ssh/ssh_config:10:StrictHostKeyChecking no\n"
	d := scan(text, "file")
	checkSchema(t, d)
	wantFacts(t, d, "ssh_client", map[string]any{
		"installed": true, "contexts|global|forwardagent": true, "contexts|global|tunnel": "no", "contexts|global|forwardx11trusted": true,
		"contexts|global|stricthostkeychecking": "ask", "contexts|host * !a|stricthostkeychecking": "no", "contexts|host * !a|wide": true,
		"contexts|match exec ***|tunnel": "no",
	})
	if s, _ := d.Source(compliance.Path{"ssh_client", "contexts", "global", "forwardagent"}); s.File != "/etc/ssh/ssh_config.d/50.conf" || s.Line != 2 || len(s.Via) != 1 || s.Via[0].Line != 2 {
		t.Errorf("%+v", s)
	}
	d = scan(strings.Replace(text, "Tunnel", "HashKnownHosts", 1), "file")
	if why := causeOf(d, "ssh_client", "contexts", "match exec ***", "tunnel"); !strings.Contains(why, "not run") {
		t.Errorf("what Match exec sets: %q", why)
	}
	d = scan(text, "denied")
	wantFacts(t, d, "ssh_client", map[string]any{"contexts|global|tunnel": "no"})
	if why := causeOf(d, "ssh_client", "contexts", "global", "forwardagent"); !strings.HasSuffix(why, needsRoot) {
		t.Errorf("an unreadable drop-in: %q", why)
	}
	d = scan(text+"/etc/ssh/ssh_config:11:ForwardX11 perhaps\n", "file")
	if causeOf(d, "ssh_client", "contexts") == "" {
		t.Error("a configuration that ssh refuses has facts")
	}
	d = scanFrames(t, "ssh_client", frame("ssh_client", "cmd", "present", "/etc/debian_version", "0"))
	wantFacts(t, d, "ssh_client", map[string]any{"installed": false})
}
