package host

import (
	"path"
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
	from := compliance.Source{File: config.path}
	if config.cause != "" {
		r.unknown(config.cause, from, "database")
		return
	}
	database, defines := "", map[string]string{}
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
		for name, to := range defines {
			value = strings.ReplaceAll(value, "@@{"+name+"}", to)
		}
		database, ok = strings.CutPrefix(value, "file:")
		from = config.source(l)
		if !ok || strings.Contains(database, "@@") || !strings.HasPrefix(database, "/") {
			r.unknown("it is not read where the database is: "+value, from, "database")
			return
		}
	}
	if database == "" {
		r.unknown("no line tells where the database is", from, "database")
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
	for l := range strings.Lines(present.text) {
		tool := strings.TrimSpace(l)
		if tool == "" || strings.HasSuffix(tool, "/aide") || !plainName(tool) {
			continue
		}
		told := r.get("cmd", "aide "+tool)
		from := command("aide --path-check=f:" + tool)
		attributes, ok := parsePathCheck(told.text)
		switch {
		case told.cause != "" || told.absent:
			r.unknown(told.or("there is no aide"), from, "tools", tool)
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
