package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// RootfsScheme begins the address of a directory that holds a system's root: a
// mounted image or a chroot.
const RootfsScheme = "rootfs:"

// A Rootfs collects from the files of a system that does not run. The script runs in
// an interpreter here, in which every file name is one of the tree: no program of the
// image is started, nothing outside of Dir is read in its place, and nothing is
// written. It needs no privilege but to read the files.
type Rootfs struct {
	Dir  string
	tree *imageTree
}

// OpenRootfs opens a directory to scan.
func OpenRootfs(dir string) (*Rootfs, error) {
	t, err := openTree(dir)
	if err != nil {
		return nil, err
	}
	if _, err := t.stat("/etc", true); err != nil {
		t.close()
		return nil, fmt.Errorf("%s holds no /etc, so it is no root of a system: %w", dir, err)
	}
	return &Rootfs{Dir: dir, tree: t}, nil
}

// Close implements [Conn].
func (r *Rootfs) Close() error {
	r.tree.close()
	return nil
}

// hidden implements the image's side of a [stream].
func (r *Rootfs) hidden(name string) string { return r.tree.hidden(name) }

// nowhere is a directory that no image and no machine has. The interpreter keeps its
// own pipes in its TMPDIR, and would open such a name past the tree.
const nowhere = "/dev/null/nowhere"

// Run runs the script on stdin; the command is always `exec sh -s` and not looked at.
func (r *Rootfs) Run(ctx context.Context, _ string, stdin io.Reader, stdout io.Writer) (said string, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stderr := &sharedWriter{out: &tailless{limit: maxStderr}}
	defer func() {
		said = stderr.text()
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the interpreter failed: %v\n%s", fault, debug.Stack())
		}
	}()
	script, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(stdin, "collect.sh")
	if err != nil {
		return "", err
	}
	image := &imageShell{tree: r.tree, names: r.tree.names(), cancel: cancel}
	shell, err := interp.New(
		interp.Env(expand.ListEnviron("TMPDIR="+nowhere, "HOME=/", "UID=0", "EUID=0", "GID=0")),
		interp.Dir("/"),
		interp.StdIO(nil, stdout, stderr),
		interp.CallHandler(image.call),
		interp.OpenHandler(image.open),
		interp.ReadDirHandler2(image.list),
		interp.StatHandler(image.stat),
		interp.AccessHandler(image.access),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return image.exec }),
	)
	if err != nil {
		return "", err
	}
	err = shell.Run(ctx, script)
	if why := context.Cause(ctx); why != nil {
		err = why
	}
	return "", err
}

// A sharedWriter is standard error, on which the commands of a pipeline write at once.
type sharedWriter struct {
	mu  sync.Mutex
	out *tailless
}

func (w *sharedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

func (w *sharedWriter) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.buf.String()
}

// An imageShell answers the interpreter for a tree.
type imageShell struct {
	tree   *imageTree
	names  owners
	cancel context.CancelCauseFunc
}

// check ends the scan where err is more than a broken file.
func (s *imageShell) check(err error) error {
	var tooMuch errTooMuch
	if errors.As(err, &tooMuch) {
		s.cancel(err)
	}
	return err
}

// builtins are those of the shell that the script uses and that touch no file but
// through the handlers here.
var builtins = []string{"[", ":", "break", "case", "continue", "echo", "exit", "export", "false", "printf", "read", "return", "set", "shift", "true", "unset", "test"}

// fileTests are test(1)'s questions about a file.
var fileTests = []string{"-b", "-c", "-d", "-e", "-f", "-g", "-h", "-k", "-L", "-p", "-r", "-s", "-S", "-u", "-w", "-x"}

// call turns `command -v NAME`, which the interpreter would answer by this machine's
// programs, into a command of this package. Builtins that could run code or
// leave the tree are not given.
func (s *imageShell) call(_ context.Context, args []string) ([]string, error) {
	if args[0] == "command" {
		return append([]string{lookUp}, args[1:]...), nil
	}
	// The interpreter takes no name for the current directory; for a shell there is no
	// such file (POSIX.1-2024, XBD 4.16).
	for i := 1; i < len(args); i++ {
		if args[i] == "" && slices.Contains(fileTests, args[i-1]) && (args[0] == "[" || args[0] == "test") {
			args[i] = nowhere
		}
	}
	if interp.IsBuiltin(args[0]) && !slices.Contains(builtins, args[0]) {
		return nil, fmt.Errorf("the script may not use %q in an image", args[0])
	}
	return args, nil
}

func (s *imageShell) open(_ context.Context, name string, flag int, _ os.FileMode) (io.ReadWriteCloser, error) {
	if name == os.DevNull {
		return os.OpenFile(os.DevNull, flag, 0)
	}
	if flag != os.O_RDONLY {
		return nil, pathError("open", name, errReadOnly)
	}
	f, err := s.tree.openWhole(name)
	if err != nil {
		return nil, s.check(err)
	}
	return f, nil
}

func (s *imageShell) list(ctx context.Context, name string) ([]fs.DirEntry, error) {
	entries, err := s.tree.list(ctx, name)
	return entries, s.check(err)
}

func (s *imageShell) stat(_ context.Context, name string, follow bool) (fs.FileInfo, error) {
	return s.tree.stat(name, follow)
}

func (s *imageShell) access(_ context.Context, name string, mode interp.AccessMode) error {
	return s.tree.access(name, uint32(mode))
}

// rootfsDir returns the directory of an address.
func rootfsDir(address string) (string, bool) { return strings.CutPrefix(address, RootfsScheme) }

// runtimeSections tell of nothing but the running system.
var runtimeSections = []string{"kernel", "services", "listeners", "network"}
