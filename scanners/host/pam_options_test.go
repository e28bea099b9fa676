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
)

// pwqualityJudge prints libpwquality's own reading of its files and of arguments.
const pwqualityJudge = `#include <stdio.h>
#include <pwquality.h>
#define S(name, id) { name, PWQ_SETTING_##id }
static const struct { const char *name; int id; } settings[] = {
	S("dcredit", DIG_CREDIT), S("dictcheck", DICT_CHECK), S("difok", DIFF_OK), S("enforce_for_root", ENFORCE_ROOT),
	S("enforcing", ENFORCING), S("gecoscheck", GECOS_CHECK), S("lcredit", LOW_CREDIT), S("local_users_only", LOCAL_USERS),
	S("maxclassrepeat", MAX_CLASS_REPEAT), S("maxrepeat", MAX_REPEAT), S("maxsequence", MAX_SEQUENCE), S("minclass", MIN_CLASS),
	S("minlen", MIN_LENGTH), S("ocredit", OTH_CREDIT), S("retry", RETRY_TIMES), S("ucredit", UP_CREDIT),
	S("usercheck", USER_CHECK), S("usersubstr", USER_SUBSTR),
};
int main(int argc, char **argv) {
	void *err;
	pwquality_settings_t *s = pwquality_default_settings();
	pwquality_read_config(s, NULL, &err);
	for (int i = 1; i < argc; i++) pwquality_set_option(s, argv[i]);
	for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
		int v = -99;
		pwquality_get_int_value(s, settings[i].id, &v);
		printf("%s%s %d", i ? ", " : "", settings[i].name, v);
	}
	puts("");
}
`

// TestPwquality holds the reading of pwquality.conf and its drop-ins against
// libpwquality: now, where its headers and a compiler are installed and the tests
// may mount, and as recorded in the file "libpwquality" of each tree.
func TestPwquality(t *testing.T) {
	judge := ""
	if _, err := os.Stat("/usr/include/pwquality.h"); err == nil && exec.Command("unshare", "--mount", "true").Run() == nil {
		judge = filepath.Join(t.TempDir(), "judge")
		writeFile(t, judge+".c", pwqualityJudge)
		if out, err := exec.Command("gcc", "-o", judge, judge+".c", "-lpwquality").CombinedOutput(); err != nil {
			t.Fatalf("gcc: %v: %s", err, out)
		}
	}
	trees, err := filepath.Glob("../../testdata/host/pam/pwquality-*.txtar")
	if err != nil || len(trees) < 8 {
		t.Fatalf("%d trees: %v", len(trees), err)
	}
	for _, path := range trees {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		args := strings.Fields(txtarFile(a, "arguments"))
		want := strings.TrimSpace(txtarFile(a, "libpwquality"))
		if judge != "" {
			told := askPwquality(t, a, judge, args)
			if *update {
				a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "libpwquality" })
				a.Files = append(a.Files, txtar.File{Name: "libpwquality", Data: []byte(told + "\n")})
				writeFile(t, path, string(txtar.Format(a)))
				want = told
			}
			if told != want {
				t.Errorf("%s: libpwquality says %s, recorded is %s", path, told, want)
			}
		}
		p := &pamReader{tree: archiveTree(a)}
		o := pwqualityOptions(p, &pamLine{step: pamModule{args: args}})
		var ours []string
		for _, k := range sortedKeys(o) {
			v := o[k].value
			if b, ok := v.(bool); ok {
				v = map[bool]int{true: 1}[b]
			}
			ours = append(ours, fmt.Sprintf("%s %v", k, v))
		}
		if got := strings.Join(ours, ", "); got != want {
			t.Errorf("%s:\nours is %s\nwant    %s", path, got, want)
		}
	}
}

func askPwquality(t *testing.T, a *txtar.Archive, judge string, args []string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Files {
		at := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, at, string(f.Data))
	}
	command := append([]string{"--mount", "sh", "-c", `mount --bind "$0/etc/security" /etc/security && exec "$@"`, dir, judge}, args...)
	out, err := exec.Command("unshare", command...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestFaillockOptions follows faillock.conf(5): arguments over the file, and what
// stands for what is not set.
func TestFaillockOptions(t *testing.T) {
	for name, c := range map[string]struct{ conf, args, want string }{
		"the module's own": {"", "preauth", "deny 3 fail_interval 900 unlock_time 600 root_unlock_time 600 even_deny_root false"},
		"the file": {"deny = 5\nunlock_time=900 # c\n audit\neven_deny_root\n", "preauth silent",
			"deny 5 fail_interval 900 unlock_time 900 root_unlock_time 900 even_deny_root true"},
		"arguments over it":    {"deny = 5\nunlock_time = 900\n", "authfail deny=4 unlock_time=never", "deny 4 fail_interval 900 unlock_time 0 root_unlock_time 0 even_deny_root false"},
		"root's":               {"root_unlock_time = 60\n", "", "deny 3 fail_interval 900 unlock_time 600 root_unlock_time 60 even_deny_root true"},
		"what cannot be":       {"deny = many\nunlock_time = 9999999\nfail_interval=-1\nbogus\n", "", "deny 3 fail_interval 900 unlock_time 600 root_unlock_time 600 even_deny_root false"},
		"a comment":            {"# deny = 9\n#even_deny_root\n", "", "deny 3 fail_interval 900 unlock_time 600 root_unlock_time 600 even_deny_root false"},
		"the last of a key":    {"deny = 9\ndeny 2\n", "", "deny 2 fail_interval 900 unlock_time 600 root_unlock_time 600 even_deny_root false"},
		"another file, unread": {"deny = 9\n", "conf=/etc/other.conf", "deny ? fail_interval ? unlock_time ? root_unlock_time ? even_deny_root ?"},
	} {
		a := &txtar.Archive{Files: []txtar.File{{Name: "etc/security/faillock.conf", Data: []byte(c.conf)}}}
		o := faillockOptions(&pamReader{tree: archiveTree(a)}, &pamLine{step: pamModule{args: strings.Fields(c.args)}})
		var got []string
		for _, k := range []string{"deny", "fail_interval", "unlock_time", "root_unlock_time", "even_deny_root"} {
			v := fmt.Sprint(o[k].value)
			if o[k].cause != "" {
				v = "?"
			}
			got = append(got, k+" "+v)
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s:\n%s, want\n%s", name, g, c.want)
		}
	}
}
