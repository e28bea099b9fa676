package host

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const rsyslogMain = "/etc/rsyslog.conf"

// A logAction is what rsyslog does with the messages that reach it.
type logAction struct {
	kind   string // omfile, omfwd, omrelp ...
	params map[string]string
	// mode is the mode of the files that it makes, before the umask.
	mode     int64
	modeFrom compliance.Source
	tls      bool
	auth     string // how the server must prove itself: "x509/name"; "" and "anon": not at all
	// takes is which messages reach it, by facility and severity; nil where that
	// depends on more than these.
	takes   *priorities
	ruleset string
	// dead: an earlier rule throws everything away, or it only stands in for another.
	dead bool
	from compliance.Source
}

// A logInput is where rsyslog takes messages from others.
type logInput struct {
	kind, port, address string
	tls                 bool
	from                compliance.Source
}

// rsyslog is its configuration as it is read: legacy directives hold from where they
// stand, RainerScript's objects have their own parameters.
type rsyslog struct {
	tree    *tree
	actions []logAction
	inputs  []logInput
	modules map[string]map[string]string // by name, with parameters
	called  map[string]bool              // rulesets that a rule calls
	gone    map[string]priorities        // what earlier rules of a ruleset throw away
	unclear map[string]bool              // rulesets of which a rule throws away what cannot be told
	umask   confValue
	driver  string // default netstream driver
	legacy  map[string]confValue
	ruleset string // that $RuleSet has chosen
	blocks  []scope
	pending *scope // condition of the next statement
	filter  *scope // of the rule before, for "&"
	problem compliance.Source
	left    int // bytes that may still be read
}

// A scope is a condition, or a ruleset, that holds for a statement or a block.
type scope struct {
	takes   *priorities // nil: a condition that is not followed
	narrow  bool        // it holds for messages of one text, or of a program that tells nothing of logins
	ruleset string
}

// maxConfig bounds the bytes that are read of one program's configuration (files can
// include one another), and maxBlocks and maxActions what it may hold.
const (
	maxConfig  = 2 << 20
	maxBlocks  = 50
	maxActions = 1000
)

// parseRsyslog reads rsyslog.conf(5) and what it includes.
func parseRsyslog(t *tree) (*rsyslog, string) {
	c := &rsyslog{tree: t, modules: map[string]map[string]string{}, called: map[string]bool{}, gone: map[string]priorities{}, unclear: map[string]bool{},
		legacy: map[string]confValue{}, left: maxConfig}
	if cause := c.file(rsyslogMain, 0); cause != "" {
		return nil, cause
	}
	return c, ""
}

func (c *rsyslog) file(name string, depth int) string {
	if depth > maxLevels {
		return "rsyslog's files include one another without end"
	}
	lines, cause := c.tree.lines(name)
	if cause != "" {
		return cause
	}
	s := &statements{file: name}
	for _, l := range lines {
		if c.left -= len(l.text) + 1; c.left < 0 || len(c.actions)+len(c.inputs) > maxActions {
			return "rsyslog's configuration is too long"
		}
		for _, st := range s.add(l) {
			if cause := c.statement(st, depth); cause != "" {
				return cause
			}
		}
	}
	if s.open() {
		c.odd(s.from)
	}
	return ""
}

// odd remembers the first line that is not understood.
func (c *rsyslog) odd(at compliance.Source) {
	if c.problem.IsZero() {
		c.problem = at
	}
}

// A statement is one step of the configuration.
type statement struct {
	word   string            // directive, object, filter, action, then, else, {, }, stop, call, &, odd
	name   string            // of a directive or an object
	text   string            // argument, filter or legacy action
	params map[string]string // of an object
	from   compliance.Source
}

// statements cuts lines into statements; objects, conditions and comments may span lines.
type statements struct {
	file    string
	object  string // that is being read
	body    strings.Builder
	quoted  bool
	depth   int
	comment bool
	until   string // what ends an expression
	expr    strings.Builder
	from    compliance.Source
}

func (s *statements) open() bool { return s.object != "" || s.until != "" || s.comment }

