package host

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mvdan.cc/sh/v3/interp"
)

// lookUp is what `command` becomes.
const lookUp = "merlon-command"

// statusUnrun is a shell's exit status for a program that is there and cannot be
// run (POSIX.1-2024, XCU 2.8.2).
const statusUnrun = 126

const (
	filterTime = 20 * time.Second
	hostPath   = "/usr/bin:/bin" // where this machine's grep, sed and awk are
)

var errReadOnly = syscall.EROFS

// A tool runs one command of the script and returns its exit status. An error is
// what it says on standard error.
type tool func(s *imageShell, ctx context.Context, c *call) (int, error)

// A call is one command, with what it reads and writes.
type call struct {
	args           []string // without the name
	stdin          *os.File
	stdout, stderr io.Writer
}

// tools are all that runs. Those that are programs of this machine (grep, sed, awk)
// get contents on standard input, never a name of a file.
func tools(name string) tool {
	switch name {
	case lookUp:
		return (*imageShell).lookUp
	case "timeout":
		return (*imageShell).timeout
	case "true":
		return func(*imageShell, context.Context, *call) (int, error) { return 0, nil }
	case "id":
		return (*imageShell).id
	case "date":
		return (*imageShell).date
	case "head":
		return (*imageShell).head
	case "cat":
		return (*imageShell).cat
	case "stat":
		return (*imageShell).statTool
	case "find":
		return (*imageShell).find
	case "grep":
		return (*imageShell).grep
	case "sed":
		return (*imageShell).sed
	case "awk":
		return (*imageShell).awk
	case "sshd":
		return (*imageShell).sshd
	}
	return nil
}

// exec implements [interp.ExecHandlerFunc].
func (s *imageShell) exec(ctx context.Context, args []string) error {
	h := interp.HandlerCtx(ctx)
	stdin, _ := h.Stdin.(*os.File)
	status, err := s.run(ctx, args[0], &call{args: args[1:], stdin: stdin, stdout: h.Stdout, stderr: h.Stderr})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case s.check(err) == nil:
	case status == statusUnrun:
		fmt.Fprintln(h.Stderr, err)
	default:
		fmt.Fprintf(h.Stderr, "%s: %v\n", path.Base(args[0]), err)
	}
	if status != 0 {
		return interp.ExitStatus(status)
	}
	return nil
}

func (s *imageShell) run(ctx context.Context, name string, c *call) (int, error) {
	if t := tools(name); t != nil {
		return t(s, ctx, c)
	}
	if s.program(name) == "" {
		return 127, errors.New("not found")
	}
	return statusUnrun, errors.New(onlyRunning)
}

// unsupported ends the scan: what this package's version of a tool cannot do would
// otherwise be missing in silence.
func (s *imageShell) unsupported(c *call) (int, error) {
	err := errTooMuch{fmt.Sprintf("merlon cannot do this in an image: %s", printable(strings.Join(c.args, " ")))}
	return statusUnrun, err
}

// searchPath is the PATH that the script sets.
var searchPath = []string{"/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"}

// program returns the path of a program of the image, "" where it has none.
func (s *imageShell) program(name string) string {
	dirs := searchPath
	if strings.HasPrefix(name, "/") {
		dirs = []string{""}
	}
	for _, d := range dirs {
		file := d + "/" + strings.TrimPrefix(name, "/")
		if info, err := s.tree.stat(file, true); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return file
		}
	}
	return ""
}

// inScript are the tools that the script may take for given: it reads no fact of the
// image from their presence.
var inScript = []string{"awk", "grep", "sed", "head", "cat", "stat", "find", "id", "date", "timeout"}

// lookUp is `command -v NAME`.
func (s *imageShell) lookUp(_ context.Context, c *call) (int, error) {
	if len(c.args) != 2 || c.args[0] != "-v" {
		return s.unsupported(c)
	}
	if slices.Contains(inScript, c.args[1]) {
		return 0, nil
	}
	file := s.program(c.args[1])
	if file == "" {
		return 1, nil
	}
	fmt.Fprintln(c.stdout, file)
	return 0, nil
}

// timeout is `timeout [--foreground] [-k N] N COMMAND...`.
func (s *imageShell) timeout(ctx context.Context, c *call) (int, error) {
	args := c.args
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if args[0] == "-k" && len(args) > 1 {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) < 2 {
		return s.unsupported(c)
	}
	seconds, err := strconv.Atoi(args[0])
	if err != nil {
		return s.unsupported(c)
	}
	limited, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	defer cancel()
	inner := *c
	inner.args = args[2:]
	status, err := s.run(limited, args[1], &inner)
	if limited.Err() != nil {
		return 124, nil
	}
	return status, err
}

