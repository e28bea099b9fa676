package host

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const nftCommand = "nft -j list ruleset"

// rulesSource is where the kernel's rules are seen.
func rulesSource(text string) compliance.Source {
	return compliance.Source{Command: "nft list ruleset", Text: printable(text)}
}

// readFirewall reads which packets the kernel's rules let through, and what the
// next boot loads.
func readFirewall(r *reading) {
	readUfw(r)
	readFirewalld(r)
	readNftablesConf(r)
	readIptablesFiles(r)
	rs, cause := r.runningRules()
	if cause != "" {
		for _, part := range []string{"input", "forward", "output"} {
			r.unknown(cause, rulesSource(""), part)
		}
		return
	}
	net := r.network()
	for _, ipv6 := range []bool{false, true} {
		(&inquiry{r: r, rs: rs, net: net, ipv6: ipv6}).put()
	}
}

// runningRules gathers the rules of all programs that may have made some.
func (r *reading) runningRules() (rs *ruleset, cause string) {
	tables := r.output("tables")
	if !tables.ok() {
		return nil, tables.cause
	}
	rs = newRuleset()
	if !strings.Contains(tables.text, "nf_tables none") {
		if cause := r.nftRules(rs); cause != "" {
			return nil, cause
		}
	}
	for l := range strings.Lines(tables.text) {
		f := strings.Fields(l)
		switch {
		case len(f) == 2 && f[0] == "hidden":
			return nil, "the tables of iptables-legacy: " + needsRoot
		case len(f) == 3 && f[0] == "legacy":
			save := r.output(saveCommand(f[1], "legacy"))
			if !save.ok() {
				rs.partial = "iptables-legacy has tables, and " + save.reason()
				continue
			}
			parseIptables(rs, f[1], "legacy ", save.text, func(t string) bool { return t == f[2] })
		}
	}
	return rs, ""
}

func saveCommand(family, kind string) string {
	return map[string]string{"ip": "iptables-", "ip6": "ip6tables-"}[family] + kind + "-save"
}

// nftRules reads the rules of nf_tables. Those that iptables made with matches that
// nft cannot show are read as iptables shows them.
func (r *reading) nftRules(rs *ruleset) (cause string) {
	list := r.output(nftCommand)
	opaque := map[string]bool{}
	switch {
	case list.absent:
		rs.partial = "nft is not installed, and other programs may have made rules that only nft shows"
		for _, table := range []string{"raw", "mangle", "nat", "filter", "security"} {
			opaque["ip "+table], opaque["ip6 "+table] = true, true
		}
	case list.cause != "":
		return list.cause
	case strings.TrimSpace(list.text) == "": // old versions of nft say nothing of an empty ruleset
	default:
		var err error
		if opaque, err = parseNft(rs, list.text); err != nil {
			return err.Error()
		}
	}
	for _, family := range []string{"ip", "ip6"} {
		save := r.output(saveCommand(family, "nft"))
		if !save.ok() {
			continue // what nft could not show stays open
		}
		rs.drop(func(c *chain) bool {
			return c.family == family && opaque[c.table] && strings.Contains(save.text, "*"+c.table[len(family)+1:]+"\n")
		})
		parseIptables(rs, family, "", save.text, func(table string) bool { return opaque[family+" "+table] })
	}
	return ""
}

// drop takes chains out.
func (rs *ruleset) drop(which func(*chain) bool) {
	rs.chains = slices.DeleteFunc(rs.chains, func(c *chain) bool {
		if which(c) {
			delete(rs.byName, c.table+" "+c.name)
			return true
		}
		return false
	})
}

// A network is what the kernel's rules are asked with.
type network struct {
	own     map[string][]netip.Addr // by interface; loopback left out
	routes  []route
	uplinks map[bool][]string // by IPv6: interfaces with a default route
}

