// Package host reads the security-relevant configuration of one machine: one
// shell script, one exec, nothing written there. It judges nothing.
//
// The script (collect.sh) sends files and the output of commands in frames; the
// reading of them is done here, one file a section. What could not be read is
// put as unknown with its cause, never left out in silence.
package host

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"merlon/compliance"
)

// A Conn is a way to run a shell on one target.
type Conn interface {
	// Run runs command with stdin on its standard input, copies its standard
	// output to stdout until it ends or stdout errs, and returns what it wrote on
	// standard error, bounded.
	Run(ctx context.Context, command string, stdin io.Reader, stdout io.Writer) (stderr string, err error)
	Close() error
}

// A Scanner reads hosts. It may be used by many goroutines at once.
type Scanner struct {
	// Dial reaches ssh:// targets. The addresses "local", which is this machine, and
	// rootfs:DIR need none.
	Dial func(ctx context.Context, t compliance.Target) (Conn, error)
	// Sudo runs the collection as root through `sudo -n`.
	Sudo bool
	// Timeout bounds the whole collection; zero is 120 s.
	Timeout time.Duration
}

const (
	defaultTimeout = 120 * time.Second
	maxStream      = 8 << 20 // bytes of one collection
	maxItem        = 1 << 20 // bytes of one file or command
)

// A section is a first path element, and how it is read from what was sent.
type section struct {
	name string
	read func(*reading)
	// costly: it takes seconds, and is only gathered where it is asked for by name.
	costly bool
}

// sections are all there are, in the order in which they are collected and read.
var sections = []section{
	{name: "os", read: readOS},
	{name: "kernel", read: readKernel},
	{name: "sysctl", read: readSysctl},
	{name: "sshd", read: readSSHD},
	{name: "accounts", read: readAccounts},
	{name: "sudo", read: readSudo},
	{name: "mounts", read: readMounts},
	{name: "kernel_modules", read: readModules},
	{name: "packages", read: readPackages},
	{name: "services", read: readServices},
	{name: "files", read: readFiles},
	{name: "trusted", read: readTrusted},
	{name: "logging", read: readLogging},
	{name: "time", read: readTime},
	{name: "cron", read: readCron},
	{name: "banners", read: readBanners},
	{name: "updates", read: readUpdates},
	{name: "pam", read: readPAM},
	{name: "limits", read: readLimits},
	{name: "shells", read: readShells},
	{name: "mac", read: readMAC},
	{name: "crypto", read: readCrypto},
	{name: "systemd", read: readSystemd},
	{name: "boot", read: readBoot},
	{name: "firewall", read: readFirewall},
	{name: "listeners", read: readListeners},
	{name: "network", read: readNetwork},
	{name: "homes", read: readHomes},
	{name: "aide", read: readAIDE},
	{name: "aide_rules", read: readAIDERules, costly: true},
	{name: "walk", read: readWalk, costly: true},
	{name: "audit", read: readAudit},
	{name: "ssh_client", read: readSSHClient},
	{name: "gdm", read: readGDM},
}

// Sections returns the names of what can be collected.
func Sections() []string {
	names := make([]string, len(sections))
	for i, s := range sections {
		names[i] = s.name
	}
	return names
}

//go:embed collect.sh
var collectScript string

