package host

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const procSys = "/proc/sys/"

// readSysctl reads the running values and those that the next boot sets.
func readSysctl(r *reading) {
	keys := r.output("keys")
	var paths []string
	denied := map[string]bool{}
	for l := range strings.Lines(keys.text) {
		file, word, _ := strings.Cut(strings.TrimSpace(l), " ")
		paths = append(paths, file)
		denied[file] = word == statusDenied
	}
	putRuntime(r, keys, denied)
	putBoot(r, keys, paths)
}

// runtimeGroups are the parts of the section that hold running values. Settings
// of interfaces stand apart, so that a key of another kind that cannot be read
// does not touch what is said of all interfaces.
var runtimeGroups = [][]string{{"runtime"}, {"interfaces", "ipv4"}, {"interfaces", "ipv6"}}

// putRuntime puts the values of the files that are there, some of them denied.
func putRuntime(r *reading, keys got, denied map[string]bool) {
	from := compliance.Source{File: strings.TrimSuffix(procSys, "/")}
	known, cause := keys.ok() && strings.TrimSpace(keys.text) != "", keys.or("/proc/sys is not there: /proc is not mounted")
	for _, group := range runtimeGroups {
		r.putOr(map[string]any{}, known, cause, from, group...)
	}
	if !known {
		return
	}
	runtime := r.get("cmd", "runtime")
	values := grepLines(runtime.text)
	for file, refused := range denied {
		at := runtimePath(file)
		if at == nil {
			continue
		}
		cause := runtime.or(file + " could not be read")
		if refused {
			cause = file + ": permission denied: " + needsRoot
		}
		v, read := values[file]
		r.putOr(scalar(v), read, cause, compliance.Source{File: file, Line: 1}, at...)
	}
}

// runtimePath is where the value of a file below /proc/sys goes, nil where it has
// no place.
func runtimePath(file string) []string {
	name, ok := strings.CutPrefix(file, procSys)
	if !ok {
		return nil
	}
	key, ok := sysctlKey(name)
	if !ok {
		return nil
	}
	f := strings.Split(name, "/")
	if len(f) == 5 && slices.Contains([]string{"net/ipv4/conf", "net/ipv6/conf"}, strings.Join(f[:3], "/")) {
		return []string{"interfaces", f[1], f[3], f[4]}
	}
	return []string{"runtime", key}
}

// sysctlKey turns a path below /proc/sys into a key: dots within a name become
// slashes, as sysctl(8) prints them.
func sysctlKey(file string) (string, bool) {
	if file == "" || !plainName(file) || strings.HasPrefix(file, "/") {
		return "", false
	}
	return strings.Map(func(c rune) rune {
		switch c {
		case '/':
			return '.'
		case '.':
			return '/'
		}
		return c
	}, file), true
}

// sysctlPath turns a key as written into a path below /proc/sys: where the first
// separator is a slash, slashes separate, otherwise dots do (sysctl.d(5)).
func sysctlPath(key string) string {
	i := strings.IndexAny(key, "./")
	if i >= 0 && key[i] == '.' {
		key, _ = sysctlKey(key)
	}
	return path.Clean(key)
}

// A sysctlSetting is one line of a sysctl.d file.
type sysctlSetting struct {
	path, value string
	// exclude: "-key" without a value only keeps globs away from key.
	exclude bool
	from    compliance.Source
}

func (s sysctlSetting) glob() bool { return isPattern(s.path) }

// isPattern tells whether s has what glob(7) takes as a wildcard.
func isPattern(s string) bool { return strings.ContainsAny(s, "*?[") }

// maxPatterns bounds the patterns of one section: each is tried on every name.
const maxPatterns = 100

// parseSysctl reads the lines of one file.
func parseSysctl(file, text string) []sysctlSetting {
	var out []sysctlSetting
	n := 0
	for l := range strings.Lines(text) {
		n++
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' || l[0] == ';' {
			continue
		}
		key, value, has := strings.Cut(l, "=")
		key = strings.TrimSpace(key)
		key, ignore := strings.CutPrefix(key, "-")
		if !has && !ignore || key == "" || !plainName(key) {
			continue
		}
		out = append(out, sysctlSetting{
			path: sysctlPath(key), value: strings.Join(strings.Fields(value), " "),
			exclude: !has, from: line(file, n, l),
		})
	}
	return out
}

// bootSettings applies sysctl.d(5): a later line wins, and an explicit key beats
// every glob. Globs are expanded over the paths that the kernel has.
func bootSettings(lines []sysctlSetting, paths []string) map[string]sysctlSetting {
	explicit := map[string]bool{}
	for _, s := range lines {
		if !s.glob() {
			explicit[s.path] = true
		}
	}
	out := map[string]sysctlSetting{}
	set := func(p string, s sysctlSetting) {
		if before, ok := out[p]; ok {
			s.from = withShadowed(s.from, before.from)
		}
		out[p] = s
	}
	for _, s := range lines {
		switch {
		case s.exclude:
		case !s.glob():
			set(s.path, s)
		default:
			for _, p := range paths {
				p = strings.TrimPrefix(p, procSys)
				if ok, _ := path.Match(s.path, p); ok && !explicit[p] {
					set(p, s)
				}
			}
		}
	}
	return out
}

