package remote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

const (
	// agentTimeout is how long an agent may take to list its keys.
	agentTimeout = 10 * time.Second
	// personTimeout is how long a person may take to type a passphrase or to
	// confirm at the agent: sshd's default LoginGraceTime.
	personTimeout = 120 * time.Second
	// passphraseTries is ssh_config(5)'s default NumberOfPasswordPrompts.
	passphraseTries = 3
)

// A keyring reads each key file once, and asks once for its passphrase, however
// many hosts want it at the same time. Its zero value is empty.
type keyring struct {
	mu    sync.Mutex
	files map[string]*keyFile
	ask   sync.Mutex // one question on the terminal at a time
}

// A keyFile is a private key on disk.
type keyFile struct {
	public ssh.PublicKey // nil where only the passphrase brings it to light
	// signer decrypts the key, asking for the passphrase if need be.
	signer func() (ssh.Signer, error)
	err    error // why the file is of no use
}

func (r *keyring) load(path string, prompt func(string) ([]byte, error)) *keyFile {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.files[path]; k != nil {
		return k
	}
	if r.files == nil {
		r.files = map[string]*keyFile{}
	}
	k := r.parse(path, prompt)
	r.files[path] = k
	return k
}

func (r *keyring) parse(path string, prompt func(string) ([]byte, error)) *keyFile {
	text, err := readPrivate(path)
	if err != nil {
		return &keyFile{err: err}
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey(text); err == nil {
		return &keyFile{public: public, err: errors.New("it is a public key, and the agent does not hold its private one")}
	}
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return &keyFile{public: signer.PublicKey(), signer: func() (ssh.Signer, error) { return signer, nil }}
	case errors.As(err, &locked):
		public := locked.PublicKey
		if public == nil {
			public = readPublic(path + ".pub")
		}
		if public != nil && strings.HasPrefix(public.Type(), "sk-") {
			return &keyFile{public: public, err: errHardware}
		}
		return &keyFile{public: public, signer: sync.OnceValues(func() (ssh.Signer, error) {
			return r.unlock(path, text, prompt)
		})}
	}
	if public := readPublic(path + ".pub"); public != nil && strings.HasPrefix(public.Type(), "sk-") {
		return &keyFile{public: public, err: errHardware}
	}
	return &keyFile{err: fmt.Errorf("it is not a private key that can be read: %w", err)}
}

var errHardware = errors.New("it lives on a security key; load it into the agent with ssh-add")

// unlock asks for a passphrase until it fits, a few times at most.
func (r *keyring) unlock(path string, text []byte, prompt func(string) ([]byte, error)) (ssh.Signer, error) {
	if prompt == nil {
		return nil, fmt.Errorf("it has a passphrase, and there is nobody to ask; load it into the agent with `ssh-add %s`", path)
	}
	r.ask.Lock()
	defer r.ask.Unlock()
	for range passphraseTries {
		passphrase, err := prompt(fmt.Sprintf("Passphrase for %s: ", path))
		if err != nil {
			return nil, fmt.Errorf("its passphrase was not given: %w", err)
		}
		signer, err := ssh.ParsePrivateKeyWithPassphrase(text, passphrase)
		clear(passphrase)
		if err == nil {
			return signer, nil
		}
	}
	return nil, fmt.Errorf("its passphrase was wrong %d times", passphraseTries)
}

// readPrivate reads a key file, unless others can read it too: ssh refuses those.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && bytes.Contains(text, []byte("PRIVATE KEY")) {
		return nil, fmt.Errorf("others can read it (mode %04o), so ssh would not use it either; run `chmod 600 %s`", info.Mode().Perm(), path)
	}
	return text, nil
}

// readPublic returns nil where there is no public key or certificate.
func readPublic(path string) ssh.PublicKey {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return key
}

// A candidate is a key that can be offered.
type candidate struct {
	name   string // for error messages
	public ssh.PublicKey
	signer func() (ssh.Signer, error)
}

func (c candidate) String() string {
	if c.public == nil {
		return c.name
	}
	return c.name + " (" + describeKey(c.public) + ")"
}

// A login offers a user's keys to one server and remembers what came of it.
type login struct {
	user       string
	candidates []candidate
	offered    []string
	notes      []string // keys that could not be used, and why
	methods    []string // what the server would take
	asked      bool     // the server got as far as asking who we are
	banner     string
	// waiting is called before a person may have to act; what it returns,
	// afterwards.
	waiting func() (done func())

	agent net.Conn
}

func (l *login) note(name string, err error) {
	l.notes = append(l.notes, fmt.Sprintf("%s: %v", name, err))
}

func (l *login) close() {
	if l.agent != nil {
		l.agent.Close()
	}
}

// newLogin gathers the keys for s in the order of ssh(1): certificates, the
// agent's keys that the configuration names, the agent's others, key files.
func (d *Dialer) newLogin(s *settings) *login {
	l := &login{user: s.user, waiting: func() func() { return func() {} }}
	held := l.openAgent(s.agent)
	var files, inAgent []candidate
	for _, path := range s.identities {
		k := d.keys.load(path, d.Prompt)
		i := slices.IndexFunc(held, func(c candidate) bool { return k.public != nil && sameKey(c.public, k.public) })
		switch {
		case i >= 0:
			inAgent = append(inAgent, held[i])
		case k.err == nil:
			files = append(files, candidate{path, k.public, k.signer})
		case s.named || !errors.Is(k.err, fs.ErrNotExist):
			l.note(path, k.err)
		}
	}
	l.add(l.certificates(s, slices.Concat(inAgent, held, files)))
	l.add(inAgent)
	if !s.identitiesOnly {
		l.add(held)
	}
	l.add(files)
	return l
}

