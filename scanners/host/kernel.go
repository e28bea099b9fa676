package host

import (
	"path"
	"slices"
	"strings"

	"merlon/compliance"
)

const vulnerabilities = "/sys/devices/system/cpu/vulnerabilities/"

// readKernel reads the running kernel from /proc and /sys.
func readKernel(r *reading) {
	machine := r.output("uname -m")
	r.putOr(strings.TrimSpace(machine.text), machine.ok(), machine.reason(), command("uname -m"), "machine")

	entries, efi := r.dir("/sys/firmware")
	r.putOr(len(entries) > 0, efi.cause == "", efi.cause, compliance.Source{File: "/sys/firmware/efi"}, "efi")

	files := r.get("cmd", "files")
	values := grepLines(files.text)
	for key, file := range map[string]string{"release": "/proc/sys/kernel/osrelease", "version": "/proc/sys/kernel/version"} {
		v, ok := values[file]
		r.putOr(v, ok, files.or("cannot be read"), compliance.Source{File: file}, key)
	}
	if v, ok := values["/proc/cmdline"]; ok {
		r.put(cmdline(v), compliance.Source{File: "/proc/cmdline", Line: 1}, "cmdline")
	} else {
		r.unknown(files.or("cannot be read"), compliance.Source{File: "/proc/cmdline"}, "cmdline")
	}
	putVulnerabilities(r, files, values)
	putSecurityfs(r, files, values)
}

func putVulnerabilities(r *reading, files got, values map[string]string) {
	found := map[string]any{}
	for file, v := range values {
		if strings.HasPrefix(file, vulnerabilities) {
			found[path.Base(file)] = v
		}
	}
	r.putOr(found, len(found) > 0, files.or("the kernel does not tell"), compliance.Source{File: strings.TrimSuffix(vulnerabilities, "/")}, "vulnerabilities")
}

// putSecurityfs reads lockdown and lsm. An empty /sys/kernel/security is not
// mounted, and tells nothing; a kernel without lockdown has no such file.
func putSecurityfs(r *reading, files got, values map[string]string) {
	entries, security := r.dir("/sys/kernel/security")
	for key, read := range map[string]func(string) (any, bool){"lockdown": lockdownMode, "lsm": lsmList} {
		file := "/sys/kernel/security/" + key
		from := compliance.Source{File: file, Line: 1}
		v, ok := values[file]
		switch {
		case ok:
			fact, known := read(v)
			r.putOr(fact, known, file+" is not understood", from, key)
		case security.cause != "":
			r.unknown(security.cause, from, key)
		case files.cause != "":
			r.unknown(files.cause, from, key)
		case len(entries) == 0:
			r.unknown("securityfs is not mounted", from, key)
		case slices.Contains(entries, file):
			r.unknown(file+" cannot be read", from, key)
		}
	}
}

// lockdownMode returns the mode in brackets: "none [integrity] confidentiality".
func lockdownMode(s string) (any, bool) {
	_, s, _ = strings.Cut(s, "[")
	s, _, _ = strings.Cut(s, "]")
	return s, slices.Contains([]string{"none", "integrity", "confidentiality"}, s)
}

func lsmList(s string) (any, bool) { return anyList(strings.Split(s, ",")), true }

// cmdline splits kernel parameters; those after "--" are the init's. Quotes may
// hold blanks: dyndbg="file a +p". In names the kernel and systemd take '-' for '_'.
func cmdline(s string) map[string]any {
	out := map[string]any{}
	quoted := false
	for _, word := range strings.FieldsFunc(s, func(c rune) bool {
		if c == '"' {
			quoted = !quoted
		}
		return !quoted && (c == ' ' || c == '\t' || c == '\n')
	}) {
		if word == "--" {
			break
		}
		key, value, has := strings.Cut(word, "=")
		key = strings.ReplaceAll(strings.Trim(key, `"`), "-", "_")
		if key == "" {
			continue
		}
		if has {
			out[key] = strings.Trim(value, `"`)
		} else {
			out[key] = true
		}
	}
	return out
}

// grepLines reads what `grep -H ”` prints of files of one line each.
func grepLines(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		file, value, ok := strings.Cut(strings.TrimRight(l, "\n"), ":")
		if _, again := out[file]; ok && !again && plainName(file) {
			out[file] = strings.Join(strings.Fields(value), " ")
		}
	}
	return out
}

// or is the cause why g is not known, or otherwise cause.
func (g got) or(cause string) string {
	if g.cause != "" {
		return g.cause
	}
	return cause
}

// reason is why g has no text.
func (g got) reason() string {
	if g.absent {
		return "no such command"
	}
	return g.cause
}
