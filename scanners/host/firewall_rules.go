package host

import (
	"net/netip"
	"slices"
	"strings"
)

// A truth is whether a packet meets a condition. A condition that is not
// understood, or that asks for what is not known of the packet, is perhaps.
type truth uint8

const (
	never truth = iota
	perhaps
	surely
)

func truthOf(b bool) truth {
	if b {
		return surely
	}
	return never
}

func (t truth) not() truth { return surely - t }

// A packet is the one that a firewall is asked about.
type packet struct {
	ipv6 bool
	// in and out are interfaces; strangeInterface is one that no rule names.
	in, out string
	src     netip.Addr
	// dst is the zero Addr where it is an address of this host, any of own.
	dst          netip.Addr
	own          []netip.Addr
	proto        string // tcp, udp
	sport, dport int
	state        string // new, established
	dnat         bool
	// mark is 0 until a rule sets it; -1 is a value that is not known.
	mark, ctMark int64
}

// strangeInterface stands for an interface that no rule names.
const strangeInterface = "?"

// local tells whether the packet goes to this host itself.
func (p *packet) local() bool {
	return !p.dst.IsValid() || p.dst.IsLoopback() || slices.Contains(p.own, p.dst)
}

// A condition is one thing that a rule asks of a packet.
type condition func(*packet) truth

// An action is what a rule does with a packet that meets its conditions.
type action uint8

const (
	proceed action = iota // no verdict: it counts, logs, sets what nobody asks for
	accept
	drop
	reject
	jump
	goTo
	leave
	setMark
	setCtMark
	untrack   // no connection is made of it
	translate // DNAT, REDIRECT: to another address or port, and accepted
	puzzle    // what it does is not understood
)

// A rule is one of nftables or iptables.
type rule struct {
	when   []condition
	do     action
	target string         // of jump and goTo
	value  int64          // of setMark, setCtMark
	to     netip.AddrPort // of translate; a zero address is this host, a zero port the same
	text   string         // for people
	from   int            // line of a file, 0 where it is of the kernel
}

// A chain is a list of rules; a base chain hangs on a hook.
type chain struct {
	table, name string
	hook        string // "" where it is no base chain
	nat         bool   // only the first packet of a connection meets it
	family      string // ip, ip6, inet, netdev
	priority    int
	policy      action
	devices     []string // of ingress
	doubtful    bool     // it may not be in force
	line        int      // of policy
	rules       []rule
}

func (c *chain) sees(p *packet) bool {
	switch c.family {
	case "ip":
		return !p.ipv6
	case "ip6":
		return p.ipv6
	case "inet", "netdev":
		return c.hook != "ingress" || len(c.devices) == 0 || slices.Contains(c.devices, p.in)
	}
	return false
}

// A ruleset is all that stands between the network and this host.
type ruleset struct {
	chains []*chain
	byName map[string]*chain // by table and name
	// partial says why there may be more rules than these, "" where there are none.
	partial string
	// Ports and sources that rules name.
	ports, sourcePorts []span
	sources            []addresses
	steps              int
}

// maxSteps bounds the conditions that are tried for one host, over all packets.
const maxSteps = 4_000_000

// maxDepth is how deep the kernel lets chains jump.
const maxDepth = 16

func newRuleset() *ruleset { return &ruleset{byName: map[string]*chain{}} }

func (rs *ruleset) add(c *chain) {
	if rs.byName[c.table+" "+c.name] == nil {
		rs.byName[c.table+" "+c.name] = c
		rs.chains = append(rs.chains, c)
	}
}

// A span is a range of ports.
type span struct{ first, last int }

// Outcomes of a chain; several where something is perhaps.
type outcomes uint8

const (
	accepted outcomes = 1 << iota
	dropped
	rejected
	through // the end of the chain, or a return
)

// A verdict is what a ruleset does with a packet.
type verdict struct {
	// action is accept, drop or reject; puzzle where that could not be told.
	action action
	// by names the rule, the policy or the doubt that decided.
	by   string
	line int
	// to is another host to which a rule sends the packet, a container mostly, and
	// port the one there; of this host another than the packet came for, 0 where it is
	// the same.
	to   string
	port int
}

