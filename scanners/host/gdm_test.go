package host

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"merlon/compliance"
)

// gdmJudge asks GSettings for each key, as an account without rights, in the tree $0:
// the user's profile first, then the greeter's, which is $1.
const gdmJudge = `set -e
mount -t tmpfs merlon /var/lib
mkdir -p /var/lib/gdm3 /var/lib/share /var/lib/schemas /var/lib/home "$0/etc/dconf"
mount --bind "$0/etc/dconf" /etc/dconf
[ ! -d "$0/usr/share" ] || mount --bind "$0/usr/share" /var/lib/share
[ ! -d "$0/var/lib/gdm3" ] || mount --bind "$0/var/lib/gdm3" /var/lib/gdm3
for name in session screensaver lockdown media-handling enums; do
	cp /usr/share/glib-2.0/schemas/org.gnome.desktop.$name*.xml /var/lib/schemas
done
cp "$0/login-screen.gschema.xml" /var/lib/schemas
cp "$0"/usr/share/glib-2.0/schemas/*.override /var/lib/schemas 2>/dev/null || true
glib-compile-schemas --strict /var/lib/schemas
chmod 755 /var/lib /var/lib/*
ask() {
	setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH=/usr/bin HOME=/var/lib/home XDG_RUNTIME_DIR=/var/lib/home GSETTINGS_BACKEND=dconf LC_ALL=C.UTF-8 \
		XDG_DATA_DIRS=/var/lib/share GSETTINGS_SCHEMA_DIR=/var/lib/schemas XDG_CONFIG_HOME="$1" $2 sh -c "$3"
}
keys='for key; do printf "%s %s %s\n" "$key" "$(gsettings writable ${key% *} ${key#* } 2>/dev/null)" "$(gsettings get ${key% *} ${key#* } 2>/dev/null)"; done'
ask /var/lib/home '' "set -- $2; $keys"
ask /var/lib/gdm3/.config DCONF_PROFILE=$1 "set -- $3; $keys"`

const loginScreenSchema = `<schemalist>
<enum id="source"><value nick="settings" value="0"/><value nick="file" value="1"/></enum>
<schema id="org.gnome.login-screen" path="/org/gnome/login-screen/">
<key name="banner-message-enable" type="b"><default>false</default></key>
<key name="banner-message-text" type="s"><default>''</default></key>
<key name="banner-message-source" enum="source"><default>"settings"</default></key>
<key name="disable-user-list" type="b"><default>false</default></key>
</schema>
</schemalist>
`

// schemaKey is the schema and the key of k.
func (k gnomeKey) schemaKey() string {
	return strings.ReplaceAll(filepath.Dir(k.path)[1:], "/", ".") + " " + filepath.Base(k.path)
}

// TestGDM holds what our facts say of profiles, databases, keyfiles, locks and overrides
// against dconf and GSettings: now, where they are installed and the tests may mount,
// and as recorded in "told". Of a tree, what is in "own" becomes the greeter's own
// database; "later" is written, "gone" removed and "modes" set once all is compiled.
func TestGDM(t *testing.T) {
	trees, err := filepath.Glob("../../testdata/host/gdm/*.txtar")
	if err != nil || len(trees) < 20 {
		t.Fatalf("%d trees: %v", len(trees), err)
	}
	judge := exec.Command("unshare", "--mount", "sh", "-c", "command -v dconf && command -v gsettings && command -v glib-compile-schemas && command -v setpriv && [ -e /usr/share/glib-2.0/schemas/org.gnome.desktop.session.gschema.xml ]").Run() == nil
	for _, path := range trees {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			root := t.TempDir()
			plantGDM(t, root, a, "")
			want := txtarFile(a, "told")
			if judge {
				made := compileGDM(t, root)
				changeGDM(t, root, a)
				told := askGDM(t, root)
				if *update {
					a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "told" || strings.HasPrefix(f.Name, "compiled/") })
					a.Files = append(append(a.Files, made...), txtar.File{Name: "told", Data: []byte(told)})
					writeFile(t, path, string(txtar.Format(a)))
					want = told
				}
				if told != want {
					t.Errorf("GSettings says\n%srecorded is\n%s", told, want)
				}
			} else {
				plantGDM(t, root, a, "compiled/")
				changeGDM(t, root, a)
			}
			if got := saidOfGDM(scanImage(t, root, "gdm")); got != want {
				t.Errorf("merlon says\n%sGSettings says\n%s", got, want)
			}
		})
	}
}

