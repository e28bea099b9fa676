package host

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const sudoersFile = "/etc/sudoers"

var sudoVersion = regexp.MustCompile(`(?m)^Sudo version (\S{1,40})$|^(sudo-rs \S{1,40})`)

// readSudo reads sudoers(5) with what it includes.
func readSudo(r *reading) {
	version := r.get("cmd", "sudo -V")
	if version.absent {
		r.put(false, command("command -v sudo"), "installed")
		return
	}
	if version.cause != "" && !version.unrun {
		for _, k := range []string{"installed", "version", "valid", "defaults", "scoped_defaults", "rules", "programs"} {
			r.unknown(version.cause, command("sudo -V"), k)
		}
		return
	}
	r.put(true, command("command -v sudo"), "installed")
	m := sudoVersion.FindStringSubmatch(version.text)
	if m != nil {
		r.put(m[1]+m[2], command("sudo -V"), "version")
	} else {
		r.unknown(version.or("sudo -V does not tell"), command("sudo -V"), "version")
	}
	putSudoValid(r)

	main := r.file(sudoersFile)
	elsewhere, instead := otherSudoers(r)
	if instead.cause != "" {
		for _, k := range []string{"defaults", "scoped_defaults", "rules", "programs"} {
			r.unknown(instead.cause, instead.from, k)
		}
		return
	}
	if !main.ok() {
		for _, k := range []string{"defaults", "scoped_defaults", "rules", "programs"} {
			r.unknown(main.or(sudoersFile+" is missing"), compliance.Source{File: sudoersFile}, k)
		}
		return
	}
	s := &sudoers{aliases: map[string][]string{}}
	s.file(r, sudoersFile, nil, 0)
	if elsewhere.cause != "" {
		s.gaps = append(s.gaps, elsewhere)
	}
	s.put(r)
	s.putPrograms(r)
}

// otherSudoers tells of rules that are not in the files: elsewhere are those that
// count beside them (nsswitch.conf: sudoers-ldap(5), sssd-sudo(5)), instead those that
// count in their place (sudo.conf(5)).
func otherSudoers(r *reading) (elsewhere, instead sudoGap) {
	sources := r.output("sources")
	if sources.cause != "" {
		return sudoGap{cause: sources.cause, from: compliance.Source{File: "/etc/nsswitch.conf"}}, instead
	}
	for l := range strings.Lines(sources.text) {
		if list, ok := strings.CutPrefix(strings.Replace(strings.TrimSpace(l), "sudoers :", "sudoers:", 1), "sudoers:"); ok {
			for _, word := range strings.Fields(list) {
				if word != "files" && plainName(word) && !strings.ContainsAny(word, "[]=#") {
					elsewhere = sudoGap{cause: "sudo takes rules from " + word + " too (nsswitch.conf), which were not read", from: compliance.Source{File: "/etc/nsswitch.conf"}}
				}
			}
			continue
		}
		w := append(strings.Fields(l), "", "")
		file := slices.IndexFunc(w, func(x string) bool { return strings.HasPrefix(x, "sudoers_file=") && x != "sudoers_file="+sudoersFile })
		if w[0] == "Plugin" && (strings.Contains(w[1], "policy") && path.Base(w[2]) != "sudoers.so" || file >= 0) {
			instead = sudoGap{cause: "/etc/sudo.conf puts other rules in the place of " + sudoersFile, from: compliance.Source{File: "/etc/sudo.conf"}}
		}
	}
	return elsewhere, instead
}

// asRoot tells whether a rule lets run something as root.
func asRoot(runas []string) bool {
	return len(runas) == 0 || slices.ContainsFunc(runas, func(u string) bool { return u == "ALL" || u == "root" || u == "#0" })
}

// putPrograms puts what rules let run as root, with the folders above it.
func (s *sudoers) putPrograms(r *reading) {
	r.put(map[string]any{}, compliance.Source{File: sudoersFile}, "programs")
	files := r.stats()
	for _, x := range s.rules {
		if !asRoot(s.expand("Runas", x.runasUsers)) || len(x.runasUsers) == 0 && len(x.runasGroups) > 0 {
			continue
		}
		for _, command := range s.expand("Cmnd", x.commands) {
			if program := sudoProgram(command); program != "" {
				r.putProgram(program, files, x.from)
			}
		}
	}
	for _, g := range s.gaps[:min(1, len(s.gaps))] {
		r.unknown(g.cause, g.from, "programs", compliance.Any)
	}
}

