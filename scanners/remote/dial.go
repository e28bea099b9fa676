// Package remote opens SSH connections the way the user's ssh(1) would, and runs
// commands over them: strict host keys, ~/.ssh/config, agent, keys, certificates
// and jump hosts. It never asks for a password and cannot be told to trust a
// host key that nobody vouched for.
package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"merlon/compliance"
)

const (
	defaultTimeout   = 30 * time.Second
	defaultKeepalive = 15 * time.Second
	// maxJumps bounds a chain of jump hosts, which a configuration could make
	// endless.
	maxJumps = 8
)

// A Dialer opens SSH connections. Its zero value does what ssh(1) does, without
// asking anything. It may be used by many goroutines, which then share the keys
// that were unlocked.
type Dialer struct {
	// Home is where ~/.ssh lies; "" for the user's own.
	Home string
	// Config is the configuration file to read instead of ~/.ssh/config and
	// /etc/ssh/ssh_config; "none" reads none.
	Config string
	// Timeout bounds connecting and logging in, each hop for itself; 0 for
	// ConnectTimeout of the configuration, or 30 seconds.
	Timeout time.Duration
	// Keepalive is how often the server is asked whether it is still there, and
	// how long it may take to answer; 0 for 15 seconds.
	Keepalive time.Duration
	// Prompt asks a person for the passphrase of a key; nil where there is none.
	// It is never called twice at the same time.
	Prompt func(prompt string) ([]byte, error)
	// Warn is told, once each, what of the configuration is not followed; may be
	// nil. It may be called by many goroutines at the same time.
	Warn func(warning string)

	keys   keyring
	warned sync.Map
}

func (d *Dialer) home() (string, error) {
	if d.Home != "" {
		return d.Home, nil
	}
	return os.UserHomeDir()
}

// Dial connects to t.Address, "ssh://[user@]host[:port]". User and port in the
// address win over ~/.ssh/config. The connection must be closed. Errors name the
// target, the address, what went wrong and the remedy.
func (d *Dialer) Dial(ctx context.Context, t compliance.Target) (*Conn, error) {
	e, err := parseAddress(t.Address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Name, err)
	}
	l, err := d.link(ctx, e, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Name, err)
	}
	return newConn(l, t.Name, d.keepalive()), nil
}

func (d *Dialer) keepalive() time.Duration {
	if d.Keepalive > 0 {
		return d.Keepalive
	}
	return defaultKeepalive
}

// A link is a connection to a host and the connections to the jump hosts beneath
// it.
type link struct {
	*ssh.Client
	address string // for error messages
	under   *link
}

func (l *link) Close() error {
	err := l.Client.Close()
	if l.under != nil {
		l.under.Close()
	}
	return err
}

// link connects to e: through via where that is not empty, else as the
// configuration says.
func (d *Dialer) link(ctx context.Context, e endpoint, via []endpoint, depth int) (*link, error) {
	s, err := d.settings(e)
	if err != nil {
		return nil, err
	}
	d.warn(s.warnings)
	if len(via) > 0 {
		s.jumps = via
	}
	under, err := d.jump(ctx, s, depth)
	if err != nil {
		return nil, err
	}
	client, err := d.connect(ctx, s, under)
	if err != nil {
		if under != nil {
			under.Close()
		}
		return nil, err
	}
	return &link{client, s.hostPort(), under}, nil
}

// jump connects to the last jump host on the way to s, nil where there is none.
func (d *Dialer) jump(ctx context.Context, s *settings, depth int) (*link, error) {
	n := len(s.jumps)
	if n == 0 {
		return nil, nil
	}
	if depth+n > maxJumps {
		return nil, fmt.Errorf("the way to %s has more than %d jump hosts; does ProxyJump lead in a circle? Write `ProxyJump none` for the jump host itself", s.host, maxJumps)
	}
	last := s.jumps[n-1]
	l, err := d.link(ctx, last, s.jumps[:n-1], depth+1)
	var inner *hopError
	if err != nil && !errors.As(err, &inner) {
		return nil, &hopError{fmt.Errorf("jump host %d (%s), on the way to %s: %w", n, last.host, s.host, err)}
	}
	return l, err
}

// A hopError says which jump host failed.
type hopError struct{ error }

func (e *hopError) Unwrap() error { return e.error }

func (d *Dialer) warn(warnings []string) {
	for _, w := range warnings {
		if _, again := d.warned.LoadOrStore(w, true); !again && d.Warn != nil {
			d.Warn(w)
		}
	}
}

// connect opens the transport to s, directly or through a jump host, and logs in.
func (d *Dialer) connect(ctx context.Context, s *settings, under *link) (*ssh.Client, error) {
	hostKeys, err := knownHosts(s)
	if err != nil {
		return nil, err
	}
	transport, err := s.open(ctx, under)
	if err != nil {
		return nil, err
	}
	l := d.newLogin(s)
	defer l.close()
	h := handshake{settings: s, hostKeys: hostKeys, login: l}
	return h.run(ctx, transport)
}

// open connects to the host, without speaking yet.
func (s *settings) open(ctx context.Context, under *link) (net.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var conn net.Conn
	var err error
	if under == nil {
		conn, err = new(net.Dialer).DialContext(limited, s.network, s.hostPort())
	} else {
		conn, err = under.DialContext(limited, "tcp", s.hostPort())
	}
	if err == nil {
		return conn, nil
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("connecting to %s: %w", s.hostPort(), ctx.Err())
	}
	return nil, fmt.Errorf("connecting to %s: %s", s.hostPort(), s.explain(err, under))
}