func (r *reading) network() network {
	n := network{own: map[string][]netip.Addr{}, uplinks: map[bool][]string{}}
	for l := range strings.Lines(r.output("ip -o addr").text) {
		f := strings.Fields(l)
		if len(f) < 4 || f[2] != "inet" && f[2] != "inet6" {
			continue
		}
		p, err := netip.ParsePrefix(f[3])
		if err != nil || p.Addr().IsLoopback() || p.Addr().IsLinkLocalUnicast() { // no stranger sends there
			continue
		}
		n.own[f[1]] = append(n.own[f[1]], p.Addr())
	}
	for l := range strings.Lines(r.file("/proc/net/route").text) {
		n.addRoute(ipv4Route(strings.Fields(l)))
	}
	for l := range strings.Lines(r.file("/proc/net/ipv6_route").text) {
		n.addRoute(ipv6Route(strings.Fields(l)))
	}
	return n
}

func (n *network) addRoute(to route, ok bool) {
	if !ok || to.device == "lo" || len(n.routes) >= 1000 {
		return
	}
	n.routes = append(n.routes, to)
	is6 := to.to.Addr().Is6()
	if to.to.Bits() == 0 && !slices.Contains(n.uplinks[is6], to.device) && len(n.uplinks[is6]) < 8 {
		n.uplinks[is6] = append(n.uplinks[is6], to.device)
	}
}

// ipv4Route reads a line of /proc/net/route: interface, destination and, eighth,
// the mask, both in hex and turned round.
func ipv4Route(f []string) (route, bool) {
	if len(f) < 8 {
		return route{}, false
	}
	to, err := hex.DecodeString(f[1])
	mask, errMask := hex.DecodeString(f[7])
	if err != nil || errMask != nil || len(to) != 4 || len(mask) != 4 {
		return route{}, false
	}
	bits := 0
	for i := range mask {
		for b := mask[i]; b != 0; b &= b - 1 {
			bits++
		}
	}
	slices.Reverse(to)
	return route{netip.PrefixFrom(netip.AddrFrom4([4]byte(to)), bits), f[0]}, true
}

// ipv6Route reads a line of /proc/net/ipv6_route: destination, the length of its
// prefix in hex, and at the end the interface.
func ipv6Route(f []string) (route, bool) {
	if len(f) < 10 {
		return route{}, false
	}
	to, err := hex.DecodeString(f[0])
	bits, errBits := strconv.ParseUint(f[1], 16, 8)
	if err != nil || errBits != nil || len(to) != 16 || bits > 128 {
		return route{}, false
	}
	return route{netip.PrefixFrom(netip.AddrFrom16([16]byte(to)), int(bits)), f[len(f)-1]}, true
}

// An inquiry asks the rules what becomes of packets of one family.
type inquiry struct {
	r    *reading
	rs   *ruleset
	net  network
	ipv6 bool
}

func (q *inquiry) family() string {
	if q.ipv6 {
		return "ipv6"
	}
	return "ipv4"
}

// put puts the answers. Each is the verdict on a packet that no rule names.
func (q *inquiry) put() {
	stranger, ok := q.stranger()
	if !ok {
		q.r.unknown("the rules name so many addresses that none is left to stand for a stranger", rulesSource(""), "input", q.family())
		return
	}
	port := q.unnamedPort()
	q.answer(q.worst(accept, q.fromNamedPorts(q.arriving(stranger, "new", port))), "input", q.family(), "default")
	q.answer(q.worst(drop, q.toTheWorld(q.arriving(stranger, "established", port))), "input", q.family(), "established")
	q.answer(q.loopback(port), "input", q.family(), "loopback")
	q.answer(q.worst(accept, q.forwarded(stranger, port)), "forward", q.family(), "default")
	q.answer(q.worst(accept, q.leaving(stranger, port)), "output", q.family(), "default")
	q.answer(q.spoofed(), "input", q.family(), "spoofed")
	for _, proto := range []string{"tcp", "udp"} {
		q.putPorts(stranger, proto)
	}
}

// A passage is a packet and the hooks that it meets.
type passage struct {
	p     packet
	hooks []string
}

var inbound = []string{"ingress", "prerouting", "route"}

// interfaces are those to the world, and one that no rule names.
func (q *inquiry) interfaces() []string {
	return append(slices.Clone(q.net.uplinks[q.ipv6]), strangeInterface)
}

