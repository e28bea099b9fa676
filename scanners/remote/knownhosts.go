package remote

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Host keys are looked up here as OpenSSH does it (sshconnect.c, hostfile.c).
// golang.org/x/crypto/ssh/knownhosts differs where it matters: "*" matches port
// 22 only, a key known without a port does not count for another port, a line
// with a key type it does not know makes the whole file unreadable, and the
// plain key of a certificate authority is taken for the host's.

// A hostKey is one line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE
// FORMAT) whose patterns match the host.
type hostKey struct {
	key   ssh.PublicKey
	file  string
	line  int
	exact bool // matched with the port; otherwise without
}

func (k hostKey) where() string { return fmt.Sprintf("%s:%d", k.file, k.line) }

// A hostKeys is what the known_hosts files say about one host.
type hostKeys struct {
	host      string // principal that a certificate must name
	files     []string
	keys      []hostKey
	authority []hostKey
	revoked   []hostKey
	bad       []string // lines about this host that cannot be read, and why
}

// knownHosts gathers what the known_hosts files say about the host of s.
func knownHosts(s *settings) (*hostKeys, error) {
	db := &hostKeys{host: either(s.alias, s.host), files: s.knownHosts}
	names := []string{db.host}
	if s.alias == "" && s.port != "22" {
		names = []string{"[" + s.host + "]:" + s.port, s.host}
	}
	for _, file := range s.knownHosts {
		if err := db.read(file, names); err != nil {
			return nil, err
		}
	}
	if s.revoked != "" {
		if err := db.readRevoked(s.revoked); err != nil {
			return nil, err
		}
	}
	db.preferExact()
	return db, nil
}

// preferExact drops keys that are known without the port where some are known
// with it.
func (db *hostKeys) preferExact() {
	for _, list := range []*[]hostKey{&db.keys, &db.authority} {
		if slices.ContainsFunc(*list, func(k hostKey) bool { return k.exact }) {
			*list = slices.DeleteFunc(*list, func(k hostKey) bool { return !k.exact })
		}
	}
}

func (db *hostKeys) read(file string, names []string) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading known host keys: %w", err)
	}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if err := db.add(strings.Fields(string(line)), names, file, number); err != nil {
			return err
		}
	}
	return nil
}

// add takes in one line. A line that cannot be read is passed over as ssh does,
// but never one that revokes a key.
func (db *hostKeys) add(fields, names []string, file string, number int) error {
	if len(fields) == 0 || fields[0][0] == '#' {
		return nil
	}
	marker := ""
	if fields[0][0] == '@' {
		marker, fields = fields[0], fields[1:]
	}
	which := -1
	if len(fields) > 0 {
		which = slices.IndexFunc(names, func(name string) bool { return nameMatches(fields[0], name) })
	}
	if which < 0 {
		return nil
	}
	k := hostKey{file: file, line: number, exact: which == 0}
	var err error
	if k.key, err = parseHostKey(fields[1:]); err != nil {
		err = fmt.Errorf("%s: %w", k.where(), err)
		if marker == "@revoked" {
			return fmt.Errorf("a line that revokes a host key cannot be read: %w", err)
		}
		db.bad = append(db.bad, err.Error())
		return nil
	}
	switch marker {
	case "":
		db.keys = append(db.keys, k)
	case "@cert-authority":
		db.authority = append(db.authority, k)
	case "@revoked":
		db.revoked = append(db.revoked, k)
	default:
		db.bad = append(db.bad, fmt.Sprintf("%s: the marker %s is not known", k.where(), marker))
	}
	return nil
}

// parseHostKey reads a key's type and its base64.
func parseHostKey(fields []string) (ssh.PublicKey, error) {
	if len(fields) < 2 {
		return nil, errors.New("the line has no key")
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return nil, fmt.Errorf("the key is not base64: %w", err)
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return nil, err
	}
	if key.Type() != fields[0] {
		return nil, fmt.Errorf("the line says %s, its key is %s", fields[0], key.Type())
	}
	return key, nil
}

// nameMatches tells whether the first field of a line is about name: patterns
// with commas between them, or a hash, "|1|salt|HMAC-SHA1 of the name".
func nameMatches(field, name string) bool {
	if !strings.HasPrefix(field, "|") {
		return matchesAny(strings.Split(strings.ToLower(field), ","), name)
	}
	parts := strings.Split(field, "|")
	if len(parts) != 4 || parts[1] != "1" {
		return false
	}
	salt, err1 := base64.StdEncoding.DecodeString(parts[2])
	want, err2 := base64.StdEncoding.DecodeString(parts[3])
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	return err1 == nil && err2 == nil && hmac.Equal(mac.Sum(nil), want)
}

// readRevoked reads the file that RevokedHostKeys names: public keys, one a line.
// A binary key revocation list is refused: going on without it would trust keys
// that somebody took back.
func (db *hostKeys) readRevoked(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading RevokedHostKeys: %w", err)
	}
	if bytes.HasPrefix(text, []byte("SSHKRL\n\x00")) {
		return fmt.Errorf("RevokedHostKeys %s is a binary revocation list, which Merlon cannot read; name a file with one public key a line", file)
	}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		fields := strings.Fields(string(line))
		if len(fields) == 0 || fields[0][0] == '#' {
			continue
		}
		key, err := parseHostKey(fields)
		if err != nil {
			return fmt.Errorf("%s:%d: RevokedHostKeys: %w", file, number, err)
		}
		db.revoked = append(db.revoked, hostKey{key: key, file: file, line: number})
	}
	return nil
}

