// Package sshdtest runs the real OpenSSH daemon on loopback for tests.
package sshdtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Options say how a server differs from the usual one.
type Options struct {
	// Config are lines of sshd_config(5). Where a keyword stands twice the first
	// counts, and these come first.
	Config []string
	// HostKeys are files with host keys; none for one new Ed25519 key.
	HostKeys []string
	// AuthorizedKeys are lines of authorized_keys, besides the server's own Key.
	AuthorizedKeys []string
	// Path is the sshd to run; "" for /usr/sbin/sshd.
	Path string
}

// A Server is a running sshd. It lets the user in who runs the test, with Key.
// That user must not be locked in /etc/shadow.
type Server struct {
	Host string // "127.0.0.1"
	Port int
	User string
	// Key is the private key that may log in; its public key is Key + ".pub".
	Key string
	// KnownHosts is a known_hosts file with the server's first host keys.
	KnownHosts string
	// Dir holds the files of this server; tests may add their own.
	Dir string

	listener net.Listener
	options  Options
	running  sync.WaitGroup

	mu       sync.Mutex
	sessions map[*exec.Cmd]net.Conn // nil after Stop
	hostKeys []string
	made     int // host keys made by ChangeHostKey
}

// Start runs sshd on a free port of 127.0.0.1 until the test ends: one `sshd -i`
// a connection, so that no port is lost to somebody else and a change of the
// configuration counts from the next connection on.
func Start(t testing.TB, options Options) *Server {
	t.Helper()
	s, err := start(t.TempDir(), options)
	if err != nil {
		t.Fatalf("starting sshd (Debian: apt-get install openssh-server): %v", err)
	}
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			lines := strings.Split(s.Log(), "\n")
			t.Logf("sshd at %s said last:\n%s", s.Addr(), strings.Join(lines[max(0, len(lines)-30):], "\n"))
		}
	})
	return s
}

