package host

import (
	"path"
	"strings"

	"merlon/compliance"
)

// readModules reads loaded, built-in and available modules, and modprobe.d(5).
func readModules(r *reading) {
	putLoaded(r)
	release := r.output("release")
	tree := "/lib/modules/" + strings.TrimSpace(release.text)
	putModuleFile(r, release, tree+"/modules.builtin", "builtin")
	available := putModuleFile(r, release, tree+"/modules.dep", "available")
	putModprobe(r, available)
}

func putLoaded(r *reading) {
	const file = "/proc/modules"
	loaded := r.file(file)
	if loaded.cause != "" {
		r.unknown(loaded.cause, compliance.Source{File: file}, "loaded")
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

// putModuleFile puts the modules that a file below /lib/modules names by path,
// and returns them.
func putModuleFile(r *reading, release got, file, key string) []string {
	from := compliance.Source{File: file}
	list := r.file(file)
	switch {
	case release.cause != "":
		r.unknown(release.cause, from, key)
		return nil
	case list.absent:
		r.unknown(file+" is missing: the modules of the running kernel are not installed here", from, key)
		return nil
	case list.cause != "" && !(key == "available" && strings.HasSuffix(list.failed, " status 1")): // grep found none
		r.unknown(list.cause, from, key)
		return nil
	}
	r.put(map[string]any{}, from, key)
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

// moduleName writes '_' for '-': the kernel takes them as the same.
func moduleName(s string) string { return strings.ReplaceAll(s, "-", "_") }

// putModprobe reads modprobe.d(5). Of several install lines for a module the
// first counts; a pattern is put as it is and for the modules that it matches.
func putModprobe(r *reading, available []string) {
	files, cause := r.dropIns("modprobe.d")
	from := compliance.Source{File: "/etc/modprobe.d"}
	if cause != "" {
		r.unknown(cause, from, "install")
		r.unknown(cause, from, "blacklist")
		return
	}
	install, blacklist := map[string]modprobeLine{}, map[string]modprobeLine{}
	for _, f := range files {
		for _, l := range parseModprobe(f.path, f.text) {
			switch l.keyword {
			case "install":
				l.keep(install, available)
			case "blacklist":
				l.keep(blacklist, nil)
			}
		}
	}
	r.put(map[string]any{}, from, "install")
	for name, l := range install {
		r.put(l.rest, l.from, "install", name)
	}
	r.put(map[string]any{}, from, "blacklist")
	for name, l := range blacklist {
		r.put(true, l.from, "blacklist", name)
	}
}

type modprobeLine struct {
	keyword, module, rest string
	from                  compliance.Source
}

// keep sets l for its module, unless an earlier line has it.
func (l modprobeLine) keep(in map[string]modprobeLine, available []string) {
	names := []string{l.module}
	for _, m := range available {
		if ok, _ := path.Match(l.module, m); ok && m != l.module {
			names = append(names, m)
		}
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

// parseModprobe reads the lines of one file; a backslash at the end continues a line.
func parseModprobe(file, text string) []modprobeLine {
	var out []modprobeLine
	n, start, pending := 0, 0, ""
	for l := range strings.Lines(text) {
		n++
		if pending == "" {
			start = n
		}
		l = pending + strings.TrimRight(l, "\r\n")
		if cut, more := strings.CutSuffix(l, `\`); more {
			pending = cut + " "
			continue
		}
		pending = ""
		f := strings.Fields(l)
		if len(f) < 2 || strings.HasPrefix(f[0], "#") || !plainName(f[1]) {
			continue
		}
		from := line(file, start, l)
		from.EndLine = n
		out = append(out, modprobeLine{f[0], moduleName(f[1]), strings.Join(f[2:], " "), from})
	}
	return out
}
