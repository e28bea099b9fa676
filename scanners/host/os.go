package host

import (
	"strconv"
	"strings"

	"merlon/compliance"
)

// readOS reads os-release(5) and what the script saw of its surroundings.
func readOS(r *reading) {
	name := "/etc/os-release"
	release := r.file(name)
	if release.absent {
		name = "/usr/lib/os-release"
		release = r.file(name)
	}
	if release.cause != "" {
		for _, k := range []string{"id", "id_like", "version_id", "codename", "pretty_name"} {
			r.unknown(release.cause, compliance.Source{File: name}, k)
		}
	} else {
		putRelease(r, name, release.text)
	}
	facts := r.output("facts")
	if !facts.ok() {
		for _, k := range []string{"container", "init", "uid", "time"} {
			r.unknown(facts.cause, compliance.Source{}, k)
		}
		return
	}
	putSurroundings(r, facts.text)
}

// putRelease reads os-release(5); "linux" is its default for ID.
func putRelease(r *reading, file, text string) {
	r.put("linux", compliance.Source{File: file, Default: true}, "id")
	keys := map[string]string{"ID": "id", "VERSION_ID": "version_id", "VERSION_CODENAME": "codename", "PRETTY_NAME": "pretty_name"}
	n := 0
	for l := range strings.Lines(text) {
		n++
		key, value, _ := strings.Cut(strings.TrimSpace(l), "=")
		value = shellValue(value)
		switch {
		case key == "ID_LIKE":
			r.put(anyList(strings.Fields(value)), line(file, n, l), "id_like")
		case keys[key] != "" && value != "":
			r.put(value, line(file, n, l), keys[key])
		}
	}
}

func putSurroundings(r *reading, text string) {
	container, proc, kernel := false, false, ""
	for l := range strings.Lines(text) {
		word, value, _ := strings.Cut(strings.TrimSpace(l), " ")
		switch word {
		case "container":
			container = true
		case "kernel":
			kernel = value
		case "init":
			proc = value != ""
			r.putOr(value, value != "", "process 1 has no readable name", compliance.Source{File: "/proc/1/comm"}, "init")
		case "uid":
			n, err := strconv.Atoi(value)
			r.putOr(n, err == nil, "id -u gave no number", command("id -u"), "uid")
		case "time":
			n, err := strconv.ParseInt(value, 10, 64)
			r.putOr(n/(24*60*60), err == nil, "date +%s gave no number", command("date +%s"), "time")
		}
	}
	if r.image() && kernel != "" && !container {
		r.put(false, compliance.Source{File: clean(kernel)}, "container") // containers bring no kernel
		return
	}
	// Without /proc a container that leaves no mark would pass for a machine.
	from := compliance.Source{File: "/proc/1/cgroup"}
	r.putOr(container, proc || container && !r.image(), "/proc/1 cannot be read", from, "container")
}

// putOr puts value where ok, and an unknown with cause where not.
func (r *reading) putOr(value any, ok bool, cause string, from compliance.Source, p ...string) {
	if ok {
		r.put(value, from, p...)
	} else {
		r.unknown(cause, from, p...)
	}
}

// shellValue undoes the quoting of a value in a file of shell assignments.
func shellValue(s string) string {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != s[len(s)-1] || s[0] != '"' && s[0] != '\'' {
		return s
	}
	quote, s := s[0], s[1:len(s)-1]
	if quote == '\'' {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\$`, `$`, "\\`", "`").Replace(s)
}

// anyList makes a document's list of strings.
func anyList(ss []string) []any {
	out := make([]any, len(ss))
	for i, s := range ss {
		out[i] = s
	}
	return out
}

// scalar is a number where s is a decimal one, and s itself where not: 022 and
// 1:2 stay as they are.
func scalar(s string) any {
	if n, err := strconv.Atoi(s); err == nil && strconv.Itoa(n) == s {
		return n
	}
	return s
}
