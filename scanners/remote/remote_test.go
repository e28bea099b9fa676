package remote

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"merlon/compliance"
	"merlon/scanners/remote/sshdtest"
)

// client returns a Dialer with an empty home and the given ~/.ssh/config.
func client(t testing.TB, config ...string) *Dialer {
	t.Helper()
	t.Setenv("SSH_AUTH_SOCK", "")
	home := t.TempDir()
	write(t, filepath.Join(home, ".ssh", "config"), strings.Join(config, "\n"))
	return &Dialer{Home: home, Timeout: 20 * time.Second, Warn: func(w string) { t.Log("warning:", w) }}
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func host(name string) compliance.Target {
	return compliance.Target{Name: name, Kind: compliance.KindHost, Address: "ssh://" + name}
}

// run connects and runs a command.
func run(t testing.TB, d *Dialer, target compliance.Target, command string) (string, error) {
	t.Helper()
	c, err := d.Dial(t.Context(), target)
	if err != nil {
		return "", err
	}
	defer c.Close()
	var out bytes.Buffer
	_, err = c.Run(t.Context(), command, nil, &out)
	return out.String(), err
}

func wantHello(t testing.TB, d *Dialer, target compliance.Target) {
	t.Helper()
	out, err := run(t, d, target, "echo hello")
	if err != nil || out != "hello\n" {
		t.Fatalf("got %q, %v; want hello", out, err)
	}
}

// wantError wants an error with every one of the texts, on one printable line.
func wantError(t testing.TB, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q\nlacks %q", err, text)
		}
	}
	if strings.ContainsAny(err.Error(), "\n\x1b\a") {
		t.Errorf("error holds control characters: %q", err)
	}
}

