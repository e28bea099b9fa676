package host

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// readTime reads where the clock's daemons take the time from. Which of them is
// running, the section services tells.
func readTime(r *reading) {
	list := r.output("present")
	if list.cause != "" {
		for _, k := range []string{"chrony", "ntp", "timesyncd"} {
			r.unknown(list.cause, compliance.Source{}, k)
		}
		return
	}
	present := presentPaths(list.text)
	putTimesyncd(r, present["/usr/lib/systemd/systemd-timesyncd"])
	putChrony(r, present["/usr/sbin/chronyd"])
	putNTP(r, present["/usr/sbin/ntpd"])
}

// putTimesyncd puts the servers of timesyncd.conf(5): NTP= adds up, and an empty one
// starts anew; FallbackNTP= is used where no other is known.
func putTimesyncd(r *reading, installed bool) {
	from := compliance.Source{File: "/etc/systemd/timesyncd.conf"}
	if !installed {
		r.put(map[string]any{"installed": false}, from, "timesyncd")
		return
	}
	lines, cause := r.systemdSettings("timesyncd.conf", "Time")
	links := r.output("links")
	if cause == "" {
		cause = links.cause
	}
	if cause != "" {
		r.unknown(cause, from, "timesyncd")
		return
	}
	r.put(map[string]any{"installed": true}, from, "timesyncd")
	var servers []timeSource
	for _, key := range []string{"NTP", "FallbackNTP"} {
		own, set := collectServers(lines, key)
		servers = append(servers, own...)
		if key == "FallbackNTP" && !set {
			servers = append(servers, timeSource{kind: "server", name: "the distribution's", builtIn: true, from: compliance.Source{File: from.File, Default: true}})
		}
	}
	for l := range strings.Lines(links.text) {
		for _, name := range strings.Fields(strings.TrimPrefix(strings.TrimSpace(l), "NTP=")) {
			servers = append(servers, timeSource{kind: "server", name: name, from: compliance.Source{File: "/run/systemd/netif/links"}})
		}
	}
	putSources(r, "timesyncd", servers, from)
}

func collectServers(lines []confLine, key string) (servers []timeSource, set bool) {
	for _, a := range lines {
		if a.key != key {
			continue
		}
		set = true
		if a.value == "" {
			servers = nil
		}
		for _, name := range strings.Fields(a.value) {
			servers = append(servers, timeSource{kind: "server", name: name, from: a.from})
		}
	}
	return servers, set
}

// A timeSource is a server, a pool, a peer or a clock.
type timeSource struct {
	kind, name string
	builtIn    bool // the program's or the distribution's own choice
	unused     bool // it is looked at, and never sets the clock
	offline    bool // it is not asked until somebody says so
	from       compliance.Source
}

func putSources(r *reading, daemon string, sources []timeSource, from compliance.Source) {
	list := []any{}
	for _, s := range sources {
		fact := map[string]any{"kind": s.kind, "name": s.name, "built_in": s.builtIn}
		if s.unused || !s.offline {
			fact["used"] = !s.unused
		}
		list = append(list, fact)
	}
	r.put(list, from, daemon, "sources")
	for i, s := range sources {
		r.doc.PutSource(r.path(daemon, "sources", strconv.Itoa(i)), s.from)
		if s.offline && !s.unused {
			r.unknown("it is not asked until `chronyc online` says so, which only `chronyc sources` tells", s.from, daemon, "sources", strconv.Itoa(i), "used")
		}
	}
}

// chrony is chrony.conf(5) as it is read.
type chrony struct {
	tree    *tree
	sources []timeSource
	user    confValue
	left    int
}

// putChrony puts chronyd's sources and the user that it runs as.
func putChrony(r *reading, installed bool) {
	if !installed {
		r.put(map[string]any{"installed": false}, compliance.Source{File: "/usr/sbin/chronyd"}, "chrony")
		return
	}
	r.put(map[string]any{"installed": true}, compliance.Source{File: "/usr/sbin/chronyd"}, "chrony")
	putChronyProcess(r)
	t, cause := r.tree("chrony")
	c := &chrony{tree: t, left: maxConfig}
	main := "/etc/chrony/chrony.conf"
	if cause == "" {
		main = t.order[0]
		cause = c.file(main, 0)
	}
	unit, options := r.get("cmd", "chrony unit"), r.get("cmd", "chrony options")
	given := unit.text + "\n" + options.text
	if cause == "" && chronyOption(given, "f") != nil {
		cause = "chronyd is given another configuration file"
	}
	from := compliance.Source{File: main}
	if cause != "" {
		r.unknown(cause, from, "chrony", "sources")
		r.unknown(cause, from, "chrony", "user")
		r.unknown(cause, from, "chrony", "sets_clock")
		return
	}
	putSources(r, "chrony", c.sources, from)
	r.put(true, from, "chrony", "sets_clock")
	if m := chronyOption(given, "x"); m != nil {
		r.put(false, m.from, "chrony", "sets_clock")
	}
	// -u of the command line counts before the file's user.
	if m := chronyOption(given, "u"); m != nil {
		c.user = *m
	}
	if c.user.value != "" {
		r.put(c.user.value, c.user.from, "chrony", "user")
	}
}