func (s *imageShell) id(_ context.Context, c *call) (int, error) {
	if !slices.Equal(c.args, []string{"-u"}) {
		return s.unsupported(c)
	}
	fmt.Fprintln(c.stdout, os.Geteuid())
	return 0, nil
}

func (s *imageShell) date(_ context.Context, c *call) (int, error) {
	if !slices.Equal(c.args, []string{"+%s"}) {
		return s.unsupported(c)
	}
	fmt.Fprintln(c.stdout, time.Now().Unix())
	return 0, nil
}

// head is `head -c BYTES [FILE]` and `head -n LINES`.
func (s *imageShell) head(_ context.Context, c *call) (int, error) {
	if len(c.args) < 2 || len(c.args) > 3 {
		return s.unsupported(c)
	}
	n, err := strconv.ParseInt(c.args[1], 10, 64)
	if err != nil {
		return s.unsupported(c)
	}
	in := c.stdin
	if len(c.args) == 3 {
		if in, err = s.tree.open(c.args[2]); err != nil {
			return 1, err
		}
		defer in.Close()
	}
	switch c.args[0] {
	case "-c":
		if in != nil {
			_, err = io.Copy(c.stdout, io.LimitReader(in, n))
		}
	case "-n":
		lines := bufio.NewScanner(in)
		for i := int64(0); i < n && lines.Scan(); i++ {
			fmt.Fprintln(c.stdout, lines.Text())
		}
	default:
		return s.unsupported(c)
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

func (s *imageShell) cat(_ context.Context, c *call) (int, error) {
	in, status, err := s.contents(c, c.args)
	if err != nil {
		return 1, err
	}
	if _, err := io.Copy(c.stdout, in); err != nil {
		return 1, err
	}
	return status, nil
}

// contents reads files one after the other, each ended by a newline, and standard
// input where there are none. The status is 1 where one could not be read.
func (s *imageShell) contents(c *call, files []string) (io.Reader, int, error) {
	if len(files) == 0 {
		if c.stdin == nil {
			return strings.NewReader(""), 0, nil
		}
		return c.stdin, 0, nil
	}
	var all bytes.Buffer
	status := 0
	for _, name := range files {
		text, err := s.text(name)
		var tooMuch errTooMuch
		if errors.As(err, &tooMuch) {
			return nil, 1, err
		}
		if err != nil {
			fmt.Fprintln(c.stderr, err)
			status = 1
			continue
		}
		if all.Len()+len(text) > maxWhole {
			return nil, 1, errTooMuch{fmt.Sprintf("%s and others are larger than %d MB", printable(name), maxWhole>>20)}
		}
		all.Write(text)
		if len(text) > 0 && text[len(text)-1] != '\n' {
			all.WriteByte('\n')
		}
	}
	return &all, status, nil
}

// text returns a whole file, which is of bounded size.
func (s *imageShell) text(name string) ([]byte, error) {
	f, err := s.tree.openWhole(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxWhole+1))
	if len(text) > maxWhole {
		return nil, errTooMuch{fmt.Sprintf("%s is larger than %d MB", printable(name), maxWhole>>20)}
	}
	return text, err
}

// filter runs a program of this machine on standard input alone.
func (s *imageShell) filter(ctx context.Context, name string, args, env []string, in io.Reader, c *call) (int, error) {
	program := ""
	for _, d := range strings.Split(hostPath, ":") {
		if file := d + "/" + name; program == "" && isProgram(file) {
			program = file
		}
	}
	if program == "" {
		return 127, fmt.Errorf("this machine has no %s in %s, which scanning an image needs", name, hostPath)
	}
	ctx, cancel := context.WithTimeout(ctx, filterTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append([]string{"LC_ALL=C"}, env...)
	cmd.Dir = "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, c.stdout, c.stderr
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 124, nil
	case errors.As(err, &exit):
		if exit.ExitCode() < 0 {
			return 137, nil
		}
		return exit.ExitCode(), nil
	case errors.Is(err, syscall.EPIPE), errors.Is(err, errFull): // who reads has had enough
		return 141, nil
	case err != nil:
		return 1, err
	}
	return 0, nil
}

func isProgram(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// splitOptions returns the leading options of a command, those in valued with their
// value, and the operands.
func splitOptions(args []string, valued string) (options []string, operands []string) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return options, args[i+1:]
		}
		if len(a) < 2 || a[0] != '-' {
			return options, args[i:]
		}
		options = append(options, a)
		if strings.ContainsRune(valued, rune(a[len(a)-1])) && i+1 < len(args) {
			i++
			options = append(options, args[i])
		}
	}
	return options, nil
}

