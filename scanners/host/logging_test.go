package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"merlon/compliance"
)

// treeFrames are the frames of one topic whose files are all named by the script.
func treeFrames(section, topic string, files map[string]string) string {
	var list, lines strings.Builder
	for _, name := range sortedKeys(files) {
		list.WriteString("file " + name + "\n")
		n := 0
		for l := range strings.Lines(files[name]) {
			n++
			fmt.Fprintf(&lines, "%s:%d:%s\n", name, n, strings.TrimSuffix(l, "\n"))
		}
	}
	return frame(section, "cmd", topic+" files 1", list.String(), "0") + frame(section, "cmd", topic+" lines 1", lines.String(), "0")
}

// rsyslogFrames are what a host with rsyslog and this configuration sends.
func rsyslogFrames(config, unit string) []string {
	return []string{
		frame("logging", "cmd", "present", "/usr/sbin/rsyslogd\n", "0"), frame("logging", "cmd", "rsyslog unit", unit, "0"),
		treeFrames("logging", "rsyslog", map[string]string{rsyslogMain: config}), frame("logging", "cmd", "/var/log", "", "0"),
		frame("logging", "dir", "/etc/systemd", "", "0"), frame("logging", "dir", "/run/systemd", "", "0"),
		frame("logging", "dir", "/usr/local/lib/systemd", "", "0"), frame("logging", "dir", "/usr/lib/systemd", "", "0"),
	}
}

func actionsOf(t *testing.T, d *compliance.Document) []map[string]any {
	t.Helper()
	list, _ := value(t, d, "logging", "rsyslog", "actions").([]any)
	var out []map[string]any
	for _, a := range list {
		out = append(out, a.(map[string]any))
	}
	return out
}

// TestRsyslogForwards: TLS needs a driver, its mode and TCP; rulesets count where a
// rule calls them; nothing reaches what stands behind a rule that throws all away.
func TestRsyslogForwards(t *testing.T) {
	const tls = ` protocol="tcp" StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name")`
	for _, c := range []struct {
		name, config   string
		tls, ok, comes bool
		auth           any
	}{
		{"udp", "*.* @h.example", false, false, true, true},
		{"tcp", "*.* @@h.example:6514", false, false, true, true},
		{"legacy tls", "$DefaultNetstreamDriver gtls\n$ActionSendStreamDriverMode 1\n$ActionSendStreamDriverAuthMode x509/name\n*.* @@h.example", true, true, true, true},
		{"legacy tls, to anybody", "$ActionSendStreamDriver gtls\n$ActionSendStreamDriverMode 1\n$ActionSendStreamDriverAuthMode anon\n*.* @@h.example", true, false, true, true},
		{"mode without a driver", "$ActionSendStreamDriverMode 1\n*.* @@h.example", false, false, true, true},
		{"driver after the rule", "$ActionSendStreamDriverMode 1\n*.* @@h.example\n$DefaultNetstreamDriver gtls", true, false, true, true},
		{"object", `action(type="omfwd" target="h.example"` + tls, true, true, true, true},
		{"object, udp", `action(type="omfwd" target="h.example" StreamDriver="gtls" StreamDriverMode="1")`, false, false, true, true},
		{"selector without auth", `*.*;auth,authpriv.none action(type="omfwd" target="h.example"` + tls, true, true, true, false},
		{"only severe", "auth.err @h.example", false, false, true, false},
		{"in a condition", "if $msg contains 'x' then @h.example", false, false, true, nil},
		{"property filter", ":msg, contains, \"x\" @h.example", false, false, true, nil},
		{"ruleset nobody calls", "ruleset(name=\"r\") {\naction(type=\"omfwd\" target=\"h.example\"" + tls + "\n}", true, true, false, true},
		{"ruleset that is called", "ruleset(name=\"r\") {\naction(type=\"omfwd\" target=\"h.example\"" + tls + "\n}\n*.* call r", true, true, true, true},
		{"behind stop", "*.* stop\n*.* @h.example", false, false, false, false},
		{"behind ~", "*.* ~\n*.* @h.example", false, false, false, false},
		{"behind a stop for logins", "auth,authpriv.* stop\n*.* @h.example", false, false, true, false},
		{"behind a stop in two parts", "auth.err stop\nif $msg == '***' then stop\n*.* @h.example", false, false, true, false},
		{"behind a stop for one program", ":programname, isequal, \"***\" stop\n*.* @h.example", false, false, true, true},
		{"behind a stop for sshd", ":programname, isequal, \"sshd\" stop\n*.* @h.example", false, false, true, nil},
		{"behind a stop for all but one", ":programname, !isequal, \"***\" stop\n*.* @h.example", false, false, true, nil},
		{"behind a stop for some text", "if $msg contains '***' or ($programname == \"***\" and $syslogtag startswith '***') then {\nstop\n}\n*.* @h.example", false, false, true, true},
		{"behind a stop for a host", "if $hostname == '***' then stop\n*.* @h.example", false, false, true, nil},
		{"behind a stop for a text of sudo", "if $programname == '***' and $syslogseverity > 3 then stop\n*.* @h.example", false, false, true, nil},
		{"behind cloud-init's stop", ":syslogtag, isequal, \"***\" /var/log/cloud-init.log\n& stop\n*.* @h.example", false, false, true, true},
		{"behind HAProxy's stop", ":programname, startswith, \"***\" {\n  /var/log/haproxy.log\n  stop\n}\n*.* @h.example", false, false, true, true},
		{"behind & stop for logins", "authpriv,auth.* /var/log/auth.log\n& stop\n*.* @h.example", false, false, true, false},
		{"behind the rest of a condition", "if $msg contains '***' then {\nauth.* /x\n} else { stop }\n*.* @h.example", false, false, true, nil},
		{"behind a ruleset that stops", "ruleset(name=\"r\") { stop }\nauth.* call r\n*.* @h.example", false, false, true, false},
		{"in place of another", `action(type="omfwd" target="a")` + "\n" + `action(type="omfwd" target="h.example" action.execOnlyWhenPreviousIsSuspended="on")`, false, false, false, true},
		{"in place of another, legacy", "*.* @a\n$ActionExecOnlyWhenPreviousIsSuspended on\n& @h.example", false, false, false, true},
		{"turned off", `action(type="omfwd" target="h.example")` + "\n" + `action(type="omfile" file="/x" config.enabled="off")`, false, false, true, true},
		{"behind a template", "template(name=\"t\" type=\"list\") {\nconstant(value=\"***\")\nproperty(name=\"msg\")\n}\n*.alert root,bob\n*.* @h.example", false, false, true, true},
		{"behind a stop for some", "mail.* stop\n*.* @h.example", false, false, true, true},
		{"relp", ":omrelp:h.example:2514", false, false, true, true},
		{"relp with tls", `action(type="omrelp" target="h.example" port="1" tls="on" tls.authMode="name")`, true, true, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := c.config
			if strings.HasPrefix(config, ":omrelp") {
				config = "*.* " + config
			}
			d := scanFrames(t, "logging", rsyslogFrames(config, "")...)
			if cause := causeOf(d, "logging", "rsyslog", "actions", compliance.Any); cause != "" {
				t.Fatal(cause)
			}
			actions := actionsOf(t, d)
			a := actions[len(actions)-1]
			if a["tls"] != c.tls || a["verified"] != c.ok || a["reached"] != c.comes || a["auth"] != c.auth || a["target"] != "h.example" {
				t.Errorf("%v", a)
			}
		})
	}
}