// plantGDM writes the files of an archive whose names begin so.
func plantGDM(t *testing.T, root string, a *txtar.Archive, prefix string) {
	t.Helper()
	for _, f := range append(slices.Clone(a.Files), txtar.File{Name: "usr/sbin/gdm3"}, txtar.File{Name: "etc/hostname"}, txtar.File{Name: "login-screen.gschema.xml", Data: []byte(loginScreenSchema)}, txtar.File{Name: "usr/share/glib-2.0/schemas/gschemas.compiled"}) {
		name, ok := strings.CutPrefix(f.Name, prefix)
		top, _, below := strings.Cut(name, "/")
		if !ok || prefix == "" && slices.Contains([]string{"later", "compiled", "modes", "gone", "told"}, top) || prefix != "" && !below {
			continue
		}
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		data := strings.TrimSuffix(string(f.Data), "NONEWLINE\n")
		if target, ok := strings.CutPrefix(data, "-> "); ok {
			if err := os.Symlink(strings.TrimSpace(target), at); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if prefix == "compiled/" {
			b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(data, "\n", ""))
			if err != nil {
				t.Fatal(err)
			}
			data = string(b)
		}
		writeFile(t, at, strings.ReplaceAll(data, "\\r\n", "\r\n"))
	}
}

// compileGDM makes the databases of a tree, and returns them for the archive.
func compileGDM(t *testing.T, root string) []txtar.File {
	t.Helper()
	var made []txtar.File
	run := func(args ...string) {
		// What cannot be compiled is left as it was, which is what is asked about.
		_ = exec.Command("dconf", args...).Run()
	}
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err == nil
	}
	if exists("etc/dconf/db") {
		run("update", filepath.Join(root, "etc/dconf/db"))
	}
	if exists("own") {
		if err := os.MkdirAll(filepath.Join(root, "var/lib/gdm3/.config/dconf"), 0o755); err != nil {
			t.Fatal(err)
		}
		run("compile", filepath.Join(root, "var/lib/gdm3/.config/dconf/user"), filepath.Join(root, "own"))
	}
	if exists("usr/share/gdm/generate-config") {
		if err := os.MkdirAll(filepath.Join(root, "var/lib/gdm3"), 0o755); err != nil {
			t.Fatal(err)
		}
		// Links into /etc are the tree's.
		link := filepath.Join(root, greeterLink)
		if text, err := os.ReadFile(filepath.Join(root, greeterEdited)); err == nil {
			if err := os.Remove(link); err != nil {
				t.Fatal(err)
			}
			writeFile(t, link, string(text))
		}
		run("compile", filepath.Join(root, greeterMade), filepath.Join(root, greeterKeyfiles))
	}
	for _, pattern := range []string{"etc/dconf/db/*", "var/lib/gdm3/.config/dconf/user", greeterMade[1:]} {
		names, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil {
				short, _ := filepath.Rel(root, name)
				text := base64.StdEncoding.EncodeToString(b)
				var lines strings.Builder
				for c := range slices.Chunk([]byte(text), 100) {
					fmt.Fprintf(&lines, "%s\n", c)
				}
				made = append(made, txtar.File{Name: "compiled/" + short, Data: []byte(lines.String())})
			}
		}
	}
	return made
}

