package host

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const aideFolder = "/var/lib/aide"

// readAIDE reads whether AIDE is installed, its database, and what runs it.
func readAIDE(r *reading) {
	present := r.output("present")
	program := compliance.Source{File: "/usr/bin/aide"}
	if present.cause != "" {
		r.unknown(present.cause, program, "installed")
		return
	}
	installed, now := false, int64(0)
	for l := range strings.Lines(present.text) {
		l = strings.TrimSpace(l)
		if n, ok := strings.CutPrefix(l, "time "); ok {
			now, _ = strconv.ParseInt(n, 10, 64)
		} else if strings.HasSuffix(l, "/aide") {
			installed, program.File = true, l
		}
	}
	r.put(installed, program, "installed")
	if !installed {
		return
	}
	putAIDEDatabase(r, now)
	jobs := r.output("jobs")
	if jobs.cause != "" {
		r.unknown(jobs.cause, program, "jobs")
		return
	}
	r.put(map[string]any{}, program, "jobs")
	for _, file := range strings.Split(jobs.text, "\n") {
		if hidden, ok := strings.CutPrefix(file, "hidden "); ok {
			r.unknown(hidden+": permission denied: "+needsRoot, program, "jobs", compliance.Any)
		} else if file != "" && plainName(file) {
			kind := "cron"
			if strings.HasSuffix(file, ".service") {
				kind = "service"
			}
			r.put(map[string]any{"kind": kind, "timer": strings.TrimSuffix(path.Base(file), ".service") + ".timer"}, compliance.Source{File: file}, "jobs", file)
		}
	}
}

// putAIDEDatabase puts the file that aide compares with: database_in= or database=,
// the last line of which counts, else the name that distributions have.
func putAIDEDatabase(r *reading, now int64) {
	files := r.textFiles()
	config := files.get("/etc/aide/aide.conf")
	if config.absent {
		config = files.get("/etc/aide.conf")
	}
	if config.cause != "" {
		r.unknown(config.cause, compliance.Source{File: config.path}, "database")
		return
	}
	database, from, cause := aideDatabase(config)
	if cause != "" {
		r.unknown(cause, from, "database")
		return
	}
	database = path.Clean("/" + database)
	entries, listed := r.dir(aideFolder)
	switch {
	case path.Dir(database) != aideFolder:
		r.unknown(database+" is not below "+aideFolder, from, "database")
		return
	case listed.cause != "":
		r.unknown(listed.cause, from, "database")
		return
	case !slices.Contains(entries, database):
		r.put(map[string]any{"file": database, "exists": false}, from, "database")
		return
	}
	stat := r.output("stat")
	for l := range strings.Lines(stat.text) {
		f := strings.SplitN(strings.TrimSpace(l), " ", 3)
		if len(f) != 3 || f[2] != database {
			continue
		}
		made, err := strconv.ParseInt(f[0], 10, 64)
		size, err1 := strconv.ParseInt(f[1], 10, 64)
		if err == nil && err1 == nil && now > 0 {
			r.put(map[string]any{"file": database, "exists": true, "size": size, "age": max(0, (now-made)/(24*60*60))}, compliance.Source{File: database}, "database")
			return
		}
	}
	r.unknown(stat.or(stat.unless("stat told nothing about it")), from, "database")
}

// aideDatabase returns the file that AIDE compares with, or why it is not known.
func aideDatabase(config textFile) (database string, from compliance.Source, cause string) {
	from = compliance.Source{File: config.path}
	defines := map[string]string{}
	for _, l := range config.lines {
		if w := strings.Fields(l.text); len(w) == 3 && w[0] == "@@define" {
			defines[w[1]] = w[2]
			continue
		}
		key, value, ok := strings.Cut(l.text, "=")
		key = strings.TrimSpace(key)
		if !ok || key != "database" && key != "database_in" {
			continue
		}
		value = strings.TrimSpace(value)
		for _, name := range sortedKeys(defines) {
			if !plainName(value) || !plainName(defines[name]) { // each round can make it a thousand times as long
				break
			}
			value = strings.ReplaceAll(value, "@@{"+name+"}", defines[name])
		}
		database, ok = strings.CutPrefix(value, "file:")
		from = config.source(l)
		switch {
		case !plainName(value):
			return "", from, "the name of the database is too long"
		case !ok || strings.Contains(database, "@@") || !strings.HasPrefix(database, "/"):
			return "", from, "it is not read where the database is: " + value
		}
	}
	if database == "" {
		return "", from, "no line tells where the database is"
	}
	return database, from, ""
}