// TestRsyslogOdd: a line that is not understood leaves the lists open.
func TestRsyslogOdd(t *testing.T) {
	for _, config := range []string{"*.* /var/log/a\n+myhost\n", "$DefaultRuleset x\n", "}\n", "call\n", "action(type=\"omfile\"\n", "if $msg == 'x'\n", "/* no end\n", "call_indirect $.x;\n", "if $msg == 'x' then { *.* @h\n}\n", "/**/ *.* @h\n"} {
		d := scanFrames(t, "logging", rsyslogFrames(config, "")...)
		if cause := causeOf(d, "logging", "rsyslog", "actions", compliance.Any); !strings.Contains(cause, "is not understood") {
			t.Errorf("%q: %q", config, cause)
		}
	}
	d := scanFrames(t, "logging", rsyslogFrames("*.* /var/log/a\n", "/etc/systemd/system/rsyslog.service:3:ExecStart=/usr/sbin/rsyslogd -n -f /etc/other.conf")...)
	if cause := causeOf(d, "logging", "rsyslog", "actions"); cause != "the unit gives rsyslogd another configuration file" {
		t.Errorf("another file: %q", cause)
	}
}

// TestRsyslogInputs: what listens, and for whom.
func TestRsyslogInputs(t *testing.T) {
	d := scanFrames(t, "logging", rsyslogFrames("module(load=\"imtcp\" StreamDriver.Mode=\"1\")\ninput(type=\"imtcp\" port=\"6514\")\n$ModLoad imudp\n$UDPServerAddress 127.0.0.1\n$UDPServerRun 514\ninput(type=\"imuxsock\" Socket=\"/x\")\ninput(type=\"imptcp\" path=\"/y\")\n$InputTCPServerRun 515\n", "")...)
	wantFacts(t, d, "logging", map[string]any{
		"rsyslog|inputs": []any{
			map[string]any{"type": "imtcp", "port": 6514, "address": "", "loopback": false, "tls": true},
			map[string]any{"type": "imudp", "port": 514, "address": "127.0.0.1", "loopback": true, "tls": false},
			map[string]any{"type": "imtcp", "port": 515, "address": "", "loopback": false, "tls": false},
		},
		"rsyslog|modules": list("imtcp", "imudp"),
	})
}

// TestRsyslogSocket: imuxsock reads the machine's own socket unless it is told not to.
func TestRsyslogSocket(t *testing.T) {
	for config, want := range map[string]bool{
		"module(load=\"imuxsock\")\n": true, "$ModLoad imuxsock\n": true, "module(load=\"imuxsock\" SysSock.Use=\"off\")\n": false,
		"$ModLoad imuxsock\n$OmitLocalLogging on\n": false, "module(load=\"imjournal\")\n": false,
	} {
		d := scanFrames(t, "logging", rsyslogFrames(config, "")...)
		wantFacts(t, d, "logging", map[string]any{"rsyslog|local_socket": want})
	}
}