// Scan collects sections of t, where it is nil all that do not take long, and calls found once with
// the document. An error means that the target as a whole could not be read;
// what is missing in parts is unknown in the document.
func (s *Scanner) Scan(ctx context.Context, t compliance.Target, wanted []string, found func(*compliance.Document)) error {
	chosen, err := choose(wanted)
	if err != nil {
		return err
	}
	limit := s.Timeout
	if limit <= 0 {
		limit = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	conn, err := s.connect(ctx, t)
	if err != nil && !strings.HasPrefix(err.Error(), t.Name+": ") { // a dialer names the target itself
		err = fmt.Errorf("%s: %w", t.Name, err)
	}
	if err != nil {
		return err
	}
	defer conn.Close()

	nonce := rand.Text()
	out := &boundedBuffer{limit: maxStream}
	command := "exec sh -s"
	if s.Sudo {
		command = "exec sudo -n sh -s"
	}
	image, isImage := conn.(*Rootfs)
	how := "packed=yes" // what comes from afar
	switch {
	case isImage:
		how = "image=yes"
	case t.Address == "local":
		how = ""
	}
	stderr, runErr := conn.Run(ctx, command, strings.NewReader(script(nonce, chosen, how)), out)
	if ctxErr := ctx.Err(); ctxErr != nil {
		runErr = ctxErr
	}
	sent, tooMuch := unpack(nonce, out.buf.Bytes(), maxStream)
	out.full = out.full || tooMuch
	got := parseStream(nonce, sent, stderr)
	if isImage {
		got.hidden = image.hidden
	}
	if !got.started {
		return fmt.Errorf("%s: %w", t.Name, s.noAnswer(t, limit, stderr, runErr))
	}
	d := compliance.NewDocument(t)
	if why := cut(got, out, limit, runErr); why != "" {
		got.cut = why
		d.Diagnose(compliance.LevelError, why+"; what had not arrived is unknown", compliance.Source{})
	}
	for _, c := range chosen {
		(&reading{doc: d, in: got, section: c.name}).run(c.read)
	}
	for _, c := range sections {
		if wanted == nil && c.costly {
			d.PutUnknown(compliance.Path{c.name}, "it takes long, and is only gathered where it is asked for: `merlon facts --section "+c.name+"`", compliance.Source{})
		}
	}
	warnPrivilege(d, s.Sudo)
	d.SortUnknowns()
	found(d)
	return nil
}

// choose turns names into sections, in the table's order; nil is all but the costly.
func choose(wanted []string) ([]section, error) {
	if wanted == nil {
		return slices.DeleteFunc(slices.Clone(sections), func(s section) bool { return s.costly }), nil
	}
	names := Sections()
	for _, w := range wanted {
		if !slices.Contains(names, w) {
			return nil, fmt.Errorf("a host has no section %q; there are %s", w, strings.Join(names, ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(sections), func(s section) bool { return !slices.Contains(wanted, s.name) }), nil
}

func (s *Scanner) connect(ctx context.Context, t compliance.Target) (Conn, error) {
	if t.Address == "local" {
		return Local{}, nil
	}
	if dir, ok := rootfsDir(t.Address); ok {
		if s.Sudo {
			return nil, errors.New("sudo is for running systems; to read an image as root, run merlon as root")
		}
		return OpenRootfs(dir)
	}
	if s.Dial == nil {
		return nil, fmt.Errorf("%s cannot be reached: only \"local\" can be scanned without a way to dial", t.Address)
	}
	return s.Dial(ctx, t)
}

// script returns what the shell reads: the choices, then collect.sh, which runs
// only once it has arrived whole. how is "", "packed=yes" or "image=yes".
func script(nonce string, chosen []section, how string) string {
	names := make([]string, len(chosen))
	for i, c := range chosen {
		names[i] = c.name
	}
	return fmt.Sprintf("nonce=%s sections=' %s ' max=%d packed= image= %s\n%s", nonce, strings.Join(names, " "), maxItem+1, how, collectScript)
}

// cut says why the stream is not whole, "" where it is.
func cut(got *stream, out *boundedBuffer, limit time.Duration, err error) string {
	var tooMuch errTooMuch
	switch {
	case errors.As(err, &tooMuch):
		return "the scan of the image was ended: " + tooMuch.what
	case out.full:
		return fmt.Sprintf("the target sent more than %d MB and was cut off", maxStream>>20)
	case got.done:
		return ""
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("the target had not answered in full after %s", limit)
	case errors.Is(err, context.Canceled):
		return "the scan was interrupted"
	case err != nil:
		return fmt.Sprintf("the connection broke off while the target was answering: %v", err)
	}
	return "the target stopped before its answer was complete"
}

// noAnswer explains a run of which no frame came back.
func (s *Scanner) noAnswer(t compliance.Target, limit time.Duration, stderr string, err error) error {
	said := firstLine(stderr)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(stderr, p) })
	}
	const orWithout = "or scan without --sudo"
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer from %s within %s; raise --timeout, or see whether its shell start-up files hang", t.Address, limit)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted: %w", err)
	case s.Sudo && has("a password is required", "a terminal is required", "no tty present"):
		return fmt.Errorf("sudo on %s asks for a password; add a NOPASSWD sudoers rule for the scanning account, %s (sudo: %q)", t.Address, orWithout, said)
	case s.Sudo && has("must have a tty"):
		return fmt.Errorf("sudo on %s wants a terminal; add `Defaults:ACCOUNT !requiretty` for the scanning account, %s (sudo: %q)", t.Address, orWithout, said)
	case s.Sudo && has("not in the sudoers", "not allowed to", "may not run sudo"):
		return fmt.Errorf("sudo on %s refuses the scanning account; add a NOPASSWD sudoers rule for it, %s (sudo: %q)", t.Address, orWithout, said)
	case s.Sudo && has("sudo: not found", "sudo: command not found", "sudo: inaccessible or not found", "sudo: No such file", "\"sudo\": executable file not found"):
		return fmt.Errorf("%s has no sudo; connect as root %s (shell: %q)", t.Address, orWithout, said)
	case s.Sudo && has("sudo:"):
		return fmt.Errorf("sudo on %s failed: %q; mend its sudoers rule, %s", t.Address, said, orWithout)
	case err != nil && said == "":
		return fmt.Errorf("the shell on %s gave no answer: %w; the account needs a login shell that can run `exec sh -s` (not nologin, no forced command)", t.Address, err)
	}
	return fmt.Errorf("the shell on %s gave no answer; the account needs a login shell that can run `exec sh -s` (not nologin, no forced command); it said %q", t.Address, said)
}

