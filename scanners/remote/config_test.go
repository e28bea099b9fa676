package remote

import (
	"maps"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestConfigAsSSHReadsIt compares what is read with what `ssh -G` says.
func TestConfigAsSSHReadsIt(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.conf"), "User included\nHost web\nPort 2200\n")
	write(t, filepath.Join(dir, "b.conf"), "User second\nPort 2300\n")
	for _, c := range []struct{ name, host, config string }{
		{"first value wins", "web", "Host web\nPort 1\nUser a\nHost *\nPort 2\nUser b\nHostKeyAlias c"},
		{"patterns", "web1.example.com", "Host web?.example.com !web2*\nPort 1\nHost *.com\nUser b"},
		{"negated", "web2.example.com", "Host web?.example.com !web2*\nPort 1\nHost !web2* *\nUser c\nHost *.com\nUser b"},
		{"before any Host", "web", "Port 7\nHost web\nPort 8"},
		{"case of patterns", "WEB", "Host web\nPort 1\nHost WEB\nPort 2"},
		{"tabs, equals signs, quotes, comments", "web", "Host\tother\tweb # both\n\tPort=1 # one\n User = \"a b\"\nHostKeyAlias 'x y'\nIdentityFile \"/a b/c\\\"d\" # key\nIdentityFile /x#y"},
		{"case of keywords", "web", "hOST web\npORT 4\nUSER u"},
		{"HostName with %h", "web", "Host web\nHostName %h.example.com"},
		{"HostName in capitals", "web", "Host web\nHostName WEB.Example.com"},
		{"identities add up", "web", "IdentityFile ~/.ssh/%h-a\nHost web\nIdentityFile /b\nIdentityFile /b\nHost x\nIdentityFile /c"},
		{"known hosts", "web", "UserKnownHostsFile /a /b\nUserKnownHostsFile /c"},
		{"Match host after HostName", "web", "Host web\nHostName web.internal\nMatch host *.internal\nUser m\nMatch host web\nUser n"},
		{"Match originalhost", "web", "Host web\nHostName web.internal\nMatch originalhost web,x\nPort 5\nMatch originalhost *.internal\nPort 6"},
		{"Match of two criteria", "web", "Match host web user nobody\nPort 1\nMatch host web !user nobody\nPort 2"},
		{"Match user set before", "web", "User u1\nMatch user u1\nPort 3"},
		{"Match localuser", "web", "Match localuser " + me(t) + "\nPort 3"},
		{"Match not all", "web", "Match !originalhost web\nPort 3\nMatch all\nPort 4"},
		{"Match with equals", "web", "Match host=web\nPort 3"},
		{"Match final", "web", "Match final all\nPort 9\nUser f\nHost *\nPort 8"},
		{"Match final host", "web", "Host web\nHostName w.example.com\nMatch final host w.example.com\nUser f"},
		{"Include", "web", "Include " + dir + "/*.conf\nUser own\nPort 1"},
		{"Include in Host", "web", "Host other\nInclude " + dir + "/b.conf\nHost *\nUser own"},
		{"Include keeps the block", "web", "Host other\nInclude " + dir + "/a.conf\nPort 5\nHost web\nInclude " + dir + "/a.conf\nHostKeyAlias x"},
		{"Include of nothing", "web", "Include /nonexistent /nonexistent/*\nPort 3"},
		{"ProxyJump", "web", "Host web\nProxyJump a@b:22,c\nHost *\nProxyJump d"},
		{"URL of a jump", "web", "ProxyJump none\nProxyJump d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := write(t, filepath.Join(t.TempDir(), "config"), c.config+"\n")
			want := sshSays(t, file, c.host)
			d := &Dialer{Home: "/home/x", Config: file}
			r := &configReader{home: "/home/x", asked: c.host, localUser: me(t), values: map[string][]directive{}}
			if err := r.read(file); err != nil {
				t.Fatal(err)
			}
			s, err := d.settings(endpoint{host: c.host})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string][]string{"hostname": {s.host}, "port": {s.port}, "user": {s.user}}
			for keyword, directives := range r.values {
				if _, have := got[keyword]; have {
					continue
				}
				for _, d := range directives {
					got[keyword] = append(got[keyword], strings.Join(d.args, " "))
				}
			}
			for _, keyword := range slices.Sorted(maps.Keys(got)) {
				if keyword == "proxyjump" && got[keyword][0] == "none" && want[keyword] == nil {
					continue
				}
				if !slices.Equal(got[keyword], want[keyword]) {
					t.Errorf("%s: got %q, ssh has %q", keyword, got[keyword], want[keyword])
				}
			}
			if want["proxyjump"] != nil && got["proxyjump"] == nil {
				t.Errorf("ssh has ProxyJump %q", want["proxyjump"])
			}
		})
	}
}

