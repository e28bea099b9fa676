package host

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"merlon/compliance"
	"merlon/scanners/host/roottest"
)

// A chrootConn runs the shell of a root.
type chrootConn struct {
	root   string
	stderr string
}

func (c *chrootConn) Run(ctx context.Context, command string, stdin io.Reader, stdout io.Writer) (string, error) {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root}
	cmd.Dir, cmd.Env = "/", []string{"PATH=/bin"}
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, &stderr
	err := cmd.Run()
	c.stderr = stderr.String()
	return c.stderr, err
}

func (c *chrootConn) Close() error { return nil }

// alpineRoot is a system of which every program is busybox's, like Alpine's: no
// systemd, no sshd, no sudo, no GNU tools.
func alpineRoot(t *testing.T) string {
	t.Helper()
	root := image(t, map[string]string{
		"etc/os-release":           "ID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME=\"Alpine Linux v3.22\"\n",
		"etc/passwd":               "root:x:0:0:root:/root:/bin/sh\nguest:x:405:100:guest:/dev/null:/sbin/nologin\n",
		"etc/shadow":               "root:*::0:::::\nguest:!::0:::::\n",
		"etc/group":                "root:x:0:root\nshadow:x:42:\nusers:x:100:games\n",
		"etc/sysctl.d/00.conf":     "net.ipv4.tcp_syncookies = 1\n",
		"etc/motd":                 "Welcome\n",
		"etc/crontabs/root":        "*/15 * * * * run-parts /etc/periodic/15min\n",
		"usr/lib/apk/db/installed": "C:Q1a=\nP:busybox\nV:1.37.0-r19\nA:x86_64\n\nC:Q1b=\nP:musl\nV:1.2.5-r10\n",
		"tmp/x":                    "", "proc/x": "", "root/x": "",
	})
	busyboxRoot(t, root)
	return root
}

// TestBusyboxRoot scans a system of busybox alone, through its own shell and as a
// tree: what it has is known, the rest is absent or unknown with its cause.
func TestBusyboxRoot(t *testing.T) {
	if !roottest.Here(t) {
		return
	}
	root := alpineRoot(t)
	conn := &chrootConn{root: root}
	running := mustScan(t, conn)
	checkSchema(t, running)
	for _, word := range []string{"syntax", "not found", "invalid option", "unrecognized option", "bad number"} {
		if strings.Contains(conn.stderr, word) {
			t.Errorf("ash says: %s", conn.stderr)
		}
	}
	tree := scanImage(t, root)
	for _, d := range []*compliance.Document{running, tree} {
		if len(d.Diagnostics) > 0 {
			t.Errorf("diagnostics: %v", d.Diagnostics)
		}
		for path, want := range map[string]any{
			"os/id": "alpine", "packages/manager": "apk", "packages/installed/musl": "1.2.5-r10", "accounts/users/guest/uid": 405,
			"sshd/installed": false, "sudo/installed": false, "updates/apt/installed": false, "logging/rsyslog/installed": false,
		} {
			if v := value(t, d, strings.Split(path, "/")...); v != want {
				t.Errorf("%s is %v, not %v", path, v, want)
			}
		}
		for _, path := range []string{"os/init", "services/units", "kernel/release", "mounts/runtime", "kernel_modules/builtin", "kernel_modules/loaded", "listeners/sockets", "sysctl/runtime", "os/container", "network/interfaces"} {
			if causeOf(d, strings.Split(path, "/")...) == "" {
				v, ok := d.Value(strings.Split(path, "/"))
				t.Errorf("%s is not unknown but %v (%v)", path, v, ok)
			}
		}
	}
	for path, v := range flatten(tree.Facts()) {
		if w, ok := flatten(running.Facts())[path]; ok && v != w && !strings.HasPrefix(path, "os/time") {
			t.Errorf("%s: as a tree %v, through ash %v", path, v, w)
		}
	}
}
