package host

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const (
	mountinfo = "/proc/self/mountinfo"
	fstab     = "/etc/fstab"
)

// readMounts reads what is mounted and what the next boot mounts.
func readMounts(r *reading) {
	runtime := r.file(mountinfo)
	switch {
	case runtime.ok():
		r.put(map[string]any{}, compliance.Source{File: mountinfo}, "runtime")
		for at, m := range parseMountinfo(runtime.text) {
			r.put(m.fact(), m.from, "runtime", at)
		}
	default:
		r.unknown(runtime.or("/proc is not mounted"), compliance.Source{File: mountinfo}, "runtime")
	}
	boot, cause := bootMounts(r)
	if cause != "" {
		r.unknown(cause, compliance.Source{File: fstab}, "boot")
		return
	}
	r.put(map[string]any{}, compliance.Source{File: fstab}, "boot")
	for at, m := range boot {
		fact := m.fact()
		fact["by"] = m.by
		r.put(fact, m.from, "boot", at)
	}
}

// A mount is one file system, mounted or to be mounted.
type mount struct {
	source, kind string
	options      []string
	by           string // fstab, unit; "" for a running one
	from         compliance.Source
}

func (m mount) fact() map[string]any {
	return map[string]any{"source": m.source, "type": m.kind, "options": anyList(m.options)}
}

// parseMountinfo reads proc_pid_mountinfo(5): the last mount on a path is the
// one that is seen.
func parseMountinfo(text string) map[string]mount {
	out := map[string]mount{}
	n := 0
	for l := range strings.Lines(text) {
		n++
		left, right, ok := strings.Cut(l, " - ")
		a, b := strings.Fields(left), strings.Fields(right)
		if !ok || len(a) < 6 || len(b) < 2 {
			continue
		}
		at := unescape(a[4])
		if !plainName(at) {
			continue
		}
		own, super := strings.Split(a[5], ","), []string(nil)
		if len(b) > 2 {
			super = strings.Split(b[2], ",")
		}
		out[at] = mount{source: unescape(b[1]), kind: b[0], options: mergeOptions(own, super), from: line(mountinfo, n, l)}
	}
	return out
}

// mergeOptions joins the options of a mount and of its file system; either can
// make it read-only.
func mergeOptions(own, super []string) []string {
	var out []string
	for _, o := range append(slices.Clone(own), super...) {
		if o != "" && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	if slices.Contains(out, "ro") {
		out = slices.DeleteFunc(out, func(o string) bool { return o == "rw" })
	}
	return out
}

// unescape undoes the octal escapes of fstab(5) and mountinfo: \040 is a blank.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// parseFstab reads fstab(5); of two lines for a path the first counts, as for
// systemd-fstab-generator(8).
func parseFstab(text string) map[string]mount {
	out := map[string]mount{}
	n := 0
	for l := range strings.Lines(text) {
		n++
		f := strings.Fields(l)
		if len(f) < 3 || strings.HasPrefix(f[0], "#") {
			continue
		}
		at := unescape(f[1])
		if !strings.HasPrefix(at, "/") || !plainName(at) {
			continue
		}
		at = path.Clean(at)
		options := []string{"defaults"}
		if len(f) > 3 {
			options = strings.Split(f[3], ",")
		}
		m := mount{source: unescape(f[0]), kind: f[2], options: options, by: "fstab", from: line(fstab, n, l)}
		if first, again := out[at]; again {
			first.from.Shadowed = append(first.from.Shadowed, m.from)
			m = first
		}
		out[at] = m
	}
	return out
}

// bootMounts joins /etc/fstab and the .mount units that something wants. Units in
// /etc and /run replace a line of fstab, those of the vendor do not.
func bootMounts(r *reading) (map[string]mount, string) {
	table := r.file(fstab)
	if table.cause != "" {
		return nil, table.cause
	}
	boot := parseFstab(table.text)
	wanted := r.output("wanted")
	if wanted.cause != "" {
		return nil, wanted.cause
	}
	units, cause := mountUnits(r)
	if cause != "" {
		return nil, cause
	}
	for name, u := range units {
		at := u.at
		if at == "" { // masked, or without a [Mount] section
			at = unitPath(name)
		}
		line, inFstab := boot[at]
		local := strings.HasPrefix(u.mount.from.File, "/etc/") || strings.HasPrefix(u.mount.from.File, "/run/")
		switch {
		case inFstab && !local:
		case u.masked:
			delete(boot, at)
		case slices.Contains(strings.Fields(wanted.text), name):
			if inFstab {
				u.mount.from.Shadowed = append(u.mount.from.Shadowed, line.from)
			}
			boot[at] = u.mount
		}
	}
	return boot, ""
}

// A mountUnit is a .mount unit with its drop-ins.
type mountUnit struct {
	mount
	at     string
	masked bool
}

// mountUnits reads systemd.mount(5) units by name, the first directory's first.
func mountUnits(r *reading) (map[string]mountUnit, string) {
	units := map[string]mountUnit{}
	dropIns := map[string]string{} // "tmp.mount.d/x.conf" to its path
	for _, d := range confDirs[:4] {
		entries, listed := r.dir(d + "/systemd/system")
		if listed.cause != "" {
			return nil, listed.cause
		}
		for _, e := range entries {
			name := path.Base(e)
			if _, ok := units[name]; ok {
				continue
			}
			f := r.file(e)
			if f.cause != "" {
				return nil, f.cause
			}
			u := mountUnit{masked: strings.TrimSpace(f.text) == ""}
			u.by, u.from = "unit", compliance.Source{File: e}
			u.read(e, f.text)
			units[name] = u
		}
		entries, listed = r.dir(d + "/systemd")
		if listed.cause != "" {
			return nil, listed.cause
		}
		for _, e := range entries {
			key := path.Base(path.Dir(e)) + "/" + path.Base(e)
			if _, ok := dropIns[key]; !ok {
				dropIns[key] = e
			}
		}
	}
	for _, key := range sortedKeys(dropIns) {
		name := strings.TrimSuffix(path.Dir(key), ".d")
		u, ok := units[name]
		if !ok {
			continue
		}
		f := r.file(dropIns[key])
		if f.cause != "" {
			return nil, f.cause
		}
		u.read(dropIns[key], f.text)
		units[name] = u
	}
	return units, ""
}

// read takes in the [Mount] section of one file; a later file replaces.
func (u *mountUnit) read(file, text string) {
	section, n := "", 0
	for l := range strings.Lines(text) {
		n++
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "[") {
			section = l
			continue
		}
		key, value, ok := strings.Cut(l, "=")
		if !ok || section != "[Mount]" {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "Where":
			if plainName(value) {
				u.at = path.Clean(value)
			}
		case "What":
			u.source = value
		case "Type":
			u.kind = value
		case "Options":
			before := u.from
			u.options, u.from = strings.Split(value, ","), line(file, n, l)
			if before.Line > 0 {
				u.from = withShadowed(u.from, before)
			}
		}
	}
}

// unitPath turns a unit's name into its path (systemd.unit(5), "String escaping").
func unitPath(name string) string {
	name = strings.TrimSuffix(name, ".mount")
	if name == "-" {
		return "/"
	}
	name = strings.ReplaceAll(name, "-", "/")
	for {
		i := strings.Index(name, `\x`)
		if i < 0 || i+4 > len(name) {
			return "/" + name
		}
		c, err := strconv.ParseUint(name[i+2:i+4], 16, 8)
		if err != nil {
			return "/" + name
		}
		name = name[:i] + string(rune(c)) + name[i+4:]
	}
}
