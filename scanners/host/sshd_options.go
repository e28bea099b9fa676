package host

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// sshdOptions are the command line that the unit, or the init script, gives sshd:
// it counts before sshd_config.
type sshdOptions struct {
	config     string // -f
	directives []directive
	ports      bool   // -p: Port lines are ignored
	cause      string // why the command line is not understood
}

// file returns the main configuration file.
func (o sshdOptions) file(usual string) string {
	if o.config == "" {
		return usual
	}
	return o.config
}

// over lays the options over a configuration.
func (o sshdOptions) over(c *sshdConfig) *sshdConfig {
	if len(o.directives) == 0 {
		return c
	}
	lines := c.directives
	if o.ports {
		lines = slices.DeleteFunc(slices.Clone(lines), func(d directive) bool { return d.keyword != nil && d.keyword.name == "port" })
	}
	return &sshdConfig{directives: append(slices.Clone(o.directives), lines...)}
}

// A unitLine is an assignment in a unit, a drop-in of it or an environment file.
type unitLine struct {
	key, value string
	from       compliance.Source
}

// unitOptions reads the assignments that the script found, as `grep -nH` prints
// them, by the rules of systemd.unit(5) and systemd.exec(5).
func unitOptions(text string) sshdOptions {
	var units, environment []unitLine
	for l := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(l), ":", 3)
		if len(parts) != 3 {
			continue
		}
		n, err := strconv.Atoi(parts[1])
		key, value, ok := strings.Cut(parts[2], "=")
		if err != nil || !ok || !plainName(parts[0]) {
			continue
		}
		u := unitLine{strings.TrimSpace(key), strings.TrimSpace(value), line(parts[0], n, parts[2])}
		if strings.Contains(parts[0], "/systemd/system/") {
			units = append(units, u)
		} else {
			environment = append(environment, u)
		}
	}
	unit, found := sshdUnit(units)
	if !found {
		unit = commandLine{exec: unitLine{value: "sshd $SSHD_OPTS", from: compliance.Source{File: "/etc/default/ssh"}}, files: optionFiles}
	}
	values := map[string]unitLine{}
	for _, e := range unit.variables {
		values[e.key] = unitLine{e.key, shellValue(e.value), e.from}
	}
	for _, f := range unit.files {
		if !slices.Contains(optionFiles, f) {
			if strings.Contains(unit.exec.value, "$") {
				return sshdOptions{cause: "sshd's unit takes options from a file that was not read: " + f}
			}
			continue
		}
		for _, e := range environment {
			if e.from.File == f {
				values[e.key] = unitLine{e.key, shellValue(e.value), e.from}
			}
		}
	}
	return parseOptions(unit.exec, values)
}

// optionFiles are the environment files that the script reads.
var optionFiles = []string{"/etc/default/ssh", "/etc/sysconfig/ssh", "/etc/sysconfig/sshd", "/etc/sysconfig/sshd-permitrootlogin", "/etc/conf.d/sshd", "/etc/crypto-policies/back-ends/opensshserver.config"}

// A commandLine is a unit's ExecStart, the variables that the unit itself sets, and
// the files with more of them, which count over those (systemd.exec(5)).
type commandLine struct {
	exec      unitLine
	variables []unitLine
	files     []string
}

// sshdUnit reads ssh.service, or sshd.service where that is not there.
func sshdUnit(lines []unitLine) (unit commandLine, found bool) {
	names := []string{"ssh.service", "sshd.service"}
	if alias(lines, names[0], names[1]) {
		return unit, unit.read(lines, names...)
	}
	for _, name := range names {
		unit = commandLine{}
		if unit.read(lines, name) {
			return unit, true
		}
	}
	return commandLine{}, false
}

// alias tells whether two units are one: the file of the one is a link to the other's.
func alias(lines []unitLine, name, other string) bool {
	text := func(name string) (out []string) {
		for _, l := range lines {
			if l.from.File == unitFiles(lines, name)[0] {
				out = append(out, strconv.Itoa(l.from.Line)+l.key+"="+l.value)
			}
		}
		return out
	}
	a, b := text(name), text(other)
	return len(a) > 0 && slices.Equal(a, b)
}

