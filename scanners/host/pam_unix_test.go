package host

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pamUnixTester gives tester, whose password is empty, a new one through each service
// of the tree $0, and prints the service, whether the empty password let in before,
// and the hash of the new one. umask is what pam_umask leaves of a session.
const pamUnixTester = `set -e
mount -t tmpfs none /mnt
cp -a "$0/." /mnt
for file in ld.so.cache security; do cp -a /etc/$file /mnt; done
mount --bind /mnt /etc
cp /etc/shadow /etc/shadow.empty
for service in "$@"; do
	cp /etc/shadow.empty /etc/shadow
	in=$(pamtester "$service" tester authenticate </dev/null 2>&1 | grep -c successfully || true)
	printf 'Merlon4711x\nMerlon4711x\n' | pamtester "$service" tester chauthtok >/dev/null 2>&1 || true
	echo "$service $in $(sed -n 's/^tester:\([^:]*\):.*/\1/p' /etc/shadow)"
done
echo "umask $(su tester -s /bin/sh -c umask)"`

// TestPAMUnixForReal: pam_unix knows its arguments by how they begin, and PAM's
// modules take the first line of a key in login.defs.
func TestPAMUnixForReal(t *testing.T) {
	if !canJudge() {
		t.Fatal("pamtester is not installed, or this account may not mount")
	}
	cases := []string{"", "nullok", "nullok_secure", "shadow nullok md5", "des", "sha256", "sha512", "sha512_more", "yescrypt", "blowfish", "sha512 md5", "md5 sha512", "shadow", "try_first_pass nullokay yescrypt"}
	dir := t.TempDir()
	const defs = "encrypt_method SHA256\nENCRYPT_METHOD SHA512\nUMASK 022\nUMASK 027\nUSERGROUPS_ENAB no\n"
	files := map[string]string{
		"passwd": "root:x:0:0:root:/root:/bin/sh\ntester:x:1234:1234::/tmp:/bin/sh\n",
		"shadow": "root:*:19000::::::\ntester::19000:0:99999:7:::\n", "group": "tester:x:1234:\n", "login.defs": defs,
		"nsswitch.conf": "passwd: files\nshadow: files\ngroup: files\n",
		"pam.d/su":      "auth required pam_permit.so\naccount required pam_permit.so\nsession required pam_umask.so\n",
	}
	var names []string
	for i, args := range cases {
		names = append(names, fmt.Sprint("case", i))
		files["pam.d/"+names[i]] = "auth required pam_unix.so nodelay " + args + "\npassword required pam_unix.so " + args + "\n"
	}
	for name, text := range files {
		mustRun(t, "mkdir", "-p", filepath.Dir(filepath.Join(dir, name)))
		writeFile(t, filepath.Join(dir, name), text)
	}
	out, err := exec.Command("unshare", append([]string{"--mount", "sh", "-c", pamUnixTester, dir}, names...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("pamtester: %v: %s", err, out)
	}
	d := mustScan(t, &fakeConn{stdout: frame("accounts", "file", loginDefs, defs, "0") + doneFrame}, "accounts")
	told := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(told) != len(cases)+1 {
		t.Fatalf("%d cases, and pamtester says\n%s", len(cases), out)
	}
	for i, args := range cases {
		f := append(strings.Fields(told[i]), "")
		o := unixOptions(nil, &pamLine{step: pamModule{args: strings.Fields(args)}})
		if got := o["nullok"].value; got != (f[1] == "1") {
			t.Errorf("%q: nullok is %v, and an empty password lets in: %s", args, got, f[1])
		}
		algorithm, ok := o["algorithm"].value.(string)
		if !ok {
			algorithm = strings.ToLower(fmt.Sprint(value(t, d, "accounts", "login_defs_first", "ENCRYPT_METHOD")))
		}
		prefix := map[string]string{"md5": "$1$", "sha256": "$5$", "sha512": "$6$", "yescrypt": "$y$", "bcrypt": "$2"}[algorithm]
		if hash := f[2]; !strings.HasPrefix(hash, prefix) || algorithm == "des" && len(hash) != 13 {
			t.Errorf("%q: we say %s, the hash is %s", args, algorithm, hash)
		}
	}
	if got, want := told[len(cases)], fmt.Sprint("umask 0", value(t, d, "accounts", "login_defs_first", "UMASK")); got != want {
		t.Errorf("a session has %s, we say %s", got, want)
	}
}

// TestPAMSessions: what pam_umask and pam_limits are told counts over their files.
func TestPAMSessions(t *testing.T) {
	for args, want := range map[string]string{
		"":                         "map[] map[standard_files:true]",
		"umask=0002 umask=027":     "map[mode:0027 umask:23] map[standard_files:true]",
		"silent usergroups":        "map[] map[standard_files:true]",
		"umask=x":                  "map[] map[standard_files:true]",
		"conf=/etc/security/l.con": "map[] map[]",
	} {
		l := &pamLine{step: pamModule{args: strings.Fields(args)}}
		umask, limits := umaskOptions(nil, l), limitsOptions(nil, l)
		if got := fmt.Sprint(umask.facts(), limits.facts()); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
		if args == "umask=x" && umask["umask"].cause == "" || strings.HasPrefix(args, "conf=") && limits["standard_files"].cause == "" {
			t.Errorf("%s: not unknown", args)
		}
	}
}
