package host

import (
	"strconv"
	"strings"

	"merlon/compliance"
)

// A textLine is one line of a file, with its number.
type textLine struct {
	n    int
	text string
}

// A textFile is what the script's `lines` told about one file: its lines, less
// comments and blank ones; or that it is absent; or why it is not known.
type textFile struct {
	path   string
	lines  []textLine
	absent bool
	cause  string
}

// ok tells whether there are lines to read.
func (f textFile) ok() bool { return f.cause == "" && !f.absent }

// source is the place of one of its lines, which holds no secret.
func (f textFile) source(l textLine) compliance.Source { return line(f.path, l.n, l.text) }

// textFiles are the files that the script's `lines` sent for a section.
type textFiles struct {
	byPath map[string]*textFile
	// cause says why nothing is known of a file that is not in byPath; hidden lists
	// the directories that could not be listed.
	cause  string
	hidden []string
}

// get returns what is known of a file that the script was told to send. One that
// it does not speak of was a match of a pattern that is not there.
func (t textFiles) get(path string) textFile {
	if f := t.byPath[path]; f != nil {
		return *f
	}
	if t.cause != "" {
		return textFile{path: path, cause: t.cause}
	}
	for _, dir := range t.hidden {
		if strings.HasPrefix(path, dir) {
			return textFile{path: path, cause: dir + ": permission denied: " + needsRoot}
		}
	}
	return textFile{path: path, absent: true}
}

// in lists, sorted, the paths of the files directly in dir that end in suffix.
func (t textFiles) in(dir, suffix string) []string {
	var out []string
	for _, path := range sortedKeys(t.byPath) {
		name, below := strings.CutPrefix(path, dir+"/")
		if below && !strings.Contains(name, "/") && strings.HasSuffix(name, suffix) && !t.byPath[path].absent {
			out = append(out, path)
		}
	}
	return out
}

// textFiles reads what the script's `lines` sent.
func (r *reading) textFiles() textFiles {
	t := textFiles{byPath: map[string]*textFile{}}
	files, lines := r.output("files"), r.get("cmd", "lines")
	if !files.ok() {
		t.cause = files.reason()
		return t
	}
	cause := lines.cause
	switch {
	case lines.absent:
		cause = "grep: no such command"
	case lines.failed != "" && !strings.HasSuffix(lines.failed, "status 1"): // 1: no line matched
		cause = lines.failed
	}
	for l := range strings.Lines(files.text) {
		word, path, _ := strings.Cut(strings.TrimSuffix(l, "\n"), " ")
		if !plainName(path) {
			continue
		}
		f := &textFile{path: path}
		switch {
		case word == "there":
			f.cause = cause
		case word == statusAbsent:
			f.absent = true
		case word == statusDenied && strings.Contains(path, "*"):
			dir, _, _ := strings.Cut(path, "*")
			t.hidden = append(t.hidden, dir)
			continue
		case word == statusDenied:
			f.cause = path + ": permission denied: " + needsRoot
		default:
			f.cause = path + " is not a plain file with a plain name"
		}
		t.byPath[path] = f
	}
	t.add(lines.text)
	t.binary(r.stderr("lines"))
	return t
}

// add gives each file its lines, from PATH:NUMBER:TEXT.
func (t textFiles) add(text string) {
	for l := range strings.Lines(text) {
		path, rest, _ := strings.Cut(strings.TrimSuffix(l, "\n"), ":")
		number, text, ok := strings.Cut(rest, ":")
		n, err := strconv.Atoi(number)
		if f := t.byPath[path]; f != nil && f.ok() && ok && err == nil && n > 0 {
			f.lines = append(f.lines, textLine{n, text})
		}
	}
}

// binary marks the files of which grep shows no line because they hold NUL bytes.
func (t textFiles) binary(stderr string) {
	for _, f := range t.byPath {
		if strings.Contains(stderr, f.path+": binary file matches") {
			f.cause, f.lines = f.path+" holds NUL bytes", nil
		}
	}
}

// stderr returns what a command wrote on standard error.
func (r *reading) stderr(name string) string {
	if it := r.in.items[itemKey(r.section, "cmd", name)]; it != nil {
		return it.stderr
	}
	return ""
}
