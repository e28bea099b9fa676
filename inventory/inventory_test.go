package inventory

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"merlon/compliance"
)

const golden = "../testdata/inventory"

// TestAsAnsibleReadsIt compares with what ansible-inventory and `ansible --limit`
// said (testdata/inventory/golden.py).
func TestAsAnsibleReadsIt(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join(golden, "*", "want.json"))
	if err != nil || len(cases) < 5 {
		t.Fatalf("found %d cases, %v", len(cases), err)
	}
	for _, file := range cases {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			var want struct {
				Source string
				Hosts  map[string]struct {
					Connection, Host, Port, User string
					Groups                       []string
				}
				Limits map[string][]string
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			source := filepath.Join(dir, want.Source)
			targets, diagnostics, err := Load(source, "")
			if err != nil || len(diagnostics) > 0 {
				t.Fatalf("%v %v", err, diagnostics)
			}
			for _, target := range targets {
				w, ok := want.Hosts[target.Name]
				if !ok {
					t.Errorf("Ansible has no host %s", target.Name)
					continue
				}
				delete(want.Hosts, target.Name)
				address := "local"
				if w.Connection != "local" {
					host := w.Host
					if strings.Contains(host, ":") {
						host = "[" + host + "]"
					}
					u := url.URL{Scheme: "ssh", Host: host}
					if w.Port != "" {
						u.Host += ":" + w.Port
					}
					if w.User != "" {
						u.User = url.User(w.User)
					}
					address = u.String()
				}
				if target.Address != address {
					t.Errorf("%s: address %s, want %s", target.Name, target.Address, address)
				}
				if groups := strings.Join(w.Groups, ","); target.Labels["groups"] != groups {
					t.Errorf("%s: groups %q, want %q", target.Name, target.Labels["groups"], groups)
				}
				if target.Kind != compliance.KindHost || !declares(t, target) {
					t.Errorf("%s: kind %s, declared %+v", target.Name, target.Kind, target.Declared)
				}
			}
			for _, name := range slices.Sorted(maps.Keys(want.Hosts)) {
				t.Errorf("host %s is missing", name)
			}
			for limit, hosts := range want.Limits {
				targets, _, err := Load(source, limit)
				if err != nil {
					t.Errorf("limit %s: %v", limit, err)
				}
				if got := names(targets); !slices.Equal(got, hosts) {
					t.Errorf("limit %s: got %v, want %v", limit, got, hosts)
				}
			}
		})
	}
}

func names(targets []compliance.Target) []string {
	var out []string
	for _, t := range targets {
		out = append(out, t.Name)
	}
	return out
}

// declares tells whether the line that is said to declare the target looks so.
func declares(t *testing.T, target compliance.Target) bool {
	t.Helper()
	text, err := os.ReadFile(target.Declared.File)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	if target.Declared.Line < 1 || target.Declared.Line > len(lines) {
		return false
	}
	line := lines[target.Declared.Line-1]
	return strings.Contains(line, target.Name) || strings.Contains(line, "[")
}

