package host

import (
	"encoding/xml"
	"path"
	"regexp"
	"slices"
	"strings"

	"merlon/compliance"
)

const (
	ufwConf     = "/etc/ufw/ufw.conf"
	ufwDefaults = "/etc/default/ufw"
)

// readUfw reads ufw's own files (ufw-framework(8)): what it loads where it is on.
func readUfw(r *reading) {
	conf := r.file(ufwConf)
	if conf.absent {
		r.put(map[string]any{"installed": false}, compliance.Source{File: ufwConf}, "ufw")
		return
	}
	if conf.cause != "" {
		r.unknown(conf.cause, compliance.Source{File: ufwConf}, "ufw")
		return
	}
	r.put(true, compliance.Source{File: ufwConf}, "ufw", "installed")
	value, from := assignedLine(ufwConf, conf.text, "ENABLED")
	r.put(strings.EqualFold(value, "yes"), from, "ufw", "enabled")
	defaults := r.file(ufwDefaults)
	for key, name := range map[string]string{"DEFAULT_INPUT_POLICY": "incoming", "DEFAULT_OUTPUT_POLICY": "outgoing", "DEFAULT_FORWARD_POLICY": "routed"} {
		value, from := assignedLine(ufwDefaults, defaults.text, key)
		policy, ok := map[string]string{"DROP": "drop", "REJECT": "reject", "ACCEPT": "accept"}[strings.ToUpper(value)]
		r.putOr(policy, ok, defaults.or(key+" is not set to DROP, REJECT or ACCEPT"), from, "ufw", name)
	}
	value, from = assignedLine(ufwDefaults, defaults.text, "IPV6")
	r.putOr(strings.EqualFold(value, "yes"), defaults.ok(), defaults.or(ufwDefaults+" is missing"), from, "ufw", "ipv6")
}

// assignedLine returns the value of key and the line that sets it, the last one.
func assignedLine(file, text, key string) (string, compliance.Source) {
	value, from := "", compliance.Source{File: file}
	n := 0
	for l := range strings.Lines(text) {
		n++
		k, v, ok := strings.Cut(strings.TrimSpace(l), "=")
		if ok && strings.TrimSpace(k) == key {
			value, from = shellValue(v), line(file, n, l)
		}
	}
	return value, from
}

const firewalldConf = "/etc/firewalld/firewalld.conf"

// readFirewalld reads the default zone, into which every interface falls that no
// other zone names (firewalld.zone(5)); of one name, /etc's file counts.
func readFirewalld(r *reading) {
	conf := r.file(firewalldConf)
	if conf.absent {
		r.put(map[string]any{"installed": false}, compliance.Source{File: firewalldConf}, "firewalld")
		return
	}
	if conf.cause != "" {
		r.unknown(conf.cause, compliance.Source{File: firewalldConf}, "firewalld")
		return
	}
	r.put(true, compliance.Source{File: firewalldConf}, "firewalld", "installed")
	zone, from := assignedLine(firewalldConf, conf.text, "DefaultZone")
	if zone == "" {
		zone, from.Default = "public", true
	}
	r.putOr(zone, conf.ok(), conf.cause, from, "firewalld", "default_zone")
	if !conf.ok() {
		r.unknown(conf.cause, from, "firewalld", "target")
		return
	}
	file := "/etc/firewalld/zones/" + zone + ".xml"
	text := r.file(file)
	if text.absent {
		file = "/usr/lib/firewalld/zones/" + zone + ".xml"
		text = r.file(file)
	}
	target, cause := zoneTarget(text)
	r.putOr(target, cause == "", cause, compliance.Source{File: file}, "firewalld", "target")
}

// zoneTarget tells what a zone does with packets that it does not name: default is
// to reject them.
func zoneTarget(text got) (target, cause string) {
	if !text.ok() {
		return "", text.or("there is no such zone")
	}
	var zone struct {
		Target string `xml:"target,attr"`
	}
	if err := xml.Unmarshal([]byte(text.text), &zone); err != nil {
		return "", "it is no XML: " + err.Error()
	}
	target, ok := map[string]string{"ACCEPT": "accept", "DROP": "drop", "%%REJECT%%": "reject", "REJECT": "reject", "": "default", "default": "default"}[zone.Target]
	if !ok {
		return "", "the target " + zone.Target + " is not known"
	}
	return target, ""
}

// nftablesConfs are what nftables.service loads, on Debian and on Red Hat.
var nftablesConfs = []string{"/etc/nftables.conf", "/etc/sysconfig/nftables.conf"}