// sudoProgram returns the program of a command, or the folder of those that a pattern
// names; "" where there is none, as of ALL, of what is forbidden, and of a program that
// a digest holds fast.
func sudoProgram(command string) string {
	if !strings.HasPrefix(command, "/") {
		return ""
	}
	program, _, _ := strings.Cut(command, " ")
	if i := strings.IndexAny(program, "*?[\\\""); i >= 0 {
		program = path.Dir(program[:i] + "x")
	}
	return path.Clean(program)
}

// putSudoValid puts what visudo says of the files; it needs to read them all.
func putSudoValid(r *reading) {
	check := r.get("cmd", "visudo -c")
	from := command("visudo -c")
	said := ""
	if it := r.in.items[itemKey(r.section, "cmd", "visudo -c")]; it != nil {
		said = it.stderr + string(it.data)
	}
	switch {
	case check.absent:
		r.unknown("there is no visudo to ask", from, "valid")
	case check.cause != "":
		r.unknown(check.cause, from, "valid")
	case strings.Contains(said, "Permission denied"):
		r.unknown("visudo -c: permission denied: "+needsRoot, from, "valid")
	default:
		r.put(check.failed == "", from, "valid")
	}
}

// sudoers is what the files say, in their order, aliases not yet expanded.
type sudoers struct {
	aliases  map[string][]string // "User NAME" to its members
	defaults []sudoDefaults
	rules    []sudoRule
	gaps     []sudoGap
	lines    int
}

// A sudoDefaults is one Defaults line.
type sudoDefaults struct {
	scope    string // "", user, host, command, runas
	names    []string
	settings []sudoSetting
	from     compliance.Source
}

type sudoSetting struct {
	name, value, sign string // sign: "", "!", "=", "+=", "-="
}

// A sudoRule is a run of commands with the same run-as users and tags.
type sudoRule struct {
	users, hosts, runasUsers, runasGroups, commands, tags []string
	options                                               string // CWD=, TIMEOUT= ... in force
	from                                                  compliance.Source
}

// A sudoGap is where lines are missing: after how many Defaults lines.
type sudoGap struct {
	cause string
	after int
	from  compliance.Source
}

func (s *sudoers) missing(cause string, from compliance.Source) {
	s.gaps = append(s.gaps, sudoGap{cause, len(s.defaults), from})
}

const (
	sudoDepth = 128 // MAX_SUDOERS_DEPTH
	sudoLines = 200_000
)

// file reads one file; r hands out the files.
func (s *sudoers) file(r *reading, name string, via []compliance.Source, depth int) {
	f := r.file(name)
	from := compliance.Source{File: name, Via: via}
	switch {
	case f.absent:
		s.missing(name+" is missing", from)
		return
	case f.cause != "":
		s.missing(f.cause, from)
		return
	case depth > sudoDepth || s.lines > sudoLines:
		s.missing("too many nested includes", from)
		return
	}
	for _, l := range logicalLines(f.text) {
		s.lines++
		at := line(name, l.first, l.text)
		at.EndLine, at.Via = l.last, via
		if kind, target, ok := sudoInclude(l.text); ok {
			s.include(r, kind, target, name, at, depth)
			continue
		}
		if !s.statement(l.text, at) {
			s.missing(name+" line "+strconv.Itoa(l.first)+" is not understood", at)
		}
	}
}

// A logicalLine is a line with those that it continues on.
type logicalLine struct {
	text        string
	first, last int
}

