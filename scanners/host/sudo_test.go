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

	"merlon/compliance"
)

const sudoersCases = "../../testdata/host/sudoers"

// cvt is what `cvtsudoers -f json -e` prints.
type cvt struct {
	Defaults []struct {
		Binding []map[string]any
		Options []map[string]any
	}
	User_Specs []struct {
		User_List, Host_List []map[string]any
		Cmnd_Specs           []struct {
			Runasusers, Runasgroups, Options, Commands []map[string]any
		}
	}
}

// bareOption is what cvtsudoers 1.9.13 prints without the braces that JSON needs.
var bareOption = regexp.MustCompile(`("run(?:cwd|chroot)": "[^"]*")`)

// cvtName writes a member as sudoers(5) does.
func cvtName(m map[string]any) string {
	prefix := map[string]string{"username": "", "usergroup": "%", "netgroup": "+", "userid": "#", "usergid": "%#", "nonunixgroup": "%:",
		"hostname": "", "networkaddr": "", "command": "", "useralias": "", "hostalias": "", "runasalias": "", "cmndalias": ""}
	out := ""
	for _, sum := range []string{"sha224", "sha256", "sha384", "sha512"} {
		if d, ok := m[sum]; ok {
			out = sum + ":" + fmt.Sprint(d) + " "
		}
	}
	for key, p := range prefix {
		if v, ok := m[key]; ok {
			out += p + fmt.Sprint(v)
		}
	}
	if m["negated"] == true {
		out = "!" + out
	}
	return out
}

func cvtNames(ms []map[string]any, group bool) []string {
	var out []string
	for _, m := range ms {
		n := cvtName(m)
		if group {
			n = strings.TrimPrefix(n, "%")
		}
		out = append(out, n)
	}
	return out
}

// cvtRules writes rules one a line.
func cvtRules(c cvt) []string {
	var out []string
	for _, u := range c.User_Specs {
		for _, s := range u.Cmnd_Specs {
			free := false
			for _, o := range s.Options {
				free = free || o["authenticate"] == false
			}
			commands := cvtNames(s.Commands, false)
			runas := cvtNames(s.Runasusers, false)
			if slices.Equal(runas, []string{"root"}) {
				runas = nil
			}
			out = append(out, fmt.Sprint(cvtNames(u.User_List, false), cvtNames(u.Host_List, false), runas, cvtNames(s.Runasgroups, true), commands, free))
		}
	}
	return out
}

func ourRules(d *compliance.Document) []string {
	rules, _ := d.Value(compliance.Path{"sudo", "rules"})
	var out []string
	for _, r := range rules.([]any) {
		m := r.(map[string]any)
		runas := m["runas_users"].([]any)
		if len(runas) == 1 && runas[0] == "root" {
			runas = nil // cvtsudoers leaves the default out
		}
		out = append(out, fmt.Sprint(m["users"], m["hosts"], runas, m["runas_groups"], m["commands"], m["nopasswd"]))
	}
	return out
}

// sudoDoc reads one sudoers file.
func sudoDoc(t testing.TB, text string, more ...string) *compliance.Document {
	t.Helper()
	return mustScan(t, &fakeConn{stdout: frame("sudo", "cmd", "sudo -V", "Sudo version 1.9.13p3", "0") +
		frame("sudo", "file", "/etc/sudoers", text, "0") + strings.Join(more, "") +
		frame("sudo", "cmd", "visudo -c", "", "0") + frame("sudo", "cmd", "sources", "", "0") + doneFrame}, "sudo")
}

