// Package roottest lets tests that need root run without it, in a user namespace.
package roottest

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// mapped is set in the environment of a test that runs in a namespace of its own.
const mapped = "MERLON_TEST_NAMESPACE"

// Here tells whether the test may go on as root. Where this process is not root, it runs
// the test again in user and mount namespaces in which it is, takes over what comes of
// it, and returns false; where the system allows no such namespaces, the test is skipped.
func Here(t *testing.T) bool {
	t.Helper()
	if os.Getuid() == 0 {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), mapped+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.EINVAL):
		t.Skipf("it needs root, or a user namespace: %v", err)
	case errors.As(err, &exit):
		t.Errorf("in a user namespace:\n%s", out)
	case err != nil:
		t.Fatal(err)
	default:
		t.Logf("in a user namespace:\n%s", out)
	}
	return false
}

// Mapped tells whether this is the root of a user namespace, to which no other user is
// known and who makes no devices.
func Mapped() bool { return os.Getenv(mapped) != "" }