// readAIDERules reads which attributes of the audit tools AIDE compares, as aide
// itself tells.
func readAIDERules(r *reading) {
	present := r.output("present")
	if present.cause != "" {
		r.unknown(present.cause, compliance.Source{}, "tools")
		return
	}
	if !strings.Contains(present.text, "/aide\n") && !strings.HasSuffix(present.text, "/aide") {
		return
	}
	r.put(map[string]any{}, command("aide --path-check"), "tools")
	var config *aideConfig
	for l := range strings.Lines(present.text) {
		tool := strings.TrimSpace(l)
		if tool == "" || strings.HasSuffix(tool, "/aide") || !plainName(tool) {
			continue
		}
		told := r.get("cmd", "aide "+tool)
		from := command("aide --path-check=f:" + tool)
		attributes, ok := parsePathCheck(told.text)
		switch {
		case told.absent || strings.Contains(told.text+r.stderr("aide "+tool), "unrecognized option"):
			if config == nil {
				config = r.aideConfig()
			}
			config.put(r, tool)
		case told.cause != "":
			r.unknown(told.cause, from, "tools", tool)
		case !ok:
			r.unknown(told.unless("aide does not tell which rule the file falls under; it does from version 0.17 on"), from, "tools", tool)
		default:
			from.Text = printable(strings.TrimSpace(told.text))
			r.put(map[string]any{"attributes": anyList(attributes)}, from, "tools", tool)
		}
	}
}

// parsePathCheck reads what `aide --path-check` prints: "[X] f '/path': selective
// rule: '/regex RESTRICTION ATTRIBUTES' (FILE:LINE: 'RULE')", or "[ ] f '/path': ..."
// where no rule, or a negative one, matches.
func parsePathCheck(text string) ([]string, bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[ ] ") {
		return nil, true
	}
	_, rule, ok := strings.Cut(text, "rule: '")
	rule, _, ok1 := strings.Cut(rule, "' (")
	w := strings.Fields(rule)
	if !strings.HasPrefix(text, "[X] ") || !ok || !ok1 || len(w) < 2 {
		return nil, false
	}
	return strings.Split(w[len(w)-1], "+"), true
}

// An aideRule is one line of aide.conf that selects files, or leaves them out.
type aideRule struct {
	kind       byte   // '/': what begins so, '=': nothing beneath it, '!': left out
	node       string // the directory of the tree that holds it
	form       *regexp.Regexp
	attributes []string
	from       compliance.Source
}

// An aideConfig is aide.conf(5) of the versions that do not tell about their rules.
type aideConfig struct {
	groups map[string][]string
	rules  []aideRule
	cause  string
	from   compliance.Source
}

// aideGroups are those that are built in.
var aideGroups = map[string]string{
	"E": "", "X": "acl+selinux+xattrs+e2fsattrs", "L": "p+i+l+n+u+g+acl+selinux+xattrs",
	"R": "p+i+l+n+u+g+s+m+c+md5+acl+selinux+xattrs", ">": "p+l+u+g+i+n+S+acl+selinux+xattrs",
}

var aideAttributes = strings.Fields("p ftype i l n u g s b m a c S I md5 sha1 sha256 sha512 rmd160 tiger haval gost crc32 whirlpool acl selinux xattrs e2fsattrs caps ANF ARF")

