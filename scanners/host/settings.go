package host

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// A confValue is one value of a configuration file, and where it stands.
type confValue struct {
	value string
	from  compliance.Source
}

// systemdDirs are where systemd's configuration lies, the first of a name winning
// (systemd.conf.d(5), "CONFIGURATION DIRECTORIES AND PRECEDENCE").
var systemdDirs = []string{"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"}

// systemdSettings returns the assignments of one section of a configuration file
// of systemd (journald.conf), in the order in which they count: the main file of the
// first directory that has one, then the drop-ins of all, by name, of one name the
// first directory's.
func (r *reading) systemdSettings(name, section string) (lines []confLine, cause string) {
	main := ""
	dropIns := map[string]string{}
	for _, d := range systemdDirs {
		entries, listed := r.dir(d)
		if listed.cause != "" {
			return nil, listed.cause
		}
		for _, e := range entries {
			base := path.Base(e)
			switch path.Dir(e) {
			case d:
				if base == name && main == "" {
					main = e
				}
			case d + "/" + name + ".d":
				if _, ok := dropIns[base]; !ok {
					dropIns[base] = e
				}
			}
		}
	}
	var files []string
	if main != "" {
		files = append(files, main)
	}
	for _, base := range sortedKeys(dropIns) {
		files = append(files, dropIns[base])
	}
	for _, file := range files {
		f := r.file(file)
		if f.cause != "" {
			return nil, f.cause
		}
		lines = append(lines, parseUnitFile(file, f.text, section)...)
	}
	return lines, ""
}

// A confLine is one `Key=Value` of a file.
type confLine struct {
	key string
	confValue
}

// maxJoined bounds the bytes of lines that are joined to one.
const maxJoined = 64 << 10

