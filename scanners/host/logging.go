package host

import (
	"path"
	"strconv"
	"strings"

	"merlon/compliance"
)

// shippers are programs that send logs away and whose configuration is not read, by
// what tells that they are there.
var shippers = map[string]string{
	"/usr/sbin/syslog-ng": "syslog-ng", "/etc/syslog-ng": "syslog-ng", "/etc/filebeat": "filebeat", "/etc/fluent-bit": "fluent-bit",
	"/etc/fluentd": "fluentd", "/etc/td-agent": "fluentd", "/etc/vector": "vector", "/etc/promtail": "promtail", "/etc/alloy": "alloy",
	"/etc/grafana-agent.yaml": "grafana-agent", "/opt/splunkforwarder": "splunkforwarder", "/etc/google-cloud-ops-agent": "google-cloud-ops-agent",
	"/opt/aws/amazon-cloudwatch-agent": "amazon-cloudwatch-agent", "/etc/datadog-agent": "datadog-agent", "/etc/otelcol": "otelcol",
	"/etc/nxlog": "nxlog", "/var/ossec/etc": "wazuh",
}

// readLogging reads who keeps the logs, who sends them away, and who may read them.
func readLogging(r *reading) {
	list := r.output("present")
	if list.cause != "" {
		for _, k := range []string{"journald", "journal_upload", "rsyslog", "logrotate", "shippers"} {
			r.unknown(list.cause, compliance.Source{}, k)
		}
	} else {
		present := presentPaths(list.text)
		putJournald(r, present)
		putJournalUpload(r, present)
		putRsyslog(r, present)
		putLogrotate(r, present)
		putShippers(r, present)
	}
	putLogFiles(r)
}

func presentPaths(text string) map[string]bool {
	out := map[string]bool{}
	for l := range strings.Lines(text) {
		out[strings.TrimSpace(l)] = true
	}
	return out
}

// putShippers puts other programs that may send logs away: whether they do is unknown.
func putShippers(r *reading, present map[string]bool) {
	r.put(map[string]any{}, compliance.Source{}, "shippers")
	for file, name := range shippers {
		if _, again := r.doc.Value(r.path("shippers", name)); present[file] && !again {
			r.put(map[string]any{}, compliance.Source{File: file}, "shippers", name)
			r.unknown("the configuration of "+name+" is not read", compliance.Source{File: file}, "shippers", name, "ships")
		}
	}
}

// putLogFiles puts the files below /var/log that others may write, and those about
// logins and commands that others may read.
func putLogFiles(r *reading) {
	from := compliance.Source{File: "/var/log"}
	found := r.get("cmd", "/var/log")
	parts := []string{"writable", "readable"}
	if found.absent {
		found.cause = "there is no find"
	}
	if found.cause != "" {
		for _, k := range parts {
			r.unknown(found.cause, from, k)
		}
		return
	}
	for _, k := range parts {
		r.put(map[string]any{}, from, k)
		if found.failed != "" {
			cause := found.failed
			if strings.Contains(cause, "Permission denied") {
				cause = "/var/log: permission denied: " + needsRoot
			}
			r.unknown(cause, from, k, compliance.Any)
		}
	}
	for file, fact := range parseStat(found.text) {
		perm, _ := fact["perm"].(int)
		if perm&0o002 != 0 {
			r.put(fact, compliance.Source{File: file}, "writable", file)
		}
		if perm&0o004 != 0 && fact["type"] == "file" && sensitiveLog(path.Base(file)) {
			r.put(fact, compliance.Source{File: file}, "readable", file)
		}
	}
}

// sensitiveLog tells whether a log of that name holds who logged in and what was
// done; collect.sh asks for the same names.
func sensitiveLog(base string) bool {
	for _, stem := range []string{"auth.log", "secure", "syslog", "messages", "kern.log", "mail.log", "maillog", "user.log", "daemon.log", "cron-", "cron.log", "btmp", "sudo.log", "audit.log"} {
		if strings.HasPrefix(base, stem) {
			return true
		}
	}
	return base == "cron" || strings.HasSuffix(base, ".journal")
}

// A rotation is what logrotate does with the files of some patterns.
type rotation struct {
	patterns  []string
	rotate    int
	frequency string // hourly, daily, weekly, monthly, yearly, size
	from      compliance.Source
}

// tabooEnds are the ends of names that logrotate leaves out of a directory
// (logrotate(8), tabooext).
var tabooEnds = []string{",v", ".bak", ".cfsaved", ".disabled", ".dpkg-bak", ".dpkg-del", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-tmp",
	".rpmnew", ".rpmorig", ".rpmsave", ".swp", ".ucf-dist", ".ucf-new", ".ucf-old", "~"}