var (
	objectForm   = regexp.MustCompile(`(?i)^(action|input|module|global|ruleset|template|constant|property|include|main_queue|lookup_table|timezone|parser|dyn_stats|perctile_stats|ratelimit)\s*\(`)
	priFilter    = regexp.MustCompile(`^[*A-Za-z][*,A-Za-z0-9]*\.[!=*A-Za-z0-9]+([;,][*,A-Za-z0-9]+\.[!=*A-Za-z0-9]+)*;?`)
	propFilter   = regexp.MustCompile(`^:\$?[A-Za-z!_.-]+\s*,\s*!?[a-z]+\s*(,\s*"([^"\\]|\\.)*")?`)
	legacyAction = regexp.MustCompile(`(?i)^(-?/|-?\?|@|\||:om[a-z0-9]+:|~|\^|\*$|\*[ \t;]|stop\b)`)
	usersForm    = regexp.MustCompile(`(?i)^[a-z0-9_][a-z0-9_,;+-]*$`)
	// narrowExpr is a condition on the text or the program of a message alone. Of such
	// strings the target sends those that name what tells of logins, others as ***.
	narrowExpr    = regexp.MustCompile(`(?i)^(\s|[()]|\band\b|\bor\b|\$(msg|rawmsg|programname|syslogtag|app-name)\s*(==|contains|contains_i|startswith|startswith_i)\s*("\*\*\*"|'\*\*\*'))+$`)
	narrowFilter  = regexp.MustCompile(`(?i)^:(msg|rawmsg|programname|syslogtag|app-name)\s*,\s*(contains|isequal|startswith)\s*,\s*"\*\*\*"$`)
	directiveForm = regexp.MustCompile(`^\$([A-Za-z][A-Za-z0-9]*)\s*(.*)$`)
)

// add takes in one line.
func (s *statements) add(l numberedLine) []statement {
	var out []statement
	rest := l.text
	at := line(s.file, l.n, l.text)
	whole := strings.TrimSpace(rest)
	for {
		if s.comment {
			i := strings.Index(rest, "*/")
			if i < 0 {
				return out
			}
			s.comment, rest = false, rest[i+2:]
		}
		if s.object != "" {
			st, left, done := s.inObject(rest)
			if !done {
				return out
			}
			out, rest = append(out, st), left
		}
		if s.until != "" {
			i := end(rest, s.until)
			if i < 0 {
				s.expr.WriteString(rest + " ")
				return out
			}
			s.expr.WriteString(rest[:i-len(s.until)])
			if s.until != ";" {
				out = append(out, statement{word: "then", text: s.expr.String(), from: s.from})
			}
			s.expr.Reset()
			s.until, rest = "", rest[i:]
		}
		rest = strings.TrimSpace(rest)
		if rest == "" || rest[0] == '#' {
			return out
		}
		if strings.HasPrefix(rest, "/*") {
			s.comment, s.from, rest = true, at, rest[2:]
			continue
		}
		var st statement
		var ok bool
		begins := len(rest) == len(whole)
		if st, rest, ok = s.start(rest, at); ok {
			if st.word == "filter" && !begins { // rsyslog takes filters at the beginning of lines only
				st.word = "odd"
			}
			out = append(out, st)
		}
	}
}

// end is where mark, which ends an expression, stops, strings left aside; -1: not here.
func end(text, mark string) int {
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.HasPrefix(text[i:], mark) && (mark == ";" || !wordByte(text, i-1) && !wordByte(text, i+len(mark))):
			return i + len(mark)
		}
	}
	return -1
}

func wordByte(text string, i int) bool {
	return i >= 0 && i < len(text) && (text[i] == '_' || text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'z' || text[i] >= 'A' && text[i] <= 'Z')
}

