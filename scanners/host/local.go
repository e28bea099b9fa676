package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Local runs commands on this machine.
type Local struct{}

// Run runs command with /bin/sh, in a process group of its own; see [Conn]. When
// ctx ends, so do all the processes of the group.
func (Local) Run(ctx context.Context, command string, stdin io.Reader, stdout io.Writer) (string, error) {
	stderr := &tailless{limit: maxStderr}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 2 * time.Second // what left the group and holds the pipe must not hold the scan
	err := cmd.Run()
	return stderr.buf.String(), err
}

// endGroup kills every process of a group (kill(2)).
func endGroup(leader int) error {
	err := syscall.Kill(-leader, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
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
