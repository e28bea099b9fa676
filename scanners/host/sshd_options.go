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
	exec, own, found := execStart(units)
	values := map[string]unitLine{}
	for _, e := range append(own, environment...) {
		e.value = shellValue(e.value)
		values[e.key] = e
	}
	if !found {
		exec = unitLine{value: "sshd $SSHD_OPTS", from: compliance.Source{File: "/etc/default/ssh"}}
	}
	return parseOptions(exec, values)
}

// execStart returns the command of ssh.service, or of sshd.service where that is
// not there, and the variables that the unit itself sets.
func execStart(lines []unitLine) (exec unitLine, environment []unitLine, found bool) {
	for _, name := range []string{"ssh.service", "sshd.service"} {
		for _, file := range unitFiles(lines, name) {
			for _, l := range lines {
				if l.from.File != file {
					continue
				}
				switch l.key {
				case "ExecStart":
					exec, found = l, l.value != ""
				case "Environment":
					words, _ := splitArgs(l.value)
					for _, w := range words {
						key, value, _ := strings.Cut(w, "=")
						environment = append(environment, unitLine{key, value, l.from})
					}
				}
			}
		}
		if found {
			return exec, environment, true
		}
	}
	return unitLine{}, nil, false
}

// unitFiles returns the files of a unit that count, in the order in which they
// are read: the first unit by directory, then its drop-ins by name.
func unitFiles(lines []unitLine, name string) []string {
	var main string
	dropIns := map[string]string{}
	for _, l := range lines { // the script lists directories by precedence
		switch f := l.from.File; {
		case path.Base(f) == name && main == "":
			main = f
		case path.Base(path.Dir(f)) == name+".d":
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
var sshdVariables = []string{"SSHD_OPTS", "OPTIONS", "CRYPTO_POLICY"}

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