// aideConfig reads groups and rules.
func (r *reading) aideConfig() *aideConfig {
	files := r.textFiles()
	f := files.get("/etc/aide/aide.conf")
	if f.absent {
		f = files.get("/etc/aide.conf")
	}
	c := &aideConfig{groups: map[string][]string{}, cause: f.cause, from: compliance.Source{File: f.path}}
	if f.absent {
		c.cause = "there is no configuration of aide"
	}
	for _, l := range f.lines {
		if c.cause == "" && !c.line(l.text, f.source(l)) {
			c.cause, c.from = "this line of aide's configuration is not understood: "+printable(l.text), f.source(l)
		}
	}
	return c
}

// line takes in a group or a rule.
func (c *aideConfig) line(text string, from compliance.Source) bool {
	rule := aideRule{kind: '/', from: from}
	if text = strings.TrimSpace(text); text == "" {
		return true
	}
	switch text[0] {
	case '=', '!':
		rule.kind, text = text[0], text[1:]
	case '/':
	default:
		name, value, _ := strings.Cut(text, "=")
		group, ok := c.sum(strings.TrimSpace(value))
		if ok {
			c.groups[strings.TrimSpace(name)] = group
		} // else it is a setting, or a rule names it in vain
		return !strings.HasPrefix(text, "@@")
	}
	w := strings.Fields(text)
	if len(w) == 0 || strings.Contains(text, "@@") || rule.kind == '!' && len(w) > 1 || rule.kind != '!' && len(w) != 2 {
		return false
	}
	form, err := regexp.Compile("^(?:" + w[0] + ")")
	if err != nil {
		return false
	}
	rule.form = form
	plain := w[0]
	if i := strings.IndexAny(plain, `.*?[](){}|+^$\`); i >= 0 {
		plain = plain[:i]
	}
	rule.node = plain[:strings.LastIndex(plain, "/")+1]
	ok := true
	if rule.kind != '!' {
		rule.attributes, ok = c.sum(w[1])
	}
	c.rules = append(c.rules, rule)
	return ok
}

// sum adds up p+i+GROUP-n.
func (c *aideConfig) sum(text string) (out []string, ok bool) {
	sign := byte('+')
	for text != "" {
		i := strings.IndexAny(text, "+-")
		if i < 0 {
			i = len(text)
		}
		names, ours := c.groups[text[:i]]
		if built, in := aideGroups[text[:i]]; in && !ours {
			names = strings.Split(built, "+")
		} else if !ours {
			if !slices.Contains(aideAttributes, text[:i]) {
				return nil, false
			}
			names = []string{text[:i]}
		}
		for _, n := range names {
			out = slices.DeleteFunc(out, func(o string) bool { return o == n })
			if sign == '+' && n != "" {
				out = append(out, n)
			}
		}
		if i < len(text) {
			sign = text[i]
			i++
		}
		text = text[i:]
	}
	return out, true
}

// put puts which attributes of a file are compared: of the rules that match, those of
// the deepest directory count, and of these the first (aide.conf(5), "SELECTION LINES").
func (c *aideConfig) put(r *reading, tool string) {
	if c.cause != "" {
		r.unknown(c.cause, c.from, "tools", tool)
		return
	}
	var best *aideRule
	for i, rule := range c.rules {
		if !rule.form.MatchString(tool) || rule.kind == '=' && rule.node != path.Dir(tool)+"/" {
			continue
		}
		if rule.kind == '!' {
			best = &c.rules[i]
			break
		}
		if best == nil || len(rule.node) > len(best.node) || len(rule.node) == len(best.node) && rule.kind == '=' && best.kind == '/' {
			best = &c.rules[i]
		}
	}
	if best == nil {
		r.put(map[string]any{"attributes": []any{}}, c.from, "tools", tool)
		return
	}
	r.put(map[string]any{"attributes": anyList(best.attributes)}, best.from, "tools", tool)
}