// parseUnitFile reads the assignments of one section (systemd.syntax(7)): comments
// start with # or ;, a backslash at the end joins the next line, keys are
// case-sensitive.
func parseUnitFile(file, text, section string) []confLine {
	var out []confLine
	current, joined := "", ""
	n, start := 0, 0
	for l := range strings.Lines(text) {
		n++
		l = strings.TrimSpace(l)
		if joined == "" {
			start = n
		}
		if strings.HasPrefix(l, "#") || strings.HasPrefix(l, ";") {
			continue
		}
		if rest, more := strings.CutSuffix(l, `\`); more && len(joined) < maxJoined {
			joined += rest + " "
			continue
		}
		l, joined = joined+l, ""
		if strings.HasPrefix(l, "[") && strings.HasSuffix(l, "]") {
			current = l[1 : len(l)-1]
			continue
		}
		key, value, ok := strings.Cut(l, "=")
		if !ok || current != section {
			continue
		}
		out = append(out, confLine{strings.TrimSpace(key), confValue{strings.TrimSpace(value), line(file, start, l)}})
	}
	return out
}

// lastOf returns the value of key that counts, those that it overrides being named in
// its source. What valid refuses is ignored, as systemd does; false: nobody sets it.
func lastOf(lines []confLine, key string, valid func(string) bool) (confValue, bool) {
	var found confValue
	ok := false
	for _, a := range lines {
		if a.key != key || valid != nil && !valid(a.value) {
			continue
		}
		if ok {
			a.from = withShadowed(a.from, found.from)
		}
		found, ok = a.confValue, true
	}
	return found, ok
}

// systemdBool reads a boolean as systemd does; false, false where it is none.
func systemdBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "yes", "y", "true", "t", "on":
		return true, true
	case "0", "no", "n", "false", "f", "off":
		return false, true
	}
	return false, false
}

func isSystemdBool(s string) bool {
	_, ok := systemdBool(s)
	return ok
}

// unitValues returns, of the lines FILE:LINE:Key=Value of units and their drop-ins, those
// of a key that count (systemd.unit(5)): of files of one name the first folder's, of each
// unit its own file and then the drop-ins by name. Nothing takes back what is before it.
func unitValues(text, key string) []confValue {
	rank := func(file string) int {
		return slices.IndexFunc(systemdDirs, func(d string) bool { return strings.HasPrefix(file, d+"/system/") })
	}
	best := map[string]int{} // by unit and drop-in
	name := func(file string) string {
		if r := rank(file); r >= 0 {
			return strings.TrimPrefix(file, systemdDirs[r]+"/system/")
		}
		return file
	}
	for l := range strings.Lines(text) {
		file, _, _ := strings.Cut(l, ":")
		if before, ok := best[name(file)]; !ok || rank(file) < before {
			best[name(file)] = rank(file)
		}
	}
	kept := map[string][]confValue{}
	for l := range strings.Lines(text) {
		file, rest, _ := strings.Cut(strings.TrimSuffix(l, "\n"), ":")
		number, assignment, _ := strings.Cut(rest, ":")
		k, value, ok := strings.Cut(assignment, "=")
		n, _ := strconv.Atoi(number)
		if unit := name(file); ok && strings.TrimSpace(k) == key && rank(file) == best[unit] {
			kept[unit] = append(kept[unit], confValue{strings.TrimSpace(value), line(file, n, assignment)})
		}
	}
	var out []confValue
	last := ""
	first := 0
	for _, unit := range sortedKeys(kept) { // "a.service" comes before "a.service.d/b.conf"
		if of, _, _ := strings.Cut(unit, ".d/"); of != last {
			last, first = of, len(out)
		}
		for _, v := range kept[unit] {
			if out = append(out, v); v.value == "" {
				out = out[:first]
			}
		}
	}
	return out
}

// A numberedLine is one line of a file.
type numberedLine struct {
	n    int
	text string
}

// A tree is a set of configuration files, with the patterns by which they include
// one another.
type tree struct {
	topic string
	r     *reading
	files map[string][]numberedLine
	state map[string]string // word of collect.sh, by path
	order []string          // as they were found
	globs map[string]glob   // what patterns stand for
}

// A glob is what a pattern stands for, or why that is not known.
type glob struct {
	files []string
	cause string
}

// maxLevels is how deep collect.sh follows includes.
const maxLevels = 10

// tree returns what the target sent of a topic's files; the cause says why it is not
// known which there are.
func (r *reading) tree(topic string) (*tree, string) {
	t := &tree{topic: topic, r: r, files: map[string][]numberedLine{}, state: map[string]string{}, globs: map[string]glob{}}
	for level := 1; level <= maxLevels; level++ {
		list := r.output(fmt.Sprintf("%s files %d", topic, level))
		if list.cause != "" {
			if level > 1 && r.in.items[itemKey(r.section, "cmd", fmt.Sprintf("%s files %d", topic, level))] == nil && r.in.cut == "" {
				break // there is no such level
			}
			return nil, list.cause
		}
		readable := false
		for l := range strings.Lines(list.text) {
			state, file, _ := strings.Cut(strings.TrimRight(l, "\n"), " ")
			if state == statusOdd && file == "" || !plainName(file) {
				return nil, topic + ": a file's name cannot be read"
			}
			t.state[file] = state
			t.order = append(t.order, file)
			readable = readable || state == "file"
		}
		if !readable {
			break
		}
		lines := r.output(fmt.Sprintf("%s lines %d", topic, level))
		if !lines.ok() {
			return nil, lines.or("no " + topic + " files")
		}
		for l := range strings.Lines(lines.text) {
			file, rest, _ := strings.Cut(strings.TrimSuffix(l, "\n"), ":")
			number, text, ok := strings.Cut(rest, ":")
			n, err := strconv.Atoi(number)
			if !ok || err != nil || t.state[file] != "file" {
				return nil, topic + ": the target sent lines that belong to no file"
			}
			t.files[file] = append(t.files[file], numberedLine{n, text})
		}
	}
	if len(t.order) == 0 {
		return nil, "the target named no file of " + topic
	}
	return t, ""
}

// lines returns the lines of a file; the cause says why they are not known.
func (t *tree) lines(file string) (lines []numberedLine, cause string) {
	switch t.state[file] {
	case "file", statusAbsent:
		return t.files[file], ""
	case statusDenied:
		return nil, file + ": permission denied: " + needsRoot
	case statusOdd:
		return nil, file + " is not a plain file with a plain name"
	}
	return nil, "the target sent nothing about " + file
}

// included returns the files that a pattern stands for, in the order of names.
func (t *tree) included(pattern string) (files []string, cause string) {
	g, again := t.globs[pattern]
	if !again {
		files, listed := t.r.dir(t.topic + " " + pattern)
		slices.Sort(files)
		g = glob{files, listed.cause}
		t.globs[pattern] = g
	}
	return g.files, g.cause
}
