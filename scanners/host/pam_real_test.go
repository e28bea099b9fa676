package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// pamTester logs tester in to each service of the tree $0, with accounts and counts
// of its own: with the right password, with a wrong one, and with the right one
// after two wrong ones. It prints a line for each service.
const pamTester = `set -e
mount -t tmpfs none /run
mkdir -p /run/faillock
for file in passwd shadow group pam.d; do mount --bind "$0/$file" "/etc/$file"; done
try() { echo "$2" | pamtester "$1" tester authenticate 2>&1 | grep -c successfully || true; }
for service in "$@"; do
	rm -f /run/faillock/*
	right=$(try "$service" right)
	rm -f /run/faillock/*
	wrong=$(try "$service" wrong)
	try "$service" wrong >/dev/null
	echo "$service $right $wrong $(try "$service" right)"
done`

// TestPAMLoginForReal logs a real account in through real modules, and compares
// what came of it with what we say of the stack.
func TestPAMLoginForReal(t *testing.T) {
	if !canJudge() {
		t.Fatal("pamtester is not installed, or this account may not mount")
	}
	hash, err := exec.Command("openssl", "passwd", "-6", "-salt", "merlon", "right").Output()
	if err != nil {
		t.Fatalf("openssl: %v", err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, at, text)
	}
	write("passwd", "root:x:0:0:root:/root:/bin/sh\ntester:x:1234:1234::/tmp:/bin/sh\n")
	write("group", "tester:x:1234:\nnopasswdlogin:x:1300:\nadmins:x:1301:tester\n")
	write("shadow", "root:*:19000::::::\ntester:"+strings.TrimSpace(string(hash))+":19000:0:99999:7:::\n")
	stacks := map[string]string{
		"debian": debianAuth, "faillock": debianFaillock, "redhat": redHatFaillock,
		"no-preauth":       strings.Replace(debianFaillock, "auth required pam_faillock.so preauth\n", "", 1),
		"preauth-optional": strings.Replace(debianFaillock, "required pam_faillock.so preauth", "optional pam_faillock.so preauth", 1),
		"authsucc":         "auth [success=1 default=bad] pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth sufficient pam_faillock.so authsucc\nauth required pam_deny.so\n",
		"authfail-late":    strings.Replace(debianAuth, "auth optional", "auth [default=die] pam_faillock.so authfail\nauth optional", 1),
		"authfail-never":   "auth required pam_faillock.so preauth\n" + debianAuth + "auth optional pam_faillock.so authfail\n",
		"permit":           "auth sufficient pam_permit.so\n" + debianAuth,
		"jump":             "auth [default=1] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n",
		"optional":         "auth optional pam_unix.so\nauth required pam_permit.so\n",
		"deny":             "auth required pam_deny.so\n",
		"rootok":           "auth sufficient pam_rootok.so\n" + debianAuth,
		"regular":          "auth required pam_succeed_if.so uid >= 1000 quiet\n" + debianAuth,
		"system":           "auth required pam_succeed_if.so uid < 1000 quiet\n" + debianAuth,
		"group":            "auth sufficient pam_succeed_if.so user ingroup nopasswdlogin\n" + debianAuth,
		"member":           "auth sufficient pam_succeed_if.so user ingroup admins\n" + debianAuth,
		"member-jump":      "auth [success=1 default=ignore] pam_succeed_if.so quiet user ingroup admins\nauth requisite pam_deny.so\n" + debianAuth,
		"member-not":       "auth [success=done default=ignore] pam_succeed_if.so user notingroup admins\n" + debianAuth,
		"substack":         "auth substack faillock\n",
		"quiet-ones":       "auth required pam_env.so\nauth required pam_faildelay.so delay=0\nauth required pam_echo.so x\nauth required pam_warn.so\nauth requisite pam_nologin.so\nauth required pam_group.so\n" + debianAuth,
		"missing":          "-auth sufficient pam_no_such_module.so\nauth required pam_localuser.so\nauth required pam_shells.so\n" + debianAuth,
	}
	var archive txtar.Archive
	names := sortedKeys(stacks)
	for _, name := range names {
		text := strings.ReplaceAll(stacks[name], "pam_unix.so", "pam_unix.so nodelay")
		text = strings.ReplaceAll(text, "pam_faillock.so preauth", "pam_faillock.so preauth deny=2 nodelay")
		text = strings.ReplaceAll(text, "pam_faillock.so auth", "pam_faillock.so deny=2 nodelay auth")
		text = strings.ReplaceAll(text, "delay=2000000", "delay=0")
		archive.Files = append(archive.Files, txtar.File{Name: "etc/pam.d/" + name, Data: []byte(text)})
		if name != "rootok" { // pamtester runs as root, whom pam_rootok lets in
			write("pam.d/"+name, text)
		}
	}
	write("pam.d/rootok", debianAuth)
	out, err := exec.Command("unshare", append([]string{"--mount", "sh", "-c", pamTester, dir}, names...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("pamtester: %v: %s", err, out)
	}
	tree := archiveTree(&archive)
	told := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(told) != len(names) {
		t.Fatalf("%d services, %d answers: %s", len(names), len(told), out)
	}
	for _, l := range told {
		f := strings.Fields(l)
		auth := tree.service(f[0]).of("auth")
		login := judgeLogin(auth, nil, func(m string) bool { return m == "pam_no_such_module.so" || m == "pam_sss.so" })
		if strings.HasPrefix(f[0], "member") { // he is in admins, which the others do not ask for
			if got := login.groupSuffices.value; got != (f[2] == "1") {
				t.Errorf("%s: a wrong password lets a member in: %s, we say %v", f[0], f[2], got)
			}
			continue
		}
		bit := map[bool]string{true: "1", false: "0"}
		letsIn := login.password.value || login.acceptsAny.value
		locks := login.counts.value && login.refuses.value
		if got := []string{bit[letsIn], bit[login.acceptsAny.value], bit[letsIn && !locks]}; strings.Join(got, " ") != strings.Join(f[1:], " ") {
			t.Errorf("%s: right, wrong and locked let in %s, we say %s", f[0], f[1:], got)
		}
	}
}
