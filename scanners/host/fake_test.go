package host

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"merlon/compliance"
)

// A fakeConn replays a recorded stream, in which NONCE stands for the nonce.
type fakeConn struct {
	stdout, stderr string
	err            error
	hang           bool   // answers, and then never ends
	packed         bool   // packs its answer, of which the end is lost
	command        string // what was run
}

var nonceLine = regexp.MustCompile(`^nonce=(\S+) `)

func (c *fakeConn) Run(ctx context.Context, command string, stdin io.Reader, stdout io.Writer) (string, error) {
	c.command = command
	in, err := io.ReadAll(stdin)
	if err != nil {
		return "", err
	}
	m := nonceLine.FindSubmatch(in)
	if m == nil {
		return "", errors.New("the script does not start with its nonce")
	}
	fill := strings.NewReplacer("NONCE", string(m[1]))
	answer := fill.Replace(c.stdout)
	if c.packed {
		answer = fill.Replace("NONCE gzip\n") + pack(answer)
	}
	if _, err := io.Copy(stdout, strings.NewReader(answer)); err != nil {
		return "", err
	}
	if c.hang {
		<-ctx.Done()
		return "", ctx.Err()
	}
	return fill.Replace(c.stderr), c.err
}

func (c *fakeConn) Close() error { return nil }

// pack is text as gzip packs it, without its last 100 bytes.
func pack(text string) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write([]byte(text)) // a buffer takes all
	_ = z.Close()
	return out.String()[:max(0, out.Len()-100)]
}

// scanFake scans what c replays.
func scanFake(t testing.TB, s Scanner, c Conn, sections ...string) (*compliance.Document, error) {
	t.Helper()
	s.Dial = func(context.Context, compliance.Target) (Conn, error) { return c, nil }
	var doc *compliance.Document
	err := s.Scan(t.Context(), compliance.Target{Name: "web1", Kind: compliance.KindHost, Address: "ssh://web1"}, sections, func(d *compliance.Document) { doc = d })
	return doc, err
}

func mustScan(t testing.TB, c Conn, sections ...string) *compliance.Document {
	t.Helper()
	d, err := scanFake(t, Scanner{}, c, sections...)
	if err != nil {
		t.Fatal(err)
	}
	if d == nil {
		t.Fatal("no document was found")
	}
	return d
}

// frame writes one frame of a stream.
func frame(section, kind, name, data, status string) string {
	return fmt.Sprintf("\nNONCE begin %s %s %s\n%s\nNONCE end %s\n", section, kind, name, data, status)
}

const doneFrame = "\nNONCE done\n"

// recorded returns a recorded host of testdata/host.
func recorded(t testing.TB, name string) *fakeConn {
	t.Helper()
	read := func(suffix string) string {
		b, err := os.ReadFile("../../testdata/host/" + name + suffix)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return &fakeConn{stdout: read(".txt"), stderr: read(".stderr.txt")}
}

func value(t testing.TB, d *compliance.Document, path ...string) any {
	t.Helper()
	v, ok := d.Value(path)
	if !ok {
		t.Errorf("%s is absent; unknown: %s", compliance.Path(path), causeOf(d, path...))
	}
	return v
}

// causeOf returns why path, or an ancestor of it, is unknown.
func causeOf(d *compliance.Document, path ...string) string {
	for _, u := range d.Unknowns() {
		if compliance.Path(path).HasPrefix(u.Path) {
			return u.Cause
		}
	}
	return ""
}
