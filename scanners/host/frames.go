package host

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"merlon/compliance"
)

// The target's answer is a row of frames, each of them one item:
//
//	NONCE begin SECTION KIND NAME
//	...bytes...
//	NONCE end STATUS
//
// and at last "NONCE done". Every marker stands on a line of its own, and the
// newline before "end" belongs to the marker. KIND is file, dir (paths, one a
// line) or cmd; STATUS is an exit status or a word: absent, denied, odd, missing.
// Only the target's script knows the nonce, so nothing in a file can end its frame.
// Standard error is cut by "NONCE begin" lines in the same way. Where a distant
// target has gzip, parts of the row come packed, each after a line "NONCE gzip".

// Words that stand in place of an exit status.
const (
	statusAbsent  = "absent"  // no such path
	statusDenied  = "denied"  // the scanning account may not read it
	statusOdd     = "odd"     // a name with control characters, or not a plain file
	statusMissing = "missing" // no such command
)

// An item is one file, directory or command as the target sent it.
type item struct {
	kind, name string
	data       []byte
	status     string
	stderr     string
}

// A stream is the target's whole answer.
type stream struct {
	started bool // a frame was seen
	done    bool // the script reached its end
	cut     string
	items   map[string]*item // by section, kind and name
	order   []*item
	// hidden says why a path of a system that does not run tells nothing, "" where
	// it does; nil where the target runs.
	hidden func(path string) string
}

func itemKey(section, kind, name string) string { return section + " " + kind + " " + name }

// maxItems bounds the frames that are kept; the script sends some hundreds.
const maxItems = 20_000

// parseStream reads what was sent. It never fails: what does not parse is not there.
func parseStream(nonce string, data []byte, stderr string) *stream {
	s := &stream{items: map[string]*item{}}
	mark := []byte(nonce + " ")
	at := findMarker(data, mark, 0)
	for at >= 0 {
		s.started = true
		line, rest := splitLine(data[at+len(mark):])
		body := len(data) - len(rest)
		at = findMarker(data, mark, body)
		word, args, _ := strings.Cut(string(line), " ")
		switch word {
		case "done":
			s.done = true
		case "begin":
			key, it := newItem(args)
			end := at
			if it == nil || end < 0 || !bytes.HasPrefix(data[end+len(mark):], []byte("end ")) {
				continue // a begin without an end: unknown
			}
			status, rest := splitLine(data[end+len(mark)+len("end "):])
			if !validStatus(string(status)) || len(s.order) >= maxItems {
				continue
			}
			it.data, it.status = bytes.TrimSuffix(data[body:max(end, body)], []byte("\n")), string(status)
			if _, again := s.items[key]; !again {
				s.items[key] = it
				s.order = append(s.order, it)
			}
			at = findMarker(data, mark, len(data)-len(rest))
		}
	}
	s.attachStderr(nonce, stderr)
	return s
}

// maxParts bounds what is unpacked; the script packs four.
const maxParts = 16

// unpack puts the parts that the target packed back as they were, and tells whether
// there was more than limit bytes. Of a part that was cut off it keeps what there is.
func unpack(nonce string, data []byte, limit int) ([]byte, bool) {
	mark := []byte(nonce + " gzip\n")
	var out bytes.Buffer
	for range maxParts {
		at := findMarker(data, mark, 0)
		if at < 0 {
			break
		}
		out.Write(data[:at])
		rest := bytes.NewReader(data[at+len(mark):])
		if z, err := gzip.NewReader(rest); err == nil {
			z.Multistream(false)
			_, _ = io.Copy(&out, io.LimitReader(z, int64(limit-out.Len())+1)) // its frames show how far it came
		}
		data = data[len(data)-rest.Len():]
	}
	out.Write(data)
	return out.Bytes()[:min(out.Len(), limit)], out.Len() > limit
}

// findMarker returns where the next line that starts with mark starts, at or
// after from; -1 where there is none.
func findMarker(data, mark []byte, from int) int {
	for from <= len(data) {
		i := bytes.Index(data[from:], mark)
		if i < 0 {
			return -1
		}
		i += from
		if i == 0 || data[i-1] == '\n' {
			return i
		}
		from = i + 1
	}
	return -1
}

func splitLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i], b[i+1:]
	}
	return b, nil
}

func newItem(args string) (string, *item) {
	parts := strings.SplitN(args, " ", 3)
	if len(parts) != 3 || !slices.Contains(Sections(), parts[0]) || !slices.Contains([]string{"file", "dir", "cmd"}, parts[1]) || !plainName(parts[2]) {
		return "", nil
	}
	return itemKey(parts[0], parts[1], parts[2]), &item{kind: parts[1], name: parts[2]}
}

// plainName tells whether s can stand in a report: bounded, no control characters.
func plainName(s string) bool { return s != "" && len(s) <= 4096 && printableName(s) }

func printableName(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\ufffd' })
}

func validStatus(s string) bool {
	switch s {
	case statusAbsent, statusDenied, statusOdd, statusMissing:
		return true
	}
	return s != "" && len(s) <= 3 && strings.Trim(s, "0123456789") == ""
}

// attachStderr gives each item the part of standard error that was written while it ran.
func (s *stream) attachStderr(nonce, stderr string) {
	for i, part := range strings.Split("\n"+stderr, "\n"+nonce+" begin ") {
		head, text, _ := strings.Cut(part, "\n")
		if it := s.items[head]; i > 0 && it != nil {
			it.stderr = text
		}
	}
}

// needsRoot ends the cause of an unknown that a scan as root would not have.
const needsRoot = "needs root"