// confDirs are where drop-ins lie, the first of a name winning (sysctl.d(5), modprobe.d(5)).
var confDirs = []string{"/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"}

// A confFile is a drop-in that counts.
type confFile struct{ path, text string }

// dropIns returns the files of name (say "sysctl.d") that count, in the order in
// which they are read: of one file name the first directory's, sorted by name.
func (r *reading) dropIns(name string) (files []confFile, cause string) {
	first := map[string]string{}
	for _, d := range confDirs {
		entries, listed := r.dir(d + "/" + name)
		if listed.cause != "" {
			return nil, listed.cause
		}
		for _, e := range entries {
			if _, ok := first[path.Base(e)]; !ok {
				first[path.Base(e)] = e
			}
		}
	}
	for _, base := range slices.Sorted(maps.Keys(first)) {
		f := r.file(first[base])
		if f.cause != "" {
			return nil, f.cause
		}
		files = append(files, confFile{first[base], f.text})
	}
	return files, ""
}

func putBoot(r *reading, keys got, paths []string) {
	files, cause := r.dropIns("sysctl.d")
	more, why := lateSysctl(r)
	if cause == "" {
		cause = why
	}
	if cause == "" {
		cause = keys.cause
	}
	if cause != "" {
		r.unknown(cause, compliance.Source{File: "/etc/sysctl.d"}, "boot")
		return
	}
	var lines []sysctlSetting
	for _, f := range append(files, more...) {
		lines = append(lines, parseSysctl(f.path, f.text)...)
	}
	if globs(lines) > maxPatterns {
		r.unknown("sysctl.d has too many patterns", compliance.Source{File: "/etc/sysctl.d"}, "boot")
		return
	}
	r.put(map[string]any{}, compliance.Source{File: "/etc/sysctl.d"}, "boot")
	for p, s := range bootSettings(lines, paths) {
		if key, ok := sysctlKey(p); ok {
			r.put(kernelNumber(s.value), s.from, "boot", key)
		}
	}
}

var kernelDigits = regexp.MustCompile(`^(-?(?:0[xX][0-9a-fA-F]+|[0-9]+))(?: [^0-9+-].*)?$`)

// kernelNumber is the number that the kernel takes s for, and s itself where it is none
// or several: hexadecimal and octal ones are numbers too (proc_dointvec), and words
// after the first blank, as a remark that was meant for readers, are not looked at.
func kernelNumber(s string) any {
	if m := kernelDigits.FindStringSubmatch(s); m != nil {
		if n, err := strconv.ParseInt(m[1], 0, 64); err == nil {
			return int(n)
		}
	}
	return s
}

func globs(lines []sysctlSetting) int {
	n := 0
	for _, s := range lines {
		if s.glob() {
			n++
		}
	}
	return n
}

// lateSysctl returns what is applied after the drop-ins: /etc/sysctl.conf where
// systemd-sysctl, which ignores it, is not there; and ufw's file where ufw is on.
func lateSysctl(r *reading) (files []confFile, cause string) {
	systemd := r.output("systemd")
	if systemd.cause != "" {
		return nil, systemd.cause
	}
	if systemd.text == "" {
		files, cause = r.appendFile(files, "/etc/sysctl.conf")
		if cause != "" {
			return nil, cause
		}
	}
	ufw := r.file("/etc/ufw/ufw.conf")
	if ufw.cause != "" {
		return nil, ufw.cause
	}
	if !strings.EqualFold(shellAssignments(ufw.text)["ENABLED"], "yes") {
		return files, ""
	}
	settings := r.file("/etc/default/ufw")
	if settings.cause != "" {
		return nil, settings.cause
	}
	name := shellAssignments(settings.text)["IPT_SYSCTL"]
	switch name {
	case "":
		return files, ""
	case "/etc/ufw/sysctl.conf":
		return r.appendFile(files, name)
	}
	return nil, "ufw reads its sysctls from another file than /etc/ufw/sysctl.conf"
}

func (r *reading) appendFile(files []confFile, name string) ([]confFile, string) {
	f := r.file(name)
	if f.absent {
		return files, ""
	}
	return append(files, confFile{name, f.text}), f.cause
}

// shellAssignments reads KEY=value lines; the last of a key counts.
func shellAssignments(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(l), "=")
		if ok && !strings.HasPrefix(key, "#") {
			out[strings.TrimSpace(key)] = shellValue(value)
		}
	}
	return out
}