// TestRsyslogConnected: for each rule that sends by TCP a connection to its port, as ss
// tells of it.
func TestRsyslogConnected(t *testing.T) {
	const told = "0      0          192.0.2.1:41234 198.51.100.9:6514\n0 0 [2001:db8::1]:5 [2001:db8::2]:601\n0 0 127.0.0.1:5 127.0.0.1:514\n0 0 [::1]:5 [::1]:514\n"
	for action, want := range map[string]any{
		"*.* @@h:6514": true, "*.* @@h:601": true, "*.* @@h": false, "*.* @@h:20514": false, "*.* @@h:999": nil, "*.* @h:6514": nil, "*.* @@127.0.0.1:6514": nil,
		`action(type="omrelp" target="h" port="6514")`: true, "*.* stop\n*.* @@h:6514": nil,
	} {
		frames := append(rsyslogFrames(action+"\n", ""), frame("logging", "cmd", "connections", told, "0"))
		actions := actionsOf(t, scanFrames(t, "logging", frames...))
		if got := actions[len(actions)-1]["connected"]; got != want {
			t.Errorf("%s: connected is %v, want %v", action, got, want)
		}
	}
	d := scanFrames(t, "logging", append(rsyslogFrames("*.* @@h:6514\n", ""), frame("logging", "cmd", "connections", "", "missing"))...)
	if cause := causeOf(d, "logging", "rsyslog", "actions", "0", "connected"); cause != "there is no ss" {
		t.Errorf("without ss the cause is %q", cause)
	}
}

// TestPriorities follows rsyslog.conf(5), SELECTORS.
func TestPriorities(t *testing.T) {
	for selector, want := range map[string]bool{
		"*.*": true, "auth.*": true, "auth.info": true, "AUTH.Info": true, "security.debug": true, "4.info": true, "*.6": true,
		"auth.notice": false, "auth.=info": false, "auth.!info": false, "*.*;auth.none": false, "*.*;auth.!=debug": true,
		"*.*;auth.!err": false, "mail.*": false, "mail,auth.info": true, "auth.none;auth.info": true, "*.none": false,
	} {
		p := parsePriorities(selector)
		if p == nil || p.upTo("auth") != want {
			t.Errorf("%s: %v", selector, p)
		}
	}
	for _, odd := range []string{"auth.x", "nonsense.*", "auth", ".", ""} {
		if p := parsePriorities(odd); p != nil {
			t.Errorf("%q: %v", odd, p)
		}
	}
}

// TestRsyslogModes lets rsyslogd make files, and compares their modes with ours:
// $FileCreateMode holds for the legacy actions behind it, and for those only.
func TestRsyslogModes(t *testing.T) {
	if _, err := exec.LookPath("rsyslogd"); err != nil {
		t.Fatal("rsyslogd is not installed, and the test asks it")
	}
	dir := t.TempDir()
	config := strings.ReplaceAll(`module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="DIR/s")
$umask 0022
$FileCreateMode 0620
*.* DIR/legacy
*.* action(type="omfile" file="DIR/plain")
*.* action(type="omfile" file="DIR/own" fileCreateMode="0600")
$FileCreateMode 0644
*.* DIR/later
*.* DIR/last
`, "DIR", dir)
	writeFile(t, filepath.Join(dir, "c"), config)
	daemon := exec.Command("rsyslogd", "-n", "-f", filepath.Join(dir, "c"), "-i", filepath.Join(dir, "pid"))
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		time.Sleep(100 * time.Millisecond)
		_ = exec.Command("logger", "-u", filepath.Join(dir, "s"), "hello").Run()
		if _, err := os.Stat(filepath.Join(dir, "last")); err == nil {
			break
		}
	}
	_ = daemon.Process.Kill()
	_ = daemon.Wait()
	for _, a := range actionsOf(t, scanFrames(t, "logging", rsyslogFrames(config, "")...)) {
		info, err := os.Stat(a["file"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if int(info.Mode().Perm()) != a["perm"] {
			t.Errorf("%s: rsyslogd makes it %o, ours is %v", a["file"], info.Mode().Perm(), a["mode"])
		}
	}
}

// TestRsyslogDelivers sends messages to rsyslogd, and holds which files have got them
// against what is read of its configuration, as the collector sends it.
func TestRsyslogDelivers(t *testing.T) {
	if _, err := exec.LookPath("rsyslogd"); err != nil {
		t.Fatal("rsyslogd is not installed, and the test asks it")
	}
	dir := t.TempDir()
	config := strings.ReplaceAll(`module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="DIR/s")
*.* DIR/first
# not this: \
*.* DIR/remark
/* nor this
*.* DIR/remark2 */
*.* action(type="omfile" file="DIR/off" config.enabled="off")
*.* action(type="omfile" file="DIR/instead" action.execOnlyWhenPreviousIsSuspended="on")
auth.*;\
	mail.none	DIR/joined
$ActionExecOnlyWhenPreviousIsSuspended on
*.* DIR/instead2
$ActionExecOnlyWhenPreviousIsSuspended off
:msg, contains, "noise" stop
if $msg contains 'two
then' then stop
*.* DIR/all
ruleset(name="one") {
mail.* stop
  action(type="omfile" file="DIR/called") }
ruleset(name="two") { stop }
*.* call one
*.* DIR/after_call
auth.* stop
*.* DIR/after_auth
mail.err;auth.* call two
*.* DIR/after_called_stop
*.* stop
*.* DIR/never
`, "DIR", dir)
	writeFile(t, filepath.Join(dir, "c"), config)
	daemon := exec.Command("rsyslogd", "-n", "-f", filepath.Join(dir, "c"), "-i", filepath.Join(dir, "pid"))
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	holds := func(file, word string) bool {
		b, _ := os.ReadFile(file)
		return strings.Contains(string(b), word)
	}
	send := func(facility string) { // authpriv comes last
		_ = exec.Command("logger", "-p", facility+".info", "-u", filepath.Join(dir, "s"), "sent-to-"+facility+".").Run()
	}
	for range 50 {
		time.Sleep(100 * time.Millisecond)
		send("auth")
		send("authpriv")
		if holds(filepath.Join(dir, "after_called_stop"), "authpriv") {
			break
		}
	}
	_ = daemon.Process.Kill()
	_ = daemon.Wait()
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "", 1)
	sh := exec.Command("sh", "-c", functions+"rsyslog_lines c")
	sh.Dir = dir
	lines, err := sh.Output()
	if err != nil {
		t.Fatal(err)
	}
	frames := rsyslogFrames("", "")
	frames[2] = frame("logging", "cmd", "rsyslog files 1", "file "+rsyslogMain, "0") +
		frame("logging", "cmd", "rsyslog lines 1", strings.TrimSuffix(strings.ReplaceAll("\n"+string(lines), "\nc:", "\n"+rsyslogMain+":")[1:], "\n"), "0")
	d := scanFrames(t, "logging", frames...)
	if cause := causeOf(d, "logging", "rsyslog", "actions", compliance.Any); cause != "" {
		t.Fatal(cause)
	}
	files := 0
	for _, a := range actionsOf(t, d) {
		file := a["file"].(string)
		files++
		for _, facility := range []string{"auth", "authpriv"} {
			if takes, got := a["reached"] == true && a[facility] == true, holds(file, "sent-to-"+facility+"."); takes != got {
				t.Errorf("%s: rsyslogd delivers %s %v, ours is %v", filepath.Base(file), facility, got, a)
			}
		}
	}
	if files != 10 {
		t.Errorf("%d files", files)
	}
}