func (v verdict) String() string {
	return map[action]string{accept: "accept", drop: "drop", reject: "reject"}[v.action]
}

// An evaluation leads one packet through hooks.
type evaluation struct {
	rs    *ruleset
	p     *packet
	doubt string // the first rule that was perhaps
	by    map[outcomes]verdict
}

func (e *evaluation) note(o outcomes, c *chain, text string, line int) {
	if _, ok := e.by[o]; !ok {
		e.by[o] = verdict{by: c.table + " " + c.name + ": " + text, line: line}
	}
}

// meets tells whether the packet meets all conditions of r.
func (e *evaluation) meets(c *chain, r *rule) truth {
	all := surely
	for _, w := range r.when {
		e.rs.steps++
		t := w(e.p)
		if t == never {
			return never
		}
		all = min(all, t)
	}
	if all == perhaps && r.do != proceed && e.doubt == "" {
		e.doubt = c.table + " " + c.name + ": " + r.text
	}
	return all
}

// walk follows the rules of c.
func (e *evaluation) walk(c *chain, depth int) outcomes {
	var out outcomes
	for i := range c.rules {
		r := &c.rules[i]
		if e.rs.steps++; e.rs.steps > maxSteps {
			e.doubt = "the ruleset is too large to be followed"
			return accepted | dropped
		}
		t := e.meets(c, r)
		if t == never {
			continue
		}
		got := e.act(c, r, t, depth)
		out |= got &^ through
		switch {
		case r.do == leave || r.do == goTo:
			out |= got & through
			if t == surely {
				return out
			}
		case t == surely && got&through == 0:
			return out
		}
	}
	return out | through
}

// act does what r does; through is going on.
func (e *evaluation) act(c *chain, r *rule, t truth, depth int) outcomes {
	switch r.do {
	case accept:
		e.note(accepted, c, r.text, r.from)
		return accepted
	case drop:
		e.note(dropped, c, r.text, r.from)
		return dropped
	case reject:
		e.note(rejected, c, r.text, r.from)
		return rejected
	case jump, goTo:
		return e.jump(c, r, t, depth)
	case setMark, setCtMark, untrack, translate:
		return e.change(r, t)
	case puzzle:
		if e.doubt == "" {
			e.doubt = c.table + " " + c.name + ": " + r.text
		}
		return accepted | dropped | through
	}
	return through
}

// change sets what r sets of the packet; where that is maybe, it is not known.
func (e *evaluation) change(r *rule, t truth) outcomes {
	value := r.value
	if t != surely {
		value = -1
	}
	switch r.do {
	case setMark:
		e.p.mark = value
		return through
	case setCtMark:
		e.p.ctMark = value
		return through
	}
	if t != surely {
		return accepted | dropped | through // what it is then, nobody knows
	}
	if r.do == untrack {
		e.p.state = "untracked"
		return through
	}
	e.p.dnat = true
	if r.to.Addr().IsValid() {
		e.p.dst = r.to.Addr()
	}
	if r.to.Port() != 0 {
		e.p.dport = int(r.to.Port())
	}
	return accepted
}

func (e *evaluation) jump(c *chain, r *rule, t truth, depth int) outcomes {
	next := e.rs.byName[c.table+" "+r.target]
	if next == nil || depth >= maxDepth {
		e.doubt = c.table + " " + c.name + ": " + r.text
		return accepted | dropped | through
	}
	before := *e.p
	out := e.walk(next, depth+1)
	if t != surely {
		if e.p.mark != before.mark {
			e.p.mark = -1
		}
		if e.p.ctMark != before.ctMark {
			e.p.ctMark = -1
		}
		if e.p.dnat != before.dnat || e.p.state != before.state {
			out |= accepted | dropped
		}
	}
	return out
}

