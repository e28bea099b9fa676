package host

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// hooksOfIptables are the built-in chains, and where they hang.
var hooksOfIptables = map[string]string{"PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward", "OUTPUT": "output", "POSTROUTING": "postrouting"}

// priorityOfTable orders the tables of iptables at one hook (netfilter_ipv4.h).
var priorityOfTable = map[string]int{"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}

// parseIptables reads what iptables-save(8) prints, or iptables-restore(8) reads,
// into rs. Tables that keep refuses are left out.
func parseIptables(rs *ruleset, family, owner, text string, keep func(table string) bool) {
	t := &iptablesReader{rs: rs, family: family, owner: owner}
	n := 0
	for l := range strings.Lines(text) {
		n++
		l = strings.TrimSpace(l)
		switch {
		case l == "" || l[0] == '#':
		case l[0] == '*':
			t.table = ""
			if keep(l[1:]) {
				t.table = l[1:]
			}
		case t.table == "":
		case l[0] == ':':
			t.chain(l[1:], n)
		default:
			t.rule(l, n)
		}
	}
}

type iptablesReader struct {
	rs                   *ruleset
	family, owner, table string
}

// tableName is "ip filter" as nft calls it; those of the old kernel interface
// stand apart from it.
func (t *iptablesReader) tableName() string { return t.owner + t.family + " " + t.table }

// chain reads "INPUT DROP [0:0]".
func (t *iptablesReader) chain(l string, line int) {
	f := strings.Fields(l)
	if len(f) < 2 {
		return
	}
	c := &chain{table: t.tableName(), name: f[0], family: t.family, policy: accept, nat: t.table == "nat", line: line}
	if f[1] != "-" {
		c.hook = hooksOfIptables[f[0]]
		c.priority = priorityOfTable[t.table]
		if t.table == "nat" && (f[0] == "INPUT" || f[0] == "POSTROUTING") {
			c.priority = 100
		}
	}
	if f[1] == "DROP" {
		c.policy = drop
	}
	t.rs.add(c)
}

func (t *iptablesReader) rule(l string, line int) {
	args := shellWords(l)
	if len(args) > 0 && strings.HasPrefix(args[0], "[") { // counters
		args = args[1:]
	}
	if len(args) < 2 || args[0] != "-A" && args[0] != "--append" {
		return
	}
	c := t.rs.byName[t.tableName()+" "+args[1]]
	if c == nil {
		return
	}
	r := rule{text: bounded(l), from: line}
	o := &iptablesOptions{t: t, args: args[2:], r: &r}
	o.read()
	c.rules = append(c.rules, r)
}

// iptablesOptions reads the options of one rule.
type iptablesOptions struct {
	t    *iptablesReader
	args []string
	r    *rule
	// connmark: --mark is the connection's.
	connmark bool
}

func (o *iptablesOptions) next() string {
	if len(o.args) == 0 {
		return ""
	}
	s := o.args[0]
	o.args = o.args[1:]
	return s
}

func (o *iptablesOptions) read() {
	for len(o.args) > 0 {
		invert := o.args[0] == "!"
		if invert {
			o.next()
		}
		name := o.next()
		switch name {
		case "-j", "--jump", "-g", "--goto":
			o.targetOf(name, o.next())
			return
		case "-m", "--match":
			o.module(o.next())
			continue
		}
		c := o.condition(name)
		if c == nil {
			continue
		}
		if invert {
			c = not(c)
		}
		o.r.when = append(o.r.when, c)
	}
}

// knownModules are the matches whose options tell everything. rpfilter and set
// say something by being there.
var knownModules = []string{
	"tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmp6", "ipv6-icmp", "multiport", "conntrack", "state", "addrtype", "comment",
	"limit", "hashlimit", "connlimit", "mark", "connmark", "recent", "pkttype", "iprange", "hl", "ttl", "rt", "frag", "hbh", "dst", "physdev", "set", "length", "rpfilter",
}

func (o *iptablesOptions) module(name string) {
	switch {
	case name == "connmark", name == "mark":
		o.connmark = name == "connmark"
	case name == "rpfilter": // the way back to the source is there
		o.r.when = append(o.r.when, always(truthOf(!slices.Contains(o.args, "--invert"))))
	case slices.Contains([]string{"rt", "frag", "hbh", "dst", "physdev"}, name):
		o.r.when = append(o.r.when, always(never)) // a plain packet of no bridge
	case !slices.Contains(knownModules, name):
		o.r.when = append(o.r.when, always(perhaps))
	}
}

// quiet are options that ask nothing of the first packet of a connection, with the
// number of their arguments.
var quiet = map[string]int{
	"--comment": 1, "--limit": 1, "--limit-burst": 1, "--hashlimit-upto": 1, "--hashlimit-burst": 1, "--hashlimit-mode": 1, "--hashlimit-name": 1,
	"--hashlimit-htable-size": 1, "--hashlimit-htable-max": 1, "--hashlimit-htable-expire": 1, "--hashlimit-htable-gcinterval": 1,
	"--hashlimit-srcmask": 1, "--hashlimit-dstmask": 1, "--connlimit-upto": 1, "--connlimit-mask": 1, "--connlimit-saddr": 0, "--connlimit-daddr": 0,
	"--set": 0, "--name": 1, "--rsource": 0, "--rdest": 0, "--mask": 1, "--seconds": 1, "--reap": 0, "--hitcount": 1, "--rttl": 0,
	"--invert": 0, "--loose": 0, "--validmark": 0, "--accept-local": 0, "--rt-type": 1, "--rt-segsleft": 1, "--fragid": 1, "--fragfirst": 0, "--fraglast": 0,
	"--physdev-in": 1, "--physdev-out": 1, "--physdev-is-in": 0, "--physdev-is-out": 0, "--physdev-is-bridged": 0,
	"--limit-iface-in": 0, "--limit-iface-out": 0, "--icmp-type": 1, "--icmpv6-type": 1,
}

// condition reads one option; nil where it asks nothing.
func (o *iptablesOptions) condition(name string) condition {
	if n, ok := quiet[name]; ok {
		for range n {
			o.next()
		}
		return nil
	}
	switch name {
	case "-p", "--protocol", "--proto":
		if proto := protocolName(o.next()); proto != "all" && proto != "0" {
			return ofProtocol(proto)
		}
		return nil
	case "-s", "--source", "--src", "-d", "--destination", "--dst":
		return o.address(name, o.next())
	case "--src-range", "--dst-range":
		return o.addressRange(name, o.next())
	case "-i", "--in-interface":
		test := onInterface(o.next(), '+')
		return func(p *packet) truth { return test(p.in) }
	case "-o", "--out-interface":
		test := onInterface(o.next(), '+')
		return func(p *packet) truth { return test(p.out) }
	case "--dport", "--destination-port", "--dports", "--destination-ports", "--sport", "--source-port", "--sports", "--source-ports", "--ports":
		return o.port(name, o.next())
	case "--syn":
		return func(p *packet) truth { return tcpFlags(p, []string{"fin", "syn", "rst", "ack"}, []string{"syn"}) }
	case "--tcp-flags":
		mask, want := iptablesFlags(o.next()), iptablesFlags(o.next())
		return func(p *packet) truth { return tcpFlags(p, mask, want) }
	case "-f", "--fragment", "--rcheck", "--update", "--remove": // seen before: the first packet is not
		return always(never)
	case "--hashlimit-above", "--connlimit-above":
		o.next()
		return always(never)
	case "--ctdir": // the first packet of a connection goes the way of it
		original := strings.EqualFold(o.next(), "ORIGINAL")
		return func(p *packet) truth {
			if p.state != "new" {
				return perhaps
			}
			return truthOf(original)
		}
	case "--ctstate", "--state":
		return o.state(o.next())
	case "--dst-type", "--src-type":
		return addressType(name, strings.Split(o.next(), ","))
	case "--pkt-type":
		return always(truthOf(o.next() == "unicast"))
	case "--mark":
		return o.mark(o.next())
	}
	// What is not understood takes its arguments with it.
	for len(o.args) > 0 && !strings.HasPrefix(o.args[0], "-") && o.args[0] != "!" {
		o.next()
	}
	return always(perhaps)
}

func (o *iptablesOptions) address(option, value string) condition {
	bits := "/32"
	if o.t.family == "ip6" {
		bits = "/128"
	}
	if !strings.Contains(value, "/") {
		value += bits
	}
	p, err := netip.ParsePrefix(value)
	if err != nil { // a mask that is no prefix
		return always(perhaps)
	}
	as := addresses{prefixRange(p)}
	if strings.HasPrefix(option, "-d") || strings.HasPrefix(option, "--d") {
		return toAddress(as)
	}
	return o.t.rs.fromAddress(as)
}

func (o *iptablesOptions) addressRange(option, value string) condition {
	first, last, _ := strings.Cut(value, "-")
	a, errA := netip.ParseAddr(first)
	b, errB := netip.ParseAddr(last)
	if errA != nil || errB != nil || a.BitLen() != b.BitLen() {
		return always(perhaps)
	}
	if option == "--dst-range" {
		return toAddress(addresses{{a, b}})
	}
	return o.t.rs.fromAddress(addresses{{a, b}})
}

// port reads 22, 22:80 and 22,80:90.
func (o *iptablesOptions) port(option, value string) condition {
	var spans []span
	for part := range strings.SplitSeq(value, ",") {
		first, last, isRange := strings.Cut(part, ":")
		if !isRange {
			last = first
		}
		if first == "" {
			first = "0"
		}
		if last == "" {
			last = "65535"
		}
		a, errA := strconv.ParseUint(first, 10, 16)
		b, errB := strconv.ParseUint(last, 10, 16)
		if errA != nil || errB != nil {
			return always(perhaps)
		}
		spans = append(spans, span{int(a), int(b)})
	}
	source := o.t.rs.fromPort(spans)
	switch {
	case option == "--ports":
		to := o.t.rs.toPort(spans)
		return func(p *packet) truth { return max(to(p), source(p)) }
	case strings.HasPrefix(option, "--d"):
		return o.t.rs.toPort(spans)
	}
	return source
}

func (o *iptablesOptions) state(value string) condition {
	states := strings.Split(strings.ToLower(value), ",")
	return func(p *packet) truth {
		best := truthOf(slices.Contains(states, p.state))
		switch {
		case slices.Contains(states, "dnat") && p.state == "new":
			best = max(best, truthOf(p.dnat))
		case slices.Contains(states, "dnat"), slices.Contains(states, "snat"):
			best = max(best, perhaps)
		}
		return best
	}
}

func addressType(option string, types []string) condition {
	return func(p *packet) truth {
		local := p.local()
		if option == "--src-type" {
			local = p.src.IsLoopback()
		}
		if local {
			return truthOf(slices.Contains(types, "LOCAL"))
		}
		return truthOf(slices.Contains(types, "UNICAST"))
	}
}

// mark reads 0x1/0xff; of connmark it is the connection's.
func (o *iptablesOptions) mark(value string) condition {
	number, mask, masked := strings.Cut(value, "/")
	if !masked {
		mask = "0xffffffff"
	}
	v, errV := strconv.ParseUint(number, 0, 32)
	m, errM := strconv.ParseUint(mask, 0, 32)
	if errV != nil || errM != nil || o.connmark {
		return always(perhaps)
	}
	return markIs(func(p *packet) int64 { return p.mark }, int64(v), int64(m))
}

func iptablesFlags(s string) []string {
	switch s = strings.ToLower(s); s {
	case "all":
		return allFlags[:6]
	case "none", "":
		return nil
	}
	return strings.Split(s, ",")
}

var iptablesVerdicts = map[string]action{
	"ACCEPT": accept, "DROP": drop, "REJECT": reject, "RETURN": leave, "TARPIT": drop,
	"LOG": proceed, "NFLOG": proceed, "ULOG": proceed, "AUDIT": proceed, "TRACE": proceed, "NOTRACK": untrack, "TCPMSS": proceed,
	"MASQUERADE": accept, "SNAT": accept, "CHECKSUM": proceed, "CLASSIFY": proceed, "DSCP": proceed, "TOS": proceed, "SET": proceed, "HL": proceed, "TTL": proceed,
	"SECMARK": proceed, "CONNSECMARK": proceed, "RATEEST": proceed, "TEE": proceed,
}

// targetOf reads what follows -j or -g.
func (o *iptablesOptions) targetOf(option, name string) {
	r := o.r
	if o.t.rs.byName[o.t.tableName()+" "+name] != nil {
		r.do, r.target = jump, name
		if strings.HasPrefix(option, "-g") || option == "--goto" {
			r.do = goTo
		}
		return
	}
	if a, ok := iptablesVerdicts[name]; ok {
		r.do = a
		return
	}
	switch name {
	case "MARK":
		r.do, r.value = setMark, -1
		if v, mask, ok := strings.Cut(o.argument("--set-xmark"), "/"); ok && mask == "0xffffffff" {
			if n, err := strconv.ParseUint(v, 0, 32); err == nil {
				r.value = int64(n)
			}
		}
	case "CONNMARK":
		r.do, r.value = setCtMark, -1
		if slices.Contains(o.args, "--restore-mark") {
			r.do = setMark
		}
	case "CT":
		if slices.Contains(o.args, "--notrack") {
			r.do = untrack
		}
	case "DNAT", "REDIRECT":
		o.translate(name)
	default:
		r.do = puzzle
	}
}

func (o *iptablesOptions) argument(name string) string {
	if i := slices.Index(o.args, name); i >= 0 && i+1 < len(o.args) {
		return o.args[i+1]
	}
	return ""
}

// translate reads --to-destination 10.0.0.2:80, [fd00::2]:80 or :80, and --to-ports 80.
func (o *iptablesOptions) translate(name string) {
	r := o.r
	r.do = translate
	var port string
	if name == "REDIRECT" {
		port = o.argument("--to-ports")
	} else {
		to := o.argument("--to-destination")
		addr, err := netip.ParseAddr(strings.Trim(to, "[]"))
		if err != nil {
			i := strings.LastIndexByte(to, ':')
			if i < 0 {
				r.do = puzzle
				return
			}
			port = to[i+1:]
			addr, err = netip.ParseAddr(strings.Trim(to[:i], "[]"))
			if err != nil && i > 0 {
				r.do = puzzle // a range of addresses
				return
			}
		}
		r.to = netip.AddrPortFrom(addr, 0)
	}
	if port == "" {
		return
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil { // a range of ports
		r.do = puzzle
		return
	}
	r.to = netip.AddrPortFrom(r.to.Addr(), uint16(n))
}

// shellWords splits a line as iptables-restore does: quotes keep spaces, and a
// backslash what follows it.
func shellWords(l string) []string {
	var out []string
	var word strings.Builder
	quoted, open := false, false
	for i := 0; i < len(l); i++ {
		switch ch := l[i]; {
		case ch == '\\' && quoted && i+1 < len(l):
			i++
			word.WriteByte(l[i])
		case ch == '"':
			quoted = !quoted
			open = true
		case (ch == ' ' || ch == '\t') && !quoted:
			if open {
				out = append(out, word.String())
				word.Reset()
				open = false
			}
		default:
			word.WriteByte(ch)
			open = true
		}
	}
	if open {
		out = append(out, word.String())
	}
	return out
}