// TestUmaskOfUnit: Red Hat's unit has UMask=0066.
func TestUmaskOfUnit(t *testing.T) {
	d := scanFrames(t, "logging", rsyslogFrames("*.* /var/log/messages\n", "/usr/lib/systemd/system/rsyslog.service:9:UMask=0066")...)
	if a := actionsOf(t, d)[0]; a["mode"] != "0600" {
		t.Errorf("%v", a)
	}
	const vendor = "/usr/lib/systemd/system/rsyslog.service:9:UMask=0066\n/usr/lib/systemd/system/rsyslog.service:7:ExecStart=/usr/sbin/rsyslogd -n $SYSLOGD_OPTIONS\n"
	for unit, want := range map[string]string{
		"/etc/systemd/system/rsyslog.service.d/b.conf:2:UMask=0000\n/etc/systemd/system/rsyslog.service.d/a.conf:2:UMask=0077\n/run/systemd/system/rsyslog.service.d/b.conf:2:UMask=0077\n": "0644",
		"/etc/systemd/system/rsyslog.service:7:ExecStart=/usr/sbin/rsyslogd -n\n":                                                                                                           "0644",
		"/etc/sysconfig/rsyslog:2:SYSLOGD_OPTIONS=\"-x\"\n":                                                                                                                                 "0600",
		"/etc/sysconfig/rsyslog:2:SYSLOGD_OPTIONS=\"-x -f /etc/o\"\n":                                                                                                                       "",
		"/etc/systemd/system/rsyslog.service.d/a.conf:2:ExecStart=\n/etc/systemd/system/rsyslog.service.d/a.conf:3:ExecStart=/usr/sbin/rsyslogd -nf/etc/o\n":                                "",
		"/etc/systemd/system/rsyslog.service.d/a.conf:3:ExecStart=/usr/sbin/rsyslogd -n \\\n":                                                                                               "",
	} {
		d := scanFrames(t, "logging", rsyslogFrames("*.* /var/log/messages\n", unit+vendor)...)
		if want == "" {
			if causeOf(d, "logging", "rsyslog", "actions") == "" {
				t.Errorf("%s: the main file is read", unit)
			}
		} else if a := actionsOf(t, d)[0]; a["mode"] != want {
			t.Errorf("%s: %v", unit, a)
		}
	}
}

