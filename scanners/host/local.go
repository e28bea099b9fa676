package host

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"time"
)

// Local runs commands on this machine.
type Local struct{}

// Run runs command with /bin/sh; see [Conn].
func (Local) Run(ctx context.Context, command string, stdin io.Reader, stdout io.Writer) (string, error) {
	stderr := &tailless{limit: maxStderr}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.WaitDelay = 2 * time.Second // a grandchild that holds the pipe must not hold the scan
	err := cmd.Run()
	return stderr.buf.String(), err
}

// Close does nothing.
func (Local) Close() error { return nil }

// maxStderr bounds what is kept of standard error.
const maxStderr = 64 << 10

// tailless keeps the first limit bytes and swallows the rest.
type tailless struct {
	buf   bytes.Buffer
	limit int
}

func (t *tailless) Write(p []byte) (int, error) {
	if room := t.limit - t.buf.Len(); room > 0 {
		t.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