// add appends the candidates that are not there yet.
func (l *login) add(more []candidate) {
	for _, c := range more {
		if !slices.ContainsFunc(l.candidates, func(have candidate) bool {
			return c.public != nil && have.public != nil && sameKey(c.public, have.public)
		}) {
			l.candidates = append(l.candidates, c)
		}
	}
}

// openAgent returns the keys of the agent that listens on socket.
func (l *login) openAgent(socket string) []candidate {
	if socket == "" {
		return nil
	}
	name := "the agent at " + socket
	conn, err := net.DialTimeout("unix", socket, agentTimeout)
	if err != nil {
		l.note(name, err)
		return nil
	}
	l.agent = conn
	conn.SetDeadline(time.Now().Add(agentTimeout))
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		l.note(name, err)
		return nil
	}
	conn.SetDeadline(time.Time{})
	var out []candidate
	for _, signer := range signers {
		label := "agent key"
		public := signer.PublicKey()
		if k, ok := public.(*agent.Key); ok {
			label = "agent key " + clean(k.Comment)
			// The agent's own type hides certificates.
			if parsed, err := ssh.ParsePublicKey(k.Blob); err == nil {
				public = parsed
			}
		}
		out = append(out, candidate{label, public, func() (ssh.Signer, error) { return signer, nil }})
	}
	return out
}

// certificates pairs the certificates on disk with the keys that they certify.
func (l *login) certificates(s *settings, keys []candidate) []candidate {
	var out []candidate
	paths := slices.Clone(s.certificates)
	for _, identity := range s.identities {
		paths = append(paths, identity+"-cert.pub")
	}
	for i, path := range paths {
		named := i < len(s.certificates)
		cert, ok := readPublic(path).(*ssh.Certificate)
		if !ok || cert.CertType != ssh.UserCert {
			if named {
				l.note(path, errors.New("it is not a user certificate that can be read"))
			}
			continue
		}
		k := slices.IndexFunc(keys, func(c candidate) bool { return c.public != nil && sameKey(c.public, cert.Key) })
		if k < 0 {
			l.note(path, fmt.Errorf("its private key, %s, is neither in the agent nor in a key file", describeKey(cert.Key)))
			continue
		}
		out = append(out, candidate{path, cert, certSigner(cert, keys[k].signer)})
	}
	return out
}

func certSigner(cert *ssh.Certificate, key func() (ssh.Signer, error)) func() (ssh.Signer, error) {
	return func() (ssh.Signer, error) {
		return ssh.NewCertSigner(cert, &lateSigner{public: cert.Key, open: key})
	}
}

func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// next is an [ssh.ClientConfig] AuthCallback: it offers one key after the other,
// so that one that cannot sign does not hinder the rest.
func (l *login) next(ctx *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	l.asked, l.methods = true, ctx.AllowedMethods
	for len(l.candidates) > 0 && slices.Contains(l.methods, "publickey") {
		c := l.candidates[0]
		l.candidates = l.candidates[1:]
		signer := &lateSigner{public: c.public, open: c.signer, waiting: l.waiting, failed: func(err error) { l.note(c.name, err) }}
		if c.public == nil {
			opened, err := signer.opened()
			if err != nil {
				continue
			}
			signer.public, c.public = opened.PublicKey(), opened.PublicKey()
		}
		l.offered = append(l.offered, c.String())
		return ssh.PublicKeys(signer), nil
	}
	return nil, nil
}

// explain says what came of the login, for the user.
func (l *login) explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "logging in as %s failed: ", l.user)
	switch {
	case !slices.Contains(l.methods, "publickey"):
		fmt.Fprintf(&b, "the server takes no keys, only %s, and Merlon asks for no passwords", clean(strings.Join(l.methods, ", ")))
	case len(l.offered) == 0:
		b.WriteString("there is no key to offer")
	default:
		fmt.Fprintf(&b, "the server took none of these keys: %s", strings.Join(l.offered, ", "))
	}
	if len(l.notes) > 0 {
		fmt.Fprintf(&b, "; not used: %s", strings.Join(l.notes, "; "))
	}
	if l.banner != "" {
		fmt.Fprintf(&b, "; its banner says: %s", l.banner)
	}
	fmt.Fprintf(&b, ". Add a public key to the authorized_keys of %s, or name the right key with IdentityFile (and IdentitiesOnly yes) in ~/.ssh/config, or load it with ssh-add", l.user)
	return b.String()
}

// A lateSigner shows its public key at once and opens the private one when the
// server asks for a signature.
type lateSigner struct {
	public  ssh.PublicKey
	open    func() (ssh.Signer, error)
	waiting func() (done func())
	failed  func(error)
}

func (s *lateSigner) opened() (ssh.Signer, error) {
	if s.waiting != nil {
		defer s.waiting()()
	}
	signer, err := s.open()
	if err != nil && s.failed != nil {
		s.failed(err)
	}
	return signer, err
}

func (s *lateSigner) PublicKey() ssh.PublicKey { return s.public }

func (s *lateSigner) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(rand, data, "")
}

// SignWithAlgorithm signs with algorithm, "" for the key's own.
func (s *lateSigner) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signer, err := s.opened()
	if err != nil {
		return nil, err
	}
	if s.waiting != nil {
		defer s.waiting()()
	}
	signature, err := sign(signer, rand, data, algorithm)
	if err != nil && s.failed != nil {
		s.failed(err)
	}
	return signature, err
}

func sign(signer ssh.Signer, rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	if s, ok := signer.(ssh.AlgorithmSigner); ok && algorithm != "" {
		return s.SignWithAlgorithm(rand, data, algorithm)
	}
	return signer.Sign(rand, data)
}