// TestSudoSources: rules from elsewhere are not known, and those in the place of
// /etc/sudoers make it nothing.
func TestSudoSources(t *testing.T) {
	for sources, want := range map[string]struct{ rules, use string }{
		"":                                  {"", ""},
		"sudoers: files":                    {"", ""},
		"sudoers:files [SUCCESS=return]":    {"", ""},
		"sudoers: files sss":                {"from sss too", ""},
		"sudoers:ldap files":                {"from ldap too", ""},
		"Plugin sudoers_policy sudoers.so":  {"", ""},
		"Plugin sudoers_io sudoers.so":      {"", ""},
		"Plugin python_io python_plugin.so": {"", ""},
		"Plugin sudoers_policy /usr/libexec/sudo/sudoers.so sudoers_file=/etc/sudoers sudoers_uid=0": {"", ""},
		"Plugin sudoers_policy sudoers.so sudoers_file=/opt/sudoers":                                 {"in the place", "in the place"},
		"Plugin python_policy python_plugin.so ModulePath=/x.py":                                     {"in the place", "in the place"},
	} {
		d := sudoDoc(t, "Defaults use_pty\nbob ALL=(root) /bin/id\n", frame("sudo", "cmd", "sources", sources+"\n", "0"))
		if got := causeOf(d, "sudo", "rules", "?"); (got == "") != (want.rules == "") || !strings.Contains(got, want.rules) {
			t.Errorf("%q: cause of rules is %q", sources, got)
		}
		if got := causeOf(d, "sudo", "defaults", "use_pty"); (got == "") != (want.use == "") || !strings.Contains(got, want.use) {
			t.Errorf("%q: cause of use_pty is %q", sources, got)
		}
		checkSchema(t, d)
	}
}

// TestSudoPrograms: the programs that run as root, and the folders above them.
func TestSudoPrograms(t *testing.T) {
	const stat = "755 0 0 9 root root directory|/opt\n777 1000 1000 9 bob bob directory|/opt/app\n755 0 0 9 root root regular file|/opt/app/run\n755 0 0 9 root root directory|/opt/w\n"
	d := sudoDoc(t, "bob ALL=(root) /opt/app/run x, /opt/w/ch*, !/opt/no/x, sha256:abcd /opt/pinned/x, ALL, (postgres) /opt/pg/x, (:staff) /opt/g/x\n%ops ALL=APPS, /opt/gone\nCmnd_Alias APPS=/opt/app/run\n",
		frame("sudo", "cmd", "paths", "there /opt\nthere /opt/app\nthere /opt/app/run\nthere /opt/w\nabsent /opt/gone\n", "0"), frame("sudo", "cmd", "stat", stat, "0"))
	checkSchema(t, d)
	if got := strings.Join(sortedKeys(value(t, d, "sudo", "programs").(map[string]any)), " "); got != "/opt /opt/app /opt/app/run /opt/gone /opt/w" {
		t.Errorf("programs are %s", got)
	}
	if s, _ := d.Source(compliance.Path{"sudo", "programs", "/opt/gone"}); s.Line != 2 {
		t.Errorf("it comes from %+v", s)
	}
	if got := causeOf(sudoDoc(t, "bob ALL=/opt/x\n"), "sudo", "programs", "/opt/x"); got == "" {
		t.Error("what was not asked is known")
	}
}

// TestSudoersJudge compares with cvtsudoers, live where it is installed and as recorded.
func TestSudoersJudge(t *testing.T) {
	entries, _ := filepath.Glob(sudoersCases + "/*")
	judged := 0
	for _, path := range entries {
		if filepath.Ext(path) == ".json" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if live, err := exec.Command("cvtsudoers", "-f", "json", "-e", path).Output(); err == nil {
				if *update {
					writeFile(t, path+".json", string(live))
				} else if old, _ := os.ReadFile(path + ".json"); string(old) != string(live) {
					t.Errorf("cvtsudoers says otherwise than recorded; is this sudo another version? Run with -update and look")
				}
			}
			record, err := os.ReadFile(path + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var c cvt
			if err := json.Unmarshal(bareOption.ReplaceAll(record, []byte("{$1}")), &c); err != nil {
				t.Fatal(err)
			}
			d := sudoDoc(t, string(text))
			if ours, theirs := ourRules(d), cvtRules(c); !slices.Equal(ours, theirs) {
				t.Errorf("merlon reads\n%s\ncvtsudoers says\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
			}
			compareDefaults(t, d, c)
			for _, u := range d.Unknowns() {
				if !u.Path.HasPrefix(compliance.Path{"sudo", "programs"}) { // no files are sent
					t.Errorf("unknown: %s: %s", u.Path, u.Cause)
				}
			}
			judged++
		})
	}
	if judged < 5 {
		t.Errorf("%d files were judged", judged)
	}
}