func start(dir string, options Options) (*Server, error) {
	if options.Path == "" {
		options.Path = "/usr/sbin/sshd"
	}
	if _, err := os.Stat(options.Path); err != nil {
		return nil, err
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		// sshd(8) changes root to this directory before it trusts a client.
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			return nil, err
		}
	}
	s := &Server{
		Host: "127.0.0.1", User: me.Username, Dir: dir, options: options, sessions: map[*exec.Cmd]net.Conn{},
		Key: filepath.Join(dir, "id_ed25519"), KnownHosts: filepath.Join(dir, "known_hosts"),
	}
	public, err := WriteKey(s.Key, "")
	if err != nil {
		return nil, err
	}
	authorized := append([]string{string(ssh.MarshalAuthorizedKey(public))}, options.AuthorizedKeys...)
	if err := os.WriteFile(s.file("authorized_keys"), []byte(strings.Join(authorized, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", net.JoinHostPort(s.Host, "0")); err != nil {
		return nil, err
	}
	s.Port = s.listener.Addr().(*net.TCPAddr).Port
	if err := s.firstKeys(); err != nil {
		s.listener.Close()
		return nil, err
	}
	s.running.Go(s.serve)
	return s, nil
}

// firstKeys sets the first host keys and makes them known.
func (s *Server) firstKeys() error {
	if len(s.options.HostKeys) == 0 {
		if err := s.ChangeHostKey(); err != nil {
			return err
		}
	} else if err := s.SetHostKeys(s.options.HostKeys...); err != nil {
		return err
	}
	var lines strings.Builder
	for _, file := range s.hostKeys {
		key, err := PublicKey(file)
		if err != nil {
			return err
		}
		fmt.Fprintln(&lines, s.KnownHostsLine(key))
	}
	return os.WriteFile(s.KnownHosts, []byte(lines.String()), 0o600)
}

// Addr is "127.0.0.1:PORT".
func (s *Server) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// URL is the address of a target: "ssh://USER@127.0.0.1:PORT".
func (s *Server) URL() string { return "ssh://" + s.User + "@" + s.Addr() }

// Log is what sshd wrote to its log up to now.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.file("log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// KnownHostsLine is a line for known_hosts that says that this server has key.
func (s *Server) KnownHostsLine(key ssh.PublicKey) string {
	return knownhosts.Line([]string{s.Addr()}, key)
}

// ClientConfig is a text for ~/.ssh/config after which a client reaches this
// server by any of the names, with its key and its known_hosts file.
func (s *Server) ClientConfig(names ...string) string {
	return fmt.Sprintf("Host %s\n HostName %s\n Port %d\n User %s\n IdentityFile %s\n UserKnownHostsFile %s\n GlobalKnownHostsFile none\n IdentityAgent none\n",
		strings.Join(names, " "), s.Host, s.Port, s.User, s.Key, s.KnownHosts)
}

// ChangeHostKey gives the server one new Ed25519 host key, as a reinstalled host
// has one. KnownHosts keeps the old one.
func (s *Server) ChangeHostKey() error {
	s.mu.Lock()
	s.made++
	name := s.file(fmt.Sprintf("host_key_%d", s.made))
	s.mu.Unlock()
	if _, err := WriteKey(name, ""); err != nil {
		return err
	}
	return s.SetHostKeys(name)
}

// SetHostKeys gives the server the host keys in files; the certificate of each,
// FILE-cert.pub, is used where it exists. KnownHosts is left as it is.
func (s *Server) SetHostKeys(files ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hostKeys = files
	lines := append([]string{}, s.options.Config...)
	for _, file := range files {
		lines = append(lines, "HostKey "+file)
		if _, err := os.Stat(file + "-cert.pub"); err == nil {
			lines = append(lines, "HostCertificate "+file+"-cert.pub")
		}
	}
	lines = append(lines,
		"AuthorizedKeysFile "+s.file("authorized_keys"),
		"StrictModes no", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"PermitRootLogin prohibit-password", "PrintMotd no", "PrintLastLog no", "LogLevel VERBOSE", "")
	return os.WriteFile(s.file("sshd_config"), []byte(strings.Join(lines, "\n")), 0o600)
}

// Stop ends the server and every connection to it.
func (s *Server) Stop() {
	s.listener.Close()
	s.mu.Lock()
	for cmd, conn := range s.sessions {
		conn.Close()
		cmd.Process.Kill()
	}
	s.sessions = nil
	s.mu.Unlock()
	s.running.Wait()
}

func (s *Server) file(name string) string { return filepath.Join(s.Dir, name) }

func (s *Server) serve() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		if err := s.session(conn); err != nil {
			conn.Close() // the client tells; a test sees it there
		}
	}
}

// session hands a connection to a new sshd, which reads the configuration anew.
func (s *Server) session(conn net.Conn) error {
	socket, err := conn.(*net.TCPConn).File()
	if err != nil {
		return err
	}
	defer socket.Close()
	cmd := exec.Command(s.options.Path, "-i", "-e", "-f", s.file("sshd_config"))
	cmd.Stdin, cmd.Stdout = socket, socket
	// Children of sshd can outlive it, and must not hold up Wait: a file, no pipe.
	logged, err := os.OpenFile(s.file("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer logged.Close()
	cmd.Stderr = logged
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions == nil {
		return net.ErrClosed
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.sessions[cmd] = conn
	s.running.Go(func() {
		cmd.Wait()
		conn.Close()
		s.mu.Lock()
		delete(s.sessions, cmd)
		s.mu.Unlock()
	})
	return nil
}

// WriteKey makes an Ed25519 key, as `ssh-keygen -t ed25519 -f file -N passphrase`
// does, and returns its public part.
func WriteKey(file, passphrase string) (ssh.PublicKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(private, "merlon test")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "merlon test", []byte(passphrase))
	}
	if err != nil {
		return nil, err
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		return nil, err
	}
	return key, os.WriteFile(file+".pub", ssh.MarshalAuthorizedKey(key), 0o644)
}

// PublicKey reads the public part of a private key without a passphrase.
func PublicKey(file string) (ssh.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return signer.PublicKey(), nil
}