// own returns the addresses by which device is reached, those of all interfaces
// where it is none of them.
func (q *inquiry) own(device string) []netip.Addr {
	var out []netip.Addr
	for name, list := range q.net.own {
		for _, a := range list {
			if (name == device || device == strangeInterface) && a.Is6() == q.ipv6 {
				out = append(out, a)
			}
		}
	}
	return out
}

const clientPort = 51234

func (q *inquiry) arriving(src netip.Addr, state string, port int) []passage {
	var out []passage
	for _, device := range q.interfaces() {
		for _, proto := range []string{"tcp", "udp"} {
			p := packet{ipv6: q.ipv6, in: device, src: src, own: q.own(device), proto: proto, sport: clientPort, dport: port, state: state}
			if state != "new" {
				p.ctMark = -1
			}
			out = append(out, passage{p, inbound})
		}
	}
	return out
}

// maxSourcePorts bounds the source ports that are tried.
const maxSourcePorts = 16

// fromNamedPorts adds the packets that come from source ports which rules name: who
// sends chooses them, so that a rule that lets in all from port 53 lets in everybody.
func (q *inquiry) fromNamedPorts(all []passage) []passage {
	out := slices.Clone(all)
	var tried []int
	for _, s := range q.rs.sourcePorts {
		if slices.Contains(tried, s.first) || len(tried) == maxSourcePorts {
			continue
		}
		tried = append(tried, s.first)
		for _, a := range all {
			a.p.sport = s.first
			out = append(out, a)
		}
	}
	return out
}

func (q *inquiry) forwarded(src netip.Addr, port int) []passage {
	out := q.arriving(src, "new", port)
	for i := range out {
		out[i].p.out, out[i].p.dst = strangeInterface, src.Next()
		out[i].hooks = []string{"ingress", "prerouting", "forward"}
	}
	return out
}

func (q *inquiry) leaving(dst netip.Addr, port int) []passage {
	out := q.arriving(dst, "new", port)
	for i := range out {
		p := &out[i].p
		p.in, p.out, p.dst = "", p.in, dst
		p.src = netip.IPv4Unspecified()
		if q.ipv6 {
			p.src = netip.IPv6Unspecified()
		}
		if len(p.own) > 0 {
			p.src = p.own[0]
		}
		out[i].hooks = []string{"output"}
	}
	return out
}

