package host

import (
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"merlon/compliance"
)

// TestUmask holds symbolic and numeric umasks against the shell.
func TestUmask(t *testing.T) {
	for _, s := range []string{"027", "0077", "22", "u=rwx,g=rx,o=", "u=rwx,go=", "ugo=rx", "a=rwx", "a=rw,o=", "g=w,u=rwx,o=x", "u=,g=,o="} {
		out, err := exec.Command("bash", "-c", "umask "+s+"; umask").Output()
		if err != nil {
			t.Fatal(err)
		}
		n, ok := umaskNumber(s)
		if got := fmt.Sprintf("%04o", n); !ok || got != strings.TrimSpace(string(out)) {
			t.Errorf("%s: ours is %s, the shell's is %s", s, got, out)
		}
	}
	for _, s := range []string{"", "g-w", "u=rwx", "a+x", "$mask", "999", "u=rwx,g=s,o="} {
		if n, ok := umaskNumber(s); ok {
			t.Errorf("%q is %o", s, n)
		}
	}
}

// TestUmaskWhereNone: what only counts where there is no umask at all is passed over;
// bash takes it as we do.
func TestUmaskWhereNone(t *testing.T) {
	for code, counts := range map[string]bool{
		"    [ `umask` -eq 0 ] && umask 022": false, "[ $(umask) -eq 0 ] && umask 022": false, "[[ `umask` -eq 0 ]] && umask 0022 ": false,
		"[ `umask` -eq 0 ] || umask 022": true, "[ `umask` -eq 0 ] && umask 027; umask 022": true, "[ $UID -eq 0 ] && umask 022": true, "umask 022": true,
	} {
		out, err := exec.Command("bash", "-c", "UID2=0; umask 077; "+strings.ReplaceAll(code, "$UID", "$UID2")+"\numask").Output()
		if err != nil {
			t.Fatal(err)
		}
		if told := strings.TrimSpace(string(out)) == "0022"; told != counts {
			t.Errorf("%s: bash ends with %s", code, out)
		}
		if got := len(parseUmask(code)) > 0; got != counts {
			t.Errorf("%s: counts is %v", code, got)
		}
	}
}

// TestStartUpFiles reads the lines that set TMOUT, umask and PATH.
func TestStartUpFiles(t *testing.T) {
	lines := strings.Join([]string{
		"/etc/profile:3:  PATH=\"/usr/sbin:/usr/bin\" # all", "/etc/profile:4:export PATH=/usr/bin:.:", "/etc/profile:5:umask 022",
		"/etc/profile:6:# TMOUT=5", "/etc/profile:7:echo \"umask\"", "/etc/profile:8:if [ $UID -gt 199 ]; then umask u=rwx,g=rx,o=; else umask $mask; fi",
		"/etc/profile.d/t.sh:1:readonly TMOUT=900 ; export TMOUT", "/etc/profile.d/t.sh:2:typeset -xr TMOUT='600'", "/etc/profile.d/t.sh:3:TMOUT=${TMOUT:-60}",
		"/etc/profile.d/t.sh:4:readonly TMOUT", "/etc/profile.d/t.sh:5:MYTMOUT=3", "/etc/bash.bashrc:1:declare -x PATH=$(getconf PATH)",
		"/root/.bashrc:2:umask 077", "/etc/shells:2:/bin/sh", "/etc/shells:3:/usr/sbin/nologin # no", "/etc/default/useradd:9:INACTIVE=\"30\"",
	}, "\n")
	files := "there /etc/profile\nthere /etc/profile.d/t.sh\nthere /etc/bash.bashrc\nabsent /etc/bashrc\nabsent /etc/environment\nthere /etc/shells\n" +
		"there /etc/default/useradd\nabsent /root/.profile\nabsent /root/.bash_profile\nabsent /root/.bash_login\nthere /root/.bashrc"
	d := scanFrames(t, "shells", frame("shells", "cmd", "files", files, "0"), frame("shells", "cmd", "lines", lines, "0"))
	wantFacts(t, d, "shells", map[string]any{
		"valid": list("/bin/sh", "/usr/sbin/nologin"), "useradd_inactive": 30,
		"root_umask": []any{map[string]any{"value": 63, "mode": "0077"}},
		"umask":      []any{map[string]any{"value": 18, "mode": "0022"}, map[string]any{"value": 23, "mode": "0027"}, map[string]any{}},
		"path":       []any{map[string]any{"value": list("/usr/sbin", "/usr/bin")}, map[string]any{"value": list("/usr/bin", ".", "")}},
		"tmout": []any{
			map[string]any{"value": 900, "readonly": true}, map[string]any{"value": 600, "readonly": true}, map[string]any{"readonly": false},
			map[string]any{"value": "as set before", "readonly": true},
		},
	})
	if cause := causeOf(d, "shells", "umask", "2", "value"); cause == "" {
		t.Error("umask $mask is no unknown")
	}
	if s, _ := d.Source(compliance.Path{"shells", "umask", "1", "value"}); s.File != "/etc/profile" || s.Line != 8 {
		t.Errorf("the second umask comes from %+v", s)
	}
	hidden := strings.ReplaceAll(files, "there /root/.bashrc", "denied /root/.bashrc")
	d = scanFrames(t, "shells", frame("shells", "cmd", "files", hidden, "0"), frame("shells", "cmd", "lines", lines, "0"))
	if cause := causeOf(d, "shells", "root_umask", compliance.Any); !strings.HasSuffix(cause, needsRoot) {
		t.Errorf("root's files, to others: %q", cause)
	}
}

// TestPathWords: what a shell puts in place of parameters makes no element of PATH.
func TestPathWords(t *testing.T) {
	for code, want := range map[string][]any{
		"export PATH=/opt/cuda/bin${PATH:+:${PATH}}": list("/opt/cuda/bin", "$PATH"),
		`PATH="${PATH:+${PATH}:}/snap/bin"`:          list("$PATH", "/snap/bin"),
		"PATH=${HOME:-/root}/bin:$PATH":              list("$HOME/bin", "$PATH"),
		"PATH=$PATH:${X:+.}":                         list("$PATH", "."),
		"PATH=${PATH}:":                              list("$PATH", ""),
		"PATH=${A:+${B:+${C}:}}/x":                   list("$C", "/x"),
		"PATH=${PATH%:}:/y":                          list("$PATH", "/y"),
		"PATH=/usr/bin:bin":                          list("/usr/bin", "bin"),
	} {
		found := parsePATH(code)
		if len(found) != 1 || !reflect.DeepEqual(found[0].value, want) {
			t.Errorf("%s: %v, want %v", code, found, want)
		}
	}
}