func logicalLines(text string) []logicalLine {
	var out []logicalLine
	n, pending := 0, ""
	first := 0
	for l := range strings.Lines(text) {
		n++
		if pending == "" {
			first = n
		}
		l = strings.TrimRight(l, "\r\n")
		if strings.HasSuffix(l, `\`) && !strings.HasPrefix(strings.TrimSpace(pending+l), "#") {
			pending += strings.TrimSuffix(l, `\`) + " "
			continue
		}
		out = append(out, logicalLine{pending + l, first, n})
		pending = ""
	}
	if pending != "" {
		out = append(out, logicalLine{pending, first, n})
	}
	return out
}

var includeLine = regexp.MustCompile(`^\s*[@#](include|includedir)\s+("([^"]*)"|(\S+))\s*$`)

func sudoInclude(text string) (kind, target string, ok bool) {
	m := includeLine.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	return m[1], strings.ReplaceAll(m[3]+m[4], `\`, ""), true
}

// include follows one include line. Names in a directory that end in '~' or hold
// a '.' are ignored (sudoers(5)).
func (s *sudoers) include(r *reading, kind, target, file string, at compliance.Source, depth int) {
	if strings.Contains(target, "%h") {
		s.missing("the included name holds %h", at)
		return
	}
	if !strings.HasPrefix(target, "/") {
		target = path.Dir(file) + "/" + target
	}
	via := at.Via
	at.Via = nil // each step stands once
	via = append([]compliance.Source{at}, via...)
	if kind == "include" {
		s.file(r, target, via, depth+1)
		return
	}
	entries, listed := r.dir(target)
	if listed.cause != "" {
		s.missing(listed.cause, at)
	}
	for _, e := range entries {
		base := path.Base(e)
		if strings.Contains(base, ".") || strings.HasSuffix(base, "~") {
			continue
		}
		if it := r.in.items[itemKey(r.section, "file", e)]; it == nil && r.isDirectory(e) {
			continue
		}
		s.file(r, e, via, depth+1)
	}
}

// isDirectory tells whether the script listed e as a directory of its own.
func (r *reading) isDirectory(e string) bool {
	_, ok := r.in.items[itemKey(r.section, "dir", e)]
	return ok
}

// statement reads one logical line; false where it is not understood.
func (s *sudoers) statement(text string, from compliance.Source) bool {
	p := &sudoScanner{text: text}
	p.blank()
	if p.end() {
		return true
	}
	start := p.pos
	switch word := p.name(); {
	case strings.HasPrefix(word, "Defaults"):
		p.pos = start + len("Defaults")
		return s.defaultsLine(p, from)
	case strings.HasSuffix(word, "_Alias"):
		kind := strings.TrimSuffix(word, "_Alias")
		if kind == "Cmd" {
			kind = "Cmnd"
		}
		return s.alias(p, kind)
	}
	p.pos = start
	return s.rule(p, from)
}

// alias reads NAME = member, member : NAME = ...
func (s *sudoers) alias(p *sudoScanner, kind string) bool {
	for {
		p.blank()
		name := p.name()
		p.blank()
		if name == "" || !p.take('=') {
			return false
		}
		var members []string
		var ok bool
		if kind == "Cmnd" {
			members, ok = p.commandList()
		} else {
			members, ok = p.list()
		}
		if !ok {
			return false
		}
		s.aliases[kind+" "+name] = members
		p.blank()
		if p.end() {
			return true
		}
		if !p.take(':') {
			return false
		}
	}
}

// defaultsLine reads what follows "Defaults".
func (s *sudoers) defaultsLine(p *sudoScanner, from compliance.Source) bool {
	d := sudoDefaults{from: from}
	scopes := map[byte]string{':': "user", '@': "host", '!': "command", '>': "runas"}
	if c := p.peek(); scopes[c] != "" {
		p.pos++
		d.scope = scopes[c]
		var ok bool
		if d.names, ok = p.list(); !ok { // commands have no arguments here
			return false
		}
	} else if c != ' ' && c != '\t' {
		return false
	}
	for {
		p.blank()
		var v sudoSetting
		for p.take('!') {
			v.sign = map[string]string{"": "!", "!": ""}[v.sign]
			p.blank()
		}
		v.name = p.option()
		p.blank()
		switch {
		case p.takeWord("+="):
			v.sign = "+="
		case p.takeWord("-="):
			v.sign = "-="
		case p.take('='):
			v.sign = "="
		}
		if strings.HasSuffix(v.sign, "=") {
			p.blank()
			v.value = p.value()
		}
		if v.name == "" {
			return false
		}
		d.settings = append(d.settings, v)
		p.blank()
		if p.end() {
			s.defaults = append(s.defaults, d)
			return true
		}
		if !p.take(',') {
			return false
		}
	}
}

// rule reads users hosts = commands : hosts = commands.
func (s *sudoers) rule(p *sudoScanner, from compliance.Source) bool {
	users, ok := p.list()
	if !ok {
		return false
	}
	for {
		p.blank()
		hosts, ok := p.list()
		p.blank()
		if !ok || !p.take('=') {
			return false
		}
		rules, ok := p.commandSpecs()
		if !ok {
			return false
		}
		for _, r := range rules {
			r.users, r.hosts, r.from = users, hosts, from
			s.rules = append(s.rules, r)
		}
		p.blank()
		if p.end() {
			return true
		}
		if !p.take(':') {
			return false
		}
	}
}

// put writes the facts. What lies behind a gap may have come before or after.
func (s *sudoers) put(r *reading) {
	from := compliance.Source{File: sudoersFile}
	s.putDefaults(r, from)
	scoped, rules := []any{}, []any{}
	for _, d := range s.defaults {
		if d.scope == "" {
			continue
		}
		settings := map[string]any{}
		for _, v := range d.settings {
			settings[v.name] = v.fact(settings[v.name])
		}
		r.doc.PutSource(r.path("scoped_defaults", strconv.Itoa(len(scoped))), d.from)
		scoped = append(scoped, map[string]any{"scope": d.scope, "names": anyList(s.expand(scopeAlias[d.scope], d.names)), "settings": settings})
	}
	for _, x := range s.rules {
		r.doc.PutSource(r.path("rules", strconv.Itoa(len(rules))), x.from)
		rules = append(rules, s.ruleFact(x))
	}
	r.put(scoped, from, "scoped_defaults")
	r.put(rules, from, "rules")
	const enough = 20
	for _, g := range s.gaps[:min(enough, len(s.gaps))] {
		r.unknown(g.cause, g.from, "rules", compliance.Any)
		r.unknown(g.cause, g.from, "scoped_defaults", compliance.Any)
		r.unknown(g.cause, g.from, "defaults", compliance.Any)
	}
}

// scopeAlias is the kind of alias that a scope of Defaults takes.
var scopeAlias = map[string]string{"user": "User", "host": "Host", "command": "Cmnd", "runas": "Runas"}

// putDefaults puts the global Defaults, the last of a name winning; a gap after
// it leaves it open.
func (s *sudoers) putDefaults(r *reading, from compliance.Source) {
	values, sources := map[string]any{}, map[string]compliance.Source{}
	at := map[string]int{}
	for i, d := range s.defaults {
		if d.scope != "" {
			continue
		}
		for _, v := range d.settings {
			values[v.name] = v.fact(values[v.name])
			src := d.from
			if before, ok := sources[v.name]; ok {
				src = withShadowed(src, before)
			}
			sources[v.name], at[v.name] = src, i
		}
	}
	r.put(map[string]any{}, from, "defaults")
	for name, v := range values {
		cause := ""
		for _, g := range s.gaps {
			if g.after > at[name] {
				cause = g.cause
			}
		}
		r.putOr(v, cause == "", cause, sources[name], "defaults", name)
	}
}

// sudoLists are the Defaults whose values are lists.
var sudoLists = []string{"env_check", "env_delete", "env_keep"}

// fact returns the setting's value; before is what an earlier line left.
func (v sudoSetting) fact(before any) any {
	list, _ := before.([]any)
	switch v.sign {
	case "":
		return true
	case "!":
		if slices.Contains(sudoLists, v.name) {
			return []any{}
		}
		return false
	case "+=":
		return append(slices.Clone(list), anyList(strings.Fields(v.value))...)
	case "-=":
		gone := strings.Fields(v.value)
		return slices.DeleteFunc(append([]any{}, list...), func(x any) bool { return slices.Contains(gone, x.(string)) })
	}
	if slices.Contains(sudoLists, v.name) {
		return anyList(strings.Fields(v.value))
	}
	if f, err := strconv.ParseFloat(v.value, 64); err == nil && decimal.MatchString(v.value) {
		if n := int(f); float64(n) == f {
			return n
		}
		return f
	}
	return v.value
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?$`)

func (s *sudoers) ruleFact(x sudoRule) map[string]any {
	runas := s.expand("Runas", x.runasUsers)
	if len(runas) == 0 && len(x.runasGroups) == 0 {
		runas = []string{"root"}
	}
	return map[string]any{
		"users": anyList(s.expand("User", x.users)), "hosts": anyList(s.expand("Host", x.hosts)),
		"runas_users": anyList(runas), "runas_groups": anyList(s.expand("Runas", x.runasGroups)),
		"commands": anyList(s.expand("Cmnd", x.commands)),
		"tags":     anyList(x.tags), "nopasswd": slices.Contains(x.tags, "NOPASSWD"),
	}
}

// expand replaces aliases by their members; "!ALIAS" turns each of them round.
func (s *sudoers) expand(kind string, names []string) []string {
	var out []string
	s.expandInto(&out, kind, names, false, nil)
	return out
}

const maxExpanded = 10_000

func (s *sudoers) expandInto(out *[]string, kind string, names []string, negated bool, seen []string) {
	for _, n := range names {
		bare, not := strings.CutPrefix(n, "!")
		key := kind + " " + bare
		members, alias := s.aliases[key]
		switch {
		case len(*out) >= maxExpanded:
			return
		case alias && !slices.Contains(seen, key):
			s.expandInto(out, kind, members, not != negated, append(slices.Clone(seen), key))
		case not != negated:
			*out = append(*out, "!"+bare)
		default:
			*out = append(*out, bare)
		}
	}
}