// readNftablesConf reads what nftables.service would load: whether packets that no
// rule names are denied. Only base chains and rules without a condition are read.
func readNftablesConf(r *reading) {
	for _, name := range nftablesConfs {
		conf := r.file(name)
		if conf.absent {
			continue
		}
		if conf.cause != "" {
			r.unknown(conf.cause, compliance.Source{File: name}, "boot", "nftables")
			return
		}
		r.put(true, compliance.Source{File: name}, "boot", "nftables", "exists")
		b := &bootScript{r: r, policies: map[string]bootPolicy{}}
		b.read(name, conf.text, 0)
		for _, family := range []string{"ipv4", "ipv6"} {
			p, ok := b.policies[family]
			if !ok {
				p = bootPolicy{"accept", compliance.Source{File: name}}
			}
			// More rules can deny, and not take back.
			known := b.cause == "" || p.action != "accept"
			r.putOr(p.action, known, b.cause, p.from, "boot", "nftables", family)
		}
		return
	}
	r.put(map[string]any{"exists": false}, compliance.Source{File: nftablesConfs[0]}, "boot", "nftables")
}

// A bootPolicy is what becomes of packets that no rule names.
type bootPolicy struct {
	action string
	from   compliance.Source
}

// A bootScript reads scripts of nft(8).
type bootScript struct {
	r        *reading
	policies map[string]bootPolicy
	cause    string // why something could not be read
	family   string
	hook     bool // within a base chain of input
	ended    bool // a rule without a condition has decided
	chain    bootPolicy
}

// blocks are the words before a brace that holds statements; other braces hold
// elements.
var blocks = []string{"table", "chain", "set", "map", "flowtable", "counter", "quota", "limit", "synproxy", "secmark", "add", "create"}

// read goes through a script statement by statement.
func (b *bootScript) read(file, text string, depth int) {
	n, elements := 0, 0
	var words []string
	var from compliance.Source
	end := func() {
		if len(words) > 0 {
			b.statement(words, from, depth)
		}
		words = nil
	}
	for l := range strings.Lines(text) {
		n++
		for _, w := range nftWord.FindAllString(l, -1) {
			if w[0] == '#' {
				break
			}
			if len(words) == 0 {
				from = line(file, n, l)
			}
			switch {
			case w == "{" && (elements > 0 || len(words) > 0 && !slices.Contains(blocks, words[0])):
				elements++
			case w == "}" && elements > 0:
				elements--
			case elements > 0:
				words = append(words, w)
			case w == ";" || w == "{":
				end()
			case w == "}":
				end()
				b.statement([]string{w}, from, depth)
			default:
				words = append(words, w)
			}
		}
		if elements == 0 {
			end()
		}
	}
	end()
	b.endChain()
}

// nftWord is a word of nft's language: a string, a brace, a semicolon, the comment up
// to the end of the line, or what stands between blanks.
var nftWord = regexp.MustCompile(`"[^"\n]*"?|[{};]|#.*|[^\s{};"#]+`)

var nftFamilies = map[string][]string{"ip": {"ipv4"}, "ip6": {"ipv6"}, "inet": {"ipv4", "ipv6"}}

func (b *bootScript) statement(w []string, from compliance.Source, depth int) {
	switch {
	case w[0] == "include" && len(w) > 1:
		b.include(strings.Trim(w[1], "\"'"), depth)
	case w[0] == "flush" && len(w) > 1 && w[1] == "ruleset":
		b.policies = map[string]bootPolicy{}
	case w[0] == "table" || w[0] == "add" && len(w) > 1 && w[1] == "table":
		b.family = "ip"
		for _, f := range w {
			if nftFamilies[f] != nil || f == "arp" || f == "bridge" || f == "netdev" {
				b.family = f
				break
			}
		}
	case w[0] == "flags" && slices.Contains(w, "dormant"):
		b.family = "dormant"
	case w[0] == "add" || w[0] == "insert":
		b.cause = from.File + " adds rules one by one, which are not read"
	case w[0] == "chain" || w[0] == "}":
		b.endChain()
	case w[0] == "type":
		i := slices.Index(w, "hook")
		b.hook = len(w) > 1 && w[1] == "filter" && i > 0 && i+1 < len(w) && w[i+1] == "input"
		b.ended = false
	case b.hook && !b.ended:
		b.inputRule(w, from)
	}
}