// logrotate is its configuration as it is read.
type logrotate struct {
	tree      *tree
	rotations []rotation
	global    rotation
	block     *rotation
	patterns  []string
	left      int
}

// parseLogrotate reads logrotate.conf(5) and what it includes.
func parseLogrotate(t *tree) ([]rotation, string) {
	c := &logrotate{tree: t, global: rotation{frequency: "size"}, left: maxConfig}
	cause := c.file("/etc/logrotate.conf", 0)
	return c.rotations, cause
}

func (c *logrotate) file(name string, depth int) string {
	if depth > maxLevels {
		return "logrotate's files include one another without end"
	}
	lines, cause := c.tree.lines(name)
	for _, l := range lines {
		if c.left -= len(l.text) + 1; c.left < 0 || len(c.rotations) > maxActions || len(c.patterns) > maxActions {
			return "logrotate's configuration is too long"
		}
		if cause == "" {
			cause = c.line(name, l, depth)
		}
	}
	c.block, c.patterns = nil, nil
	return cause
}

func (c *logrotate) line(name string, l numberedLine, depth int) string {
	text := strings.TrimSpace(l.text)
	if i := strings.Index(text, "#"); i == 0 || i > 0 && strings.ContainsAny(text[i-1:i], " \t") {
		text = strings.TrimSpace(text[:i])
	}
	before, after, opens := strings.Cut(text, "{")
	if c.block == nil && (opens || strings.HasPrefix(text, "/") || strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "'") || strings.HasPrefix(text, "~")) {
		for _, p := range strings.Fields(before) {
			c.patterns = append(c.patterns, strings.Trim(p, `"'`))
		}
		if !opens {
			return ""
		}
		own := c.global
		own.patterns, own.from = c.patterns, line(name, l.n, l.text)
		c.block, c.patterns, text = &own, nil, strings.TrimSpace(after)
	}
	words := strings.Fields(strings.Replace(text, "=", " ", 1))
	if len(words) == 0 {
		return ""
	}
	now := &c.global
	if c.block != nil {
		now = c.block
	}
	switch words[0] {
	case "}":
		if c.block != nil {
			c.rotations = append(c.rotations, *c.block)
		}
		c.block = nil
	case "hourly", "daily", "weekly", "monthly", "yearly":
		now.frequency = words[0]
	case "size":
		now.frequency = "size"
	case "rotate":
		if len(words) > 1 {
			now.rotate, _ = strconv.Atoi(words[1])
		}
	case "tabooext", "taboopat":
		return name + ": " + words[0] + " is not followed"
	case "include":
		if len(words) < 2 {
			return ""
		}
		return c.include(words[1], depth)
	}
	return ""
}

func (c *logrotate) include(pattern string, depth int) string {
	files, cause := c.tree.included(pattern)
	if cause != "" {
		return cause
	}
	for _, f := range files {
		taboo := c.tree.state[f] == statusOdd // a directory within
		for _, end := range tabooEnds {
			taboo = taboo || strings.HasSuffix(f, end)
		}
		if !taboo {
			if cause := c.file(f, depth+1); cause != "" {
				return cause
			}
		}
	}
	return ""
}

// putLogrotate puts which files are rotated, and of those that rsyslog writes,
// whether they are.
func putLogrotate(r *reading, present map[string]bool) {
	from := compliance.Source{File: "/etc/logrotate.conf"}
	var rotations []rotation
	cause := ""
	if !present["/usr/sbin/logrotate"] {
		r.put(map[string]any{"installed": false}, compliance.Source{File: "/usr/sbin/logrotate"}, "logrotate")
	} else {
		r.put(map[string]any{"installed": true, "cron": present["/etc/cron.daily/logrotate"]}, from, "logrotate")
		var t *tree
		if t, cause = r.tree("logrotate"); cause == "" {
			rotations, cause = parseLogrotate(t)
		}
	}
	actions, _ := r.doc.Value(r.path("rsyslog", "actions"))
	list, _ := actions.([]any)
	for i, a := range list {
		fact, _ := a.(map[string]any)
		file, _ := fact["file"].(string)
		if file == "" || strings.HasPrefix(file, "/dev/") {
			continue
		}
		at := []string{"rsyslog", "actions", strconv.Itoa(i), "rotated"}
		if cause != "" {
			r.unknown(cause, from, at...)
			continue
		}
		rule, ok := rotationOf(rotations, file)
		fact["rotated"] = ok
		if ok {
			r.doc.PutSource(r.path(at...), rule.from)
		}
	}
}

// rotationOf finds the rule for a file.
func rotationOf(rotations []rotation, file string) (rotation, bool) {
	for _, rule := range rotations {
		for _, p := range rule.patterns {
			if ok, _ := path.Match(p, file); ok {
				return rule, true
			}
		}
	}
	return rotation{}, false
}