// start reads the beginning of a statement; false: there is nothing yet.
func (s *statements) start(text string, at compliance.Source) (statement, string, bool) {
	word := strings.ToLower(leadingWord(text))
	switch {
	case text[0] == '{', text[0] == '}', text[0] == '&':
		return statement{word: text[:1], from: at}, text[1:], true
	case text[0] == '$':
		m := directiveForm.FindStringSubmatch(text)
		if m == nil {
			return statement{word: "odd", from: at}, "", true
		}
		return statement{word: "directive", name: strings.ToLower(m[1]), text: strings.TrimSpace(m[2]), from: at}, "", true
	case objectForm.MatchString(text):
		m := objectForm.FindString(text)
		s.object, s.from, s.depth = strings.ToLower(strings.TrimSpace(strings.TrimSuffix(m, "("))), at, 1
		return statement{}, text[len(m):], false
	case word == "if", word == "foreach":
		s.until, s.from = "then", at
		if word == "foreach" {
			s.until = "do"
		}
		return statement{}, text[len(word):], false
	case word == "set", word == "unset", word == "reset", word == "reload_lookup_table", word == "call_indirect":
		s.until, s.from = ";", at
		if word == "reload_lookup_table" || word == "call_indirect" {
			s.until = ""
			return statement{word: "odd", from: at}, "", true
		}
		return statement{}, text[len(word):], false
	case word == "else", word == "stop", word == "continue":
		return statement{word: word, from: at}, text[len(word):], true
	case word == "call":
		name, rest := strings.TrimSpace(text[len(word):]), ""
		if i := strings.IndexAny(name, " \t}#"); i >= 0 {
			name, rest = name[:i], name[i:]
		}
		if name == "" {
			return statement{word: "odd", from: at}, "", true
		}
		return statement{word: "call", text: name, from: at}, rest, true
	case text[0] == ':' && propFilter.MatchString(text):
		f := propFilter.FindString(text)
		return statement{word: "filter", text: f, from: at}, text[len(f):], true
	case legacyAction.MatchString(text):
		return statement{word: "action", text: text, from: at}, "", true
	case priFilter.MatchString(text):
		f := priFilter.FindString(text)
		return statement{word: "filter", text: f, from: at}, text[len(f):], true
	case usersForm.MatchString(text):
		return statement{word: "action", text: text, from: at}, "", true
	}
	return statement{word: "odd", from: at}, "", true
}

func leadingWord(text string) string {
	i := strings.IndexFunc(text, func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') })
	if i < 0 {
		return text
	}
	return text[:i]
}

// inObject reads on in an object; false: it does not end on this line.
func (s *statements) inObject(text string) (statement, string, bool) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case s.quoted && c == '\\' && i+1 < len(text):
			i++
		case c == '"':
			s.quoted = !s.quoted
		case s.quoted:
		case c == '#':
			s.body.WriteString(text[:i] + "\n")
			return statement{}, "", false
		case c == '(':
			s.depth++
		case c == ')':
			if s.depth--; s.depth == 0 {
				s.body.WriteString(text[:i])
				st := statement{word: "object", name: s.object, params: objectParams(s.body.String()), from: s.from}
				s.object = ""
				s.body.Reset()
				return st, text[i+1:], true
			}
		}
	}
	s.body.WriteString(text + "\n")
	return statement{}, "", false
}

var paramForm = regexp.MustCompile(`([A-Za-z0-9_.]+)\s*=\s*\[?\s*"((?:[^"\\]|\\.)*)"`)

// objectParams reads name="value" pairs; of a list the first counts.
func objectParams(body string) map[string]string {
	out := map[string]string{}
	for _, m := range paramForm.FindAllStringSubmatch(body, -1) {
		out[strings.ToLower(m[1])] = m[2]
	}
	return out
}

// statement takes in one step.
func (c *rsyslog) statement(st statement, depth int) string {
	switch st.word {
	case "odd":
		c.odd(st.from)
	case "directive":
		if st.name == "includeconfig" {
			return c.include(firstField(st.text), depth)
		}
		c.directive(st)
	case "object":
		if st.name == "include" {
			return c.include(st.params["file"], depth)
		}
		c.object(st)
	case "filter":
		s := scope{narrow: narrowFilter.MatchString(st.text)}
		if !strings.HasPrefix(st.text, ":") {
			s.takes = parsePriorities(st.text)
		}
		c.condition(s)
		c.filter = c.pending
	case "then", "else":
		c.condition(scope{narrow: narrowExpr.MatchString(st.text)})
		c.filter = nil
	case "&":
		if c.filter != nil {
			again := *c.filter
			c.pending = &again
		} else {
			c.pending = &scope{}
		}
	case "{":
		if len(c.blocks) >= maxBlocks {
			return "rsyslog's blocks are nested too deep"
		}
		if c.pending == nil {
			c.pending = &scope{takes: everything()}
		}
		c.blocks, c.pending = append(c.blocks, *c.pending), nil
	case "}":
		c.pending = nil
		if len(c.blocks) == 0 {
			c.odd(st.from)
			return ""
		}
		c.blocks = c.blocks[:len(c.blocks)-1]
	case "call":
		c.called[st.text] = true
		c.drop(c.gone[st.text], c.unclear[st.text])
	case "stop":
		c.drop(*everything(), false)
	case "continue":
		c.pending = nil
	case "action":
		c.legacyAction(st)
	}
	return ""
}