// TestNewSecretsStay plants passwords and tokens where the collector reads lines.
func TestNewSecretsStay(t *testing.T) {
	const secret = "Geheim4711geheim"
	dir := t.TempDir()
	for name, text := range map[string]string{
		"rsyslog": "# pass " + secret + "\n$ActionLibdbiPassword " + secret + "\n$template L,\"<%pri%> [" + secret + "@41058]\"\n*.* :ommysql:host,db,user," + secret + "\n" +
			"template(name=\"x\" type=\"string\"\n string=\"a\n" + secret + " \\\" " + secret + "\n\")\naction(type=\"omhttp\" pwd=\"" + secret + "\" token = \"" + secret + "\" target=\"h\")\nset $.k = \"" + secret + "\";\n" +
			"action(type=\"omhttp\" httpheaders=[\"A: " + secret + "\", \"B: " + secret + "\"] target=\"i\" headers = [\n \"" + secret + "\",\n\"" + secret + "\" ] port=\"7\")\n" +
			"/* " + secret + "\n" + secret + " */ # " + secret + "\n# goes on \\\n" + secret + "\n*.* :ommysql:host,\\\n  db,user," + secret + "\n*.* >host,db,user," + secret + "\n*.* ^/bin/curl " + secret + "\n" +
			"*.* @@loghost:514;" + secret + " # it's " + secret + "\nif $msg == '" + secret + "' or $a == `echo " + secret + "` then { set $.k = '" + secret + "\n" + secret + "'; }\n" +
			":msg, contains, \"" + secret + "\" stop\n$IncludeConfig /etc/x.conf # " + secret + "\naction(type=\"omhttp\" pwd=" + secret + " key = '" + secret + "' target=\"k\" # " + secret + "\n port=\"8\" /* \" " + secret + "\n" + secret + " */ )\n" +
			"nonsense \"" + secret + "\"\nreload_lookup_table(\"" + secret + "\", '" + secret + "')\nif $programname == 'sshd' then @@last:9\n",
		"sources":   "deb https://user:" + secret + "@h/d s m\nURIs: https://" + secret + "@h/d\n",
		"repo":      "[x]\nbaseurl=https://u:" + secret + "@h/\npassword=" + secret + "\nproxy_password=" + secret + "\n",
		"cron":      "0 1 * * * root curl -u a:" + secret + " https://h | /usr/bin/mysql -p" + secret + " > /tmp/" + secret + "\nKEY=" + secret + "\n@daily root PASS=" + secret + " /bin/sh /opt/job.sh " + secret + "\n",
		"logrotate": "# " + secret + "\n/x { # " + secret + "\n postrotate\n curl -H " + secret + "\n endscript\n}\n",
		"upload":    "# " + secret + "\n ; #URL=" + secret + "\n#Header=" + secret + "\n[Upload]\nHeader=Authorization: Bearer " + secret + "\nURL=https://u:" + secret + "@h\nURL=https://h/?a=b&api_key=" + secret + "&c=d\n",
		"arguments": "x.service:3:ExecStart=/x --pw " + secret + " -u bob --token='" + secret + " " + secret + "' [password=" + secret + " " + secret + "] API_KEY=" + secret + " iommu.passthrough=1\n",
		"units":     "x.service:1:Environment=\"A=" + secret + " " + secret + "\"\nx.service:2:Environment=SSHD_OPTS=-p22\nx.service:3:ExecStart=/x -o SetEnv=A=" + secret + " -o HostKey=/k\n",
		"rules":     "# " + secret + "\n-A INPUT -m comment --comment " + secret + " -j DROP\ntcp dport 22 accept comment \"" + secret + " " + secret + "\"\n{\"comment\": \"" + secret + "\", \"expr\": 1}\n",
		"apt.conf":  "Acquire::http::Proxy \"http://u:" + secret + "@p\";\n",
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "", 1)
	test := functions + "rsyslog_lines rsyslog\nsource_lines sources\nrepo_lines repo\ncron_lines cron\nlogrotate_lines logrotate\nsettings_lines <upload\ncat apt.conf | apt_head head\n" +
		"without_arguments <arguments\nwithout_variables <units\nwithout_remarks <rules\n"
	for _, shell := range [][]string{{"dash"}, {"bash"}, {"busybox", "ash"}} {
		cmd := exec.Command(shell[0], append(shell[1:], "-c", test)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), secret) {
			t.Errorf("%s sends a secret:\n%s", shell, out)
		}
		for _, want := range []string{`target="h"`, "URIs: https://***@h/d", "cron:1:root /bin/mysql", "cron:3:root /opt/job.sh", "logrotate:6:}", "baseurl=https://***@h/", "URL=https://***@h",
			`target="i"`, `port="7"`, `target="k"`, `port="8"`, "@@loghost:514", "then @@last:9", "a=b&api_key=***&c=d", "--pw *** -u bob", "iommu.passthrough=1", "SSHD_OPTS=-p22", "SetEnv=A=*** -o HostKey=/k", `--comment "***" -j DROP`, `"comment": "***", "expr": 1}`} {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: no %q in (%v)\n%s", shell, want, err, out)
			}
		}
	}
}

