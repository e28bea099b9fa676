package host

import (
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// A pamSetting is the value of an option, or why it is not known.
type pamSetting struct {
	value any
	cause string
	from  compliance.Source
}

// pamSettings are the options in effect on one line of a module.
type pamSettings map[string]pamSetting

func (s pamSettings) facts() map[string]any {
	out := map[string]any{}
	for k, v := range s {
		if v.cause == "" {
			out[k] = v.value
		}
	}
	return out
}

// pamOptions tells, for the modules whose options are judged, how to read them.
var pamOptions = map[string]func(*pamReader, *pamLine) pamSettings{
	"pam_unix": unixOptions, "pam_faillock": faillockOptions, "pam_pwquality": pwqualityOptions,
	"pam_pwhistory": pwhistoryOptions, "pam_wheel": wheelOptions, "pam_umask": umaskOptions, "pam_limits": limitsOptions,
}

// argument returns the value of the last argument NAME=VALUE.
func (m pamModule) argument(name string) (value string, ok bool) {
	for _, a := range m.args {
		if v, has := strings.CutPrefix(a, name+"="); has {
			value, ok = v, true
		}
	}
	return value, ok
}

func (m pamModule) flag(name string) bool { return slices.Contains(m.args, name) }

// pamHashes are the arguments of pam_unix(8) that choose a hash; the last counts.
var pamHashes = map[string]string{
	"des": "des", "md5": "md5", "bigcrypt": "bigcrypt", "sha256": "sha256", "sha512": "sha512",
	"blowfish": "bcrypt", "gost_yescrypt": "gost-yescrypt", "yescrypt": "yescrypt",
}

// unixFlag tells whether an argument begins with the name of a flag, by which
// pam_unix knows it: nullok_secure, an option of old releases of Debian's, is nullok.
func (m pamModule) unixFlag(name string) bool {
	return slices.ContainsFunc(m.args, func(a string) bool { return strings.HasPrefix(a, name) })
}

// unixOptions reads the arguments of pam_unix(8). algorithm is absent where no
// argument chooses it: then login.defs(5) does.
func unixOptions(_ *pamReader, l *pamLine) pamSettings {
	from := l.step.from
	out := pamSettings{
		"nullok":      {value: l.step.unixFlag("nullok"), from: from},
		"use_authtok": {value: l.step.unixFlag("use_authtok"), from: from},
		"first":       {value: l.first, from: from},
	}
	for _, a := range l.step.args {
		for name, h := range pamHashes {
			if strings.HasPrefix(a, name) {
				out["algorithm"] = pamSetting{value: h, from: from}
			}
		}
	}
	for _, name := range []string{"remember", "rounds"} {
		if v, ok := l.step.argument(name); ok {
			out[name] = pamSetting{value: scalar(v), from: from}
		}
	}
	return out
}

// wheelOptions reads the arguments of pam_wheel(8). group is absent where none is
// named: then it is wheel, or where there is no such group the one with gid 0.
func wheelOptions(_ *pamReader, l *pamLine) pamSettings {
	out := pamSettings{}
	for _, name := range []string{"use_uid", "trust", "deny", "root_only"} {
		out[name] = pamSetting{value: l.step.flag(name), from: l.step.from}
	}
	if v, ok := l.step.argument("group"); ok {
		out["group"] = pamSetting{value: v, from: l.step.from}
	}
	return out
}

// umaskOptions reads the argument of pam_umask(8) that counts over login.defs(5).
func umaskOptions(_ *pamReader, l *pamLine) pamSettings {
	v, ok := l.step.argument("umask")
	if !ok {
		return pamSettings{}
	}
	n, err := strconv.ParseUint(v, 8, 9)
	if err != nil {
		cause := "the argument umask= is not understood"
		return pamSettings{"umask": {cause: cause, from: l.step.from}, "mode": {cause: cause, from: l.step.from}}
	}
	return pamSettings{"umask": {value: int(n), from: l.step.from}, "mode": {value: octal(n), from: l.step.from}}
}

// limitsOptions tells whether pam_limits(8) reads its usual files: a file that conf=
// names counts alone, limits.d does not then.
func limitsOptions(_ *pamReader, l *pamLine) pamSettings {
	s := pamSetting{value: true, from: l.step.from}
	if v, ok := l.step.argument("conf"); ok {
		s.cause = "pam_limits reads " + v + " alone, which was not read"
	}
	return pamSettings{"standard_files": s}
}

// firstFile returns the first of files that is there.
func (p *pamReader) firstFile(files ...string) textFile {
	var f textFile
	for _, name := range files {
		if f = p.tree.files.get(name); !f.absent {
			return f
		}
	}
	return f
}

// A confSetting is one NAME or NAME=VALUE of a module's file.
type confSetting struct {
	name, value string
	from        compliance.Source
}

// moduleConf reads a file as libpwquality and pam_faillock do: a name, blanks and
// at most one "=", a value up to the end; "#" starts a comment.
func moduleConf(f textFile) []confSetting {
	var out []confSetting
	for _, l := range f.lines {
		text, _, _ := strings.Cut(l.text, "#")
		text = strings.Trim(text, " \t\r\v\f")
		if text == "" {
			continue
		}
		end := strings.IndexAny(text, " \t\r\v\f=")
		if end < 0 {
			end = len(text)
		}
		value := strings.TrimLeft(text[end:], " \t\r\v\f")
		value = strings.TrimLeft(strings.TrimPrefix(value, "="), " \t\r\v\f")
		out = append(out, confSetting{text[:end], value, f.source(l)})
	}
	return out
}

// arguments gives a line's arguments the form of a file's settings.
func (m pamModule) arguments() []confSetting {
	out := make([]confSetting, len(m.args))
	for i, a := range m.args {
		name, value, _ := strings.Cut(a, "=")
		out[i] = confSetting{name, value, m.from}
	}
	return out
}

const faillockConf = "/etc/security/faillock.conf"

// faillockOptions reads faillock.conf(5) and the arguments of pam_faillock(8) over
// it. Times are seconds; 0 is for ever.
func faillockOptions(p *pamReader, l *pamLine) pamSettings {
	name := faillockConf
	f := p.firstFile(name, "/usr/etc/security/faillock.conf")
	if v, ok := l.step.argument("conf"); ok {
		name = v
		f = textFile{path: v, cause: v + " was not read"}
		if v == faillockConf {
			f = p.tree.files.get(v)
		}
	}
	standard := compliance.Source{File: name, Default: true}
	out := pamSettings{}
	for k, v := range map[string]int{"deny": 3, "fail_interval": 900, "unlock_time": 600} {
		out[k] = pamSetting{value: v, from: standard}
	}
	flags := []string{"even_deny_root", "local_users_only", "audit", "silent", "no_log_info"}
	for _, k := range flags {
		out[k] = pamSetting{value: false, from: standard}
	}
	if f.cause != "" {
		for k, v := range out {
			v.cause = f.cause
			out[k] = v
		}
	}
	root := false
	for _, s := range append(moduleConf(f), l.step.arguments()...) {
		n, number := leadingNumber(s.value)
		switch {
		case slices.Contains(flags, s.name):
			out[s.name] = pamSetting{value: true, from: s.from}
		case s.name == "root_unlock_time", s.name == "unlock_time":
			if s.value == "never" {
				n, number = 0, true
			}
			if !number || n > 604800 { // MAX_TIME_INTERVAL
				continue
			}
			root = root || s.name == "root_unlock_time"
			out[s.name] = pamSetting{value: n, from: s.from}
		case (s.name == "deny" || s.name == "fail_interval") && number:
			out[s.name] = pamSetting{value: n, from: s.from}
		}
	}
	if root { // faillock.conf(5): it implies even_deny_root
		out["even_deny_root"] = pamSetting{value: true, from: out["root_unlock_time"].from}
	} else {
		out["root_unlock_time"] = out["unlock_time"]
	}
	return out
}

// leadingNumber reads what sscanf's %u takes off the front of s.
func leadingNumber(s string) (int, bool) {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	return n, err == nil
}

const qualityConf = "/etc/security/pwquality.conf"

// pwqualityDefaults are libpwquality's own, of 1.4.
var pwqualityDefaults = map[string]int{
	"difok": 1, "minlen": 8, "dcredit": 0, "ucredit": 0, "lcredit": 0, "ocredit": 0, "minclass": 0, "maxrepeat": 0, "maxclassrepeat": 0,
	"maxsequence": 0, "gecoscheck": 0, "dictcheck": 1, "usercheck": 1, "usersubstr": 0, "enforcing": 1, "retry": 1,
}

var pwqualityFlags = []string{"enforce_for_root", "local_users_only"}

// pwqualityOptions reads pwquality.conf(5) as libpwquality does: the drop-ins in
// order, then the file itself, then the module's arguments; the last one wins. It
// gives up at the first mistake, and keeps what it had read until then.
func pwqualityOptions(p *pamReader, l *pamLine) pamSettings {
	standard := compliance.Source{File: qualityConf, Default: true}
	out := pamSettings{}
	for k, v := range pwqualityDefaults {
		out[k] = pamSetting{value: v, from: standard}
	}
	for _, k := range pwqualityFlags {
		out[k] = pamSetting{value: false, from: standard}
	}
	p.pwqualityFiles(out)
	for _, s := range l.step.arguments() {
		out.pwquality(s)
	}
	return out
}

// pwqualityFiles reads the files into out.
func (p *pamReader) pwqualityFiles(out pamSettings) {
	files := p.tree.files.in(qualityConf+".d", ".conf")
	cause := p.tree.files.get(qualityConf + ".d/x.conf").cause
	for _, name := range append(files, qualityConf) {
		f := p.tree.files.get(name)
		if f.cause != "" {
			cause = f.cause
		}
		if f.absent || cause != "" {
			continue
		}
		for _, s := range moduleConf(f) {
			if !out.pwquality(s) {
				return
			}
		}
	}
	if cause == "" {
		return
	}
	for k, v := range out {
		v.cause = cause
		out[k] = v
	}
}

// pwquality sets one setting of libpwquality; false is a mistake.
func (s pamSettings) pwquality(c confSetting) bool {
	name := strings.ToLower(c.name)
	if slices.Contains(pwqualityFlags, name) {
		s[name] = pamSetting{value: true, from: c.from}
		return true
	}
	if name == "badwords" || name == "dictpath" {
		return true
	}
	if _, ok := pwqualityDefaults[name]; !ok {
		return false
	}
	n, err := strconv.Atoi(c.value)
	if err != nil {
		return false
	}
	switch name { // PWQ_BASE_MIN_LENGTH, PWQ_NUM_CLASSES
	case "minlen":
		n = max(n, 6)
	case "minclass":
		n = min(n, 4)
	}
	s[name] = pamSetting{value: n, from: c.from}
	return true
}

// pwhistoryOptions reads pwhistory.conf(5), where this release of the module reads
// it, and the arguments of pam_pwhistory(8) over it.
func pwhistoryOptions(p *pamReader, l *pamLine) pamSettings {
	from := l.step.from
	standard := from
	standard.Default = true
	out := pamSettings{
		"remember":         {value: 10, from: standard},
		"enforce_for_root": {value: false, from: standard},
		"use_authtok":      {value: l.step.flag("use_authtok"), from: from},
		"first":            {value: l.first, from: from},
	}
	settings, cause := p.pwhistoryFile(l.step)
	if cause != "" {
		for _, k := range []string{"remember", "enforce_for_root"} {
			out[k] = pamSetting{cause: cause, from: standard}
		}
	}
	for _, s := range append(settings, l.step.arguments()...) {
		n, number := leadingNumber(s.value)
		switch {
		case s.name == "enforce_for_root":
			out[s.name] = pamSetting{value: true, from: s.from}
		case s.name == "remember" && number:
			out[s.name] = pamSetting{value: n, from: s.from}
		}
	}
	return out
}

// pwhistoryFile returns the settings of the file that the module reads.
func (p *pamReader) pwhistoryFile(m pamModule) (settings []confSetting, cause string) {
	if v, ok := m.argument("conf"); ok && v != "/etc/security/pwhistory.conf" {
		return nil, v + " was not read"
	}
	f := p.firstFile("/etc/security/pwhistory.conf", "/usr/etc/security/pwhistory.conf")
	if f.absent {
		return nil, ""
	}
	if f.cause != "" {
		return nil, f.cause
	}
	knows := p.get("cmd", "pwhistory reads")
	switch {
	case knows.cause != "":
		return nil, "whether this release of pam_pwhistory reads " + f.path + " is not known"
	case strings.TrimSpace(knows.text) == "0":
		return nil, ""
	}
	return moduleConf(f), ""
}
