package host

import (
	"path"
	"slices"
	"strings"

	"merlon/compliance"
)

// readModules reads loaded, built-in and available modules, their aliases, and modprobe.d(5).
func readModules(r *reading) {
	putLoaded(r)
	release := r.output("release")
	tree := "/lib/modules/" + strings.TrimSpace(release.text)
	putModuleFile(r, release, tree+"/modules.builtin", "builtin")
	available := putModuleFile(r, release, tree+"/modules.dep", "available")
	putModprobe(r, available, moduleFile(r, release, tree+"/modules.alias"), tree+"/modules.alias")
}

func putLoaded(r *reading) {
	const file = "/proc/modules"
	loaded := r.file(file)
	if loaded.cause != "" {
		r.unknown(loaded.cause, compliance.Source{File: file}, "loaded")
		return
	}
	if loaded.absent && strings.TrimSpace(r.output("release").text) == "" {
		r.unknown(file+" is not there: /proc is not mounted", compliance.Source{File: file}, "loaded")
		return
	}
	// A kernel without loadable modules has no /proc/modules: nothing is loaded.
	r.put(map[string]any{}, compliance.Source{File: file}, "loaded")
	n := 0
	for l := range strings.Lines(loaded.text) {
		n++
		if f := strings.Fields(l); len(f) > 0 && plainName(f[0]) {
			r.put(true, compliance.Source{File: file, Line: n, EndLine: n}, "loaded", moduleName(f[0]))
		}
	}
}

// moduleFile returns a file below /lib/modules, or why it is not known. Of the
// files that grep(1) reads on the target, status 1 tells that nothing matched.
func moduleFile(r *reading, release got, file string) got {
	list := r.file(file)
	switch {
	case release.cause != "":
		return got{cause: release.cause}
	case r.image():
		return got{cause: "which kernel runs, and so which modules it has: " + onlyRunning}
	case list.absent:
		return got{cause: file + " is missing: the modules of the running kernel are not installed here"}
	case strings.HasSuffix(list.failed, " status 1") && !strings.HasSuffix(file, ".builtin"):
		return got{}
	}
	return list
}

// putModuleFile puts the modules that a file below /lib/modules names by path,
// and returns them.
func putModuleFile(r *reading, release got, file, key string) []string {
	list := moduleFile(r, release, file)
	from := compliance.Source{File: file}
	r.putOr(map[string]any{}, list.cause == "", list.cause, from, key)
	if list.cause != "" {
		return nil
	}
	var names []string
	for l := range strings.Lines(list.text) {
		file, _, _ := strings.Cut(strings.TrimSpace(l), ":")
		base, _, ok := strings.Cut(path.Base(file), ".ko")
		if ok && plainName(base) {
			names = append(names, moduleName(base))
			r.put(true, from, key, moduleName(base))
		}
	}
	return names
}

// moduleName writes '_' for '-' outside of brackets: modprobe takes them as the
// same in names of modules and aliases.
func moduleName(s string) string {
	inside := false
	return strings.Map(func(c rune) rune {
		switch {
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case c == '-' && !inside:
			return '_'
		}
		return c
	}, s)
}

// maxModules bounds the modules and aliases of interest: there are some hundreds.
const maxModules = 2000

// modprobeParts are what is put of modprobe.d(5).
var modprobeParts = []string{"install", "blacklist", "off"}

// putModprobe reads modprobe.d(5) and the aliases by which the kernel asks for modules.
// Of several install lines for a module the first counts; a pattern is put as it is and
// for the modules that it matches.
func putModprobe(r *reading, available []string, list got, file string) {
	lines, cause := modprobeLines(r)
	own := parseAliases(file, list.text)
	if cause == "" && len(available)+len(own) > maxModules {
		cause = "/lib/modules names too many modules"
	}
	for _, part := range modprobeParts {
		r.putOr(map[string]any{}, cause == "", cause, compliance.Source{File: "/etc/modprobe.d"}, part)
	}
	if why := list.or(cause); why != "" {
		r.unknown(why, compliance.Source{File: file}, "aliases")
	} else {
		putAliases(r, effectiveAliases(lines["alias"], own), available, file)
	}
	if cause != "" {
		return
	}
	install, blacklist := map[string]modprobeLine{}, map[string]modprobeLine{}
	for _, l := range lines["install"] {
		l.keep(install, available)
	}
	for _, l := range lines["blacklist"] {
		l.keep(blacklist, nil)
	}
	keepBooted(r, blacklist)
	for name, l := range install {
		r.put(l.rest, l.from, "install", name)
	}
	for name, l := range blacklist {
		r.put(true, l.from, "blacklist", name)
	}
	var names []string
	for _, l := range own {
		names = append(names, l.module)
	}
	for name, l := range aliasesOff(lines["alias"], names) {
		r.put(true, l.from, "off", name)
	}
}

// keepBooted adds what the kernel's command line keeps out: modprobe's own list, and
// the kernel's.
func keepBooted(r *reading, blacklist map[string]modprobeLine) {
	for _, word := range strings.Fields(r.output("blacklist").text) {
		_, names, _ := strings.Cut(word, "=")
		for name := range strings.SplitSeq(names, ",") {
			if plainName(name) {
				modprobeLine{module: moduleName(name), from: line("/proc/cmdline", 1, word)}.keep(blacklist, nil)
			}
		}
	}
}

// parseAliases reads the aliases that the modules themselves have.
func parseAliases(file, text string) (out []modprobeLine) {
	for _, l := range parseModprobe(file, text) {
		if l.keyword == "alias" && plainName(l.rest) {
			l.from = compliance.Source{File: file}
			out = append(out, l)
		}
	}
	return out
}