// condition adds to what the next statement depends on.
func (c *rsyslog) condition(s scope) {
	if c.pending != nil {
		s.takes = both(c.pending.takes, s.takes)
		s.narrow = s.narrow || c.pending.narrow
	}
	c.pending = &s
}

func firstField(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}

func (c *rsyslog) include(pattern string, depth int) string {
	if pattern == "" {
		return "rsyslog includes something that cannot be followed"
	}
	files, cause := c.tree.included(pattern)
	for _, f := range files {
		if cause == "" {
			cause = c.file(f, depth+1)
		}
	}
	return cause
}

// where returns the ruleset of the next statement, the messages that reach it, and
// whether these are few.
func (c *rsyslog) where() (ruleset string, takes *priorities, narrow bool) {
	ruleset, takes = c.ruleset, everything()
	for _, b := range c.blocks {
		if b.ruleset != "" {
			ruleset, takes, narrow = b.ruleset, everything(), false
		} else {
			takes, narrow = both(takes, b.takes), narrow || b.narrow
		}
	}
	if c.pending != nil {
		takes, narrow = both(takes, c.pending.takes), narrow || c.pending.narrow
	}
	return ruleset, takes, narrow
}

// drop throws away what of some messages gets to this statement. Where a condition
// holds for a few only, as of one noisy program, these do not count.
func (c *rsyslog) drop(what priorities, unclear bool) {
	ruleset, takes, narrow := c.where()
	c.pending = nil
	if narrow || what == (priorities{}) && !unclear {
		return
	}
	if takes == nil || unclear {
		c.unclear[ruleset] = true
		return
	}
	gone := c.gone[ruleset]
	for i := range gone {
		gone[i] |= takes[i] & what[i]
	}
	c.gone[ruleset] = gone
}

// directive takes in a legacy line: $Name value.
func (c *rsyslog) directive(st statement) {
	value := firstField(st.text)
	switch st.name {
	case "umask":
		c.umask = confValue{value, st.from}
	case "defaultnetstreamdriver":
		c.driver = strings.ToLower(value)
	case "modload":
		c.module(value, nil)
	case "ruleset":
		c.ruleset = value
		if strings.EqualFold(value, "RSYSLOG_DefaultRuleset") {
			c.ruleset = ""
		}
	case "defaultruleset":
		c.odd(st.from)
	case "resetconfigvariables":
		c.legacy = map[string]confValue{}
	case "inputtcpserverrun", "inputptcpserverrun", "inputrelpserverrun":
		kind := map[string]string{"inputtcpserverrun": "imtcp", "inputptcpserverrun": "imptcp", "inputrelpserverrun": "imrelp"}[st.name]
		tls := kind == "imtcp" && c.legacy["inputtcpserverstreamdrivermode"].value == "1"
		c.inputs = append(c.inputs, logInput{kind: kind, port: value, tls: tls, from: st.from})
	case "udpserverrun":
		c.inputs = append(c.inputs, logInput{kind: "imudp", port: value, address: c.legacy["udpserveraddress"].value, from: st.from})
	default:
		c.legacy[st.name] = confValue{value, st.from}
	}
}

func (c *rsyslog) module(name string, params map[string]string) {
	name = strings.TrimSuffix(name[strings.LastIndex(name, "/")+1:], ".so")
	c.modules[strings.TrimPrefix(name, "builtin:")] = params
}