func (q *inquiry) loopbackAddress() netip.Addr {
	if q.ipv6 {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// loopback asks for a packet from this host to itself.
func (q *inquiry) loopback(port int) verdict {
	lo := q.loopbackAddress()
	p := packet{ipv6: q.ipv6, src: lo, dst: lo, proto: "tcp", sport: clientPort, dport: port, state: "new"}
	going, coming := p, p
	going.out, coming.in = "lo", "lo"
	return q.worst(drop, []passage{{going, []string{"output"}}, {coming, []string{"prerouting", "input"}}})
}

// spoofed asks for packets from elsewhere that claim to be of this host.
func (q *inquiry) spoofed() verdict {
	var all []passage
	intervals := q.intervals()
	for _, s := range intervals[:min(len(intervals), maxIntervals)] {
		all = append(all, q.arriving(q.loopbackAddress(), "new", s.first)...)
	}
	return q.worst(accept, all)
}

// worst returns the verdict on the passage that fares worst: a certain bad one,
// then one that could not be told.
func (q *inquiry) worst(bad action, all []passage) verdict {
	var worst verdict
	rank := func(v verdict) int {
		switch {
		case v.action == puzzle:
			return 1
		case v.action == bad, bad == drop && v.action == reject:
			return 2
		}
		return 0
	}
	for i, a := range all {
		v := q.rs.verdict(a.p, q.net.routes, a.hooks...)
		if i == 0 || rank(v) > rank(worst) {
			worst = v
		}
	}
	return worst
}

func (q *inquiry) answer(v verdict, p ...string) {
	if v.action == puzzle {
		q.r.unknown(v.by, rulesSource(v.by), p...)
		return
	}
	q.r.put(v.String(), rulesSource(v.by), p...)
}

// stranger returns an address of the internet that no rule names, ranges that hold
// an eighth of all addresses and more left aside.
func (q *inquiry) stranger() (netip.Addr, bool) {
	for i := range 200 {
		a := netip.AddrFrom4([4]byte{byte(23 + i%100), byte(i * 37), byte(i * 91), byte(17 + i)})
		if q.ipv6 {
			a = netip.AddrFrom16([16]byte{0x2a, byte(i), byte(i * 37), byte(i * 91), 8: 1, 15: byte(17 + i)})
		}
		if !slices.ContainsFunc(q.rs.sources, func(as addresses) bool { return as.names(a) }) {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// names tells whether a lies in a range that is less than an eighth of all.
func (as addresses) names(a netip.Addr) bool {
	if !as.contains(a) {
		return false
	}
	for _, r := range as {
		first, last := r.first.AsSlice()[0], r.last.AsSlice()[0]
		if !a.Less(r.first) && !r.last.Less(a) {
			return int(last)-int(first) < 31
		}
	}
	return false
}

// intervals cuts all ports where a rule's range begins or ends: within one, all
// ports fare alike.
func (q *inquiry) intervals() []span {
	cuts := []int{0}
	for _, s := range q.rs.ports {
		cuts = append(cuts, s.first, s.last+1)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []span
	for i, first := range cuts {
		last := 65535
		if i+1 < len(cuts) {
			last = min(last, cuts[i+1]-1)
		}
		if first >= 0 && first <= last {
			out = append(out, span{first, last})
		}
	}
	return out
}

// unnamedPort returns a port that no rule names, or of those that all ranges
// together name, one of the widest interval.
func (q *inquiry) unnamedPort() int {
	best, free := span{}, false
	names := merged(q.rs.ports)
	for _, s := range q.intervals() {
		if s.last == 0 { // nobody listens on port 0
			continue
		}
		named := names.contain(s.first)
		wider := s.last-s.first > best.last-best.first
		if !named && !free || named != free && wider {
			best, free = s, !named
		}
	}
	return best.last
}

const maxIntervals = 1000

// putPorts puts the ranges of ports that a stranger reaches, through the
// interfaces to the world or, where none is known, one that no rule names.
func (q *inquiry) putPorts(stranger netip.Addr, proto string) {
	at := []string{"input", q.family(), proto}
	intervals := q.intervals()
	if len(intervals) > maxIntervals {
		q.r.unknown(fmt.Sprintf("the rules name more than %d ports", maxIntervals), rulesSource(""), at...)
		return
	}
	var open []span
	var by []verdict
	doubt := ""
	for _, s := range intervals {
		v := q.worst(accept, slices.DeleteFunc(q.toTheWorld(q.arriving(stranger, "new", s.first)), func(a passage) bool { return a.p.proto != proto }))
		switch last := len(open) - 1; {
		case v.action == puzzle:
			doubt = v.by
		case v.action != accept:
		case last >= 0 && open[last].last+1 == s.first && by[last].by == v.by && by[last].to == v.to && by[last].port == v.port:
			open[last].last = s.last
		default:
			open, by = append(open, s), append(by, v)
		}
	}
	list := make([]any, len(open))
	for i, s := range open {
		fact := map[string]any{"first": s.first, "last": s.last}
		switch {
		case by[i].to != "":
			fact["to"] = by[i].to
			if s.first == s.last {
				fact["service"] = proto + "/" + strconv.Itoa(by[i].port)
			}
		case by[i].port != 0:
			fact["port"] = by[i].port
		}
		list[i] = fact
	}
	q.r.put(list, rulesSource(""), at...)
	for i, v := range by {
		q.r.doc.PutSource(q.r.path(append(at, strconv.Itoa(i))...), rulesSource(v.by))
	}
	if doubt != "" {
		q.r.unknown(doubt, rulesSource(doubt), append(at, compliance.Any)...)
	}
}

// toTheWorld leaves the passages through interfaces to the world, all where none is
// known.
func (q *inquiry) toTheWorld(all []passage) []passage {
	devices := q.net.uplinks[q.ipv6]
	return slices.DeleteFunc(all, func(a passage) bool { return len(devices) > 0 && !slices.Contains(devices, a.p.in) })
}