// NeedsRoot tells whether a scan as root would know u.
func NeedsRoot(u compliance.Unknown) bool { return strings.HasSuffix(u.Cause, needsRoot) }

// warnPrivilege tells once how many facts a scan without root could not read.
func warnPrivilege(d *compliance.Document, sudo bool) {
	n := 0
	for _, u := range d.Unknowns() {
		if NeedsRoot(u) {
			n++
		}
	}
	if n == 0 {
		return
	}
	remedy := "run with --sudo, or connect as root"
	if _, ok := rootfsDir(d.Target.Address); ok {
		remedy = "run merlon as root"
	}
	if sudo {
		remedy = "sudo did not run the scan as root: check its runas rule"
	}
	d.Diagnose(compliance.LevelWarning, fmt.Sprintf("%d facts need root; %s", n, remedy), compliance.Source{})
}

// firstLine returns the first line of s that says something, without control
// characters and of bounded length.
func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if line = printable(strings.TrimSpace(line)); line != "" {
			return line
		}
	}
	return ""
}

// printable replaces control characters and bounds the length: what a target
// sends may reach a terminal.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\ufffd' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// errFull ends a run whose target sends without end.
var errFull = errors.New("the target sends too much")

// boundedBuffer keeps the first limit bytes and then refuses more. The buffer is
// not embedded: its WriteString and ReadFrom would pass the limit by.
type boundedBuffer struct {
	buf   bytes.Buffer
	limit int
	full  bool
}

func (b *boundedBuffer) Write(p []byte) (int, error) {
	if room := b.limit - b.buf.Len(); len(p) > room {
		b.full = true
		b.buf.Write(p[:room])
		return room, errFull
	}
	return b.buf.Write(p)
}