// object takes in RainerScript: action(...), input(...), module(...).
func (c *rsyslog) object(st statement) {
	if on := strings.ToLower(st.params["config.enabled"]); on == "off" || on == "0" || on == "no" {
		c.pending = nil
		return
	} else if strings.HasPrefix(on, "`") {
		c.odd(st.from)
	}
	switch st.name {
	case "module":
		c.module(st.params["load"], st.params)
	case "global":
		if v, ok := st.params["umask"]; ok {
			c.umask = confValue{v, st.from}
		}
		if v, ok := st.params["defaultnetstreamdriver"]; ok {
			c.driver = strings.ToLower(v)
		}
	case "ruleset":
		c.pending = &scope{ruleset: st.params["name"]}
	case "input":
		c.input(st)
	case "action":
		c.newAction(logAction{kind: strings.ToLower(st.params["type"]), params: st.params, from: st.from})
	}
}

// input takes in input(type="imtcp" ...), of the kinds that listen on the network.
func (c *rsyslog) input(st statement) {
	kind := strings.ToLower(st.params["type"])
	if !slices.Contains([]string{"imtcp", "imudp", "imptcp", "imrelp", "imgssapi", "imdtls", "imhttp"}, kind) || st.params["path"] != "" {
		return
	}
	mode := st.params["streamdriver.mode"]
	if mode == "" {
		mode = c.modules[kind]["streamdriver.mode"]
	}
	tls := kind == "imtcp" && mode == "1" || kind == "imrelp" && isOn(st.params["tls"]) || kind == "imdtls"
	c.inputs = append(c.inputs, logInput{kind: kind, port: st.params["port"], address: st.params["address"], tls: tls, from: st.from})
}

func isOn(s string) bool {
	return slices.Contains([]string{"on", "yes", "1", "true"}, strings.ToLower(s))
}

// legacyAction takes in what stands behind a selector: a file, @host, @@host.
func (c *rsyslog) legacyAction(st statement) {
	text := st.text
	a := logAction{params: map[string]string{}, from: st.from}
	target, _, _ := strings.Cut(strings.TrimPrefix(text, "-"), ";")
	target = firstField(target)
	switch {
	case strings.HasPrefix(target, "~"), strings.HasPrefix(strings.ToLower(text), "stop"):
		c.drop(*everything(), false)
		return
	case strings.HasPrefix(target, "/"):
		a.kind, a.params["file"] = "omfile", target
	case strings.HasPrefix(target, "?"):
		a.kind, a.params["dynafile"] = "omfile", target[1:]
	case strings.HasPrefix(target, "@"):
		a.kind, a.params["protocol"] = "omfwd", "udp"
		host := target[1:]
		if strings.HasPrefix(host, "@") {
			a.params["protocol"], host = "tcp", host[1:]
		}
		if strings.HasPrefix(host, "(") {
			_, host, _ = strings.Cut(host, ")")
		}
		a.params["target"], a.params["port"] = hostPort(host)
		for ours, theirs := range map[string]string{"streamdriver": "actionsendstreamdriver", "streamdrivermode": "actionsendstreamdrivermode", "streamdriverauthmode": "actionsendstreamdriverauthmode"} {
			if s, ok := c.legacy[theirs]; ok {
				a.params[ours] = s.value
			}
		}
	case strings.HasPrefix(target, ":omrelp:"):
		a.kind = "omrelp"
		a.params["target"], a.params["port"] = hostPort(strings.TrimPrefix(target, ":omrelp:"))
	case strings.HasPrefix(target, ":om"):
		name, _, _ := strings.Cut(target[1:], ":")
		a.kind = name
	case strings.HasPrefix(target, "|"):
		a.kind = "ompipe"
	case strings.HasPrefix(target, "^"):
		a.kind = "omshell"
	default:
		a.kind = "omusrmsg"
	}
	if a.kind == "omfile" {
		a.mode, a.modeFrom = octalMode(c.legacy["filecreatemode"], 0o644)
	}
	a.params["action.execonlywhenpreviousissuspended"] = c.legacy["actionexeconlywhenpreviousissuspended"].value
	c.newAction(a)
}