// TestCronLines: which programs root's jobs start.
func TestCronLines(t *testing.T) {
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "", 1)
	for job, want := range map[string]string{
		"17 * * * * root cd / && run-parts --report /etc/cron.hourly":               "root",
		"25 6 * * * root test -x /usr/sbin/anacron || { cd / && /opt/x --daily; }":  "root /opt/x",
		"* * * * * root [ -x /usr/lib/y ] && if [ ! -d /run ]; then /usr/lib/y; fi": "root /usr/lib/y",
		"* * * * * root /usr/bin/php -q /var/www/cron.php >> /var/log/x 2>&1":       "root /var/www/cron.php",
		"* * * * * root flock -n /tmp/lock /opt/a":                                  "root /opt/a",
		"* * * * * root nice -n 10 timeout 5m /opt/b /etc/c":                        "root /opt/b",
		"* * * * * www-data /srv/app":                                               "www-data /srv/app",
		"@reboot root A=1 B=\"x\" /opt/d % /opt/stdin":                              "root /opt/d",
		"  5 4 * * sun\troot\t/opt/e; /opt/f&":                                      "root /opt/e /opt/f",
		"PATH=/opt/bin:/usr/bin":                                                    "PATH /opt/bin /usr/bin",
		"MAILTO=root":                                                               "",
		"* * * * * root run-parts --report -a x /opt/jobs/; /opt/y":                 "root /opt/jobs/ /opt/y",
		"* * * * * root nice /usr/bin/run-parts '/opt/jobs'":                        "root /opt/jobs/",
		"* * * * * root cd /opt/app && ./run.sh && python3 -u tool.py && bin/x":     "root /opt/app/run.sh /opt/app/tool.py /opt/app/bin/x",
		"* * * * * root bin/backup --all":                                           "root /root/bin/backup",
		"* * * * * root bash -c 'cd /srv/ && ./a'":                                  "root /srv/a",
		"* * * * * root sudo -u app ./a; su app -c ./b":                             "root",
		"* * * * * root bash -c \"curl x\"; perl -e print; php -r a; sh -lc ./b":    "root /root/b",
		"* * * * * root cd $HOME && ./a":                                            "root",
		"# * * * * * root /opt/g":                                                   "",
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "c"), job+"\n")
		for _, shell := range [][]string{{"dash"}, {"busybox", "ash"}} {
			cmd := exec.Command(shell[0], append(shell[1:], "-c", functions+"cron_lines c")...)
			cmd.Dir = dir
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if want != "" {
				want = "c:1:" + strings.TrimPrefix(want, "c:1:")
			}
			if got := strings.TrimSpace(string(out)); got != want {
				t.Errorf("%s: %q gives %q, want %q", shell, job, got, want)
			}
		}
	}
}

// TestKernelReleases orders releases, and keeps kinds of kernels apart.
func TestKernelReleases(t *testing.T) {
	for _, c := range []struct{ running, images, want string }{
		{"6.1.0-17-amd64", "6.1.0-18-amd64 6.1.0-9-amd64", "6.1.0-18-amd64"},
		{"6.1.0-18-cloud-amd64", "6.1.0-18-cloud-amd64 6.1.0-20-amd64", "6.1.0-18-cloud-amd64"},
		{"6.12.48+deb13-amd64", "6.12.57+deb13-amd64", "6.12.57+deb13-amd64"},
		{"5.15.0-113-generic", "5.15.0-92-generic", "5.15.0-113-generic"},
		{"5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4.x86_64 5.14.0-427.16.1.el9_4.x86_64 0-rescue-abc", "5.14.0-427.16.1.el9_4.x86_64"},
		{"5.14.0-1.el9.x86_64", "5.14.0-2.el9.x86_64+rt", ""},
		{"6.18.44-fc", "", ""},
	} {
		images := ""
		for _, i := range strings.Fields(c.images) {
			images += "/boot/vmlinuz-" + i + "\n"
		}
		d := scanFrames(t, "updates", frame("updates", "file", "/proc/sys/kernel/osrelease", c.running, "0"), frame("updates", "dir", "/boot", images, "0"))
		if got, _ := d.Value(compliance.Path{"updates", "kernel", "newest"}); got != c.want && (got != nil || c.want != "") {
			t.Errorf("%s of %s: newest is %v, want %s", c.running, c.images, got, c.want)
		}
	}
}

// TestUpdatesDnf follows dnf.conf(5): [main] holds for repositories that say nothing.
func TestUpdatesDnf(t *testing.T) {
	d := scanFrames(t, "updates",
		treeFrames("updates", "dnf", map[string]string{
			"/etc/dnf/dnf.conf":          "[main]\ngpgcheck=1\nsslverify=False\n",
			"/etc/yum.repos.d/a.repo":    "[a]\nenabled=1\n[b]\nenabled = 0\ngpgcheck=0\nsslverify = yes\n",
			"/etc/dnf/z-automatic.conf":  "",
			"/etc/zz/dnf/automatic.conf": "[commands]\napply_updates = yes\n",
		}), frame("updates", "cmd", "here", "time 864000\ndnf\n", "0"), frame("updates", "cmd", "stat", "86400 4096 /var/cache/dnf/a-01/repodata/repomd.xml\n", "0"))
	wantFacts(t, d, "updates", map[string]any{
		"dnf|gpgcheck": true, "dnf|localpkg_gpgcheck": false, "dnf|sslverify": false, "dnf|apply_updates": true,
		"dnf|repositories|a|enabled": true, "dnf|repositories|a|gpgcheck": true, "dnf|repositories|a|sslverify": false,
		"dnf|repositories|b|enabled": false, "dnf|repositories|b|gpgcheck": false, "dnf|repositories|b|sslverify": true,
		"lists_age": int64(9), "reboot_required": false,
	})
}