// inputRule takes what decides for every packet: the policy, or a rule that has no
// condition.
func (b *bootScript) inputRule(w []string, from compliance.Source) {
	w = deciding(w)
	switch {
	case len(w) == 2 && w[0] == "policy":
		b.chain = bootPolicy{w[1], from}
	case slices.ContainsFunc(w, func(s string) bool { return s == "jump" || s == "goto" || s == "vmap" }):
		b.cause = from.File + ": what other chains of it decide is not read"
	case len(w) == 1 && (w[0] == "drop" || w[0] == "accept"), len(w) > 0 && w[0] == "reject":
		b.chain = bootPolicy{w[0], from}
		b.ended = true
	}
}

// endChain takes over what a base chain decides. A packet that one lets through meets
// the others, so that one which denies is enough.
func (b *bootScript) endChain() {
	if b.hook && (b.chain.action == "drop" || b.chain.action == "reject" || b.chain.action == "accept" && b.ended) {
		for _, family := range nftFamilies[b.family] {
			if before, ok := b.policies[family]; !ok || before.action == "accept" {
				b.policies[family] = b.chain
			}
		}
	}
	b.hook, b.ended, b.chain = false, false, bootPolicy{}
}

// remarks are statements, and options of `log`, that neither ask nor decide anything,
// with the number of words that they take.
var remarks = map[string]int{"counter": 1, "packets": 2, "bytes": 2, "name": 2, "log": 1, "prefix": 2, "level": 2, "group": 2, "queue-threshold": 2, "snaplen": 2, "comment": 2}

// deciding leaves of a rule what asks something of the packet, or decides.
func deciding(w []string) []string {
	for len(w) > 0 && remarks[w[0]] > 0 && remarks[w[0]] <= len(w) {
		w = w[remarks[w[0]]:]
	}
	if n := len(w); n == 3 && w[1] == "comment" {
		w = w[:1]
	}
	return w
}

// include reads the files of a pattern, as far as the target sent them.
func (b *bootScript) include(pattern string, depth int) {
	if !path.IsAbs(pattern) {
		pattern = path.Join("/etc", pattern)
	}
	names := []string{pattern}
	if isPattern(pattern) {
		listed, got := b.r.dir(path.Dir(pattern))
		if got.absent {
			return
		}
		names = slices.DeleteFunc(listed, func(n string) bool { ok, _ := path.Match(pattern, n); return !ok })
		if got.cause != "" {
			b.cause = "include " + pattern + ": " + got.cause
		}
	}
	for _, n := range names {
		text := b.r.file(n)
		if !text.ok() || depth > 15 {
			b.cause = "include " + n + ": " + text.or("there is no such file")
			continue
		}
		b.read(n, text.text, depth+1)
	}
}

// iptablesFiles are what netfilter-persistent (Debian) and iptables.service (Red
// Hat) load.
var iptablesFiles = map[string][]string{
	"ipv4": {"/etc/iptables/rules.v4", "/etc/sysconfig/iptables"},
	"ipv6": {"/etc/iptables/rules.v6", "/etc/sysconfig/ip6tables"},
}

func readIptablesFiles(r *reading) {
	for family, names := range iptablesFiles {
		readIptablesFile(r, family, names)
	}
}

func readIptablesFile(r *reading, family string, names []string) {
	for _, name := range names {
		text := r.file(name)
		if text.absent {
			continue
		}
		if text.cause != "" {
			r.unknown(text.cause, compliance.Source{File: name}, "boot", "iptables", family)
			return
		}
		r.put(true, compliance.Source{File: name}, "boot", "iptables", family, "exists")
		putIptablesFile(r, family, name, text)
		return
	}
	r.put(false, compliance.Source{File: names[0]}, "boot", "iptables", family, "exists")
}

func putIptablesFile(r *reading, family, name string, text got) {
	at := []string{"boot", "iptables", family, "default"}
	rs := newRuleset()
	parseIptables(rs, map[string]string{"ipv4": "ip", "ipv6": "ip6"}[family], "", text.text, func(string) bool { return true })
	q := &inquiry{r: r, rs: rs, ipv6: family == "ipv6"}
	stranger, ok := q.stranger()
	v := verdict{action: puzzle, by: "the rules name too many addresses"}
	if ok {
		v = q.worst(accept, q.fromNamedPorts(q.arriving(stranger, "new", q.unnamedPort())))
	}
	from := compliance.Source{File: name, Line: v.line, EndLine: v.line, Text: printable(v.by)}
	r.putOr(v.String(), v.action != puzzle, v.by, from, at...)
}
