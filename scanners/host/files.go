package host

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// readFiles reads stat(1) of well-known paths.
func readFiles(r *reading) {
	for file, s := range r.stats() {
		if s.cause != "" {
			r.unknown(s.cause, s.from, file)
			continue
		}
		r.put(s.fact, s.from, file)
	}
}

// A fileStat is what is known about one path, or about some that cannot be named.
type fileStat struct {
	fact  map[string]any
	cause string
	from  compliance.Source
}

// stats joins the script's list of paths with what stat(1) printed. Where the
// list itself is missing, [compliance.Any] stands for the paths.
func (r *reading) stats() map[string]fileStat {
	paths, stat := r.output("paths"), r.get("cmd", "stat")
	if !paths.ok() {
		return map[string]fileStat{compliance.Any: {cause: paths.cause}}
	}
	known := parseStat(stat.text)
	out := map[string]fileStat{}
	for l := range strings.Lines(paths.text) {
		word, file, _ := strings.Cut(strings.TrimRight(l, "\n"), " ")
		if !plainName(file) {
			continue
		}
		from := compliance.Source{File: file}
		switch word {
		case "absent":
			out[file] = fileStat{fact: map[string]any{"exists": false}, from: from}
		case "hidden":
			if strings.Contains(file, "*") { // nobody knows what a directory holds
				file = compliance.Any
			}
			out[file] = fileStat{cause: "permission denied: " + needsRoot, from: from}
		case "there", "there-link":
			fact, ok := known[file]
			if !ok {
				out[file] = fileStat{cause: stat.or(stat.unless("stat told nothing about it")), from: from}
				continue
			}
			fact["symlink"] = word == "there-link"
			out[file] = fileStat{fact: fact, from: from}
		}
	}
	return out
}

// unless is why a command failed, or otherwise cause.
func (g got) unless(cause string) string {
	switch {
	case g.absent:
		return "no such command"
	case g.failed != "":
		return g.failed
	}
	return cause
}

// fileTypes are stat's names for the types of files.
var fileTypes = map[string]string{
	"regular file": "file", "regular empty file": "file", "directory": "directory", "socket": "socket", "fifo": "fifo",
	"character special file": "character device", "block special file": "block device",
}

// parseStat reads `stat -L -c '%a %u %g %s %U %G %F|%n'` by path.
func parseStat(text string) map[string]map[string]any {
	out := map[string]map[string]any{}
	for l := range strings.Lines(text) {
		left, file, ok := strings.Cut(strings.TrimRight(l, "\n"), "|")
		f := strings.SplitN(left, " ", 7)
		if !ok || len(f) != 7 || !plainName(file) {
			continue
		}
		perm, err := strconv.ParseUint(f[0], 8, 12)
		uid, err1 := strconv.ParseUint(f[1], 10, 32)
		gid, err2 := strconv.ParseUint(f[2], 10, 32)
		size, err3 := strconv.ParseInt(f[3], 10, 64)
		if err != nil || err1 != nil || err2 != nil || err3 != nil {
			continue
		}
		kind := fileTypes[f[6]]
		if kind == "" {
			kind = "other"
		}
		out[file] = map[string]any{
			"exists": true, "type": kind, "mode": octal(perm), "perm": int(perm),
			"uid": int(uid), "gid": int(gid), "size": size,
			"owner": nameOr(f[4], f[1]), "group": nameOr(f[5], f[2]),
		}
	}
	return out
}

// octal writes a mode in four digits: "0644".
func octal(mode uint64) string {
	s := strconv.FormatUint(mode, 8)
	return strings.Repeat("0", max(0, 4-len(s))) + s
}

// nameOr returns the number of an owner that has no name.
func nameOr(name, number string) string {
	if name == "UNKNOWN" || name == "" {
		return number
	}
	return name
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