// hostPort cuts HOST:PORT, where HOST may be [2001:db8::1].
func hostPort(s string) (host, port string) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, port, _ = strings.Cut(rest, "]")
		return host, strings.TrimPrefix(port, ":")
	}
	host, port, _ = strings.Cut(s, ":")
	return host, port
}

// octalMode reads a mode; -1 where it is none.
func octalMode(s confValue, byDefault int64) (int64, compliance.Source) {
	if s.value == "" {
		return byDefault, s.from
	}
	mode, err := strconv.ParseInt(s.value, 8, 32)
	if err != nil || mode < 0 || mode > 0o7777 {
		return -1, s.from
	}
	return mode, s.from
}

// newAction completes an action and keeps it.
func (c *rsyslog) newAction(a logAction) {
	a.ruleset, a.takes, _ = c.where()
	c.pending = nil
	gone := c.gone[a.ruleset]
	a.dead = gone == *everything() || isOn(a.params["action.execonlywhenpreviousissuspended"])
	switch {
	case c.unclear[a.ruleset]:
		a.takes = nil
	case a.takes != nil:
		for i := range gone {
			a.takes[i] &^= gone[i]
		}
	}
	switch a.kind {
	case "omfile":
		if a.mode == 0 && a.modeFrom.IsZero() {
			mode := confValue{a.params["filecreatemode"], a.from}
			if mode.value == "" {
				mode.value = c.modules["omfile"]["filecreatemode"]
			}
			a.mode, a.modeFrom = octalMode(mode, 0o644)
		}
	case "omfwd":
		driver := strings.ToLower(a.params["streamdriver"])
		if driver == "" {
			driver = strings.ToLower(a.params["streamdriver.name"])
		}
		a.auth = strings.ToLower(a.params["streamdriverauthmode"])
		a.tls = a.params["streamdrivermode"] == "1"
		a.params["driver"] = driver
	case "omrelp":
		a.tls = isOn(a.params["tls"])
		a.auth = strings.ToLower(a.params["tls.authmode"])
	}
	c.actions = append(c.actions, a)
}

// encrypted tells whether the way to the log host is TLS.
func (c *rsyslog) encrypted(a logAction) bool {
	if a.kind == "omrelp" {
		return a.tls
	}
	driver := a.params["driver"]
	if driver == "" {
		driver = c.driver
	}
	return a.tls && a.params["protocol"] == "tcp" && (driver == "gtls" || driver == "ossl" || driver == "mbedtls")
}

// priorities are the severities, as bits, of each facility (RFC 5424, 6.2.1).
type priorities [24]uint8

func everything() *priorities {
	var p priorities
	for i := range p {
		p[i] = 0xff
	}
	return &p
}

// both returns the messages that are in a and b; nil where either is not known.
func both(a, b *priorities) *priorities {
	if a == nil || b == nil {
		return nil
	}
	var out priorities
	for i := range out {
		out[i] = a[i] & b[i]
	}
	return &out
}

var facilities = []string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}

var severities = map[string]int{"emerg": 0, "panic": 0, "alert": 1, "crit": 2, "err": 3, "error": 3, "warning": 4, "warn": 4, "notice": 5, "info": 6, "debug": 7}

// parsePriorities reads a selector, "*.*;auth,authpriv.none"; nil where it is none.
func parsePriorities(text string) *priorities {
	var p priorities
	for _, part := range strings.Split(strings.TrimSuffix(strings.ToLower(text), ";"), ";") {
		names, level, _ := strings.Cut(part, ".")
		level, ignore := strings.CutPrefix(level, "!")
		level, single := strings.CutPrefix(level, "=")
		bits, ok := severityBits(level, single)
		if !ok {
			return nil
		}
		if level == "none" {
			bits, ignore = 0xff, !ignore
		}
		for _, name := range strings.Split(names, ",") {
			if !p.set(name, bits, ignore) {
				return nil
			}
		}
	}
	return &p
}

func severityBits(level string, single bool) (uint8, bool) {
	if level == "*" || level == "none" {
		return 0xff, true
	}
	n, ok := severities[level]
	if !ok {
		var err error
		if n, err = strconv.Atoi(level); err != nil || n < 0 || n > 7 {
			return 0, false
		}
	}
	if single {
		return 1 << n, true
	}
	return uint8(1<<(n+1) - 1), true
}