// read reads the files of a unit of one or more names; false where it starts nothing.
func (c *commandLine) read(lines []unitLine, names ...string) bool {
	for _, file := range unitFiles(lines, names...) {
		for _, l := range lines {
			if l.from.File != file {
				continue
			}
			words, _ := splitArgs(l.value)
			switch {
			case l.key == "ExecStart":
				c.exec = l
			case l.key == "Environment" && l.value == "":
				c.variables = nil
			case l.key == "Environment":
				for _, w := range words {
					key, value, _ := strings.Cut(w, "=")
					c.variables = append(c.variables, unitLine{key, value, l.from})
				}
			case l.key == "EnvironmentFile" && l.value == "":
				c.files = nil
			case l.key == "EnvironmentFile":
				c.files = append(c.files, strings.TrimPrefix(shellValue(l.value), "-"))
			}
		}
	}
	return c.exec.value != ""
}

// unitFiles returns the files that count of a unit, whose further names are links to
// it, in the order in which they are read: the first unit by directory, then the
// drop-ins of all names by their own.
func unitFiles(lines []unitLine, names ...string) []string {
	var main string
	dropIns := map[string]string{}
	for _, l := range lines { // the script lists directories by precedence
		switch f := l.from.File; {
		case path.Base(f) == names[0] && main == "":
			main = f
		case slices.Contains(names, strings.TrimSuffix(path.Base(path.Dir(f)), ".d")):
			if _, ok := dropIns[path.Base(f)]; !ok {
				dropIns[path.Base(f)] = f
			}
		}
	}
	files := []string{main}
	for _, base := range sortedKeys(dropIns) {
		files = append(files, dropIns[base])
	}
	return files
}

// sshdVariables are what distributions keep sshd's options in; the script looks
// for them in their files.
var sshdVariables = []string{"SSHD_OPTS", "OPTIONS", "PERMITROOTLOGIN", "CRYPTO_POLICY"}

// parseOptions reads sshd(8)'s command line; variables that are not set are empty.
func parseOptions(exec unitLine, values map[string]unitLine) sshdOptions {
	type word struct {
		text string
		from compliance.Source
	}
	var words []word
	fields, ok := splitArgs(exec.value)
	if !ok || strings.HasSuffix(exec.value, `\`) {
		return sshdOptions{cause: "the command line of sshd's unit is not understood"}
	}
	for _, f := range fields {
		name, variable := strings.CutPrefix(f, "$")
		if !variable {
			words = append(words, word{f, exec.from})
			continue
		}
		name = strings.Trim(name, "{}")
		v, known := values[name]
		if !known && !slices.Contains(sshdVariables, name) {
			return sshdOptions{cause: "sshd's unit takes options from a variable that was not read: " + name}
		}
		more, ok := splitArgs(v.value)
		if !ok {
			return sshdOptions{cause: "the options of sshd's unit are not understood"}
		}
		for _, m := range more {
			words = append(words, word{m, v.from})
		}
	}
	var o sshdOptions
	for i := 1; i < len(words); i++ {
		w := words[i]
		if len(w.text) < 2 || w.text[0] != '-' {
			o.cause = "sshd's unit passes an option that is not understood: " + w.text
			return o
		}
		flag, value := w.text[1], w.text[2:]
		if strings.IndexByte("Deditq46T", flag) >= 0 && value == "" {
			if keyword := map[byte]string{'4': "inet", '6': "inet6"}[flag]; keyword != "" {
				o.set("addressfamily", keyword, w.from)
			}
			continue
		}
		if value == "" && i+1 < len(words) {
			i++
			value = words[i].text
		}
		if !o.take(flag, value, w.from) {
			o.cause = "sshd's unit passes an option that is not understood: " + w.text
			return o
		}
	}
	return o
}

// take applies an option that has an argument.
func (o *sshdOptions) take(flag byte, value string, from compliance.Source) bool {
	switch flag {
	case 'f':
		o.config = value
	case 'p':
		o.ports = true
		o.set("port", value, from)
	case 'h':
		o.set("hostkey", value, from)
	case 'c':
		o.set("hostcertificate", value, from)
	case 'g':
		o.set("logingracetime", value, from)
	case 'o':
		name, rest := keywordOf(value)
		return o.set(name, rest, from)
	case 'E', 'u', 'b', 'k', 'C':
	default:
		return false
	}
	return true
}

func (o *sshdOptions) set(name, rest string, from compliance.Source) bool {
	c := &sshdConfig{}
	c.directive(name, rest, nil, from)
	o.directives = append(o.directives, c.directives...)
	return name != ""
}