// grep runs grep(1) once for each file, under the file's name.
func (s *imageShell) grep(ctx context.Context, c *call) (int, error) {
	options, operands := splitOptions(c.args, "e")
	flags := ""
	given := false
	for i, o := range options {
		if i > 0 && strings.HasSuffix(options[i-1], "e") && strings.HasPrefix(options[i-1], "-") {
			continue // a pattern
		}
		if strings.HasPrefix(o, "--") || strings.Trim(o[1:], "sneHhEFvciqlowxa") != "" {
			return s.unsupported(c)
		}
		flags += o[1:]
		given = given || strings.HasSuffix(o, "e")
	}
	if !given {
		if len(operands) == 0 {
			return s.unsupported(c)
		}
		options, operands = append(options, "-e", operands[0]), operands[1:]
	}
	if len(operands) == 0 {
		if c.stdin == nil {
			return 1, nil
		}
		return s.filter(ctx, "grep", options, nil, c.stdin, c)
	}
	if len(operands) > 1 && !strings.Contains(flags, "h") {
		options = append(options, "-H")
	}
	status := 1
	for _, name := range operands {
		if err := ctx.Err(); err != nil {
			return 124, err
		}
		found, err := s.grepFile(ctx, options, name, c)
		var tooMuch errTooMuch
		if errors.As(err, &tooMuch) {
			return 2, err
		}
		if err != nil {
			found = 2
			if !strings.Contains(flags, "s") {
				fmt.Fprintf(c.stderr, "grep: %v\n", err)
			}
		}
		switch {
		case found == 0 && status != 2, found > 1:
			status = found
		}
		if found > 2 || found == 0 && strings.Contains(flags, "q") {
			return found, nil
		}
	}
	return status, nil
}

func (s *imageShell) grepFile(ctx context.Context, options []string, name string, c *call) (int, error) {
	f, err := s.tree.openWhole(name)
	if err != nil {
		return 2, err
	}
	defer f.Close()
	return s.filter(ctx, "grep", append(slices.Clone(options), "--label="+name), nil, f, c)
}

// sed runs sed(1) on the files as on one.
func (s *imageShell) sed(ctx context.Context, c *call) (int, error) {
	options, operands := splitOptions(c.args, "e")
	for _, o := range options {
		if !slices.Contains([]string{"-n", "-E"}, o) {
			return s.unsupported(c)
		}
	}
	if len(operands) == 0 {
		return s.unsupported(c)
	}
	in, status, err := s.contents(c, operands[1:])
	if err != nil {
		return 1, err
	}
	ended, err := s.filter(ctx, "sed", append(options, operands[0]), nil, in, c)
	return max(ended, status), err
}

// fileName is FILENAME in a program of awk.
var fileName = regexp.MustCompile(`\bFILENAME\b`)

// awk runs awk(1) once for each file. Where it reads standard input it has no
// FILENAME, and takes it from the environment.
func (s *imageShell) awk(ctx context.Context, c *call) (int, error) {
	var options []string
	operands := c.args
	for len(operands) > 0 && strings.HasPrefix(operands[0], "-") {
		switch {
		case operands[0] == "-v" && len(operands) > 1:
			options, operands = append(options, operands[:2]...), operands[2:]
		case strings.HasPrefix(operands[0], "-F") && len(operands[0]) > 2:
			options, operands = append(options, operands[0]), operands[1:]
		default:
			return s.unsupported(c)
		}
	}
	if len(operands) == 0 {
		return s.unsupported(c)
	}
	options = append(options, fileName.ReplaceAllString(operands[0], `ENVIRON["MERLON_FILE"]`))
	if len(operands) == 1 {
		in := io.Reader(strings.NewReader(""))
		if c.stdin != nil {
			in = c.stdin
		}
		return s.filter(ctx, "awk", options, nil, in, c)
	}
	status := 0
	for _, name := range operands[1:] {
		f, err := s.tree.openWhole(name)
		if s.check(err) != nil {
			fmt.Fprintf(c.stderr, "awk: %v\n", err)
			status = 2
			continue
		}
		ended, err := s.filter(ctx, "awk", options, []string{"MERLON_FILE=" + name}, f, c)
		f.Close()
		if err != nil || ended > 2 {
			return ended, err
		}
		status = max(status, ended)
	}
	return status, nil
}

var bannerOfSSH = regexp.MustCompile(`OpenSSH_\d{1,3}\.\d{1,3}[0-9A-Za-z.]{0,20}`)