// set adds severities to a facility, or takes them away.
func (p *priorities) set(facility string, bits uint8, away bool) bool {
	found := false
	for i, name := range facilities {
		if facility == "*" || facility == name || facility == "security" && name == "auth" || facility == strconv.Itoa(i) {
			found = true
			if away {
				p[i] &^= bits
			} else {
				p[i] |= bits
			}
		}
	}
	return found || facility == "mark"
}

// upTo tells whether all of a facility down to `info` is in p.
func (p *priorities) upTo(facility string) bool {
	const info = 0x7f
	return p[slices.Index(facilities, facility)]&info == info
}

// umaskOf returns the mask under which rsyslogd makes files: its own, its unit's, or
// that which systemd gives.
func (c *rsyslog) umaskOf(unit string) (int64, bool) {
	mask := int64(0o022)
	for _, v := range unitValues(unit, "UMask") {
		mask, _ = octalMode(v, mask)
	}
	if c.umask.value != "" {
		mask, _ = octalMode(c.umask, mask)
	}
	return mask, mask >= 0
}

// otherFile is in options of rsyslogd that name another configuration, or that go on
// in a line that is not read.
var otherFile = regexp.MustCompile(`(^|[\s"])-[a-zA-Z]*f|\\$`)

// putRsyslog puts rsyslog's modules, inputs and actions.
func putRsyslog(r *reading, present map[string]bool) {
	from := compliance.Source{File: rsyslogMain}
	if !present["/usr/sbin/rsyslogd"] {
		r.put(map[string]any{"installed": false}, compliance.Source{File: "/usr/sbin/rsyslogd"}, "rsyslog")
		return
	}
	r.put(map[string]any{"installed": true}, from, "rsyslog")
	unit := r.output("rsyslog unit")
	t, cause := r.tree("rsyslog")
	var c *rsyslog
	if cause == "" {
		c, cause = parseRsyslog(t)
	}
	for _, v := range append(unitValues(unit.text, "ExecStart"), unitValues(unit.text, "SYSLOGD_OPTIONS")...) {
		if cause == "" && otherFile.MatchString(v.value) {
			cause = "the unit gives rsyslogd another configuration file"
		}
	}
	if cause != "" {
		for _, k := range []string{"modules", "local_socket", "inputs", "actions"} {
			r.unknown(cause, from, "rsyslog", k)
		}
		return
	}
	c.put(r, unit)
}

func (c *rsyslog) put(r *reading, unit got) {
	from := compliance.Source{File: rsyslogMain}
	r.put(anyList(sortedKeys(c.modules)), from, "rsyslog", "modules")
	unix, loaded := c.modules["imuxsock"]
	off := unix["syssock.use"] != "" && !isOn(unix["syssock.use"]) || isOn(c.legacy["omitlocallogging"].value)
	if socket := loaded && !off; socket || c.problem.IsZero() {
		r.put(socket, from, "rsyslog", "local_socket")
	}
	inputs, actions := []any{}, []any{}
	for _, in := range c.inputs {
		inputs = append(inputs, map[string]any{"type": in.kind, "port": scalar(in.port), "address": in.address, "loopback": loopback(in.address), "tls": in.tls})
	}
	mask, known := c.umaskOf(unit.text)
	known = known && unit.cause == ""
	for _, a := range c.actions {
		fact := c.fact(a)
		if a.kind == "omfile" && known && a.mode >= 0 {
			perm := a.mode &^ mask
			fact["perm"], fact["mode"] = int(perm), octal(uint64(perm))
		}
		actions = append(actions, fact)
	}
	r.put(inputs, from, "rsyslog", "inputs")
	r.put(actions, from, "rsyslog", "actions")
	for i, in := range c.inputs {
		r.doc.PutSource(r.path("rsyslog", "inputs", strconv.Itoa(i)), in.from)
	}
	for i, a := range c.actions {
		at := []string{"rsyslog", "actions", strconv.Itoa(i)}
		r.doc.PutSource(r.path(at...), a.from)
		if a.takes == nil {
			for _, key := range a.takesKeys() {
				r.unknown("a condition decides what gets there", a.from, append(slices.Clone(at), key)...)
			}
		}
		if a.kind == "omfile" {
			putMode(r, a, at, known)
		}
		if fact := actions[i].(map[string]any); fact["protocol"] == "tcp" && fact["loopback"] == false && fact["reached"] == true {
			putConnected(r, a, fact, append(at, "connected"))
		}
	}
	if !c.problem.IsZero() {
		why := fmt.Sprintf("%s:%d is not understood", c.problem.File, c.problem.Line)
		if _, known := r.doc.Value(r.path("rsyslog", "local_socket")); !known {
			r.unknown(why, c.problem, "rsyslog", "local_socket")
		}
		r.unknown(why, c.problem, "rsyslog", "inputs", compliance.Any)
		r.unknown(why, c.problem, "rsyslog", "actions", compliance.Any)
	}
}