// changeGDM does what "later", "gone" and "modes" say.
func changeGDM(t *testing.T, root string, a *txtar.Archive) {
	t.Helper()
	plantGDM(t, root, a, "later/")
	for name := range strings.Lines(txtarFile(a, "gone")) {
		if err := os.Remove(filepath.Join(root, strings.TrimSpace(name))); err != nil {
			t.Fatal(err)
		}
	}
	for l := range strings.Lines(txtarFile(a, "modes")) {
		mode, name, _ := strings.Cut(strings.TrimSpace(l), " ")
		n, err := strconv.ParseUint(mode, 8, 32)
		if err == nil {
			err = os.Chmod(filepath.Join(root, name), os.FileMode(n))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func askGDM(t *testing.T, root string) string {
	t.Helper()
	// GDM 45 and later has the account's name as that of the profile (gdm-launch-environment.c).
	profile := "gdm"
	if made, _ := os.ReadFile(filepath.Join(root, "usr/share/gdm/generate-config")); strings.Contains(string(made), "GDM 45") && strings.Contains(string(made), "Debian-gdm") {
		profile = "Debian-gdm"
	}
	quoted := func(keys []gnomeKey) string {
		var b strings.Builder
		for _, k := range keys {
			fmt.Fprintf(&b, "%q ", k.schemaKey())
		}
		return b.String()
	}
	cmd := exec.Command("unshare", "--mount", "sh", "-c", gdmJudge, root, profile, quoted(sessionKeys), quoted(greeterKeys))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the judge: %v", err)
	}
	told := map[string]string{}
	for l := range strings.Lines(string(out)) {
		w := strings.SplitN(strings.TrimSpace(l), " ", 4)
		v, ok := variantText(w[len(w)-1], "")
		if !ok || len(w) != 4 {
			t.Fatalf("gsettings says %q", l)
		}
		told[w[0]+" "+w[1]] = fmt.Sprintf("%v locked=%v", printed(v.value), w[2] == "false")
	}
	return inOrder(func(_ string, k gnomeKey) string { return told[k.schemaKey()] })
}

func printed(v any) any {
	if s, ok := v.(string); ok {
		return strconv.Quote(strings.Join(strings.Fields(s), " "))
	}
	return v
}

func inOrder(say func(who string, k gnomeKey) string) string {
	var b strings.Builder
	for _, who := range []string{"session", "greeter"} {
		for _, k := range map[string][]gnomeKey{"session": sessionKeys, "greeter": greeterKeys}[who] {
			fmt.Fprintf(&b, "%s %s %s\n", who, k.name(), say(who, k))
		}
	}
	return b.String()
}

func saidOfGDM(d *compliance.Document) string {
	return inOrder(func(who string, k gnomeKey) string {
		v, ok := d.Value(compliance.Path{"gdm", who, k.name(), "value"})
		locked, ok2 := d.Value(compliance.Path{"gdm", who, k.name(), "locked"})
		if !ok || !ok2 {
			return "unknown: " + causeOf(d, "gdm", who, k.name(), "value") + causeOf(d, "gdm", who, k.name(), "locked")
		}
		return fmt.Sprintf("%v locked=%v", printed(v), locked)
	})
}

// TestXDMCP follows gdm-settings.c and gdm-settings-utils.c: the file that the program
// was built with, the one that it makes at run time before it, keys by their case, the
// last of a file; true in any case, or 1.
func TestXDMCP(t *testing.T) {
	const debian, ubuntu = "etc/gdm3/daemon.conf", "etc/gdm3/custom.conf"
	for name, test := range map[string]struct {
		files   map[string]string
		want    any
		file    string
		line    int
		unknown string
	}{
		"as it comes":     {files: map[string]string{debian: "[security]\n\n[xdmcp]\n\n[debug]\n#Enable=true\n"}, want: false, file: "/etc/gdm3/daemon.conf"},
		"on":              {files: map[string]string{debian: "[xdmcp]\nEnable=true\n"}, want: true, file: "/etc/gdm3/daemon.conf", line: 2},
		"on, loudly":      {files: map[string]string{debian: "[xdmcp]\nEnable = TRUE\r\n"}, want: true, file: "/etc/gdm3/daemon.conf", line: 2},
		"one":             {files: map[string]string{debian: "[xdmcp]\nEnable=1\n"}, want: true, file: "/etc/gdm3/daemon.conf", line: 2},
		"yes is no word":  {files: map[string]string{debian: "[xdmcp]\nEnable=yes\n"}, want: false, file: "/etc/gdm3/daemon.conf", line: 2},
		"another section": {files: map[string]string{debian: "[xdmcp]\n[debug]\nEnable=true\n"}, want: false, file: "/etc/gdm3/daemon.conf"},
		"another key":     {files: map[string]string{debian: "[xdmcp]\nenable=true\n"}, want: false, file: "/etc/gdm3/daemon.conf"},
		"twice":           {files: map[string]string{debian: "[xdmcp]\nEnable=false\n[debug]\n[xdmcp]\nEnable=true\n"}, want: true, file: "/etc/gdm3/daemon.conf", line: 5},
		"not its file":    {files: map[string]string{debian: "[xdmcp]\n", ubuntu: "[xdmcp]\nEnable=true\n"}, want: false, file: "/etc/gdm3/daemon.conf"},
		"Ubuntu": {files: map[string]string{"usr/sbin/gdm3": "x\x00/etc/gdm3/custom.conf\x00y", debian: "[xdmcp]\nEnable=true\n", ubuntu: "[xdmcp]\n"},
			want: false, file: "/etc/gdm3/custom.conf"},
		"Red Hat": {files: map[string]string{"usr/sbin/gdm3": "", "usr/sbin/gdm": "x\x00/etc/gdm/custom.conf\x00y", "etc/gdm/custom.conf": "[xdmcp]\nEnable=true\n"},
			want: true, file: "/etc/gdm/custom.conf", line: 2},
		"not told, one file":  {files: map[string]string{"usr/sbin/gdm3": "x", ubuntu: "[xdmcp]\nEnable=true\n"}, want: true, file: "/etc/gdm3/custom.conf", line: 2},
		"not told, two files": {files: map[string]string{"usr/sbin/gdm3": "x", ubuntu: "[xdmcp]\n", debian: "[xdmcp]\n"}, unknown: "which of several files GDM reads is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"usr/sbin/gdm3": "x\x00/etc/gdm3/daemon.conf\x00/etc/gdm3/daemon.conf", "etc/passwd": somePasswd}
			for name, text := range test.files {
				files[name] = text
			}
			if files["usr/sbin/gdm3"] == "" {
				delete(files, "usr/sbin/gdm3")
			}
			d := scanImage(t, image(t, files), "gdm")
			if cause := causeOf(d, "gdm", "xdmcp"); cause != test.unknown {
				t.Fatalf("unknown: %q", cause)
			}
			if test.unknown != "" {
				return
			}
			if got := value(t, d, "gdm", "xdmcp"); got != test.want {
				t.Errorf("it is %v", got)
			}
			from, _ := d.Source(compliance.Path{"gdm", "xdmcp"})
			if from.File != test.file || from.Line != test.line || from.Default != (test.line == 0) {
				t.Errorf("it comes from %+v", from)
			}
		})
	}
}

// TestXDMCPRuntime: what GDM found out about the machine that runs counts first.
func TestXDMCPRuntime(t *testing.T) {
	const made, main = "/run/gdm3/custom.conf", "/etc/gdm3/daemon.conf"
	d := scanFrames(t, "gdm", frame("gdm", "cmd", "present", "/usr/sbin/gdm3", "0"), frame("gdm", "cmd", "program", main, "0"),
		frame("gdm", "cmd", "files", "there "+made+"\nthere "+main+"\n", "0"),
		frame("gdm", "cmd", "lines", made+":1:[xdmcp]\n"+made+":2:Enable=true\n"+main+":4:[xdmcp]\n"+main+":5:Enable=false\n", "0"))
	if from, _ := d.Source(compliance.Path{"gdm", "xdmcp"}); value(t, d, "gdm", "xdmcp") != true || from.File != made || from.Line != 2 {
		t.Errorf("it comes from %+v", from)
	}
}

// TestAutomaticLogin follows gdm-manager.c: it is on where an account is named too.
func TestAutomaticLogin(t *testing.T) {
	for text, want := range map[string]string{
		"[daemon]\n": "false 0",
		"[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=kiosk\n":                                "true 2",
		"[daemon]\nAutomaticLoginEnable = True\nAutomaticLogin = kiosk\n":                            "true 2",
		"[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=\n":                                     "false 2",
		"[daemon]\nAutomaticLoginEnable=true\n":                                                      "false 2",
		"[daemon]\nAutomaticLogin=kiosk\n":                                                           "false 0",
		"[daemon]\n#AutomaticLoginEnable=true\nAutomaticLogin=kiosk\n":                               "false 0",
		"[security]\nAutomaticLoginEnable=true\nAutomaticLogin=kiosk\n":                              "false 0",
		"[daemon]\nTimedLoginEnable=true\nTimedLogin=kiosk\nTimedLoginDelay=9\n":                     "true 2",
		"[daemon]\nAutomaticLoginEnable=false\nAutomaticLogin=a\nTimedLogin=a\nTimedLoginEnable=1\n": "true 5",
	} {
		d := scanImage(t, image(t, map[string]string{"usr/sbin/gdm3": "/etc/gdm3/daemon.conf", "etc/gdm3/daemon.conf": text}), "gdm")
		from, _ := d.Source(compliance.Path{"gdm", "automatic_login"})
		if got := fmt.Sprint(value(t, d, "gdm", "automatic_login"), from.Line); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// TestNoGDM: without GDM there is one fact, and little is sent.
func TestNoGDM(t *testing.T) {
	d := scanImage(t, image(t, wholeImage(map[string]string{"etc/dconf/profile/user": "user-db:user\n"})), "gdm")
	if v := value(t, d, "gdm", "installed"); v != false || len(d.Unknowns()) != 0 {
		t.Errorf("installed is %v, unknown are %v", v, d.Unknowns())
	}
	if _, ok := d.Value(compliance.Path{"gdm", "session"}); ok {
		t.Error("there are facts of sessions")
	}
}

// treeOf is a tree of testdata with its recorded databases, and more files.
func treeOf(t *testing.T, name string, more map[string]string) string {
	t.Helper()
	a, err := txtar.ParseFile("../../testdata/host/gdm/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	plantGDM(t, root, a, "")
	plantGDM(t, root, a, "compiled/")
	changeGDM(t, root, a)
	for name, text := range more {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, at, text)
	}
	return root
}

// TestGDMUnknown: what may be otherwise than the files say is unknown, with its cause.
func TestGDMUnknown(t *testing.T) {
	for name, test := range map[string]struct {
		tree  string
		files map[string]string
		path  []string
		cause string
	}{
		"a profile by variable":   {"whole", map[string]string{"etc/profile.d/x.sh": "# a\nexport DCONF_PROFILE=mine\n"}, []string{"session"}, "/etc/profile.d/x.sh sets DCONF_PROFILE, and what becomes of it is not known"},
		"a database with secrets": {"whole", map[string]string{"etc/dconf/db/local": "GVariant\x00 authentication-password\x00v"}, []string{"session", "idle_delay", "value"}, "/etc/dconf/db/local seems to hold a password or a token, and stays on the host"},
		"a secret beside its key": {"whole", map[string]string{"etc/dconf/db/local": "GVariant\x00 authentication-passwordhunter2\x00s"}, []string{"session", "idle_delay", "value"}, "/etc/dconf/db/local seems to hold a password or a token, and stays on the host"},
		"a login in an address":   {"whole", map[string]string{"etc/dconf/db/local": "GVariant\x00 http://me:hunter2@proxy\x00s"}, []string{"session", "idle_delay", "value"}, "/etc/dconf/db/local seems to hold a password or a token, and stays on the host"},
		"a word that is none":     {"whole", map[string]string{"etc/dconf/db/local": "GVariant\x00 enable-password-authentication\x00b"}, []string{"session", "idle_delay", "value"}, "/etc/dconf/db/local: it is no database of dconf"},
		"no database":             {"whole", map[string]string{"etc/dconf/db/local": "GVariant"}, []string{"session", "idle_delay", "locked"}, "/etc/dconf/db/local: it is no database of dconf"},
		"a name with blanks":      {"whole", map[string]string{"etc/dconf/profile/user": "user-db:user\nsystem-db: local\n"}, []string{"session", "automount", "value"}, `the profile names a database " local", which is not read`},
		"a database of a service": {"whole", map[string]string{"etc/dconf/profile/user": "user-db:user\nservice-db:keyfile/user\n"}, []string{"session", "automount", "value"}, "what users choose themselves is not read"},
		"a broken greeter":        {"greeter-debian12", map[string]string{"etc/gdm3/greeter.dconf-defaults": "[org/gnome/login-screen]\nbanner-message-enable=yes\n"}, []string{"greeter", "disable_user_list", "value"}, "/etc/gdm3/greeter.dconf-defaults line 2 is not understood"},
		"a banner of a file":      {"greeter-debian12", map[string]string{"etc/gdm3/greeter.dconf-defaults": "[org/gnome/login-screen]\nbanner-message-source='file'\nbanner-message-text='x'\n"}, []string{"greeter", "banner_message_text", "value"}, "the banner is that of a file, which is not read"},
		"desktops that differ":    {"override-locked", map[string]string{"usr/share/glib-2.0/schemas/20_c.gschema.override": "[org.gnome.desktop.session:ubuntu]\nidle-delay=0\n", "usr/share/glib-2.0/schemas/gschemas.compiled": "x"}, []string{"session", "idle_delay", "value"}, "/usr/share/glib-2.0/schemas/20_c.gschema.override gives desktops different defaults"},
	} {
		t.Run(name, func(t *testing.T) {
			root := treeOf(t, test.tree, test.files)
			touch(t, filepath.Join(root, schemaFolder, "gschemas.compiled"), 0)
			d := scanImage(t, root, "gdm")
			if got := causeOf(d, append([]string{"gdm"}, test.path...)...); got != test.cause {
				t.Errorf("the cause is %q", got)
			}
		})
	}
	root := treeOf(t, "override", nil)
	touch(t, filepath.Join(root, schemaFolder, "90_b.gschema.override"), time.Hour)
	if cause := causeOf(scanImage(t, root, "gdm"), "gdm", "session", "idle_delay", "value"); !strings.Contains(cause, "90_b.gschema.override is newer") {
		t.Errorf("the cause is %q", cause)
	}
}

func touch(t *testing.T, file string, later time.Duration) {
	t.Helper()
	at := time.Now().Add(later)
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestGDMSources: values and locks come from the keyfiles' lines where the database has
// what they say, and from the database where not; then it was not updated.
func TestGDMSources(t *testing.T) {
	for _, test := range []struct {
		tree, path, file string
		line, shadowed   int
		updated          any
	}{
		{"whole", "session/idle_delay/value", "/etc/dconf/db/local.d/00-merlon", 2, 0, true},
		{"whole", "session/lock_delay/locked", "/etc/dconf/db/local.d/locks/00-merlon", 3, 0, true},
		{"twice", "session/idle_delay/value", "/etc/dconf/db/local.d/00", 7, 2, true},
		{"file-order", "session/idle_delay/value", "/etc/dconf/db/local.d/Z", 2, 2, true},
		{"not-updated", "session/idle_delay/value", "/etc/dconf/db/local", 0, 0, false},
		{"not-updated", "databases/local/updated", "/etc/dconf/db/local.d/00", 2, 0, false},
		{"never-updated", "session/idle_delay/value", "/etc/dconf/profile/user", 0, 0, false},
		{"greeter-commented", "greeter/disable_user_list/value", "/etc/gdm3/greeter.dconf-defaults", 0, 0, nil},
		{"greeter-rhel", "greeter/banner_message_source/value", "/usr/share/dconf/profile/gdm", 0, 0, true},
		{"broken-value", "databases/local/updated", "/etc/dconf/db/local.d/10", 2, 1, false},
		{"crlf", "session/idle_delay/locked", "/etc/dconf/profile/user", 0, 0, true},
		{"types", "session/idle_delay/value", "/etc/dconf/db/local.d/00", 2, 0, true},
		{"removed", "session/idle_delay/value", "/etc/dconf/db/local", 0, 0, nil},
		{"greeter-debian12", "greeter/disable_user_list/value", "/etc/gdm3/greeter.dconf-defaults", 6, 0, nil},
		{"greeter-own", "greeter/disable_user_list/value", "/var/lib/gdm3/.config/dconf/user", 0, 0, nil},
	} {
		d := scanImage(t, treeOf(t, test.tree, nil), "gdm")
		path := append(compliance.Path{"gdm"}, strings.Split(test.path, "/")...)
		from, n := d.Source(path)
		if n != len(path) || from.File != test.file || from.Line != test.line || len(from.Shadowed) != test.shadowed {
			t.Errorf("%s: %s comes from %+v", test.tree, test.path, from)
		}
		if v, _ := d.Value(compliance.Path{"gdm", "databases", "local", "updated"}); v != test.updated {
			t.Errorf("%s: updated is %v", test.tree, v)
		}
	}
}

// TestGDMReadable: a database for root alone is told, and so is its folder.
func TestGDMReadable(t *testing.T) {
	for tree, want := range map[string]any{"whole": true, "database-mode": false, "folder-mode": false, "profile-mode": nil, "never-updated": nil} {
		d := scanImage(t, treeOf(t, tree, nil), "gdm")
		if got, _ := d.Value(compliance.Path{"gdm", "databases", "local", "readable"}); got != want {
			t.Errorf("%s: readable is %v", tree, got)
		}
	}
}

// TestGVDBBigEndian: the values of a database that a big-endian machine wrote.
func TestGVDBBigEndian(t *testing.T) {
	name := "/a"
	data := []byte("raVGtnai\x00\x00\x00\x00\x00\x00\x00\x00\x18\x00\x00\x00\x3c\x00\x00\x00")
	data = append(data, "\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00"...)
	data = append(data, "\x00\x00\x00\x00\xff\xff\xff\xff\x3c\x00\x00\x00\x02\x00v\x00\x40\x00\x00\x00\x46\x00\x00\x00"...)
	data = append(data, name+"\x00\x00\x00\x00\x03\x84\x00u"...)
	f, err := parseGVDB(data)
	if want := (variant{"u", 900}); err != nil || f.values[name] != want {
		t.Errorf("%+v: %v", f, err)
	}
}

// TestGVDBOverlaps: a database whose items all point to the same long part is refused
// before it takes the memory of each of them.
func TestGVDBOverlaps(t *testing.T) {
	const items = 4000
	little := binary.LittleEndian
	table := make([]byte, 8, 8+24*items)
	body := uint32(24 + 8 + 24*items)
	text := append(bytes.Repeat([]byte("x"), 400_000), "\x00\x00s"...)
	for i := range items {
		table = little.AppendUint32(table, 0)
		table = little.AppendUint32(table, 0xffffffff)
		table = little.AppendUint32(table, body+uint32(i)) // a name of its own: where it begins
		table = little.AppendUint16(table, uint16(1+i%200))
		table = append(table, 'v', 0)
		table = little.AppendUint32(table, body)
		table = little.AppendUint32(table, body+uint32(len(text)))
	}
	data := append([]byte("GVariant\x00\x00\x00\x00\x00\x00\x00\x00"), 24, 0, 0, 0)
	data = little.AppendUint32(data, body)
	data = append(append(data, table...), text...)
	f, err := parseGVDB(data)
	if err == nil || len(f.values) > 1 {
		t.Errorf("%d values, %v", len(f.values), err)
	}
}

// TestShadowedLong: a key that each line of a long file sets costs no square.
func TestShadowedLong(t *testing.T) {
	start := time.Now()
	var from compliance.Source
	for n := range 200_000 {
		from = withShadowed(compliance.Source{File: "/etc/x", Line: n}, from)
	}
	if took := time.Since(start); len(from.Shadowed) != maxShadowed || took > 10*time.Second {
		t.Errorf("%d lines in %s", len(from.Shadowed), took)
	}
}

// FuzzGVDB: no database makes the reader panic, or takes it long.
func FuzzGVDB(f *testing.F) {
	for _, name := range []string{"whole", "types", "greeter-own"} {
		a, err := txtar.ParseFile("../../testdata/host/gdm/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(file.Data), "\n", "")); err == nil && strings.HasPrefix(file.Name, "compiled/") {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		db, _ := parseGVDB(data)
		if len(db.values)+len(db.locks) > len(data)/24 {
			t.Errorf("%d values out of %d bytes", len(db.values), len(data))
		}
	})
}

// FuzzVariantText: what is read as text is read the same again once it is printed.
func FuzzVariantText(f *testing.F) {
	for _, s := range []string{"uint32 900", "@u 0x1f", "'it\\'s \\u00fc'", "\"x\"", "true", "@as []", "-5", "int64 -9223372036854775808", "'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := variantText(text, "")
		if n, number := v.value.(int); ok && number {
			if again, ok := variantText(fmt.Sprintf("@%s %d", v.kind, n), ""); !ok || again != v {
				t.Errorf("%q is %v, and then %v", text, v, again)
			}
		}
	})
}