// effectiveAliases returns the lines that lead from an alias to a module. Lines of
// modprobe.d come before the modules' own, which count where none of those holds; a
// line that says off is told apart, and leaves the own ones as they are.
func effectiveAliases(written, own []modprobeLine) []modprobeLine {
	var out []modprobeLine
	taken := map[string]bool{}
	for _, w := range written {
		if w.rest == "off" {
			continue
		}
		out = append(out, w)
		taken[w.module] = true
		if !isPattern(w.module) {
			continue
		}
		for _, o := range own {
			if w.module != o.module && w.matches(o.module) {
				out = append(out, modprobeLine{module: o.module, rest: w.rest, from: w.from})
				taken[o.module] = true
			}
		}
	}
	return append(out, slices.DeleteFunc(slices.Clone(own), func(o modprobeLine) bool { return taken[o.module] })...)
}

// putAliases puts by which aliases the kernel asks for each module that there is.
func putAliases(r *reading, lines []modprobeLine, available []string, file string) {
	r.put(map[string]any{}, compliance.Source{File: file}, "aliases")
	names := map[string][]any{}
	sources := map[string][]compliance.Source{}
	there := map[string]bool{}
	for _, name := range available {
		there[name] = true
	}
	for _, l := range lines {
		module := moduleName(l.rest)
		if len(names[module]) < maxModules && (l.from.File == file || there[module]) {
			names[module] = append(names[module], l.module)
			sources[module] = append(sources[module], l.from)
		}
	}
	for module, list := range names {
		r.put(list, compliance.Source{File: file}, "aliases", module)
		r.putSources(sources[module], "aliases", module)
	}
}

// modprobeLines returns the lines that count, by keyword and in their order.
func modprobeLines(r *reading) (byKeyword map[string][]modprobeLine, cause string) {
	files, cause := r.dropIns("modprobe.d")
	byKeyword = map[string][]modprobeLine{}
	patterns := 0
	for _, f := range files {
		for _, l := range parseModprobe(f.path, f.text) {
			byKeyword[l.keyword] = append(byKeyword[l.keyword], l)
			if isPattern(l.module) {
				patterns++
			}
		}
	}
	if patterns > maxPatterns {
		return nil, "modprobe.d has too many patterns"
	}
	return byKeyword, cause
}

// aliasesOff returns the aliases, of those that are written or known, for which
// every alias line says "off". There is no module of that name, so modprobe loads
// nothing; and it looks no further, since modprobe.d comes before the modules' own
// aliases.
func aliasesOff(lines []modprobeLine, known []string) map[string]modprobeLine {
	byName := map[string][]modprobeLine{}
	for _, name := range known {
		byName[name] = nil
	}
	for _, l := range lines {
		byName[l.module] = append(byName[l.module], l)
	}
	patterns := slices.DeleteFunc(slices.Clone(lines), func(l modprobeLine) bool { return !isPattern(l.module) })
	out := map[string]modprobeLine{}
	for name, matching := range byName {
		for _, l := range patterns {
			if l.module != name && l.matches(name) {
				matching = append(matching, l)
			}
		}
		other := slices.ContainsFunc(matching, func(l modprobeLine) bool { return l.rest != "off" })
		if len(matching) > 0 && !other {
			out[name] = matching[0]
		}
	}
	return out
}

type modprobeLine struct {
	keyword, module, rest string
	from                  compliance.Source
}

// matches tells whether l is a pattern that name fits.
func (l modprobeLine) matches(name string) bool {
	ok, _ := path.Match(l.module, name)
	return ok
}

// keep sets l for its module, unless an earlier line has it.
func (l modprobeLine) keep(in map[string]modprobeLine, available []string) {
	names := []string{l.module}
	if isPattern(l.module) {
		names = append(names, slices.DeleteFunc(slices.Clone(available), func(m string) bool { return m == l.module || !l.matches(m) })...)
	}
	for _, name := range names {
		if first, ok := in[name]; ok {
			first.from.Shadowed = append(first.from.Shadowed, l.from)
			in[name] = first
			continue
		}
		in[name] = l
	}
}

// parseModprobe reads the lines of one file as kmod does: a backslash at the end
// continues a line, and a line without all its words is none. A carriage return is
// part of the name that it follows, so it makes another name; a command that ends in
// one is not found, and loads nothing.
func parseModprobe(file, text string) []modprobeLine {
	var out []modprobeLine
	n, start, pending := 0, 0, ""
	for l := range strings.Lines(text) {
		n++
		if pending == "" {
			start = n
		}
		l = pending + strings.TrimSuffix(l, "\n")
		if cut, more := strings.CutSuffix(l, `\`); more {
			pending = cut
			continue
		}
		pending = ""
		if m, ok := modprobeWords(l); ok {
			m.from = line(file, start, l)
			m.from.EndLine = n
			out = append(out, m)
		}
	}
	return out
}

func modprobeWords(text string) (modprobeLine, bool) {
	f := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '\t' })
	if len(f) < 2 || !plainName(f[1]) {
		return modprobeLine{}, false
	}
	l := modprobeLine{keyword: f[0], module: moduleName(f[1]), rest: strings.TrimRight(strings.Join(f[2:], " "), "\r")}
	switch {
	case l.keyword != "blacklist" && len(f) < 3:
		return l, false
	case l.keyword == "alias":
		l.rest = f[2]
	}
	return l, true
}
