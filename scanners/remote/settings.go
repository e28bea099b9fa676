package remote

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// An endpoint is a host as somebody named it: in a target's address or in
// ProxyJump. User and port are "" where they are left to the configuration.
type endpoint struct{ user, host, port string }

// parseAddress reads "ssh://[user@]host[:port]".
func parseAddress(address string) (endpoint, error) {
	u, err := url.Parse(address)
	if err != nil {
		return endpoint{}, fmt.Errorf("address %q: %w", address, err)
	}
	e := endpoint{user: u.User.Username(), host: u.Hostname(), port: u.Port()}
	_, password := u.User.Password()
	switch {
	case u.Scheme != "ssh" || u.Opaque != "":
		err = fmt.Errorf("address %q does not read ssh://[user@]host[:port]", address)
	case password:
		err = fmt.Errorf("the address of %s holds a password; Merlon takes keys only", e.host)
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		err = fmt.Errorf("address %q has something after host and port", address)
	}
	if err != nil {
		return endpoint{}, err
	}
	return e, e.check()
}

// parseHop reads one hop of ProxyJump: "[user@]host[:port]" or an ssh:// URL.
func parseHop(hop string) (endpoint, error) {
	if strings.HasPrefix(hop, "ssh://") {
		return parseAddress(hop)
	}
	var e endpoint
	if at := strings.LastIndex(hop, "@"); at >= 0 {
		e.user, hop = hop[:at], hop[at+1:]
	}
	e.host = strings.Trim(hop, "[]")
	if strings.HasPrefix(hop, "[") || strings.Count(hop, ":") == 1 {
		if host, port, err := net.SplitHostPort(hop); err == nil {
			e.host, e.port = host, port
		}
	}
	return e, e.check()
}

func (e endpoint) check() error {
	if e.host == "" {
		return fmt.Errorf("an SSH address names no host")
	}
	for _, s := range []string{e.host, e.user} {
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
			return fmt.Errorf("an SSH address holds blanks or control characters: %q", s)
		}
	}
	if e.port != "" {
		return checkPort(e.port)
	}
	return nil
}

func checkPort(port string) error {
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q is no port: 1 to 65535", port)
	}
	return nil
}

// settings are what is needed to reach one host, after ssh_config(5).
type settings struct {
	host, port, user string
	network          string // "tcp", "tcp4", "tcp6"
	alias            string // HostKeyAlias, the name in known_hosts where it is not the host's

	jumps   []endpoint // nearest to us first
	timeout time.Duration

	identities     []string // private key files, in order
	named          bool     // identities come from the configuration, not from the defaults
	identitiesOnly bool
	certificates   []string
	agent          string // the agent's socket, "" for none

	knownHosts []string // files
	revoked    string   // RevokedHostKeys
	warnings   []string
}

// defaultIdentities are the key files that ssh(1) tries where none are named.
var defaultIdentities = []string{"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"}

// notFollowed are keywords that would change whom we reach or trust, and that
// Merlon does not follow; who sets them is told.
var notFollowed = []string{"canonicalizehostname", "knownhostscommand", "pkcs11provider", "bindaddress", "bindinterface"}

// settings looks e up in the configuration.
func (d *Dialer) settings(e endpoint) (*settings, error) {
	home, err := d.home()
	if err != nil {
		return nil, err
	}
	local, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("finding out who you are: %w", err)
	}
	r := &configReader{home: home, asked: e.host, user: e.user, localUser: local.Username, values: map[string][]directive{}}
	if err := r.read(d.Config); err != nil {
		return nil, err
	}
	s, err := r.settings(e, local.Uid)
	if err != nil {
		return nil, err
	}
	if d.Timeout > 0 {
		s.timeout = d.Timeout
	}
	return s, nil
}

func (r *configReader) settings(e endpoint, uid string) (*settings, error) {
	s := &settings{
		host: e.host, port: either(e.port, r.first("port"), "22"), user: either(e.user, r.first("user"), r.localUser),
		network: "tcp", timeout: defaultTimeout, alias: strings.ToLower(r.first("hostkeyalias")),
		identitiesOnly: isYes(r.first("identitiesonly")), warnings: r.warnings,
	}
	if err := checkPort(s.port); err != nil {
		return nil, r.at("port", err)
	}
	if name := r.first("hostname"); name != "" {
		var err error
		if s.host, err = expand(name, map[byte]string{'h': e.host}); err != nil {
			return nil, r.at("hostname", err)
		}
	}
	// Host names do not tell case apart, and known_hosts has them in lower case.
	s.host = strings.ToLower(s.host)
	if v := r.first("addressfamily"); v == "inet" || v == "inet6" {
		s.network = map[string]string{"inet": "tcp4", "inet6": "tcp6"}[v]
	}
	if v := r.first("connecttimeout"); v != "" && v != "none" {
		seconds, err := strconv.Atoi(v)
		if err != nil || seconds < 1 {
			return nil, r.at("connecttimeout", fmt.Errorf("%q is no number of seconds", v))
		}
		s.timeout = time.Duration(seconds) * time.Second
	}
	for _, step := range []func(*settings, map[byte]string) error{r.files, r.jumps} {
		if err := step(s, r.tokens(e, s, uid)); err != nil {
			return nil, err
		}
	}
	r.warn(s)
	return s, nil
}

// tokens are ssh_config(5)'s TOKENS, as far as they have a meaning here.
func (r *configReader) tokens(e endpoint, s *settings, uid string) map[byte]string {
	hostname, _ := os.Hostname()
	short, _, _ := strings.Cut(hostname, ".")
	return map[byte]string{
		'd': r.home, 'h': s.host, 'i': uid, 'k': either(s.alias, e.host), 'L': short, 'l': hostname,
		'n': e.host, 'p': s.port, 'r': s.user, 'u': r.localUser,
	}
}

