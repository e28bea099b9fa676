package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// maxStderr is how much of a command's standard error is kept, in bytes.
const maxStderr = 64 << 10

// A Conn is an open SSH connection. It may be used by many goroutines.
type Conn struct {
	link *link
	name string

	closing sync.Once
	closed  chan struct{} // closed by Close
	dead    atomic.Bool   // the server stopped answering
}

// An ExitError tells that a command ran and did not end with status 0.
type ExitError struct {
	// Status is the exit status, 0 where a signal ended the command.
	Status int
	// Signal is its name without SIG, "" where none did.
	Signal string
	host   string
}

func (e *ExitError) Error() string {
	if e.Signal != "" {
		return fmt.Sprintf("%s: the command was ended by signal %s", e.host, e.Signal)
	}
	return fmt.Sprintf("%s: the command ended with status %d", e.host, e.Status)
}

func newConn(l *link, name string, keepalive time.Duration) *Conn {
	c := &Conn{link: l, name: name, closed: make(chan struct{})}
	go c.keepalive(keepalive)
	return c
}

// Close ends the connection and those to its jump hosts.
func (c *Conn) Close() error {
	var err error
	c.closing.Do(func() {
		close(c.closed)
		err = c.link.Close()
	})
	return err
}

// keepalive asks the server every so often whether it is still there, and closes
// the connection where no answer comes for as long.
func (c *Conn) keepalive(every time.Duration) {
	for {
		if c.sleep(every) {
			return
		}
		answered := make(chan struct{})
		go func() {
			// Whatever the answer, there was one; OpenSSH answers "failure".
			_, _, _ = c.link.SendRequest("keepalive@openssh.com", true, nil)
			close(answered)
		}()
		select {
		case <-answered:
		case <-c.closed:
			return
		case <-time.After(every):
			c.dead.Store(true)
			c.Close()
			return
		}
	}
}

// sleep waits; it returns true at once when the connection is closed.
func (c *Conn) sleep(d time.Duration) (closed bool) {
	select {
	case <-c.closed:
		return true
	case <-time.After(d):
		return false
	}
}

// Run executes a command on the host, without a terminal, and returns the first
// 64 KB of its standard error, with control characters replaced. Its output goes
// to stdout as it comes; where stdout returns an error, the command is given up
// and that error returned. A command that ends otherwise than with status 0 is an
// [*ExitError]. When ctx ends, the connection is closed, for a host that hangs
// would not close a channel either.
func (c *Conn) Run(ctx context.Context, command string, stdin io.Reader, stdout io.Writer) (stderr string, err error) {
	defer context.AfterFunc(ctx, func() { c.Close() })()
	session, err := c.link.NewSession()
	if err != nil {
		return "", c.explain(ctx, "opening a session", err)
	}
	defer session.Close()
	errs := &head{limit: maxStderr}
	session.Stderr = errs
	in, err := session.StdinPipe()
	if err != nil {
		return "", c.explain(ctx, "opening a session", err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		return "", c.explain(ctx, "opening a session", err)
	}
	if err := session.Start(command); err != nil {
		return "", c.explain(ctx, "starting the command", err)
	}
	// A command need not read all its input: nobody waits for this to end.
	go func() {
		if stdin != nil {
			_, _ = io.Copy(in, stdin) // the command may end before it has read all
		}
		in.Close()
	}()
	if err := copyOut(stdout, out); err != nil {
		session.Close()
		return errs.String(), fmt.Errorf("%s: taking in the output: %w", c.name, err)
	}
	err = session.Wait()
	return errs.String(), c.explain(ctx, "running the command", err)
}

// copyOut copies the command's output and returns the error of the writer only:
// why a connection broke is for Wait to tell.
func copyOut(w io.Writer, r io.Reader) error {
	if w == nil {
		w = io.Discard
	}
	guard := &writeErr{w: w}
	_, _ = io.Copy(guard, r)
	return guard.err
}

// A writeErr remembers the error of a writer.
type writeErr struct {
	w   io.Writer
	err error
}

func (g *writeErr) Write(p []byte) (n int, err error) {
	n, g.err = g.w.Write(p)
	if g.err == nil && n < len(p) {
		g.err = io.ErrShortWrite
	}
	return n, g.err
}

// explain puts an error of the connection into words.
func (c *Conn) explain(ctx context.Context, doing string, err error) error {
	var exit *ssh.ExitError
	var missing *ssh.ExitMissingError
	var refused *ssh.OpenChannelError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		e := &ExitError{Status: exit.ExitStatus(), Signal: clean(exit.Signal()), host: c.name}
		if e.Signal != "" {
			e.Status = 0
		}
		return e
	case ctx.Err() != nil:
		return fmt.Errorf("%s (%s): %s: %w", c.name, c.link.address, doing, ctx.Err())
	case c.dead.Load():
		return fmt.Errorf("%s (%s): %s: the host stopped answering; the connection was given up", c.name, c.link.address, doing)
	case errors.As(err, &refused):
		return fmt.Errorf("%s (%s): %s: the server refused a channel: %s. Does its sshd set MaxSessions 0, or restrict this key?", c.name, c.link.address, doing, clean(refused.Message))
	case errors.As(err, &missing), errors.Is(err, io.EOF):
		return fmt.Errorf("%s (%s): %s: the connection was closed before the command ended", c.name, c.link.address, doing)
	}
	return fmt.Errorf("%s (%s): %s: %s", c.name, c.link.address, doing, clean(err.Error()))
}

// A head keeps the first bytes written to it and drops the rest.
type head struct {
	limit int
	mu    sync.Mutex
	text  []byte
}

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, p[:min(len(p), h.limit-len(h.text))]...)
	return len(p), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return printable(string(h.text))
}