// sshd tells its version, which its program holds as text; the rest it could tell
// only if it ran.
func (s *imageShell) sshd(_ context.Context, c *call) (int, error) {
	file := s.program("sshd")
	if file == "" {
		return 127, errors.New("not found")
	}
	if slices.Equal(c.args, []string{"-V"}) {
		// Debian 13 and later have it in a program of the daemon's own.
		for _, name := range []string{file, "/usr/lib/openssh/sshd-session", "/usr/libexec/openssh/sshd-session"} {
			text, err := s.text(name)
			if s.check(err) != nil {
				continue
			}
			if version := bannerOfSSH.Find(text); version != nil {
				fmt.Fprintf(c.stderr, "%s\n", version)
				return 0, nil
			}
		}
	}
	return statusUnrun, errors.New(onlyRunning)
}

// statTool is `stat [-L] -c FORMAT FILE...` with the sequences that [statLine] knows.
func (s *imageShell) statTool(_ context.Context, c *call) (int, error) {
	args, follow := c.args, false
	if len(args) > 0 && args[0] == "-L" {
		args, follow = args[1:], true
	}
	if len(args) < 2 || args[0] != "-c" {
		return s.unsupported(c)
	}
	status := 0
	for _, name := range args[2:] {
		line, err := s.statLine(args[1], name, follow)
		if err != nil {
			fmt.Fprintf(c.stderr, "stat: %v\n", err)
			status = 1
			continue
		}
		if _, err := fmt.Fprintln(c.stdout, line); err != nil {
			return 1, err
		}
	}
	return status, nil
}

// statLine fills in stat(1)'s format.
func (s *imageShell) statLine(format, name string, follow bool) (string, error) {
	info, err := s.tree.stat(name, follow)
	if err != nil {
		return "", err
	}
	if why := s.tree.covered(name); why != "" {
		return "", fmt.Errorf("%s: %s", printable(name), why)
	}
	sys, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", fmt.Errorf("%s: %s", printable(name), onlyRunning)
	}
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		switch format[i] {
		case 'a':
			fmt.Fprintf(&out, "%o", sys.Mode&0o7777)
		case 'u':
			fmt.Fprint(&out, sys.Uid)
		case 'g':
			fmt.Fprint(&out, sys.Gid)
		case 's':
			fmt.Fprint(&out, info.Size())
		case 'h':
			fmt.Fprint(&out, sys.Nlink)
		case 'd':
			fmt.Fprint(&out, sys.Dev)
		case 'i':
			fmt.Fprint(&out, sys.Ino)
		case 'U':
			out.WriteString(s.names.user(sys.Uid))
		case 'G':
			out.WriteString(s.names.group(sys.Gid))
		case 'F':
			out.WriteString(typeName(info))
		case 'Y':
			fmt.Fprint(&out, info.ModTime().Unix())
		case 'n':
			out.WriteString(name)
		case 'N':
			out.WriteString(s.quoted(name, info))
		default:
			return "", errTooMuch{fmt.Sprintf("merlon cannot do this in an image: stat -c %%%c", format[i])}
		}
	}
	return out.String(), nil
}

// quoted is stat's %N.
func (s *imageShell) quoted(name string, info fs.FileInfo) string {
	if info.Mode()&fs.ModeSymlink == 0 {
		return "'" + name + "'"
	}
	at, err := s.tree.walk(name, false)
	if err != nil {
		return "'" + name + "'"
	}
	target, err := s.tree.root.Readlink(at)
	if err != nil {
		return "'" + name + "'"
	}
	return "'" + name + "' -> '" + target + "'"
}

// typeName is stat's %F.
func typeName(info fs.FileInfo) string {
	switch m := info.Mode(); {
	case m.IsDir():
		return "directory"
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m&fs.ModeCharDevice != 0:
		return "character special file"
	case m&fs.ModeDevice != 0:
		return "block special file"
	case m&fs.ModeNamedPipe != 0:
		return "fifo"
	case m&fs.ModeSocket != 0:
		return "socket"
	case info.Size() == 0:
		return "regular empty file"
	}
	return "regular file"
}

// owners are the names of users and groups, by number.
type owners struct{ users, groups map[uint32]string }

// names reads the image's own passwd(5) and group(5).
func (t *imageTree) names() owners {
	return owners{users: t.numbered("/etc/passwd"), groups: t.numbered("/etc/group")}
}

func (t *imageTree) numbered(file string) map[uint32]string {
	out := map[uint32]string{}
	f, err := t.openWhole(file)
	if err != nil {
		return out
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxItem))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < 3 || !plainName(fields[0]) {
			continue
		}
		n, err := strconv.ParseUint(fields[2], 10, 32)
		if _, again := out[uint32(n)]; err == nil && !again {
			out[uint32(n)] = fields[0]
		}
	}
	return out
}

func (o owners) user(id uint32) string  { return named(o.users, id) }
func (o owners) group(id uint32) string { return named(o.groups, id) }

func named(names map[uint32]string, id uint32) string {
	if name, ok := names[id]; ok {
		return name
	}
	return "UNKNOWN"
}