// explain says why a connection could not be made and what to do.
func (s *settings) explain(err error, under *link) string {
	var dns *net.DNSError
	var refused *ssh.OpenChannelError
	var timeout net.Error
	switch {
	case errors.As(err, &refused) && refused.Reason == ssh.Prohibited:
		return fmt.Sprintf("the jump host %s does not forward: %s. Its sshd needs AllowTcpForwarding yes (or local) and, where PermitOpen is set, %s in it", under.address, clean(refused.Message), s.hostPort())
	case errors.As(err, &refused):
		return fmt.Sprintf("the jump host %s cannot reach it: %s", under.address, clean(refused.Message))
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host name. Check its spelling, or set HostName in ~/.ssh/config"
	case errors.As(err, &dns):
		return "the name could not be looked up: " + dns.Err
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused. Does sshd run there, on this port?"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route to it. Is a jump host (ProxyJump in ~/.ssh/config) or a VPN needed?"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("no answer within %v. Is it up, and does a firewall let this port through?", s.timeout)
	}
	return clean(err.Error())
}

// A handshake turns a transport into a client.
type handshake struct {
	*settings
	hostKeys *hostKeys
	login    *login

	address string // with the IP address, for error messages
	timer   *time.Timer
	late    atomic.Bool
	keyErr  error
}

func (h *handshake) run(ctx context.Context, transport net.Conn) (*ssh.Client, error) {
	h.address = h.hostPort()
	if ip := transport.RemoteAddr(); ip != nil && ip.Network() == "tcp" && ip.String() != h.address && !strings.HasPrefix(ip.String(), "0.0.0.0:") {
		h.address += " [" + ip.String() + "]"
	}
	// Deadlines do not work on a channel through a jump host; closing does.
	h.timer = time.AfterFunc(h.timeout, func() {
		h.late.Store(true)
		transport.Close()
	})
	defer h.timer.Stop()
	defer context.AfterFunc(ctx, func() { transport.Close() })()
	h.login.waiting = h.wait

	c, channels, requests, err := ssh.NewClientConn(transport, h.hostPort(), h.config())
	if err == nil && !h.timer.Stop() {
		c.Close()
		err = context.DeadlineExceeded
	}
	if err != nil {
		return nil, h.explain(ctx, err)
	}
	return ssh.NewClient(c, channels, requests), nil
}

// wait gives a person time, and the server its old deadline afterwards.
func (h *handshake) wait() func() {
	if h.timer.Stop() {
		h.timer.Reset(personTimeout)
	}
	return func() {
		if h.timer.Stop() {
			h.timer.Reset(h.timeout)
		}
	}
}

func (h *handshake) config() *ssh.ClientConfig {
	return &ssh.ClientConfig{
		User:              h.user,
		AuthCallback:      h.login.next,
		HostKeyAlgorithms: h.hostKeys.algorithms(),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			h.keyErr = h.hostKeys.check(key)
			return h.keyErr
		},
		BannerCallback: func(message string) error {
			h.login.banner = clean(message)
			return nil
		},
	}
}

// explain says why the handshake failed and what to do.
func (h *handshake) explain(ctx context.Context, err error) error {
	text := h.address
	if h.alias != "" {
		text += " (HostKeyAlias " + h.alias + ")"
	}
	var key *hostKeyError
	var negotiation *ssh.AlgorithmNegotiationError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", text, ctx.Err())
	case errors.As(h.keyErr, &key) && key.unknown():
		return fmt.Errorf("%s: %w. Compare it with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub over there), then add it: connect once with `%s`, or append the output of `%s`", text, key, h.sshCommand(), h.keyscan())
	case h.keyErr != nil:
		return fmt.Errorf("%s: %w", text, h.keyErr)
	case h.late.Load():
		return fmt.Errorf("%s: connected, but logging in took longer than %v. Is it an SSH server, and is it overloaded?", text, h.timeout)
	case errors.As(err, &negotiation) && slices.Equal(negotiation.SupportedAlgorithms, h.hostKeys.algorithms()):
		return fmt.Errorf("%s: %s", text, h.otherKeyTypes(negotiation))
	case h.login.asked:
		return fmt.Errorf("%s: %s (%s)", text, h.login.explain(), clean(err.Error()))
	}
	return fmt.Errorf("%s: the server broke off before the login: %s. If this comes and goes, its sshd may limit new connections (MaxStartups, PerSourcePenalties)", text, clean(err.Error()))
}

// otherKeyTypes explains a server that has none of the key types known for it.
func (h *handshake) otherKeyTypes(e *ssh.AlgorithmNegotiationError) string {
	var known []string
	for _, k := range h.hostKeys.keys {
		known = append(known, fmt.Sprintf("%s in %s", shortType(k.key), k.where()))
	}
	return fmt.Sprintf("its host key HAS CHANGED: it no longer has a key of a type that is known for it (%s), only %s. Somebody may be listening in. If the change is meant, replace that line after comparing the new fingerprint",
		strings.Join(known, ", "), clean(strings.Join(e.RequestedAlgorithms, ", ")))
}