// A reading turns the items of one section into facts.
type reading struct {
	doc     *compliance.Document
	in      *stream
	section string
}

// run reads the section. A fault in a reader costs its section, not the scan.
func (r *reading) run(read func(*reading)) {
	defer func() {
		if fault := recover(); fault != nil {
			r.unknown("the scanner failed to read what the target sent", compliance.Source{})
			r.doc.Diagnose(compliance.LevelError, fmt.Sprintf("section %s: internal fault: %s", r.section, printable(fmt.Sprint(fault))), compliance.Source{})
		}
	}()
	if r.image() && slices.Contains(runtimeSections, r.section) {
		r.unknown(onlyRunning, compliance.Source{})
		return
	}
	read(r)
}

func (r *reading) path(p ...string) compliance.Path {
	out := compliance.Path{r.section}
	for _, k := range p {
		out = append(out, clean(k))
	}
	return out
}

// put puts a fact. What a target sends may reach a terminal: control characters
// are replaced here, in one place for all sections.
func (r *reading) put(value any, from compliance.Source, p ...string) {
	r.doc.Put(r.path(p...), cleanValue(value), from)
}

// clean replaces control characters and broken UTF-8; nothing is cut off.
func clean(s string) string {
	if printableName(s) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return '\ufffd'
		}
		return c
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func cleanValue(v any) any {
	switch x := v.(type) {
	case string:
		return clean(x)
	case []any:
		for i, e := range x {
			x[i] = cleanValue(e)
		}
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			out[clean(k)] = cleanValue(e)
		}
		return out
	}
	return v
}

func (r *reading) unknown(cause string, from compliance.Source, p ...string) {
	r.doc.PutUnknown(r.path(p...), printable(r.honest(cause, from)), from)
}

// image tells whether the target is a system that does not run.
func (r *reading) image() bool { return r.in.hidden != nil }

// honest is the cause of an unknown, in an image that of the place that tells nothing
// there: not even root could read what the kernel and running programs make.
func (r *reading) honest(cause string, from compliance.Source) string {
	if !r.image() {
		return cause
	}
	named, _, _ := strings.Cut(cause, ":")
	for _, path := range []string{named, from.File} {
		if strings.HasPrefix(path, "/") && (path == from.File || strings.HasSuffix(cause, needsRoot)) {
			if why := r.in.hidden(path); why != "" {
				return path + ": " + why
			}
		}
	}
	return cause
}

// A got is one item as a reader sees it.
type got struct {
	text string
	// absent: the target has no such path or command. It is a fact.
	absent bool
	// cause says why the text is not known, "" where it is known or absent.
	cause string
	// unrun: the command is there and could not be run; the cause says why.
	unrun bool
	// failed: the text is that of a command that ended with another status than 0.
	failed string
}

// ok tells whether there is a text to read.
func (g got) ok() bool { return g.cause == "" && !g.absent }

func (r *reading) get(kind, name string) got {
	it := r.in.items[itemKey(r.section, kind, name)]
	switch {
	case it == nil && r.in.cut != "":
		return got{cause: r.in.cut}
	case it == nil:
		return got{cause: "the target sent nothing about " + name}
	case it.status == statusAbsent, it.status == statusMissing:
		return got{absent: true}
	case it.status == statusDenied && kind == "cmd" && r.image(): // root could not run it either
		return got{cause: name + ": " + onlyRunning}
	case it.status == statusDenied:
		return got{cause: name + ": permission denied: " + needsRoot}
	case it.status == statusOdd:
		return got{cause: name + " is not a plain file with a plain name"}
	case len(it.data) > maxItem:
		return got{cause: fmt.Sprintf("%s is longer than %d KB", name, maxItem>>10)}
	case kind == "cmd" && (it.status == "124" || it.status == "137"):
		return got{cause: name + " did not end in time"}
	case kind == "cmd" && it.status == strconv.Itoa(statusUnrun):
		return got{cause: unrunCause(name, it.stderr), unrun: true}
	}
	g := got{text: string(it.data)}
	if it.status != "0" {
		g.failed = fmt.Sprintf("%s ended with status %s", name, it.status)
		if said := firstLine(it.stderr); said != "" {
			g.failed += ": " + said
		}
		if kind != "cmd" {
			g.cause = g.failed
		}
	}
	return g
}

// unrunCause says why a command could not be run.
func unrunCause(name, stderr string) string {
	if said := firstLine(stderr); said != "" {
		return name + ": " + said
	}
	return name + " cannot be run"
}

// file returns what the target sent of a file.
func (r *reading) file(name string) got { return r.get("file", name) }

// output returns what a command printed; a command that failed is a cause.
func (r *reading) output(name string) got {
	g := r.get("cmd", name)
	if g.failed != "" {
		g.cause = g.failed
	}
	return g
}

// dir returns the paths of a directory's entries that were asked for.
func (r *reading) dir(name string) ([]string, got) {
	g := r.get("dir", name)
	if !g.ok() || g.text == "" {
		return nil, g
	}
	paths := strings.Split(strings.TrimSuffix(g.text, "\n"), "\n")
	for _, p := range paths {
		if !plainName(p) {
			return nil, got{cause: name + " holds a name with control characters"}
		}
	}
	return paths, g
}

// command is the source of what a command said.
func command(c string) compliance.Source { return compliance.Source{Command: c} }

// line is the source of a line that is evidence and holds no secret.
func line(file string, n int, text string) compliance.Source {
	return compliance.Source{File: file, Line: n, EndLine: n, Text: printable(strings.TrimSpace(text))}
}