// chronyOption returns the first use of an option of one letter among the lines, each
// FILE:NUMBER:TEXT, of chronyd's unit and of what is handed to it, with the word after
// it; nil where it is not given (chronyd(8)).
func chronyOption(lines, letter string) *confValue {
	option := regexp.MustCompile(`(?:chronyd|OPTIONS=|OPTS=)(?:.*[\s"'=])?-[46dmnpqQrRsU]*` + letter + `\s*([A-Za-z_][A-Za-z0-9_-]*)?`)
	for l := range strings.Lines(lines) {
		file, rest, _ := strings.Cut(strings.TrimSpace(l), ":")
		number, text, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(number)
		if m := option.FindStringSubmatch(text); m != nil && err == nil {
			return &confValue{m[1], compliance.Source{File: file, Line: n, EndLine: n}}
		}
	}
	return nil
}

// putChronyProcess puts the user id that a running chronyd has.
func putChronyProcess(r *reading) {
	process := r.output("chrony process")
	from := compliance.Source{Command: "/proc/PID/status of chronyd"}
	if process.cause != "" {
		r.unknown(process.cause, from, "chrony", "uid")
		return
	}
	for l := range strings.Lines(process.text) {
		f := strings.Fields(l)
		if len(f) > 2 && f[0] == "Uid:" && strings.Contains(process.text, "chronyd") {
			if uid, err := strconv.Atoi(f[2]); err == nil { // the effective one
				r.put(uid, from, "chrony", "uid")
			}
		}
	}
}

var chronySources = []string{"server", "pool", "peer", "refclock"}

// file reads one file; directives are not case-sensitive, comments start with one of !;#%.
func (c *chrony) file(name string, depth int) string {
	if depth > maxLevels {
		return "chrony's files include one another without end"
	}
	lines, cause := c.tree.lines(name)
	if cause != "" {
		return cause
	}
	for _, l := range lines {
		if c.left -= len(l.text) + 1; c.left < 0 {
			return "chrony's configuration is too long"
		}
		words := strings.Fields(l.text)
		if len(words) < 2 {
			continue
		}
		switch word := strings.ToLower(words[0]); {
		case slices.Contains(chronySources, word):
			n := min(len(words), sourceWords(word))
			c.sources = append(c.sources, timeSource{kind: word, name: strings.Join(words[1:n], " "), unused: hasOption(words[n:], "noselect"),
				offline: hasOption(words[n:], "offline"), from: line(name, l.n, l.text)})
		case word == "user":
			c.user = confValue{words[1], line(name, l.n, l.text)}
		case word == "include":
			cause = c.include([]string{words[1]}, "", depth)
		case word == "confdir":
			cause = c.include(words[1:], "/*.conf", depth)
		case word == "sourcedir":
			cause = c.include(words[1:], "/*.sources", depth)
		}
		if cause != "" {
			return cause
		}
	}
	return ""
}

// hasOption tells whether a source has an option; case does not matter.
func hasOption(words []string, option string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, option) })
}

// sourceWords is up to where a source's name goes: a refclock has a driver and its parameter.
func sourceWords(kind string) int {
	if kind == "refclock" {
		return 3
	}
	return 2
}

// include reads the files of some directories, of one name the first directory's,
// in the order of names.
func (c *chrony) include(places []string, pattern string, depth int) string {
	byName := map[string]string{}
	for _, p := range places {
		files, cause := c.tree.included(p + pattern)
		if cause != "" {
			return cause
		}
		for _, f := range files {
			key := path.Base(f)
			if pattern == "" {
				key = f
			}
			if _, ok := byName[key]; !ok {
				byName[key] = f
			}
		}
	}
	for _, key := range sortedKeys(byName) {
		if cause := c.file(byName[key], depth+1); cause != "" {
			return cause
		}
	}
	return ""
}

// putNTP puts the sources of ntpd (ntp.conf(5)).
func putNTP(r *reading, installed bool) {
	from := compliance.Source{File: "/usr/sbin/ntpd"}
	r.put(map[string]any{"installed": installed}, from, "ntp")
	if !installed {
		return
	}
	t, cause := r.tree("ntp")
	if cause != "" {
		r.unknown(cause, from, "ntp", "sources")
		return
	}
	var sources []timeSource
	for _, name := range t.order {
		lines, cause := t.lines(name)
		if cause != "" {
			r.unknown(cause, compliance.Source{File: name}, "ntp", "sources")
			return
		}
		for _, l := range lines {
			words := strings.Fields(l.text)
			if len(words) > 1 && slices.Contains(chronySources, words[0]) {
				sources = append(sources, timeSource{kind: words[0], name: words[1], unused: ownClock(words) || hasOption(words[2:], "noselect"), from: line(name, l.n, l.text)})
			}
		}
	}
	putSources(r, "ntp", sources, compliance.Source{File: t.order[0]})
}

// ownClock tells whether a source of ntpd is the clock of the host itself, which keeps
// nothing right: 127.127.1.0, and ntpsec's `refclock local`.
func ownClock(words []string) bool {
	return strings.HasPrefix(words[1], "127.127.1.") || words[0] == "refclock" && words[1] == "local"
}