// pass leads the packet through the base chains of hook.
func (e *evaluation) pass(hook string) outcomes {
	chains := slices.DeleteFunc(slices.Clone(e.rs.chains), func(c *chain) bool {
		return c.hook != hook || !c.sees(e.p) || c.nat && e.p.state != "new"
	})
	slices.SortStableFunc(chains, func(a, b *chain) int { return a.priority - b.priority })
	all := accepted
	for _, c := range chains {
		out := e.walk(c, 0)
		if out&through != 0 {
			out = out&^through | e.policy(c)
		}
		if c.doubtful && out != accepted {
			out |= accepted
			e.doubt = c.table + " " + c.name + ": nft does not tell whether it is in force for this packet"
		}
		switch {
		case out&accepted == 0 && out&(out-1) == 0: // certainly denied, and how is known
			return out
		case out&accepted == 0:
			return dropped
		case out != accepted:
			all |= out
		}
	}
	return all
}

func (e *evaluation) policy(c *chain) outcomes {
	if c.policy == drop {
		e.note(dropped, c, "policy drop", c.line)
		return dropped
	}
	if _, named := e.by[accepted]; !named {
		e.by[through] = verdict{by: c.table + " " + c.name + ": policy accept", line: c.line}
	}
	return accepted
}

// verdict tells what becomes of p on its way through hooks. "route" stands for the
// choice between this host itself and the next one.
func (rs *ruleset) verdict(p packet, routes []route, hooks ...string) verdict {
	asked := p.dport
	e := &evaluation{rs: rs, p: &p, by: map[outcomes]verdict{}}
	all := accepted
	for i := 0; i < len(hooks); i++ {
		hook := hooks[i]
		if hook == "route" {
			hook = "input"
			if !p.local() {
				hook = "forward"
				p.out = outgoing(routes, p.dst)
			}
		}
		out := e.pass(hook)
		if out&accepted == 0 {
			return e.told(out)
		}
		all |= out
	}
	if all != accepted || rs.partial != "" {
		return verdict{action: puzzle, by: e.why()}
	}
	v := e.told(accepted)
	switch {
	case p.dnat && !p.local():
		v.to, v.port = netip.AddrPortFrom(p.dst, uint16(p.dport)).String(), p.dport
	case p.dport != asked && !p.dst.IsLoopback():
		v.port = p.dport
	}
	return v
}

func (e *evaluation) why() string {
	if e.rs.partial != "" {
		return e.rs.partial
	}
	return "it hangs on a rule that is not understood: " + e.doubt
}

func (e *evaluation) told(o outcomes) verdict {
	v, ok := e.by[o]
	if !ok && o == accepted {
		v, ok = e.by[through]
	}
	if !ok {
		v.by = "no rule"
	}
	v.action = map[outcomes]action{accepted: accept, dropped: drop, rejected: reject}[o]
	return v
}

// A route is one line of the kernel's table.
type route struct {
	to     netip.Prefix
	device string
}

// outgoing returns the interface to dst by the longest prefix, "" where none is known.
func outgoing(routes []route, dst netip.Addr) string {
	best, device := -1, ""
	for _, r := range routes {
		if r.to.Contains(dst) && r.to.Bits() > best {
			best, device = r.to.Bits(), r.device
		}
	}
	return device
}

// addresses are ranges, in order and not overlapping.
type addresses []addressRange

type addressRange struct{ first, last netip.Addr }