// files fills in every setting that names files.
func (r *configReader) files(s *settings, tokens map[byte]string) (err error) {
	dir := filepath.Join(r.home, ".ssh")
	if s.identities, err = r.paths("identityfile", tokens); err != nil {
		return err
	}
	if s.named = len(r.values["identityfile"]) > 0; !s.named {
		for _, name := range defaultIdentities {
			s.identities = append(s.identities, filepath.Join(dir, name))
		}
	}
	if s.certificates, err = r.paths("certificatefile", tokens); err != nil {
		return err
	}
	if s.knownHosts, err = r.knownHosts(dir, tokens); err != nil {
		return err
	}
	revoked, err := r.paths("revokedhostkeys", tokens)
	if err != nil {
		return err
	}
	if len(revoked) > 0 {
		s.revoked = revoked[0]
	}
	return r.agent(s, tokens)
}

func (r *configReader) agent(s *settings, tokens map[byte]string) error {
	s.agent = os.Getenv("SSH_AUTH_SOCK")
	v := r.first("identityagent")
	if name, ok := strings.CutPrefix(v, "$"); ok && !strings.HasPrefix(name, "{") {
		s.agent = os.Getenv(name)
		return nil
	}
	if v == "" || v == "SSH_AUTH_SOCK" {
		return nil
	}
	socket, err := r.paths("identityagent", tokens)
	if err != nil {
		return err
	}
	s.agent = strings.Join(socket, "")
	return nil
}

func (r *configReader) knownHosts(dir string, tokens map[byte]string) ([]string, error) {
	var all []string
	for _, kind := range []struct{ keyword, dir, name string }{
		{"userknownhostsfile", dir, "known_hosts"},
		{"globalknownhostsfile", systemDir, "ssh_known_hosts"},
	} {
		if len(r.values[kind.keyword]) == 0 {
			first := filepath.Join(kind.dir, kind.name)
			all = append(all, first, first+"2")
			continue
		}
		named, err := r.paths(kind.keyword, tokens)
		if err != nil {
			return nil, err
		}
		all = append(all, named...)
	}
	return all, nil
}

// paths returns the arguments of a keyword as file names; "none" names no file.
func (r *configReader) paths(keyword string, tokens map[byte]string) ([]string, error) {
	var out []string
	for _, d := range r.values[keyword] {
		for _, arg := range d.args {
			if strings.EqualFold(arg, "none") {
				continue
			}
			name, err := expand(arg, tokens)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", d.where(), err)
			}
			out = append(out, expandHome(name, r.home))
		}
	}
	return out, nil
}

// jumps fills in ProxyJump. Of ProxyJump and ProxyCommand the earlier one counts.
func (r *configReader) jumps(s *settings, tokens map[byte]string) error {
	jump, command := r.values["proxyjump"], r.values["proxycommand"]
	if len(command) > 0 && !strings.EqualFold(command[0].args[0], "none") && len(jump) == 0 {
		return fmt.Errorf("%s: ProxyCommand would run a program, which Merlon does not; use ProxyJump instead", command[0].where())
	}
	if len(jump) == 0 || strings.EqualFold(jump[0].args[0], "none") {
		return nil
	}
	for hop := range strings.SplitSeq(jump[0].args[0], ",") {
		hop, err := expand(strings.TrimSpace(hop), tokens)
		if err != nil {
			return r.at("proxyjump", err)
		}
		e, err := parseHop(hop)
		if err != nil {
			return r.at("proxyjump", err)
		}
		s.jumps = append(s.jumps, e)
	}
	return nil
}

func (r *configReader) warn(s *settings) {
	if v := r.values["stricthostkeychecking"]; len(v) > 0 && !isYes(v[0].args[0]) && v[0].args[0] != "ask" {
		s.warnings = append(s.warnings, fmt.Sprintf("%s: StrictHostKeyChecking %s is ignored: host keys are always checked", v[0].where(), v[0].args[0]))
	}
	for _, keyword := range notFollowed {
		if v := r.values[keyword]; len(v) > 0 && v[0].args[0] != "no" && v[0].args[0] != "none" {
			s.warnings = append(s.warnings, fmt.Sprintf("%s: %s is not followed", v[0].where(), keyword))
		}
	}
}

// at adds the place where a keyword was set.
func (r *configReader) at(keyword string, err error) error {
	if v := r.values[keyword]; len(v) > 0 {
		return fmt.Errorf("%s: %s: %w", v[0].where(), keyword, err)
	}
	return err
}

// expand replaces %-tokens and ${VARIABLES}.
func expand(s string, tokens map[byte]string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+1 < len(s):
			i++
			v, ok := tokens[s[i]]
			if s[i] == '%' {
				v, ok = "%", true
			}
			if !ok {
				return "", fmt.Errorf("%%%c in %q is not a token that is known here", s[i], s)
			}
			out.WriteString(v)
		case strings.HasPrefix(s[i:], "${"):
			name, _, closed := strings.Cut(s[i+2:], "}")
			v, set := os.LookupEnv(name)
			if !closed || !set {
				return "", fmt.Errorf("${%s} in %q is not set", name, s)
			}
			out.WriteString(v)
			i += len(name) + 2
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String(), nil
}

func isYes(v string) bool { return slices.Contains([]string{"yes", "true"}, strings.ToLower(v)) }

// either returns the first that is not empty.
func either(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