// load writes files into a directory and loads the first.
func load(t *testing.T, limit string, files ...string) ([]compliance.Target, []compliance.Diagnostic, error) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for i := 0; i < len(files); i += 2 {
		if err := os.MkdirAll(filepath.Dir(files[i]), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(files[i], []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Load(files[0], limit)
}

func TestDeclared(t *testing.T) {
	targets, _, err := load(t, "", "hosts.yml", "all:\n  children:\n    a:\n      hosts:\n        x:\n        y[1:2]:\n    b: {hosts: {x: }}\n")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{5, 6, 6} {
		if d := targets[i].Declared; d.File != "hosts.yml" || d.Line != want {
			t.Errorf("%s: declared at %s:%d, want line %d", targets[i].Name, d.File, d.Line, want)
		}
	}
}

// TestOneBadEntry wants the diagnostic, with its place, and all other hosts.
func TestOneBadEntry(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		line             int
		want             string // of the diagnostic
		hosts            []string
	}{
		{"open quote", "hosts", "a\nb x='\nc\n", 2, "quote", []string{"a", "c"}},
		{"trailing backslash", "hosts", "a\nb \\\nc\n", 2, "backslash", []string{"a", "c"}},
		{"no variable", "hosts", "a\nb c\nd\n", 2, "name=value", []string{"a", "d"}},
		{"range of five parts", "hosts", "a\nb[1:2:3:4]\n", 2, "no range", []string{"a"}},
		{"range of lengths that differ", "hosts", "a\nb[01:100]\n", 2, "different lengths", []string{"a"}},
		{"range that runs backwards", "hosts", "a\nb[3:1]\n", 2, "behind its end", []string{"a"}},
		{"step 0", "hosts", "a\nb[1:3:0]\n", 2, "step", []string{"a"}},
		{"bounds of words", "hosts", "a\nb[x1:x2]\n", 2, "neither", []string{"a"}},
		{"endless range", "hosts", "a\nb[1:9223372036854775807]\n", 2, "100000 hosts", []string{"a"}},
		{"product of ranges", "hosts", "a\nb[1:5000][1:5000][1:5000]\n", 2, "100000 hosts", []string{"a"}},
		{"open bracket", "hosts", "a\nb[1:2\n", 2, "not closed", []string{"a"}},
		{"colon without a port", "hosts", "a\nb:\n", 2, "no port", []string{"a"}},
		{"escape sequence", "hosts", "a\n\"b\x1b[2J\"\n", 2, "not closed", nil},
		{"control character", "hosts", "a\nb\ac\n", 2, "control", []string{"a"}},
		{"text that runs backwards", "hosts", "a\nb\u202ec\n", 2, "control", []string{"a"}},
		{"path", "hosts", "a\n../b\n", 2, "one of", []string{"a"}},
		{"not UTF-8", "hosts", "a\nb\xff\n", 2, "UTF-8", []string{"a"}},
		{"vars of nothing", "hosts", "a\n[b:vars]\nx=1\n", 2, "declared nowhere", []string{"a"}},
		{"child of nothing", "hosts", "a\n[b:children]\nc\n", 3, "declared nowhere", []string{"a"}},
		{"circle", "hosts", "[a:children]\nb\n[b:children]\na\n[b]\nh\n", 4, "beneath it", []string{"h"}},
		{"child with blanks", "hosts", "h\n[a:children]\nb c\n", 3, "no name of a group", []string{"h"}},
		{"vars without equals", "hosts", "[a]\nh\n[a:vars]\nx\n", 4, "name=value", []string{"h"}},
		{"bad port", "hosts", "a\nb ansible_port=70000\n", 2, "no port", []string{"a"}},
		{"bad address", "hosts", "a\nb ansible_host=c:22\n", 2, "neither a name nor", []string{"a"}},
		{"address with a trick", "hosts", "a\nb ansible_host=x@y\n", 2, "one of", []string{"a"}},
		{"bad user", "hosts", "a\nb ansible_user='x y'\n", 2, "blanks", []string{"a"}},
		{"template", "hosts", "a\nb ansible_host='{{ c }}'\n", 2, "template", []string{"a"}},
		{"connection of another kind", "hosts", "a\nb ansible_connection=winrm\n", 2, "winrm", []string{"a"}},
		{"priority", "hosts", "[a]\nh\n[a:vars]\nansible_group_priority=x\n", 4, "no number", []string{"h"}},
		{"vault", "hosts.yml", "all:\n  hosts:\n    a:\n    b:\n      ansible_host: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        6162\n", 4, "ansible-vault", []string{"a"}},
		{"number for a name", "hosts.yml", "all:\n  hosts:\n    a:\n    10:\n", 4, "not text", []string{"a"}},
		{"list for hosts", "hosts.yml", "all:\n  hosts: {a: }\nb:\n  hosts: [c]\n", 4, "not a mapping", []string{"a"}},
		{"list for variables", "hosts.yml", "all:\n  hosts:\n    a:\n    b: [1]\n", 4, "not a mapping", []string{"a"}},
		{"text for a group", "hosts.yml", "all:\n  hosts: {a: }\nb: c\n", 3, "is a mapping", []string{"a"}},
		{"unknown key", "hosts.yml", "all:\n  hosts: {a: }\n  host: {b: }\n", 3, "passed over", []string{"a"}},
		{"group with an escape sequence", "hosts.yml", "all:\n  hosts: {a: }\n\"b\\e[2J\":\n  hosts: {c: }\n", 3, "no name for a group", []string{"a"}},
		{"circle in YAML", "hosts.yml", "a:\n  children:\n    b:\n      children:\n        a:\n  hosts: {h: }\n", 3, "beneath it", []string{"h"}},
		{"list for an address", "hosts.yml", "all:\n  hosts:\n    a:\n    b: {ansible_host: [1]}\n", 4, "not plain text", []string{"a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			targets, diagnostics, err := load(t, "", c.file, c.text)
			if err != nil {
				t.Fatal(err)
			}
			if c.hosts != nil && !slices.Equal(names(targets), c.hosts) {
				t.Errorf("hosts %v, want %v", names(targets), c.hosts)
			}
			if len(diagnostics) != 1 {
				t.Fatalf("diagnostics %+v, want one", diagnostics)
			}
			d := diagnostics[0]
			if d.Source.File != c.file || d.Source.Line != c.line || !strings.Contains(d.Message, c.want) {
				t.Errorf("got %s:%d: %s; want line %d, %q", d.Source.File, d.Source.Line, d.Message, c.line, c.want)
			}
			if strings.ContainsFunc(d.Message, unicode.IsControl) {
				t.Errorf("the diagnostic holds control characters: %q", d.Message)
			}
		})
	}
}

func TestVariablesFiles(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		level string
		want  string
		hosts []string
	}{
		{"broken, so the host is not guessed at", []string{"group_vars/web.yml", "a: [\n"}, "error", "group_vars/web.yml", []string{"ssh://b"}},
		{"encrypted as a whole", []string{"group_vars/web/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n61\n"}, "warning", "ansible-vault", []string{"ssh://a", "ssh://b"}},
		{"arguments for ssh", []string{"group_vars/all", "ansible_ssh_common_args: -J x\n"}, "warning", "~/.ssh/config", []string{"ssh://a", "ssh://b"}},
		{"a template that is overridden", []string{"group_vars/all", "ansible_host: '{{ x }}'\n", "group_vars/web", "ansible_host: y\n", "host_vars/b.json", `{"ansible_host":"z"}`}, "", "", []string{"ssh://y", "ssh://z"}},
		{"no mapping", []string{"host_vars/a.yml", "- x\n"}, "error", "not a mapping", []string{"ssh://b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			targets, diagnostics, err := load(t, "", append([]string{"hosts", "[web]\na\n[db]\nb\n"}, c.files...)...)
			if err != nil {
				t.Fatal(err)
			}
			var addresses []string
			for _, target := range targets {
				addresses = append(addresses, target.Address)
			}
			if !slices.Equal(addresses, c.hosts) {
				t.Errorf("addresses %v, want %v", addresses, c.hosts)
			}
			if c.level == "" {
				if len(diagnostics) > 0 {
					t.Errorf("diagnostics %+v", diagnostics)
				}
				return
			}
			if len(diagnostics) == 0 || diagnostics[0].Level != c.level || !strings.Contains(fmt.Sprint(diagnostics), c.want) {
				t.Errorf("diagnostics %+v, want %s with %q", diagnostics, c.level, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name, file, text, limit, want string
	}{
		{"blank in a section", "hosts", "a\n[web servers]\nb\n", "", "hosts:2: [web servers] is no section"},
		{"escape sequence in a section", "hosts", "[a\x1b]\nb\n", "", "hosts:1: \"a\\x1b\" is no name for a group"},
		{"unknown section", "hosts", "[a:hosts_]\n", "", "hosts:1: [a:hosts_]"},
		{"broken YAML", "hosts.yml", "all:\n  hosts: [\n", "", "hosts.yml:"},
		{"list", "hosts.yml", "- a\n", "", "hosts.yml:1: a YAML inventory is a mapping"},
		{"empty YAML", "hosts.yml", "", "", "a YAML inventory is a mapping"},
		{"empty INI", "hosts", "# nothing\n", "", "names no host"},
		{"plugin", "aws.yml", "plugin: amazon.aws.aws_ec2\n", "", "ansible-inventory -i aws.yml --list --yaml"},
		{"list as JSON", "hosts.json", `{"_meta": {}, "all": {}}`, "", "use its --yaml"},
		{"script", "hosts", "#!/bin/sh\necho {}\n", "", "a script"},
		{"vault", "hosts", "$ANSIBLE_VAULT;1.1;AES256\n", "", "ansible-vault"},
		{"endless alias", "hosts.yml", "a: &a\n  children: *a\n", "", "hosts.yml:"},
		{"alias in itself", "hosts.yml", "a: &a\n  children:\n    b: *a\n", "", "nest deeper"},
		{"merge of itself", "hosts.yml", "a: &a\n  <<: *a\n", "", "hosts.yml:"},
		{"limit of nothing", "hosts", "a\n[web]\nb\n", "wbe", `"wbe" matches no host and no group with hosts; there are the groups all, ungrouped, web and the hosts a, b`},
		{"exclusion of nothing", "hosts", "a\n", "!b", `"b" matches no host`},
		{"nothing is left", "hosts", "a\n", "a,!a", "leaves no host"},
		{"subscript", "hosts", "[w]\na\n", "w[3]", "outside of the 1 hosts"},
		{"huge subscript", "hosts", "[w]\na\n", "w[99999999999999999999]", "too large"},
		{"bad expression", "hosts", "a\n", "~(", "no regular expression"},
		{"file", "hosts", "a\n", "@retry", "not read"},
		{"only an exclamation mark", "hosts", "a\n", "!", "empty"},
		{"unclosed set", "hosts", "a\n", "x[a,b", "matches no host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, _, err := load(t, c.limit, c.file, c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	if _, _, err := Load("/nonexistent", ""); err == nil || !strings.Contains(err.Error(), "/nonexistent") {
		t.Errorf("got %v", err)
	}
}

// TestAliasBomb wants a small file that unfolds to billions of nodes refused.
func TestAliasBomb(t *testing.T) {
	text := "x0: &x0 {hosts: {h: }}\n"
	for i := 1; i <= 40; i++ {
		text += fmt.Sprintf("x%d: &x%d {children: {a%d: *x%d, b%d: *x%d}}\n", i, i, i, i-1, i, i-1)
	}
	start := time.Now()
	_, _, err := load(t, "", "hosts.yml", text)
	if err == nil || !strings.Contains(err.Error(), "unfold") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestDirectory(t *testing.T) {
	if _, _, err := load(t, "", "inv/good", "a\n", "inv/bad.yml", "a: [\n"); err != nil {
		t.Fatal(err)
	}
	targets, diagnostics, err := Load("inv", "")
	if err != nil || !slices.Equal(names(targets), []string{"a"}) {
		t.Fatalf("%v, %v", targets, err)
	}
	if len(diagnostics) != 1 || diagnostics[0].Level != compliance.LevelError || !strings.Contains(diagnostics[0].Message, "inv/bad.yml:") {
		t.Errorf("diagnostics %+v", diagnostics)
	}
	if err := os.Remove("inv/good"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load("inv", ""); err == nil || !strings.Contains(err.Error(), "inv/bad.yml:") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove("inv/bad.yml"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Load("inv", ""); err == nil || !strings.Contains(err.Error(), "no inventory file") {
		t.Errorf("got %v", err)
	}
}

// TestLinksInACircle wants an end where links make a tree without one.
func TestLinksInACircle(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"inv", "inv/group_vars/web"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, link := range []string{"x", "y"} {
			if err := os.Symlink(".", filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile("inv/hosts", []byte("[web]\na\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	targets, diagnostics, err := Load("inv", "")
	if err != nil || len(targets) > 1 || !strings.Contains(fmt.Sprint(diagnostics), "links lead in a circle") {
		t.Errorf("%v, %v, %d diagnostics", targets, err, len(diagnostics))
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestLooksLikeYAML(t *testing.T) {
	for text, want := range map[string]bool{
		"---\nall:\n": true, "# c\nall:\n": true, "{}": true, "\"web\":\n": true, "web: # c\n": true, "a: b": true,
		"[web]\n": false, "web1\n": false, "web1 a=b:\n": false, "web:22\n": false, "web[1:2]:22\n": false, "": false, "::1\n": false, "[::1]:22\n": false,
	} {
		if got := looksLikeYAML([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzINI(f *testing.F) {
	f.Add("a\n[web]\nb[01:20:2]:22 ansible_host='x' # c\n[web:vars]\nansible_user=\"u\"\n[x:children]\nweb\n", "web*:!b01")
	f.Add("[::1]:22\n[a:children]\na\n", "a[0:-1]")
	f.Fuzz(func(t *testing.T, text, limit string) { fuzz(t, parseINI, text, limit) })
}

func FuzzYAML(f *testing.F) {
	f.Add("all: &a\n  hosts: {b[1:3]: {ansible_port: 2}, c: !vault x}\n  children: {web: {<<: *a, vars: {ansible_user: u}}}\n", "&all,~b.")
	f.Add("a: &a {children: *a}\n? [x]\n: y\n", "x[-1]")
	f.Fuzz(func(t *testing.T, text, limit string) { fuzz(t, parseYAML, text, limit) })
}

// fuzz wants every target to have an address that can be used, whatever was read.
func fuzz(t *testing.T, parse func(*inventory, string, []byte) error, text, limit string) {
	inv := newInventory()
	if err := parse(inv, "hosts", []byte(text)); err != nil {
		return
	}
	inv.reconcile()
	hosts, err := inv.limit(limit)
	if err != nil {
		return
	}
	if len(hosts) > maxHosts {
		t.Fatalf("%d hosts", len(hosts))
	}
	none := newVarsDir("/nonexistent", inv)
	for _, target := range inv.targets(hosts, none, none) {
		if strings.ContainsFunc(target.Name+target.Address+target.Labels["groups"], unicode.IsControl) {
			t.Errorf("control characters: %+v", target)
		}
		u, err := url.Parse(target.Address)
		if err != nil || target.Address != "local" && (u.Scheme != "ssh" || u.Hostname() == "" || u.Path != "") {
			t.Errorf("address %q: %v", target.Address, err)
		}
		if target.Declared.Line == 0 {
			t.Errorf("%s is declared nowhere", target.Name)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	file := filepath.Join(dir, "hosts")
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "[group%d]\nhost%d-[001:100].example.com ansible_user=u\n[group%d:vars]\nansible_port=22\n", i, i, i)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if targets, _, err := Load(file, ""); err != nil || len(targets) != 10_000 {
			b.Fatal(len(targets), err)
		}
	}
}
