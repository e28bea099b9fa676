package host

import (
	"path"
	"strconv"
	"strings"

	"merlon/compliance"
)

// readHomes reads the home directories of root and of people with a login shell, and
// the files in them that begin with a dot. Homes on other machines are not asked for.
func readHomes(r *reading) {
	list := r.output("users")
	from := compliance.Source{File: passwdFile}
	if !list.ok() {
		r.unknown(list.or("there is no "+passwdFile), from, "users")
		return
	}
	r.put(map[string]any{}, from, "users")
	stats := r.stats()
	hidden, many := map[string]bool{}, map[string]bool{}
	for l := range strings.Lines(list.text) {
		f := strings.Fields(l)
		switch {
		case len(f) == 1 && f[0] == "more":
			r.unknown("there are more than 200 users", from, "users", compliance.Any)
		case len(f) == 1 && f[0] == "odd":
			r.unknown("a home has a blank or a control character in its path", from, "users", compliance.Any)
		case len(f) == 2 && f[0] == "hidden":
			hidden[f[1]] = true
		case len(f) == 2 && f[0] == "many":
			many[f[1]] = true
		}
	}
	for l := range strings.Lines(list.text) {
		f := strings.SplitN(strings.TrimRight(l, "\n"), " ", 5)
		if len(f) == 5 && (f[0] == "local" || f[0] == "far") && plainName(f[1]) && plainName(f[4]) {
			putHome(r, f, stats, hidden[f[1]])
			if many[f[1]] {
				r.unknown("the homes hold too many files that begin with a dot", compliance.Source{File: f[4]}, "users", f[1], "files", compliance.Any)
			}
		}
	}
}

// putHome puts one user's home: STATE NAME UID GID HOME.
func putHome(r *reading, f []string, stats map[string]fileStat, hidden bool) {
	user, home := f[1], f[4]
	uid, err := strconv.ParseUint(f[2], 10, 32)
	gid, err1 := strconv.ParseUint(f[3], 10, 32)
	if err != nil || err1 != nil {
		return
	}
	at := []string{"users", user}
	from := compliance.Source{File: home}
	r.put(map[string]any{"home": home, "uid": int(uid), "gid": int(gid), "remote": f[0] == "far"}, compliance.Source{File: passwdFile}, at...)
	if f[0] == "far" {
		return
	}
	hid, lost := stats[compliance.Any]
	s, asked := stats[home]
	switch {
	case lost:
		r.unknown(hid.cause, from, append(at, "folder")...)
		r.unknown(hid.cause, from, append(at, "files")...)
		return
	case !asked: // no path, or none below /
		r.put(map[string]any{"exists": strings.HasPrefix(home, "/")}, compliance.Source{File: passwdFile}, append(at, "folder")...)
	case s.cause != "":
		r.unknown(s.cause, from, append(at, "folder")...)
	default:
		r.put(s.fact, s.from, append(at, "folder")...)
	}
	r.put(map[string]any{}, from, append(at, "files")...)
	for _, file := range sortedKeys(stats) {
		name, below := strings.CutPrefix(file, strings.TrimRight(home, "/")+"/")
		if !below || !strings.HasPrefix(name, ".") || strings.Contains(name, "/") && path.Dir(name) != ".ssh" {
			continue
		}
		switch x := stats[file]; {
		case x.cause != "":
			r.unknown(x.cause, x.from, append(at, "files", name)...)
		case x.fact["exists"] == true:
			r.put(x.fact, x.from, append(at, "files", name)...)
		}
	}
	if hidden || s.cause != "" {
		r.unknown(home+": permission denied: "+needsRoot, from, append(at, "files", compliance.Any)...)
	}
}