// TestListsAge: what an update that fetched nothing leaves behind does not count.
func TestListsAge(t *testing.T) {
	for stat, want := range map[string]any{
		"86400 4096 /var/lib/apt/lists\n864000 4096 /var/lib/apt/lists/partial\n864000 0 /var/lib/apt/periodic/update-stamp\n": int64(9),
		"86400 4096 /var/lib/apt/lists\n172800 0 /var/lib/apt/periodic/update-success-stamp\n":                                 int64(8),
		"864000 4096 /var/cache/dnf\n86400 0 /var/cache/dnf/last_makecache\n":                                                  int64(9),
		"86400 0 /var/cache/dnf/last_makecache\n172800 9 /var/cache/dnf/a-1/repodata/repomd.xml\n":                             int64(8),
		"": nil,
	} {
		d := scanFrames(t, "updates", frame("updates", "cmd", "here", "time 864000\n", "0"), frame("updates", "cmd", "stat", stat, "0"))
		if got, _ := d.Value(compliance.Path{"updates", "lists_age"}); got != want {
			t.Errorf("%q: %v days, want %v", stat, got, want)
		}
	}
}

// TestListsAbsent: where lists would be is told, by the package manager that is there.
func TestListsAbsent(t *testing.T) {
	for manager, want := range map[string]string{"": "/var/lib/apt/lists", "dnf\n": "/var/cache/dnf/"} {
		d := scanFrames(t, "updates", treeFrames("updates", "dnf", map[string]string{"/etc/dnf/dnf.conf": "[main]\n"}),
			frame("updates", "cmd", "here", "time 864000\n"+manager, "0"), frame("updates", "cmd", "stat", "", "0"))
		if from, _ := d.Source(compliance.Path{"updates", "lists_age"}); from.File != want {
			t.Errorf("%q: told by %v, want %s", manager, from, want)
		}
	}
}

// TestUnitAliases: a name that stands for another unit has that unit's state.
func TestUnitAliases(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("../../testdata/host/systemd252/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	frames := func(links string) []string {
		return []string{frame("services", "cmd", "running", "yes", "0"), frame("services", "cmd", "list-unit-files", read("list-unit-files"), "0"),
			frame("services", "cmd", "list-units", read("list-units"), "0"), links}
	}
	d := scanFrames(t, "services", frames(frame("services", "cmd", "links", read("links"), "0"))...)
	wantFacts(t, d, "services", map[string]any{
		"units|sshd.service|active": "active", "units|sshd.service|alias_of": "ssh.service", "units|syslog.service|alias_of": "rsyslog.service",
		"units|chronyd.service|active": "inactive", "units|rsync.service|enabled": "masked", "units|rsync.service|active": "inactive",
		"units|systemd-journald.service|sub": "running", "units|logrotate.timer|sub": "waiting", "units|systemd-journal-remote.service|enabled": "indirect",
	})
	if v, ok := d.Value(compliance.Path{"services", "units", "ntpsec.service"}); ok {
		t.Errorf("a unit that is only mentioned is %v", v)
	}
	// As systemd 257 of Debian 13 lists what its ssh generator makes.
	d = scanFrames(t, "services", frame("services", "cmd", "running", "yes", "0"),
		frame("services", "cmd", "list-unit-files", "sshd-unix-local@.service alias -\nsshd@.service indirect enabled\nsshd.service alias -\nssh.service enabled enabled\n", "0"),
		frame("services", "cmd", "list-units", "ssh.service loaded active running OpenBSD\n", "0"),
		frame("services", "cmd", "links", "'/etc/systemd/system/sshd.service' -> '/usr/lib/systemd/system/ssh.service'\n", "0"))
	wantFacts(t, d, "services", map[string]any{"units|sshd-unix-local@.service|active": "inactive", "units|sshd.service|active": "active"})
	d = scanFrames(t, "services", frames("")...)
	if cause := causeOf(d, "services", "units", "sshd.service", "active"); cause == "" {
		t.Error("without links nobody knows what sshd.service stands for")
	}
}

// FuzzConfig gives one text to every parser of configuration files.
func FuzzConfig(f *testing.F) {
	paths, _ := filepath.Glob("../../testdata/host/*/*.txtar")
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add("if x then {\n*.* @@[::1\n}}\n& ~\ninclude(file=\"/etc/rsyslog.conf\")\n$IncludeConfig /etc/rsyslog.conf\n")
	f.Add("include /etc/logrotate.conf\n{ }\n}\n\"\n/a {\nrotate\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			return
		}
		var b strings.Builder
		for _, tree := range [][3]string{{"logging", "rsyslog", rsyslogMain}, {"logging", "logrotate", "/etc/logrotate.conf"}, {"time", "chrony", "/etc/chrony/chrony.conf"},
			{"time", "ntp", "/etc/ntp.conf"}, {"cron", "jobs", "/etc/crontab"}, {"updates", "apt", "/etc/apt/sources.list.d/x.sources"}, {"updates", "dnf", "/etc/dnf/dnf.conf"}} {
			b.WriteString(treeFrames(tree[0], tree[1], map[string]string{tree[2]: text}))
			b.WriteString(frame(tree[0], "dir", tree[1]+" "+tree[2], tree[2], "0"))
		}
		for _, it := range []string{"logging cmd /var/log", "cron cmd paths", "cron cmd stat", "banners cmd lines", "banners cmd paths", "banners cmd stat", "updates cmd apt-config", "updates cmd apt.conf",
			"updates cmd here", "updates cmd stat", "updates dir /boot", "updates dir /etc/apt/trusted.gpg.d", "updates dir /etc/apt/sources.list.d", "time cmd chrony unit", "time cmd chrony process", "time cmd links",
			"logging cmd rsyslog unit", "updates file /proc/sys/kernel/osrelease", "services cmd links", "services cmd list-units"} {
			f := strings.SplitN(it, " ", 3)
			b.WriteString(frame(f[0], f[1], f[2], text, "0"))
		}
		b.WriteString(frame("services", "cmd", "running", "yes", "0") + frame("services", "cmd", "list-unit-files", "a.service alias\n"+text, "0"))
		b.WriteString(frame("logging", "cmd", "present", "/usr/sbin/rsyslogd\n/usr/sbin/logrotate\n", "0") + frame("time", "cmd", "present", "/usr/sbin/chronyd\n/usr/sbin/ntpd\n/usr/lib/systemd/systemd-timesyncd", "0"))
		b.WriteString(frame("cron", "cmd", "present", "/usr/sbin/cron\n/usr/bin/at", "0"))
		for _, s := range []string{"logging", "time"} {
			b.WriteString(frame(s, "dir", "/etc/systemd", "/etc/systemd/journald.conf\n/etc/systemd/timesyncd.conf", "0") + frame(s, "file", "/etc/systemd/journald.conf", text, "0") + frame(s, "file", "/etc/systemd/timesyncd.conf", text, "0"))
			for _, d := range systemdDirs[1:] {
				b.WriteString(frame(s, "dir", d, "", "absent"))
			}
		}
		d := mustScan(t, &fakeConn{stdout: b.String() + doneFrame}, "logging", "time", "cron", "banners", "updates", "services")
		checkUnknowns(t, d)
		for _, x := range d.Diagnostics {
			if strings.Contains(x.Message, "internal fault") {
				t.Error(x.Message)
			}
		}
	})
}