func TestRun(t *testing.T) {
	s := sshdtest.Start(t, sshdtest.Options{})
	d := client(t, s.ClientConfig("web"))
	c, err := d.Dial(t.Context(), host("web"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	t.Run("input, output and errors", func(t *testing.T) {
		var out bytes.Buffer
		stderr, err := c.Run(t.Context(), `cat; printf 'oops \033[31m\n' >&2`, strings.NewReader("in"), &out)
		if err != nil || out.String() != "in" || stderr != "oops \uFFFD[31m\n" {
			t.Errorf("got %q, %q, %v", out.String(), stderr, err)
		}
	})
	t.Run("exit status", func(t *testing.T) {
		_, err := c.Run(t.Context(), "exit 7", nil, nil)
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Status != 7 || exit.Signal != "" {
			t.Errorf("got %v", err)
		}
		wantError(t, err, "web", "status 7")
	})
	t.Run("signal", func(t *testing.T) {
		_, err := c.Run(t.Context(), "kill -KILL $$", nil, nil)
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Status != 0 || exit.Signal != "KILL" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("input that nobody reads", func(t *testing.T) {
		endless, _ := io.Pipe()
		if _, err := c.Run(t.Context(), "true", endless, nil); err != nil {
			t.Error(err)
		}
	})
	t.Run("standard error is bounded", func(t *testing.T) {
		stderr, err := c.Run(t.Context(), "head -c 1000000 /dev/zero | tr '\\0' x >&2", nil, nil)
		if err != nil || len(stderr) != maxStderr {
			t.Errorf("got %d bytes, %v", len(stderr), err)
		}
	})
	t.Run("100 MB", func(t *testing.T) {
		var n counter
		if _, err := c.Run(t.Context(), "head -c 100000000 /dev/zero", nil, &n); err != nil || n != 100_000_000 {
			t.Errorf("got %d bytes, %v", n, err)
		}
	})
	t.Run("a writer that has had enough", func(t *testing.T) {
		full := errors.New("8 MB are enough")
		start := time.Now()
		_, err := c.Run(t.Context(), "cat /dev/zero", nil, &bounded{8 << 20, full})
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		if _, err := c.Run(t.Context(), "true", nil, nil); err != nil {
			t.Errorf("the connection is of no use afterwards: %v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := c.Run(ctx, "sleep 60", nil, nil)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		wantError(t, err, "web", s.Addr())
	})
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

type bounded struct {
	left int
	err  error
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, b.err
	}
	return len(p), nil
}

func TestHostKeys(t *testing.T) {
	files := hostKeyFiles(t)
	s := sshdtest.Start(t, sshdtest.Options{HostKeys: files})
	keys := make([]ssh.PublicKey, len(files))
	for i, f := range files {
		keys[i] = publicKey(t, f)
	}
	rsaKey, ecdsaKey, edKey := keys[0], keys[1], keys[2]
	other := publicKey(t, newKey(t, ""))
	ca := signer(t, newKey(t, ""))
	line := func(names string, key ssh.PublicKey) string {
		return names + " " + knownhosts.Line([]string{"x"}, key)[2:]
	}
	addr := fmt.Sprintf("[127.0.0.1]:%d", s.Port)

	for _, c := range []struct {
		name, known string
		want        []string // texts of the error; nil for success
	}{
		{"only rsa known", line(addr, rsaKey), nil},
		{"only ecdsa known", line(addr, ecdsaKey), nil},
		{"only ed25519 known", line(addr, edKey), nil},
		{"hashed", knownhosts.HashHostname(addr) + line("", edKey), nil},
		{"hashed, other host", knownhosts.HashHostname("[127.0.0.1]:1") + line("", edKey), []string{"not known"}},
		{"known without the port", line("127.0.0.1", edKey), nil},
		{"another key without the port, right one with it", line("127.0.0.1", other) + "\n" + line(addr, edKey), nil},
		{"wildcards", line("[127.0.0.*]:*", edKey), nil},
		{"star matches host and port", line("*", edKey), nil},
		{"negated", line("*,!"+addr+",!127.0.0.1", edKey), []string{"not known"}},
		{"second line of the type", line(addr, other) + "\n" + line(addr, edKey), nil},
		{"comments, blank lines, CRLF, key types of the future", "# hm\r\n\r\n" + addr + " ssh-new AAAA\r\n" + line(addr, edKey) + " comment\r\n", nil},
		{"unknown", line("example.com", edKey), []string{"not known", s.Addr(), "SHA256:", "ssh-keyscan -p", "known_hosts", "ssh -p"}},
		{"empty", "", []string{"not known"}},
		{"changed", "# first\n" + line(addr, other), []string{"HAS CHANGED", "known_hosts:2", ssh.FingerprintSHA256(other), ssh.FingerprintSHA256(edKey)}},
		{"revoked", line(addr, edKey) + "\n@revoked " + line("*", edKey), []string{"revoked in", "known_hosts:2"}},
		{"another key revoked", line(addr, edKey) + "\n@revoked " + line("*", other), nil},
		{"revoked for others", line(addr, edKey) + "\n@revoked " + line("example.com", edKey), nil},
		{"a revocation that cannot be read, where ssh shuts its eyes", line(addr, edKey) + "\n@revoked * ssh-ed25519 AAAA", []string{"revokes a host key cannot be read", "known_hosts:2"}},
		{"an authority's key is no host key", "@cert-authority " + line("*", edKey), []string{"not known"}},
		{"an authority that did not sign", "@cert-authority " + line("*", other) + "\n" + line(addr, edKey), nil},
		{"unknown marker", "@trusted " + line(addr, edKey), []string{"not known", "the marker @trusted"}},
		{"key type of the line differs from the key's", addr + " ssh-rsa " + strings.Fields(line(addr, edKey))[2], []string{"not known", "the line says ssh-rsa"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			known := write(t, filepath.Join(t.TempDir(), "known_hosts"), c.known)
			config := strings.Replace(s.ClientConfig("web"), s.KnownHosts, known, 1)
			d := client(t, config)
			judge(t, s, known, c.want == nil || strings.Contains(c.name, "ssh shuts its eyes"))
			if c.want == nil {
				wantHello(t, d, host("web"))
				return
			}
			_, err := run(t, d, host("web"), "true")
			wantError(t, err, append(c.want, "web:")...)
		})
	}

	t.Run("certificates", func(t *testing.T) {
		for _, c := range []struct {
			name string
			cert ssh.Certificate
			ok   bool
		}{
			{"for the host", ssh.Certificate{ValidPrincipals: []string{"127.0.0.1"}}, true},
			{"for a pattern", ssh.Certificate{ValidPrincipals: []string{"127.*"}}, false},
			{"for another host", ssh.Certificate{ValidPrincipals: []string{"example.com"}}, false},
			{"expired", ssh.Certificate{ValidPrincipals: []string{"127.0.0.1"}, ValidBefore: 1000}, false},
			{"of a user", ssh.Certificate{ValidPrincipals: []string{"127.0.0.1"}, CertType: ssh.UserCert}, false},
		} {
			t.Run(c.name, func(t *testing.T) {
				file := newKey(t, "")
				if c.cert.CertType == 0 {
					c.cert.CertType = ssh.HostCert
				}
				certify(t, file, &c.cert, ca)
				if err := s.SetHostKeys(file); err != nil {
					t.Fatal(err)
				}
				known := write(t, filepath.Join(t.TempDir(), "known_hosts"), "@cert-authority "+line("*", ca.PublicKey()))
				d := client(t, strings.Replace(s.ClientConfig("web"), s.KnownHosts, known, 1))
				judge(t, s, known, c.ok)
				_, err := run(t, d, host("web"), "true")
				if c.ok != (err == nil) {
					t.Errorf("got %v, want ok %v", err, c.ok)
				}
				if !c.ok {
					return
				}
				write(t, known, "@cert-authority "+line("*", ca.PublicKey())+"\n@revoked "+line("*", ca.PublicKey()))
				judge(t, s, known, false)
				_, err = run(t, d, host("web"), "true")
				wantError(t, err, "authority is revoked")
			})
		}
	})
}

// judge wants the verdict of the real ssh(1) to be ours.
func judge(t *testing.T, s *sshdtest.Server, known string, ok bool) {
	t.Helper()
	out, err := exec.Command("ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
		"-o", "UserKnownHostsFile="+known, "-o", "GlobalKnownHostsFile=none", "-o", "IdentityAgent=none",
		"-i", s.Key, "-p", fmt.Sprint(s.Port), s.User+"@"+s.Host, "true").CombinedOutput()
	if ok != (err == nil) {
		t.Errorf("ssh says %v (%s), which is not what this test wants", err, out)
	}
}

func TestServerChangesItsKey(t *testing.T) {
	s := sshdtest.Start(t, sshdtest.Options{})
	d := client(t, s.ClientConfig("web"))
	wantHello(t, d, host("web"))
	if err := s.ChangeHostKey(); err != nil {
		t.Fatal(err)
	}
	_, err := run(t, d, host("web"), "true")
	wantError(t, err, "HAS CHANGED", s.KnownHosts+":1")

	// A server that keeps none of the types that are known looks changed too.
	if err := s.SetHostKeys(hostKeyFiles(t)[1]); err != nil {
		t.Fatal(err)
	}
	_, err = run(t, d, host("web"), "true")
	wantError(t, err, "HAS CHANGED", "ED25519 in "+s.KnownHosts+":1", "ecdsa-sha2-nistp256")
}

func TestHostKeySettings(t *testing.T) {
	s := sshdtest.Start(t, sshdtest.Options{})
	key := publicKey(t, firstHostKey(s))
	alias := write(t, filepath.Join(t.TempDir(), "known"), "box "+strings.SplitN(s.KnownHostsLine(key), " ", 2)[1])
	revoked := write(t, filepath.Join(t.TempDir(), "revoked"), "# stolen\n"+string(ssh.MarshalAuthorizedKey(key)))
	krl := filepath.Join(t.TempDir(), "krl")
	if out, err := exec.Command("ssh-keygen", "-k", "-f", krl, firstHostKey(s)+".pub").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range []struct{ name, config, want string }{
		{"HostKeyAlias", "HostKeyAlias BOX\nUserKnownHostsFile " + alias, ""},
		{"other alias", "HostKeyAlias other\nUserKnownHostsFile " + alias, "not known"},
		{"files of many users", "UserKnownHostsFile /nonexistent " + s.KnownHosts, ""},
		{"global file", "UserKnownHostsFile none\nGlobalKnownHostsFile " + s.KnownHosts, ""},
		{"checks cannot be turned off", "UserKnownHostsFile /nonexistent\nGlobalKnownHostsFile none\nStrictHostKeyChecking no", "not known"},
		{"RevokedHostKeys", "RevokedHostKeys " + revoked, "revoked in " + revoked + ":2"},
		{"RevokedHostKeys, binary", "RevokedHostKeys " + krl, "binary revocation list"},
		{"RevokedHostKeys, missing", "RevokedHostKeys /nonexistent", "/nonexistent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := client(t, c.config, s.ClientConfig("web"))
			_, err := run(t, d, host("web"), "true")
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, c.want)
		})
	}
}

func TestKeys(t *testing.T) {
	locked := newKey(t, "secret")
	inAgent, certified := newKey(t, ""), newKey(t, "")
	ca := signer(t, newKey(t, ""))
	caFile := write(t, filepath.Join(t.TempDir(), "ca.pub"), string(ssh.MarshalAuthorizedKey(ca.PublicKey())))
	s := sshdtest.Start(t, sshdtest.Options{
		Config:         []string{"TrustedUserCAKeys " + caFile, "MaxAuthTries 3"},
		AuthorizedKeys: []string{text(t, locked+".pub"), text(t, inAgent+".pub")},
	})
	certify(t, certified, &ssh.Certificate{CertType: ssh.UserCert, ValidPrincipals: []string{s.User}}, ca)
	lockedCertified := newKey(t, "secret")
	certify(t, lockedCertified, &ssh.Certificate{CertType: ssh.UserCert, ValidPrincipals: []string{s.User}}, ca)
	hardware := newKey(t, "")
	write(t, hardware, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
	write(t, hardware+".pub", string(ssh.MarshalAuthorizedKey(securityKey(t))))
	open := newKey(t, "")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	socket := serveAgent(t, inAgent)
	crowded := serveAgent(t, newKey(t, ""), newKey(t, ""), newKey(t, ""), newKey(t, ""), inAgent)
	empty := serveAgent(t)
	foreign := newKey(t, "")
	pem := legacyKey(t, "secret")
	prompt := func(string) ([]byte, error) { return []byte("secret"), nil }

	for _, c := range []struct {
		name, config string
		prompt       func(string) ([]byte, error)
		want         []string
	}{
		{"plain key", "IdentityFile " + s.Key, nil, nil},
		{"locked key", "IdentityFile " + locked, prompt, nil},
		{"locked key, old format", "IdentityFile " + pem + "\nIdentityFile " + s.Key, prompt, nil},
		{"locked key, nobody to ask", "IdentityFile " + locked, nil, []string{locked, "passphrase", "ssh-add"}},
		{"locked key, wrong passphrase", "IdentityFile " + locked, func(string) ([]byte, error) { return []byte("x"), nil }, []string{"wrong 3 times"}},
		{"locked key, then a plain one", "IdentityFile " + locked + "\nIdentityFile " + s.Key, nil, nil},
		{"a key that does not fit, then one that does", "IdentityFile " + foreign + "\nIdentityFile " + s.Key, nil, nil},
		{"agent", "IdentityAgent " + socket, nil, nil},
		{"too many keys in the agent", "IdentityAgent " + crowded, nil, []string{"took none", "Too many authentication failures"}},
		{"IdentitiesOnly picks from the agent", "IdentityAgent " + crowded + "\nIdentitiesOnly yes\nIdentityFile " + inAgent + ".pub", nil, nil},
		{"named key of the agent goes first", "IdentityAgent " + crowded + "\nIdentityFile " + inAgent, nil, nil},
		{"IdentitiesOnly leaves out the agent", "IdentityAgent " + socket + "\nIdentitiesOnly yes", nil, []string{"no key to offer"}},
		{"empty agent", "IdentityAgent " + empty, nil, []string{"no key to offer"}},
		{"dead agent", "IdentityAgent /nonexistent\nIdentityFile " + s.Key, nil, nil},
		{"certificate beside its key", "IdentityFile " + certified, nil, nil},
		{"certificate by name", "CertificateFile " + certified + "-cert.pub\nIdentityAgent " + serveAgent(t, certified), nil, nil},
		{"certificate of a locked key", "IdentityFile " + lockedCertified, prompt, nil},
		{"key on hardware", "IdentityFile " + hardware + "\nIdentityFile " + foreign, nil, []string{"security key", "ssh-add"}},
		{"key not accepted", "IdentityFile " + foreign, nil, []string{"logging in as " + s.User, "took none of these keys", foreign, "SHA256:", "authorized_keys"}},
		{"key that others can read", "IdentityFile " + open, nil, []string{"chmod 600"}},
		{"no such key", "IdentityFile /nonexistent", nil, []string{"/nonexistent", "no such file"}},
		{"no key", "IdentityFile " + caFile, nil, []string{"public key"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := strings.Replace(s.ClientConfig("web"), "IdentityFile "+s.Key, "", 1)
			d := client(t, c.config, base)
			d.Prompt = c.prompt
			if c.want == nil {
				wantHello(t, d, host("web"))
				return
			}
			_, err := run(t, d, host("web"), "true")
			wantError(t, err, append(c.want, "web: "+s.Addr())...)
		})
	}
	t.Run("no key at all", func(t *testing.T) {
		d := client(t, strings.Replace(s.ClientConfig("web"), "IdentityFile "+s.Key, "", 1))
		_, err := run(t, d, host("web"), "true")
		wantError(t, err, "no key to offer")
	})
	t.Run("default key", func(t *testing.T) {
		d := client(t, strings.Replace(s.ClientConfig("web"), "IdentityFile "+s.Key, "", 1))
		write(t, filepath.Join(d.Home, ".ssh", "id_ed25519"), text(t, s.Key))
		wantHello(t, d, host("web"))
	})
	t.Run("one question for many hosts", func(t *testing.T) {
		var asked atomic.Int32
		d := client(t, "IdentityFile "+locked, strings.Replace(s.ClientConfig("*"), "IdentityFile "+s.Key, "", 1))
		d.Prompt = func(prompt string) ([]byte, error) {
			asked.Add(1)
			time.Sleep(100 * time.Millisecond)
			return []byte("secret"), nil
		}
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				if _, err := run(t, d, host(fmt.Sprintf("web%d", i)), "true"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if asked.Load() != 1 {
			t.Errorf("asked %d times", asked.Load())
		}
	})
	t.Run("a passphrase is not asked where another key fits", func(t *testing.T) {
		d := client(t, "IdentityFile "+newKey(t, "secret")+"\nIdentityFile "+s.Key, s.ClientConfig("web"))
		d.Prompt = func(prompt string) ([]byte, error) { t.Errorf("asked %q", prompt); return nil, io.EOF }
		wantHello(t, d, host("web"))
	})
	t.Run("passwords only", func(t *testing.T) {
		s := sshdtest.Start(t, sshdtest.Options{Config: []string{"PubkeyAuthentication no", "PasswordAuthentication yes", "Banner " + write(t, filepath.Join(t.TempDir(), "b"), "\x1b[2JKeep out\n")}})
		_, err := run(t, client(t, s.ClientConfig("web")), host("web"), "true")
		wantError(t, err, "takes no keys, only password", "Keep out")
	})
}

func TestJump(t *testing.T) {
	target, first, second := sshdtest.Start(t, sshdtest.Options{}), sshdtest.Start(t, sshdtest.Options{}), sshdtest.Start(t, sshdtest.Options{})
	closed := sshdtest.Start(t, sshdtest.Options{Config: []string{"AllowTcpForwarding no"}})
	base := target.ClientConfig("target") + first.ClientConfig("first") + second.ClientConfig("second") + closed.ClientConfig("closed")
	for _, c := range []struct {
		name, config string
		want         []string
	}{
		{"one hop", "Host target\nProxyJump first", nil},
		{"two hops", "Host target\nProxyJump first,second", nil},
		{"hops from each one's configuration", "Host target\nProxyJump second\nHost second\nProxyJump first", nil},
		{"user and port of the hop", fmt.Sprintf("Host target\nProxyJump %s@second:%d", second.User, second.Port), nil},
		{"as a URL", "Host target\nProxyJump ssh://" + second.User + "@second", nil},
		{"none wins where it is first", "Host target\nProxyJump none\nHost *\nProxyJump closed", nil},
		{"circle", "Host *\nProxyJump first", []string{"circle"}},
		{"forwarding forbidden", "Host target\nProxyJump closed", []string{"AllowTcpForwarding", closed.Addr(), target.Addr()}},
		{"nothing behind the hop", "Host target\nPort 1\nProxyJump first", []string{"cannot reach it", "127.0.0.1:1"}},
		{"hop unknown", "Host second\nUserKnownHostsFile /nonexistent\nHost target\nProxyJump first,second", []string{"jump host 2 (second)", second.Addr(), "not known"}},
		{"target unknown", "Host target\nUserKnownHostsFile /nonexistent\nProxyJump first", []string{target.Addr(), "not known"}},
		{"hop down", "Host target\nProxyJump 127.0.0.1:1,second", []string{"jump host 1 (127.0.0.1)", "connection refused"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := client(t, c.config, base)
			if c.want == nil {
				wantHello(t, d, host("target"))
				if strings.Contains(c.config, "first") && !strings.Contains(first.Log(), "direct-tcpip") && !strings.Contains(first.Log(), "Accepted publickey") {
					t.Error("the jump host saw nothing")
				}
				return
			}
			_, err := run(t, d, host("target"), "true")
			wantError(t, err, append(c.want, "target: ")...)
		})
	}
	// The target sees the hop's connection, not ours: it is reached only through it.
	if n := strings.Count(first.Log(), "Accepted publickey"); n < 4 {
		t.Errorf("the first hop let in %d connections; want one for each way that leads through it", n)
	}
}

func TestTrouble(t *testing.T) {
	listen := func(serve func(net.Conn)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go serve(c)
			}
		}()
		return l.Addr().String()
	}
	down, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down.Close()
	silent := listen(func(c net.Conn) { io.Copy(io.Discard, c) })
	for _, c := range []struct {
		name, address string
		want          []string
	}{
		{"port closed", down.Addr().String(), []string{"connection refused", "Does sshd run there"}},
		{"no such name", "no-such-host.invalid", []string{"no-such-host.invalid:22", "name"}},
		{"never speaks", silent, []string{"took longer than 500ms"}},
		{"hangs up", listen(func(c net.Conn) { c.Close() }), []string{"broke off before the login", "MaxStartups"}},
		{"hangs up in the handshake", listen(func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n"); c.Read(make([]byte, 1)); c.Close() }), []string{"broke off"}},
		{"is a web server", listen(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 \x1b[31mBad\r\n\r\n"); c.Close() }), []string{"broke off"}},
		{"talks without end", listen(func(c net.Conn) {
			for {
				if _, err := io.WriteString(c, strings.Repeat("x", 1000)); err != nil {
					return
				}
			}
		}), []string{"broke off"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := client(t)
			d.Timeout = 500 * time.Millisecond
			if strings.HasPrefix(c.name, "no such") {
				d.Timeout = 20 * time.Second
			}
			start := time.Now()
			_, err := d.Dial(t.Context(), compliance.Target{Name: "web", Address: "ssh://" + c.address})
			wantError(t, err, append(c.want, "web: ", c.address)...)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	t.Run("cancelled while connecting", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := client(t).Dial(ctx, compliance.Target{Name: "web", Address: "ssh://" + silent})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
	t.Run("gone in the middle", func(t *testing.T) {
		s := sshdtest.Start(t, sshdtest.Options{})
		c, err := client(t, s.ClientConfig("web")).Dial(t.Context(), host("web"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		time.AfterFunc(300*time.Millisecond, s.Stop)
		_, err = c.Run(t.Context(), "sleep 60", nil, nil)
		wantError(t, err, "web", s.Addr(), "closed before the command ended")
	})
	t.Run("stops answering", func(t *testing.T) {
		s := sshdtest.Start(t, sshdtest.Options{})
		var stop atomic.Bool
		proxy := listen(func(c net.Conn) { relay(c, s.Addr(), &stop) })
		_, port, _ := net.SplitHostPort(proxy)
		known := write(t, filepath.Join(t.TempDir(), "k"), strings.Replace(text(t, s.KnownHosts), fmt.Sprint(s.Port), port, 1))
		d := client(t, "Port "+port, "UserKnownHostsFile "+known, s.ClientConfig("web"))
		d.Keepalive = 300 * time.Millisecond
		c, err := d.Dial(t.Context(), host("web"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		time.AfterFunc(300*time.Millisecond, func() { stop.Store(true) })
		start := time.Now()
		_, err = c.Run(t.Context(), "sleep 60", nil, nil)
		wantError(t, err, "web", "stopped answering")
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
	t.Run("no session", func(t *testing.T) {
		s := sshdtest.Start(t, sshdtest.Options{Config: []string{"MaxSessions 0"}})
		_, err := run(t, client(t, s.ClientConfig("web")), host("web"), "true")
		wantError(t, err, "web", "refused a channel", "MaxSessions")
	})
	for address, want := range map[string]string{
		"ssh://user:secret@web": "password", "http://web": "does not read", "web": "does not read", "ssh://": "no host",
		"ssh://web/path": "something after", "ssh://web:99999": "no port", "ssh://a%0ab@web": "control", "ssh://web:x": "address",
	} {
		_, err := client(t).Dial(t.Context(), compliance.Target{Name: "web", Address: address})
		wantError(t, err, "web: ", want)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is shown: %v", err)
		}
	}
}

// relay passes bytes on until stop is set; then it holds the line in silence.
func relay(c net.Conn, to string, stop *atomic.Bool) {
	up, err := net.Dial("tcp", to)
	if err != nil {
		c.Close()
		return
	}
	pass := func(dst, src net.Conn) {
		buf := make([]byte, 4096)
		for {
			n, err := src.Read(buf)
			if err != nil {
				return
			}
			if !stop.Load() {
				dst.Write(buf[:n])
			}
		}
	}
	go pass(up, c)
	pass(c, up)
	c.Close()
	up.Close()
}

func TestManyConnections(t *testing.T) {
	s := sshdtest.Start(t, sshdtest.Options{})
	d := client(t, s.ClientConfig("*"))
	d.Timeout = time.Minute
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			out, err := run(t, d, host(fmt.Sprintf("web%d", i)), fmt.Sprintf("echo %d", i))
			if err != nil || out != fmt.Sprintln(i) {
				t.Errorf("connection %d: %q, %v", i, out, err)
			}
		})
	}
	wg.Wait()
}

// BenchmarkKnownHosts looks one host up among 10,000 hashed ones.
func BenchmarkKnownHosts(b *testing.B) {
	line := " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIcIUYHCl5GHQTAZTq4lhoVJDAdM6uKzYBzsWdaGbPZM\n"
	var all strings.Builder
	for i := range 10_000 {
		all.WriteString(knownhosts.HashHostname(fmt.Sprintf("host%d", i)) + line)
	}
	file := write(b, filepath.Join(b.TempDir(), "known_hosts"), all.String())
	for b.Loop() {
		db, err := knownHosts(&settings{host: "host9999", port: "22", knownHosts: []string{file}})
		if err != nil || len(db.keys) != 1 {
			b.Fatal(db, err)
		}
	}
}

func BenchmarkHandshakeExec(b *testing.B) {
	s := sshdtest.Start(b, sshdtest.Options{})
	d := client(b, s.ClientConfig("web"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := run(b, d, host("web"), "true"); err != nil {
			b.Fatal(err)
		}
	}
}

func newKey(t testing.TB, passphrase string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	if _, err := sshdtest.WriteKey(file, passphrase); err != nil {
		t.Fatal(err)
	}
	return file
}

// hostKeyFiles makes an RSA, an ECDSA and an Ed25519 key.
func hostKeyFiles(t testing.TB) []string {
	t.Helper()
	rsaKey, err1 := rsa.GenerateKey(rand.Reader, 2048)
	ecdsaKey, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "rsa"), filepath.Join(dir, "ecdsa"), newKey(t, "")}
	for i, key := range []any{rsaKey, ecdsaKey} {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			t.Fatal(err)
		}
		write(t, files[i], string(pem.EncodeToMemory(block)))
	}
	return files
}

// legacyKey makes an encrypted PEM key, which does not show its public part.
func legacyKey(t testing.TB, passphrase string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", passphrase, "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Remove(file + ".pub"); err != nil {
		t.Fatal(err)
	}
	return file
}

// securityKey returns a public key as a hardware token has one.
func securityKey(t testing.TB) ssh.PublicKey {
	t.Helper()
	key, err := ssh.ParsePublicKey(ssh.Marshal(struct {
		Type, Key, Application string
	}{ssh.KeyAlgoSKED25519, strings.Repeat("k", 32), "ssh:"}))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signer(t testing.TB, file string) ssh.Signer {
	t.Helper()
	key, err := ssh.ParseRawPrivateKey([]byte(text(t, file)))
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		key, err = ssh.ParseRawPrivateKeyWithPassphrase([]byte(text(t, file)), []byte("secret"))
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func publicKey(t testing.TB, file string) ssh.PublicKey {
	t.Helper()
	return signer(t, file).PublicKey()
}

func text(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// firstHostKey is the file with the server's first host key.
func firstHostKey(s *sshdtest.Server) string { return filepath.Join(s.Dir, "host_key_1") }

// certify signs the key in file and writes file-cert.pub.
func certify(t testing.TB, file string, cert *ssh.Certificate, ca ssh.Signer) {
	t.Helper()
	cert.Key, cert.KeyId = publicKey(t, file), "test"
	if cert.ValidBefore == 0 {
		cert.ValidBefore = ssh.CertTimeInfinity
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	write(t, file+"-cert.pub", string(ssh.MarshalAuthorizedKey(cert)))
}

// serveAgent runs an agent that holds the keys in files, and returns its socket.
func serveAgent(t testing.TB, files ...string) string {
	t.Helper()
	keyring := agent.NewKeyring()
	for _, file := range files {
		key, err := ssh.ParseRawPrivateKey([]byte(text(t, file)))
		if err == nil {
			err = keyring.Add(agent.AddedKey{PrivateKey: key, Comment: filepath.Base(file)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp("", "agent") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); os.RemoveAll(dir) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(keyring, c)
		}
	}()
	return socket
}