// logPorts are the ports to which collect.sh asks for connections.
var logPorts = []string{"514", "601", "1514", "2514", "5140", "5514", "6514", "10514", "20514"}

// putConnected puts whether there is a connection to the port of an action's log host,
// whose name can stand for many addresses.
func putConnected(r *reading, a logAction, fact map[string]any, at []string) {
	port := a.params["port"]
	if port == "" {
		port = "514"
	}
	list := r.output("connections")
	switch {
	case !list.ok():
		r.unknown(list.or("there is no ss"), a.from, at...)
		return
	case !slices.Contains(logPorts, port):
		r.unknown("connections to port "+port+" are not asked for", a.from, at...)
		return
	}
	connected := false
	for l := range strings.Lines(list.text) {
		w := strings.Fields(l)
		i := 0
		if len(w) > 3 {
			i = strings.LastIndex(w[3], ":")
		}
		connected = connected || i > 0 && w[3][i+1:] == port && !loopback(w[3][:i])
	}
	fact["connected"] = connected
	r.doc.PutSource(r.path(at...), a.from)
}

// putMode names the sources of the mode of an action's files, or why it is unknown.
func putMode(r *reading, a logAction, at []string, known bool) {
	for _, k := range []string{"perm", "mode"} {
		switch p := append(slices.Clone(at), k); {
		case !known || a.mode < 0:
			r.unknown("the mode or the umask cannot be read", a.from, p...)
		case !a.modeFrom.IsZero():
			r.doc.PutSource(r.path(p...), a.modeFrom)
		}
	}
}

func loopback(address string) bool {
	return strings.HasPrefix(address, "127.") || address == "::1" || address == "[::1]" || address == "localhost"
}

// remoteActions send messages to other hosts.
var remoteActions = []string{"omfwd", "omrelp", "omgssapi", "omhttp", "omkafka", "omelasticsearch", "omdtls"}

// takesKeys are the facts on what reaches an action. What is sent away has some of
// its own, so that a condition on a local file leaves open nothing about log hosts.
func (a logAction) takesKeys() []string {
	if slices.Contains(remoteActions, a.kind) {
		return []string{"auth", "authpriv", "sends_auth", "sends_authpriv"}
	}
	return []string{"auth", "authpriv"}
}

// fact is an action as controls see it.
func (c *rsyslog) fact(a logAction) map[string]any {
	fact := map[string]any{"type": a.kind, "reached": !a.dead && (a.ruleset == "" || c.called[a.ruleset])}
	if a.takes != nil {
		for _, key := range a.takesKeys() {
			fact[key] = a.takes.upTo(strings.TrimPrefix(key, "sends_"))
		}
	}
	if file := a.params["file"]; file != "" && a.kind == "omfile" {
		fact["file"] = file
	}
	if a.kind == "omfwd" || a.kind == "omrelp" {
		protocol := strings.ToLower(a.params["protocol"])
		if protocol == "" {
			protocol = map[string]string{"omfwd": "udp", "omrelp": "tcp"}[a.kind]
		}
		a.params["protocol"] = protocol
		fact["target"], fact["protocol"], fact["loopback"] = a.params["target"], protocol, loopback(a.params["target"])
		fact["tls"] = c.encrypted(a)
		fact["verified"] = c.encrypted(a) && a.auth != "" && a.auth != "anon"
	}
	return fact
}
