package host

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// readCron reads who may have jobs run, and what root's jobs start.
func readCron(r *reading) {
	files := r.stats()
	list := r.output("present")
	if list.cause != "" {
		for _, k := range []string{"cron", "at", "crontab_users", "at_users"} {
			r.unknown(list.cause, compliance.Source{}, k)
		}
	} else {
		present := presentPaths(list.text)
		cron := present["/usr/sbin/cron"] || present["/usr/sbin/crond"]
		r.put(cron, compliance.Source{File: "/usr/sbin/cron"}, "cron")
		r.put(present["/usr/bin/at"], compliance.Source{File: "/usr/bin/at"}, "at")
		// crontab(1): without either file, Debian's cron lets everybody, cronie root only.
		neither := "root"
		if present["/etc/debian_version"] {
			neither = "everybody"
		}
		if cron {
			putAllowed(r, files, "crontab_users", "/etc/cron", neither)
		}
		if present["/usr/bin/at"] { // at(1)
			putAllowed(r, files, "at_users", "/etc/at", "root")
		}
	}
	putCronFiles(r, files)
	putPrograms(r, files)
}

// putAllowed puts who may have jobs: those that PREFIX.allow names; where there is
// none, all but those that PREFIX.deny names; neither is there where it says.
func putAllowed(r *reading, files map[string]fileStat, key, prefix, neither string) {
	allow, deny := files[prefix+".allow"], files[prefix+".deny"]
	switch {
	case allow.cause != "" || allow.fact == nil:
		r.unknown(statCause(allow), compliance.Source{File: prefix + ".allow"}, key)
	case allow.fact["exists"] == true:
		r.put("listed", compliance.Source{File: prefix + ".allow"}, key)
	case deny.cause != "" || deny.fact == nil:
		r.unknown(statCause(deny), compliance.Source{File: prefix + ".deny"}, key)
	case deny.fact["exists"] == true:
		r.put("all but those denied", compliance.Source{File: prefix + ".deny"}, key)
	default:
		r.put(neither, compliance.Source{File: prefix + ".allow"}, key)
	}
}

func statCause(s fileStat) string {
	if s.cause != "" {
		return s.cause
	}
	return "the target sent nothing about it"
}

// cronFolders are what cron and at keep, beside the programs that jobs name.
var cronFolders = []string{"/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly", "/etc/cron.yearly"}

// putCronFiles puts the stat of users' crontabs, and of what cron runs as root.
func putCronFiles(r *reading, files map[string]fileStat) {
	from := compliance.Source{File: "/var/spool/cron"}
	r.put(map[string]any{}, from, "crontabs")
	r.put(map[string]any{}, compliance.Source{File: "/etc/cron.d"}, "scripts")
	r.put(map[string]any{}, from, "files")
	for file, s := range files {
		folder := path.Dir(file)
		part := "files"
		switch {
		case file == compliance.Any:
			part = ""
		case folder == "/var/spool/cron/crontabs" || folder == "/var/spool/cron" && path.Base(file) != "crontabs":
			part = "crontabs"
		case slices.Contains(cronFolders, folder):
			part = "scripts"
		case !strings.HasPrefix(file, "/var/spool/cron") && !strings.HasPrefix(file, "/etc/cron.") && !strings.HasPrefix(file, "/etc/at."):
			continue // a program
		}
		switch {
		case part == "":
			for _, p := range []string{"crontabs", "scripts", "files"} {
				r.unknown(s.cause, s.from, p, compliance.Any)
			}
		case s.cause != "":
			r.unknown(s.cause, s.from, part, file)
		case part == "crontabs":
			if s.fact["type"] == "file" {
				s.fact["user"] = path.Base(file)
				r.put(s.fact, s.from, part, file)
			}
		case part != "scripts" || s.fact["type"] == "file":
			r.put(s.fact, s.from, part, file)
		}
	}
}

// putPrograms puts what root's jobs start, with the folders above it.
func putPrograms(r *reading, files map[string]fileStat) {
	r.put(map[string]any{}, compliance.Source{File: "/etc/crontab"}, "programs")
	t, cause := r.tree("jobs")
	if cause != "" {
		r.unknown(cause, compliance.Source{File: "/etc/crontab"}, "programs", compliance.Any)
		return
	}
	folders := map[string][]string{}
	for _, file := range sortedKeys(files) {
		folders[path.Dir(file)] = append(folders[path.Dir(file)], file)
	}
	for _, name := range t.order {
		lines, cause := t.lines(name)
		if cause != "" {
			r.unknown(cause, compliance.Source{File: name}, "programs", compliance.Any)
			continue
		}
		for _, l := range lines {
			words := strings.Fields(l.text)
			if len(words) < 2 || words[0] != "root" && words[0] != "PATH" {
				continue
			}
			from := compliance.Source{File: name, Line: l.n, EndLine: l.n}
			for _, program := range words[1:] {
				folder, parts := strings.CutSuffix(program, "/")
				r.putProgram(folder, files, from)
				if parts {
					r.putParts(folders[folder], files, from)
					delete(folders, folder)
				}
			}
		}
	}
	if uid, ok := r.rootless(); ok {
		r.unknown("root's crontab: permission denied: "+needsRoot, uid, "programs", compliance.Any)
	}
}