// compareDefaults compares the last value of every global setting that is no list.
func compareDefaults(t *testing.T, d *compliance.Document, c cvt) {
	t.Helper()
	theirs, scoped := map[string]string{}, 0
	for _, l := range c.Defaults {
		if len(l.Binding) > 0 {
			scoped++
			continue
		}
		for _, o := range l.Options {
			for k, v := range o {
				if !slices.Contains(sudoLists, k) && k != "operation" {
					theirs[k] = fmt.Sprint(v)
				}
			}
		}
	}
	facts, _ := d.Value(compliance.Path{"sudo", "defaults"})
	ours := map[string]string{}
	for k, v := range facts.(map[string]any) {
		if !slices.Contains(sudoLists, k) {
			ours[k] = fmt.Sprint(v)
		}
	}
	for k := range theirs {
		if ours[k] != theirs[k] {
			t.Errorf("Defaults %s: merlon reads %q, cvtsudoers says %q", k, ours[k], theirs[k])
		}
	}
	if len(ours) != len(theirs) {
		t.Errorf("merlon reads %d Defaults, cvtsudoers %d", len(ours), len(theirs))
	}
	if n := len(value(t, d, "sudo", "scoped_defaults").([]any)); n != scoped {
		t.Errorf("merlon reads %d scoped Defaults, cvtsudoers %d", n, scoped)
	}
}

// TestSudoersReduced: what the script leaves of a file is to cvtsudoers the same
// rules, but for the arguments of commands.
func TestSudoersReduced(t *testing.T) {
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "without_arguments_of", 1)
	entries, _ := filepath.Glob(sudoersCases + "/*.json")
	if len(entries) < 50 {
		t.Fatalf("only %d files", len(entries))
	}
	for _, record := range entries {
		path := strings.TrimSuffix(record, ".json")
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			reduce := exec.Command("sh", "-c", functions)
			reduce.Stdin = strings.NewReader(string(text))
			reduced, err := reduce.Output()
			if err != nil {
				t.Fatal(err)
			}
			told := func(text []byte) []string {
				file := filepath.Join(t.TempDir(), "sudoers")
				writeFile(t, file, string(text))
				out, err := exec.Command("cvtsudoers", "-f", "json", "-e", file).CombinedOutput()
				if err != nil {
					t.Fatalf("cvtsudoers: %v: %s: of\n%s", err, out, text)
				}
				var c cvt
				if err := json.Unmarshal(bareOption.ReplaceAll(out, []byte("{$1}")), &c); err != nil {
					t.Fatal(err)
				}
				for _, u := range c.User_Specs {
					for _, s := range u.Cmnd_Specs {
						for _, m := range s.Commands {
							if command, ok := m["command"].(string); ok && !strings.HasPrefix(command, "^") {
								m["command"], _, _ = strings.Cut(command, " ")
							}
						}
					}
				}
				return cvtRules(c)
			}
			if was, is := told(text), told(reduced); !slices.Equal(was, is) {
				t.Errorf("of\n%s\nis left\n%s\ncvtsudoers reads\n%s\nand\n%s", text, reduced, strings.Join(was, "\n"), strings.Join(is, "\n"))
			}
			if a, b := strings.Count(string(text), "\n"), strings.Count(string(reduced), "\n"); a != b && a != b-1 {
				t.Errorf("%d lines are %d", a, b)
			}
			if rules := ourRules(sudoDoc(t, string(reduced))); len(rules) != len(ourRules(sudoDoc(t, string(text)))) {
				t.Errorf("merlon reads of it\n%s", strings.Join(rules, "\n"))
			}
		})
	}
}