// algorithms returns the host key algorithms to offer: those for which something
// is known, so that a server with many keys shows one that can be checked. Where
// no key is known it returns all, so that the error can show the fingerprint.
func (db *hostKeys) algorithms() []string {
	all := ssh.SupportedAlgorithms().HostKeys
	if len(db.keys) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(algorithm string) bool {
		if strings.Contains(algorithm, "-cert-") {
			return len(db.authority) == 0
		}
		return !slices.ContainsFunc(db.keys, func(k hostKey) bool { return k.key.Type() == keyType(algorithm) })
	})
}

// keyType returns the type of key that an algorithm signs with.
func keyType(algorithm string) string {
	switch algorithm {
	case ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512:
		return ssh.KeyAlgoRSA
	}
	return algorithm
}

// check says why key must not be trusted, nil where it may. Its error is an
// [hostKeyError].
func (db *hostKeys) check(key ssh.PublicKey) error {
	plain := key
	var refused error
	if cert, ok := key.(*ssh.Certificate); ok {
		plain = cert.Key
		if refused = db.checkCertificate(cert); refused == nil {
			return nil
		}
	}
	if k := find(db.revoked, plain); k != nil {
		return &hostKeyError{db: db, key: plain, revoked: k}
	}
	if find(db.keys, plain) != nil {
		return nil
	}
	return &hostKeyError{db: db, key: plain, certificate: refused}
}

// checkCertificate says why a host certificate does not prove the host.
func (db *hostKeys) checkCertificate(cert *ssh.Certificate) error {
	if k := find(db.revoked, cert.SignatureKey); k != nil {
		return fmt.Errorf("its authority is revoked in %s", k.where())
	}
	if k := find(db.revoked, cert.Key); k != nil {
		return fmt.Errorf("its key is revoked in %s", k.where())
	}
	if cert.CertType != ssh.HostCert {
		return errors.New("it is no host certificate")
	}
	if find(db.authority, cert.SignatureKey) == nil {
		return fmt.Errorf("its authority, %s, is not known", describeKey(cert.SignatureKey))
	}
	if cert.Signature.Format == ssh.KeyAlgoRSA {
		return errors.New("it is signed with SHA-1")
	}
	return new(ssh.CertChecker).CheckCert(db.host, cert)
}

func find(keys []hostKey, key ssh.PublicKey) *hostKey {
	blob := key.Marshal()
	i := slices.IndexFunc(keys, func(k hostKey) bool { return bytes.Equal(k.key.Marshal(), blob) })
	if i < 0 {
		return nil
	}
	return &keys[i]
}

// A hostKeyError tells that a server could not prove who it is.
type hostKeyError struct {
	db          *hostKeys
	key         ssh.PublicKey
	revoked     *hostKey
	certificate error // why its certificate did not help, where it has one
}

func (e *hostKeyError) Error() string {
	shown := describeKey(e.key)
	if e.revoked != nil {
		return fmt.Sprintf("its host key, %s, is revoked in %s: whoever has that key can pose as this host. Do not connect; give the host a new key", shown, e.revoked.where())
	}
	if e.certificate != nil {
		shown += fmt.Sprintf(" (its certificate does not help: %s)", clean(e.certificate.Error()))
	}
	for _, k := range e.db.keys {
		if k.key.Type() == e.key.Type() {
			return fmt.Sprintf("its host key HAS CHANGED: it shows %s, but %s has %s. Somebody may be listening in. If the change is meant, replace that line after comparing the new fingerprint", shown, k.where(), describeKey(k.key))
		}
	}
	text := fmt.Sprintf("its host key is not known: it shows %s, which is not in %s", shown, strings.Join(e.db.files, ", "))
	if len(e.db.bad) > 0 {
		text += fmt.Sprintf(" (%s)", e.db.bad[0])
	}
	return text
}

// unknown tells whether adding the key is the remedy.
func (e *hostKeyError) unknown() bool {
	return e.revoked == nil && !slices.ContainsFunc(e.db.keys, func(k hostKey) bool { return k.key.Type() == e.key.Type() })
}

// describeKey names a key as ssh-keygen -l does: "ED25519 SHA256:...".
func describeKey(key ssh.PublicKey) string {
	return shortType(key) + " " + ssh.FingerprintSHA256(key)
}

// shortType returns "ED25519", "RSA", "ECDSA".
func shortType(key ssh.PublicKey) string {
	t := strings.TrimPrefix(strings.TrimPrefix(key.Type(), "sk-"), "ssh-")
	t, _, _ = strings.Cut(t, "-")
	return strings.ToUpper(strings.TrimSuffix(t, "@openssh.com"))
}

// sshCommand is how a user would reach s by hand.
func (s *settings) sshCommand() string {
	command := "ssh "
	if s.port != "22" {
		command += "-p " + s.port + " "
	}
	return command + s.user + "@" + s.host
}

// keyscan is the command that fetches the host's keys, to be compared before use.
func (s *settings) keyscan() string {
	if s.port == "22" {
		return "ssh-keyscan " + s.host
	}
	return "ssh-keyscan -p " + s.port + " " + s.host
}

// hostPort is what to connect to.
func (s *settings) hostPort() string { return net.JoinHostPort(s.host, s.port) }