// putParts puts what run-parts starts of the files of a folder: what is executable, or
// can be made so by an owner who is not root.
func (r *reading) putParts(names []string, files map[string]fileStat, from compliance.Source) {
	for _, file := range names {
		s := files[file]
		perm, _ := s.fact["perm"].(int)
		if s.cause != "" || s.fact["type"] == "file" && (perm&0o111 != 0 || s.fact["uid"] != 0) {
			r.putProgram(file, files, from)
		}
	}
	if s, hidden := files[compliance.Any]; hidden {
		r.unknown(s.cause, from, "programs", compliance.Any)
	}
}

// rootless tells whether the scan could not look into the folder of crontabs.
func (r *reading) rootless() (compliance.Source, bool) {
	for _, u := range r.doc.Unknowns() {
		if u.Path.HasPrefix(r.path("crontabs")) && strings.HasSuffix(u.Cause, needsRoot) {
			return u.Source, true
		}
	}
	return compliance.Source{}, false
}

// putProgram puts a program and the folders above it, each with the first line that
// leads to it.
func (r *reading) putProgram(program string, files map[string]fileStat, from compliance.Source) {
	for at := program; strings.HasPrefix(at, "/") && at != "/"; at = path.Dir(at) {
		if _, again := r.doc.Value(r.path("programs", at)); again || !plainName(at) {
			return
		}
		s, ok := files[at]
		switch {
		case !ok:
			r.unknown("the target sent nothing about it", from, "programs", at)
		case s.cause != "":
			r.unknown(s.cause, from, "programs", at)
		default:
			r.put(s.fact, from, "programs", at)
		}
	}
}

// readBanners reads what is shown before and after a login.
func readBanners(r *reading) {
	files := r.stats()
	lines := r.get("cmd", "lines")
	texts := map[string][]numberedLine{}
	for l := range strings.Lines(lines.text) {
		file, rest, _ := strings.Cut(strings.TrimSuffix(l, "\n"), ":")
		number, text, ok := strings.Cut(rest, ":")
		if n, err := strconv.Atoi(number); ok && err == nil {
			texts[file] = append(texts[file], numberedLine{n, strings.TrimRight(text, "\r")})
		}
	}
	r.put(map[string]any{}, compliance.Source{}, "files")
	r.put(map[string]any{}, compliance.Source{File: "/etc/update-motd.d"}, "scripts")
	for file, s := range files {
		part := "files"
		if strings.HasPrefix(file, "/etc/update-motd.d") {
			part = "scripts"
		}
		switch {
		case file == compliance.Any:
			r.unknown(s.cause, s.from, "files", file)
			r.unknown(s.cause, s.from, "scripts", file)
		case s.cause != "":
			r.unknown(s.cause, s.from, part, file)
		case part == "files" && s.fact["exists"] == true:
			r.put(s.fact, s.from, part, file)
			putBanner(r, file, texts[file], lines.cause, s)
		default:
			r.put(s.fact, s.from, part, file)
		}
	}
}

// putBanner puts a banner's text, and the sequences in it that agetty(8) or telnetd
// turn into what the system is: \s \m \r \v, and \S of os-release.
func putBanner(r *reading, file string, lines []numberedLine, cause string, s fileStat) {
	size, _ := s.fact["size"].(int64)
	if cause == "" && size > 0 && len(lines) == 0 {
		cause = file + " could not be read"
	}
	if cause != "" {
		r.unknown(cause, s.from, "files", file, "text")
		r.unknown(cause, s.from, "files", file, "escapes")
		return
	}
	var words []string
	var found []string
	var from []compliance.Source
	for _, l := range lines {
		words = append(words, strings.Fields(l.text)...)
		for i := 0; i+1 < len(l.text); i++ {
			if l.text[i] != '\\' {
				continue
			}
			if i++; strings.ContainsRune("smrvS", rune(l.text[i])) {
				found, from = append(found, l.text[i-1:i+1]), append(from, line(file, l.n, l.text))
			}
		}
	}
	r.put(strings.Join(words, " "), s.from, "files", file, "text")
	r.put(anyList(found), s.from, "files", file, "escapes")
	for i := range found {
		r.doc.PutSource(r.path("files", file, "escapes", strconv.Itoa(i)), from[i])
	}
}
