package host

import (
	"regexp"
	"strconv"
	"strings"

	"merlon/compliance"
)

const (
	shellsFile  = "/etc/shells"
	useraddFile = "/etc/default/useradd"
	environment = "/etc/environment"
)

// startUpFiles are those that every login shell reads, or every interactive one;
// profile.d belongs to them.
var startUpFiles = []string{"/etc/profile", "/etc/bash.bashrc", "/etc/bashrc"}

// rootFiles are those that root's own shells read.
var rootFiles = []string{"/root/.profile", "/root/.bash_profile", "/root/.bash_login", "/root/.bashrc"}

// readShells reads shells(5), useradd's defaults, and of the start-up files of
// shells the lines that set TMOUT, umask and PATH. It does not run them: a setting
// counts wherever it stands, in an `if` too.
func readShells(r *reading) {
	files := r.textFiles()
	putValidShells(r, files.get(shellsFile))
	putUseradd(r, files.get(useraddFile))
	all := append(append([]string{}, startUpFiles...), files.in("/etc/profile.d", ".sh")...)
	hidden := files.get("/etc/profile.d/x.sh").cause
	putStartUp(r, files, all, hidden, "tmout", parseTMOUT)
	putStartUp(r, files, all, hidden, "umask", parseUmask)
	putStartUp(r, files, rootFiles, "", "root_umask", parseUmask)
	putStartUp(r, files, append(append(all, rootFiles...), environment), hidden, "path", parsePATH)
}

// putValidShells puts the shells that users may choose, and chsh(1) and some
// services accept.
func putValidShells(r *reading, f textFile) {
	from := compliance.Source{File: shellsFile}
	if f.cause != "" {
		r.unknown(f.cause, from, "valid")
		return
	}
	shells, sources := []string{}, []compliance.Source{}
	for _, l := range f.lines {
		text, _, _ := strings.Cut(l.text, "#")
		if text = strings.TrimSpace(text); strings.HasPrefix(text, "/") {
			shells, sources = append(shells, text), append(sources, f.source(l))
		}
	}
	r.put(anyList(shells), from, "valid")
	r.putSources(sources, "valid")
}

// putSources puts the source of each element of a list.
func (r *reading) putSources(sources []compliance.Source, at ...string) {
	for i, s := range sources {
		r.doc.PutSource(r.path(at...).Append(strconv.Itoa(i)), s)
	}
}

// putUseradd puts INACTIVE of useradd's defaults: days after which an account
// whose password ran out is closed; -1, never, where it is not set.
func putUseradd(r *reading, f textFile) {
	from := compliance.Source{File: useraddFile}
	if f.cause != "" {
		r.unknown(f.cause, from, "useradd_inactive")
		return
	}
	standard := from
	standard.Default = true
	r.put(-1, standard, "useradd_inactive")
	for _, l := range f.lines {
		value, ok := strings.CutPrefix(strings.TrimSpace(l.text), "INACTIVE=")
		if n, err := strconv.Atoi(shellValue(value)); ok && err == nil {
			r.put(n, f.source(l), "useradd_inactive")
		}
	}
}

// A startUp is what one line of a start-up file sets; value nil is one that only
// the shell can tell.
type startUp struct {
	fact  map[string]any
	value any
}

// putStartUp puts what parse finds in the lines of files.
func putStartUp(r *reading, files textFiles, names []string, hidden, key string, parse func(string) []startUp) {
	list, sources, unknown := []any{}, []compliance.Source{}, []int{}
	cause := hidden
	for _, name := range names {
		f := files.get(name)
		if f.cause != "" {
			cause = f.cause
		}
		for _, l := range f.lines {
			for _, s := range parse(shellCode(l.text)) {
				if s.value != nil {
					s.fact["value"] = s.value
				} else {
					unknown = append(unknown, len(list))
				}
				list, sources = append(list, s.fact), append(sources, f.source(l))
			}
		}
	}
	r.put(list, compliance.Source{File: names[0]}, key)
	r.putSources(sources, key)
	for _, i := range unknown {
		r.unknown("only the shell can tell the value", sources[i], key, strconv.Itoa(i), "value")
	}
	if cause != "" {
		r.unknown(cause, compliance.Source{File: names[0]}, key, compliance.Any)
	}
}

// shellCode cuts a comment off a line of shell; a "#" within a word is none.
func shellCode(s string) string {
	for i := range len(s) {
		if s[i] == '#' && (i == 0 || strings.ContainsRune(" \t;", rune(s[i-1]))) {
			return s[:i]
		}
	}
	return s
}