// TestHostileConfigurations: what includes itself, never ends or nests without end is
// read in bounded time.
func TestHostileConfigurations(t *testing.T) {
	const size = 300_000
	for _, unit := range []string{
		"if x then ", "{\n", "{", "}", "& ", "*.* ", "call a ", "set $.a = \"", "action(", "action(type=\"omfile\" file=\"/x\")\n", "/* */", "a \\\n",
		"include(file=\"/etc/rsyslog.conf\")\n", "$IncludeConfig /etc/rsyslog.conf\n", "include /etc/logrotate.conf\n", "/a {\n}\n", "/a\n",
		"include /etc/chrony/chrony.conf\n", "server a\n", "URIs: a\n b\n", " b\n", "deb http://a b\n", "A::B \"1\";\n", "[a]\n", "\x00",
	} {
		text := strings.Repeat(unit, size/len(unit))
		var b strings.Builder
		for _, tree := range [][3]string{{"logging", "rsyslog", rsyslogMain}, {"logging", "logrotate", "/etc/logrotate.conf"}, {"time", "chrony", "/etc/chrony/chrony.conf"}} {
			b.WriteString(frame(tree[0], "cmd", tree[1]+" files 1", "file "+tree[2], "0"))
			var numbered strings.Builder
			for i, l := range strings.Split(text, "\n") {
				if numbered.Len() > size {
					break
				}
				fmt.Fprintf(&numbered, "%s:%d:%s\n", tree[2], i+1, l)
			}
			b.WriteString(frame(tree[0], "cmd", tree[1]+" lines 1", numbered.String(), "0"))
			b.WriteString(frame(tree[0], "dir", tree[1]+" "+tree[2], tree[2], "0"))
		}
		b.WriteString(frame("logging", "cmd", "present", "/usr/sbin/rsyslogd\n/usr/sbin/logrotate\n", "0") + frame("time", "cmd", "present", "/usr/sbin/chronyd", "0"))
		start := time.Now()
		d := mustScan(t, &fakeConn{stdout: b.String() + doneFrame}, "logging", "time")
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%q takes %s", unit, took)
		}
		checkUnknowns(t, d)
	}
}

// TestChronyOptions: what the unit or its defaults file gives chronyd counts.
func TestChronyOptions(t *testing.T) {
	scan := func(options string) *compliance.Document {
		frames := []string{frame("time", "cmd", "present", "/usr/sbin/chronyd\n", "0"), treeFrames("time", "chrony", map[string]string{"/etc/chrony.conf": "server a\nuser chrony\n"}),
			frame("time", "cmd", "chrony unit", "/usr/lib/systemd/system/chronyd.service:12:ExecStart=/usr/sbin/chronyd $OPTIONS", "0"),
			frame("time", "cmd", "chrony options", options, "0"), frame("time", "cmd", "chrony process", "Name:\tchronyd\nUid:\t0\t992\t992\t992\n", "0")}
		return scanFrames(t, "time", frames...)
	}
	wantFacts(t, scan(`/etc/sysconfig/chronyd:2:OPTIONS="-F 2"`), "time", map[string]any{"chrony|user": "chrony", "chrony|uid": 992,
		"chrony|sources": []any{map[string]any{"kind": "server", "name": "a", "built_in": false, "used": true}}})
	wantFacts(t, scan(`/etc/sysconfig/chronyd:2:OPTIONS="-u root"`), "time", map[string]any{"chrony|user": "root"})
	if cause := causeOf(scan(`/etc/sysconfig/chronyd:2:OPTIONS="-f /etc/other"`), "time", "chrony", "sources"); cause != "chronyd is given another configuration file" {
		t.Errorf("cause is %q", cause)
	}
}