func newAddresses(ranges []addressRange) addresses {
	slices.SortFunc(ranges, func(a, b addressRange) int { return a.first.Compare(b.first) })
	var out addresses
	for _, r := range ranges {
		if n := len(out); n > 0 && !out[n-1].last.Less(r.first) {
			if out[n-1].last.Less(r.last) {
				out[n-1].last = r.last
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

func (as addresses) contains(a netip.Addr) bool {
	i, found := slices.BinarySearchFunc(as, a, func(r addressRange, a netip.Addr) int { return r.first.Compare(a) })
	return found || i > 0 && !as[i-1].last.Less(a) && as[i-1].last.BitLen() == a.BitLen()
}

func prefixRange(p netip.Prefix) addressRange {
	p = p.Masked()
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	last, _ := netip.AddrFromSlice(b)
	return addressRange{p.Addr(), last}
}

// fromAddress is the condition that the source is in as.
func (rs *ruleset) fromAddress(as addresses) condition {
	rs.sources = append(rs.sources, as)
	return func(p *packet) truth { return truthOf(as.contains(p.src)) }
}

// toAddress is the condition that the destination is in as. Which of this host's
// addresses a packet goes to is open: all of them must agree.
func toAddress(as addresses) condition {
	return func(p *packet) truth {
		if p.dst.IsValid() {
			return truthOf(as.contains(p.dst))
		}
		in := 0
		for _, a := range p.own {
			if as.contains(a) {
				in++
			}
		}
		if in > 0 && in == len(p.own) {
			return surely
		}
		if in == 0 && (len(p.own) > 0 || !slices.ContainsFunc(as, hostRange)) {
			return never
		}
		return perhaps
	}
}

// hostRange tells whether r holds addresses by which strangers may know a host.
func hostRange(r addressRange) bool {
	return !r.first.IsMulticast() && !r.first.IsLoopback() && !r.first.IsLinkLocalUnicast() && r.first != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

func (rs *ruleset) toPort(list []span) condition {
	rs.ports = append(rs.ports, list...)
	ports := merged(list)
	return func(p *packet) truth { return truthOf(ports.contain(p.dport)) }
}

func (rs *ruleset) fromPort(list []span) condition {
	rs.sourcePorts = append(rs.sourcePorts, list...)
	ports := merged(list)
	return func(p *packet) truth { return truthOf(ports.contain(p.sport)) }
}

// spans are ranges of ports, in order and not overlapping.
type spans []span

func merged(list []span) spans {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b span) int { return a.first - b.first })
	var out spans
	for _, s := range list {
		if n := len(out); n > 0 && s.first <= out[n-1].last {
			out[n-1].last = max(out[n-1].last, s.last)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (s spans) contain(port int) bool {
	i, found := slices.BinarySearchFunc(s, port, func(r span, port int) int { return r.first - port })
	return found || i > 0 && port <= s[i-1].last
}

// onInterface compares a name with a pattern that may end in a wildcard.
func onInterface(pattern string, wildcard byte) func(name string) truth {
	return func(name string) truth {
		if name == "" {
			return perhaps
		}
		if stem := len(pattern) - 1; stem >= 0 && pattern[stem] == wildcard {
			return truthOf(strings.HasPrefix(name, pattern[:stem]))
		}
		return truthOf(name == pattern)
	}
}

// markIs compares a mark with value under mask.
func markIs(mark func(*packet) int64, value, mask int64) condition {
	return func(p *packet) truth {
		if m := mark(p); m >= 0 {
			return truthOf(m&mask == value)
		}
		return perhaps
	}
}

func not(c condition) condition { return func(p *packet) truth { return c(p).not() } }

func always(t truth) condition { return func(*packet) truth { return t } }

// ofProtocol is the condition that the packet is of one of names.
func ofProtocol(names ...string) condition {
	return func(p *packet) truth { return truthOf(slices.Contains(names, p.proto)) }
}

// protocolNumbers are those of the packets that are asked about.
var protocolNumbers = map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "ipv6-icmp", "icmpv6": "ipv6-icmp", "icmp6": "ipv6-icmp", "132": "sctp", "33": "dccp"}

func protocolName(s string) string {
	if name, ok := protocolNumbers[s]; ok {
		return name
	}
	return s
}

// tcpFlags compares the flags of a connection's first packet, or of a later one.
func tcpFlags(p *packet, mask, want []string) truth {
	has := []string{"syn"}
	if p.state != "new" {
		has = []string{"ack"}
	}
	for _, f := range mask {
		if slices.Contains(has, f) != slices.Contains(want, f) {
			return never
		}
	}
	return surely
}

var allFlags = []string{"fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"}