var (
	tmoutSet = regexp.MustCompile(`(?:^|[\s;&|({])TMOUT=("[^"]*"|'[^']*'|[^\s;&|)]*)`)
	umaskSet = regexp.MustCompile(`(?:^|[\s;&|({])umask\s+(?:-S\s+)?([^\s;&|)}]+)`)
	pathSet  = regexp.MustCompile(`(?:^|[\s;&|({])PATH=("[^"]*"|'[^']*'|[^\s;&|)]*)`)
	readOnly = regexp.MustCompile(`(?:^|[\s;&|({])(?:readonly|(?:declare|typeset)\s+-[a-zA-Z]*r[a-zA-Z]*)\s[^;&|]*TMOUT`)
)

// parseTMOUT finds what sets TMOUT, and what makes it read-only.
func parseTMOUT(code string) []startUp {
	fixed := readOnly.MatchString(code)
	m := tmoutSet.FindStringSubmatch(code)
	switch {
	case m != nil:
		s := startUp{fact: map[string]any{"readonly": fixed}}
		if n, err := strconv.Atoi(shellValue(m[1])); err == nil {
			s.value = n
		}
		return []startUp{s}
	case fixed:
		return []startUp{{fact: map[string]any{"readonly": true}, value: "as set before"}}
	}
	return nil
}

// onlyUnset is the condition of Red Hat's bashrc: there is no umask at all.
var onlyUnset = regexp.MustCompile("(?:`umask`|\\$\\(umask\\)) *-eq *0 *\\]+ *&& *umask +[0-7]+ *$")

// parseUmask finds the arguments of umask; a symbolic one is turned into a number.
func parseUmask(code string) []startUp {
	var out []startUp
	code = onlyUnset.ReplaceAllString(code, "")
	for _, m := range umaskSet.FindAllStringSubmatch(code, -1) {
		s := startUp{fact: map[string]any{}}
		if n, ok := umaskNumber(strings.Trim(m[1], `"'`)); ok {
			s.value, s.fact["mode"] = n, octal(uint64(n))
		}
		out = append(out, s)
	}
	return out
}

// umaskNumber reads 027 and u=rwx,g=rx,o=; what is not named is kept as set before,
// which nobody knows.
func umaskNumber(s string) (int, bool) {
	if n, err := strconv.ParseUint(s, 8, 9); err == nil {
		return int(n), true
	}
	mask, named := 0, ""
	for part := range strings.SplitSeq(s, ",") {
		who, what, ok := strings.Cut(part, "=")
		if !ok || strings.Trim(what, "rwx") != "" || strings.Trim(who, "ugoa") != "" || who == "" {
			return 0, false
		}
		denied := 7
		for bit, letter := range map[int]string{4: "r", 2: "w", 1: "x"} {
			if strings.Contains(what, letter) {
				denied &^= bit
			}
		}
		who = strings.ReplaceAll(who, "a", "ugo")
		for letter, shift := range map[string]int{"u": 6, "g": 3, "o": 0} {
			if strings.Contains(who, letter) {
				mask = mask&^(7<<shift) | denied<<shift
			}
		}
		named += who
	}
	return mask, strings.Contains(named, "u") && strings.Contains(named, "g") && strings.Contains(named, "o")
}

// parsePATH finds the directories that PATH is set to.
func parsePATH(code string) []startUp {
	var out []startUp
	for _, m := range pathSet.FindAllStringSubmatch(code, -1) {
		value := withoutWords(shellValue(m[1]))
		if value == "" || strings.ContainsAny(value, "`(") {
			continue // a command tells it, or it is cleared before it is made up
		}
		out = append(out, startUp{fact: map[string]any{}, value: anyList(strings.Split(value, ":"))})
	}
	return out
}

// parameterWord is ${NAME:+WORD} and its like, WORD without one of its own.
var parameterWord = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-+=?]|##?|%%?)([^{}]*)\}`)

// withoutWords puts in place of ${NAME:+WORD} what it becomes where NAME is set: WORD,
// and $NAME for the others. ${PATH:+:$PATH} leaves no empty element behind.
func withoutWords(value string) string {
	value = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`).ReplaceAllString(value, "$$$1")
	for range 5 { // one in the other
		value = parameterWord.ReplaceAllStringFunc(value, func(s string) string {
			m := parameterWord.FindStringSubmatch(s)
			if strings.HasSuffix(m[2], "+") {
				return m[3]
			}
			return "$" + m[1]
		})
	}
	return value
}