func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}

// sshSays returns what ssh(1) makes of a configuration, by keyword.
func sshSays(t *testing.T, file, host string) map[string][]string {
	t.Helper()
	out, err := exec.Command("ssh", "-G", "-F", file, host).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh -G: %v: %s", err, out)
	}
	says := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		keyword, value, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		says[keyword] = append(says[keyword], value)
	}
	return says
}

func TestSettings(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "/agent")
	t.Setenv("WHERE", "/env")
	for _, c := range []struct {
		name, config, address string
		got                   func(*settings) string
		want                  string
	}{
		{"address wins", "Port 1\nUser a", "ssh://b@web:2", func(s *settings) string { return s.user + " " + s.port }, "b 2"},
		{"tokens", "Port 5\nUser u\nIdentityFile ~/k/%d-%h-%n-%p-%r-%%", "ssh://web", func(s *settings) string { return s.identities[0] }, "HOME/kHOME-web-web-5-u-%"},
		{"environment", "IdentityFile ${WHERE}/k", "ssh://web", func(s *settings) string { return s.identities[0] }, "/env/k"},
		{"default identities", "", "ssh://web", func(s *settings) string { return s.identities[3] }, "HOME/.ssh/id_ed25519"},
		{"no identity", "IdentityFile none", "ssh://web", func(s *settings) string { return strings.Join(s.identities, "") }, ""},
		{"agent of the environment", "", "ssh://web", func(s *settings) string { return s.agent }, "/agent"},
		{"no agent", "IdentityAgent none", "ssh://web", func(s *settings) string { return s.agent }, ""},
		{"agent from a variable", "IdentityAgent $WHERE", "ssh://web", func(s *settings) string { return s.agent }, "/env"},
		{"agent by path", "IdentityAgent ~/%r.sock\nUser u", "ssh://web", func(s *settings) string { return s.agent }, "HOME/u.sock"},
		{"timeout", "ConnectTimeout 3", "ssh://web", func(s *settings) string { return s.timeout.String() }, "3s"},
		{"IPv6", "", "ssh://[::1]:23", func(s *settings) string { return s.hostPort() }, "[::1]:23"},
		{"family", "AddressFamily inet6", "ssh://web", func(s *settings) string { return s.network }, "tcp6"},
		{"known hosts", "", "ssh://web", func(s *settings) string { return strings.Join(s.knownHosts, " ") },
			"HOME/.ssh/known_hosts HOME/.ssh/known_hosts2 /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"},
		{"jump over IPv6", "ProxyJump u@[::1]:24,::2", "ssh://web", func(s *settings) string { return s.jumps[0].user + s.jumps[0].host + s.jumps[0].port + s.jumps[1].host }, "u::124::2"},
		{"Match exec is left out", "Match exec true\nPort 9", "ssh://web", func(s *settings) string { return s.port + strings.Join(s.warnings, "") }, "22CONFIG:1: `Match exec` is not evaluated; the block is left out"},
		{"Match exec of other hosts is silent", "Match host x exec true\nPort 9", "ssh://web", func(s *settings) string { return s.port + strings.Join(s.warnings, "") }, "22"},
		{"what is not followed is told", "KnownHostsCommand /bin/x", "ssh://web", func(s *settings) string { return strings.Join(s.warnings, "") }, "CONFIG:1: knownhostscommand is not followed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			file := write(t, filepath.Join(home, "config"), c.config)
			e, err := parseAddress(c.address)
			if err != nil {
				t.Fatal(err)
			}
			s, err := (&Dialer{Home: home, Config: file}).settings(e)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := c.got(s), strings.NewReplacer("HOME", home, "CONFIG", file).Replace(c.want); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestConfigErrors(t *testing.T) {
	for _, c := range []struct{ config, want string }{
		{"\nPort 99999", "config:2: port: \"99999\" is no port"},
		{"Port", "config:1: port has no value"},
		{"User \"a", "config:1: a quote"},
		{"Match host", "config:1: Match host has no value"},
		{"Match planet mars", "config:1: `Match planet` is not known"},
		{"IdentityFile %z", "config:1: %z in"},
		{"IdentityFile ${NO_SUCH_VARIABLE}", "config:1: ${NO_SUCH_VARIABLE}"},
		{"ConnectTimeout soon", "config:1: connecttimeout"},
		{"ProxyCommand nc %h %p", "config:1: ProxyCommand would run a program"},
		{"ProxyJump a,,b", "config:1: proxyjump: an SSH address names no host"},
		{"Include [", "config:1: Include"},
		{"Include config", "Include nests deeper"},
	} {
		home := t.TempDir()
		file := write(t, filepath.Join(home, ".ssh", "config"), c.config)
		_, err := (&Dialer{Home: home, Config: file}).settings(endpoint{host: "web"})
		wantError(t, err, c.want)
	}
	_, err := (&Dialer{Home: t.TempDir(), Config: "/nonexistent"}).settings(endpoint{host: "web"})
	wantError(t, err, "/nonexistent")

	// As ssh does, the user's own file is not trusted where others can write it.
	home := t.TempDir()
	file := write(t, filepath.Join(home, ".ssh", "config"), "Port 3")
	if out, err := exec.Command("chmod", "g+w", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, err = (&Dialer{Home: home}).settings(endpoint{host: "web"})
	wantError(t, err, "chmod go-w "+file)
}

func FuzzConfig(f *testing.F) {
	f.Add("Host *\nPort 22\nMatch host a,!b exec \"x y\"\nUser 'q' # c\nProxyJump a@b:1,[::1]:2")
	f.Add("IdentityFile %d/${HOME}\\\" \\")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(strings.ToLower(text), "include") {
			return // would read files of this machine
		}
		file := write(t, filepath.Join(t.TempDir(), "config"), text)
		s, err := (&Dialer{Home: "/nonexistent", Config: file}).settings(endpoint{host: "web"})
		if err == nil && checkPort(s.port) != nil {
			t.Errorf("port %q", s.port)
		}
	})
}

func FuzzKnownHosts(f *testing.F) {
	f.Add("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 AAAA")
	f.Add("@cert-authority *.example.com,!web ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIcIUYHCl5GHQTAZTq4lhoVJDAdM6uKzYBzsWdaGbPZM c")
	f.Add("@revoked * ssh-rsa x")
	f.Add("@")
	f.Fuzz(func(t *testing.T, text string) {
		file := write(t, filepath.Join(t.TempDir(), "known_hosts"), text)
		db, err := knownHosts(&settings{host: "web", port: "22", knownHosts: []string{file}})
		if err == nil && len(db.algorithms()) == 0 {
			t.Error("no algorithm is left to offer")
		}
	})
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"", "", true}, {"a*", "a", true}, {"*a", "ba", true}, {"*a*b*", "xaybz", true},
		{"?", "", false}, {"?", "a", true}, {"a", "b", false}, {"*aab", "aaab", true}, {"**", "x", true},
		{strings.Repeat("a*", 100) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := matches(c.pattern, c.s); got != c.want {
			t.Errorf("matches(%q, %.20q) = %v", c.pattern, c.s, got)
		}
	}
}
