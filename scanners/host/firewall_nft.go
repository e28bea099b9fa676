package host

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// parseNft reads what `nft -j list ruleset` prints (libnftables-json(5)) into rs,
// and returns the families and tables, "ip filter", in which it shows rules of
// iptables that it cannot tell of.
func parseNft(rs *ruleset, text string) (opaque map[string]bool, err error) {
	var doc struct {
		Nftables []map[string]map[string]any `json:"nftables"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return nil, fmt.Errorf("nft -j list ruleset printed what is no JSON: %w", err)
	}
	n := &nftReader{rs: rs, sets: map[string][]any{}, dormant: map[string]bool{}, doubtful: map[string]bool{}, opaque: map[string]bool{}}
	for _, object := range doc.Nftables {
		for kind, o := range object {
			switch kind {
			case "metainfo":
				n.old = strings.HasPrefix(jsonString(o["version"]), "0.")
			case "table":
				n.readFlags(o)
			case "set", "map":
				elements, _ := o["elem"].([]any)
				n.sets[tableOf(o, "table")+" "+jsonString(o["name"])] = elements
			}
		}
	}
	for _, object := range doc.Nftables {
		if o, ok := object["chain"]; ok {
			n.chain(o)
		}
	}
	for _, object := range doc.Nftables {
		if o, ok := object["rule"]; ok {
			n.rule(o)
		}
	}
	return n.opaque, nil
}

type nftReader struct {
	rs   *ruleset
	sets map[string][]any // by table and name
	// Tables that are asleep, may be asleep, and have rules that nft cannot tell of.
	dormant, doubtful, opaque map[string]bool
	table                     string // of the rule that is being read
	// old: nft before 1.0, which leaves out what stands beside an element to add.
	old bool
}

// readFlags notes tables that are asleep. nft up to 1.0.6 writes the table's own name
// in place of its flags: then it may be asleep.
func (n *nftReader) readFlags(o map[string]any) {
	table := tableOf(o, "name")
	flags := jsonWords(o["flags"])
	n.dormant[table] = slices.Contains(flags, "dormant")
	n.doubtful[table] = slices.ContainsFunc(flags, func(f string) bool { return !slices.Contains([]string{"dormant", "owner", "persist"}, f) })
}

func tableOf(o map[string]any, key string) string {
	return jsonString(o["family"]) + " " + jsonString(o[key])
}

func (n *nftReader) chain(o map[string]any) {
	table := tableOf(o, "table")
	c := &chain{table: table, name: jsonString(o["name"]), family: jsonString(o["family"]), policy: accept, doubtful: n.doubtful[table]}
	if !n.dormant[table] {
		c.hook = jsonString(o["hook"])
	}
	c.nat = jsonString(o["type"]) == "nat"
	if prio, ok := o["prio"].(float64); ok {
		c.priority = int(prio)
	}
	if jsonString(o["policy"]) == "drop" {
		c.policy = drop
	}
	c.devices = jsonWords(o["dev"]) // which nft up to 1.0.6 leaves out
	c.doubtful = c.doubtful || c.hook == "ingress" && len(c.devices) == 0
	n.rs.add(c)
}

// rule adds what a rule comes to: several where it ends in a verdict map.
func (n *nftReader) rule(o map[string]any) {
	n.table = tableOf(o, "table")
	c := n.rs.byName[n.table+" "+jsonString(o["chain"])]
	if c == nil {
		return
	}
	statements, _ := o["expr"].([]any)
	text := nftText(statements)
	var when []condition
	add := func(r rule) {
		r.when, r.text = append(slices.Clone(when), r.when...), text
		c.rules = append(c.rules, r)
	}
	for _, s := range statements {
		statement, _ := s.(map[string]any)
		for kind, body := range statement {
			if c := n.condition(kind, body); c != nil {
				when = append(when, c)
				continue
			}
			for _, r := range n.statement(kind, body) {
				add(r)
			}
		}
	}
}

// condition reads a statement that stops the rule where it does not hold, nil where
// it is none. The packets that are asked about are the first of their kind: within
// every limit.
func (n *nftReader) condition(kind string, body any) condition {
	m, _ := body.(map[string]any)
	switch kind {
	case "match":
		return n.match(m)
	case "limit", "ct count", "quota":
		return always(truthOf(m["inv"] != true))
	case "set", "map", "meter": // an element is added, where what stands beside it holds
		return n.adds(m)
	case "xt":
		n.opaque[n.table] = true
		if m["type"] == "match" {
			return always(perhaps)
		}
	}
	return nil
}

// adds reads a statement that adds an element to a set: it holds for packets that
// have its fields, where the statements beside the element hold.
func (n *nftReader) adds(m map[string]any) condition {
	all := []condition{}
	if n.old {
		all = append(all, always(perhaps))
	}
	statements, ok := m["stmt"].([]any)
	if !ok && m["stmt"] != nil {
		statements = []any{m["stmt"]}
	}
	for _, s := range statements {
		stmt, _ := s.(map[string]any)
		for kind, body := range stmt {
			if c := n.condition(kind, body); c != nil {
				all = append(all, c)
			}
		}
	}
	for _, key := range []any{m["elem"], m["key"]} {
		field, _ := plainElement(key).(map[string]any)
		parts, ok := field["concat"].([]any)
		if !ok {
			parts = []any{field}
		}
		for _, part := range parts {
			l, _ := part.(map[string]any)
			if kind, name := leftSide(l); kind == "payload" {
				dependency, _ := n.payload(name, nil)
				all = append(all, dependency)
			}
		}
	}
	return func(p *packet) truth {
		holds := surely
		for _, c := range all {
			holds = min(holds, c(p))
		}
		return holds
	}
}

var nftVerdicts = map[string]action{"accept": accept, "drop": drop, "reject": reject, "return": leave, "continue": proceed}

// harmless are statements that neither decide nor change what is asked about here.
var harmless = []string{"counter", "log", "masquerade", "snat", "ct helper", "ct timeout", "ct expectation", "flow", "dup", "last", "secmark", "comment"}

func (n *nftReader) statement(kind string, body any) []rule {
	m, _ := body.(map[string]any)
	switch {
	case kind == "jump":
		return []rule{{do: jump, target: jsonString(m["target"])}}
	case kind == "goto":
		return []rule{{do: goTo, target: jsonString(m["target"])}}
	case kind == "vmap":
		return n.verdictMap(m)
	case kind == "mangle":
		return n.mangle(m)
	case kind == "notrack":
		return []rule{{do: untrack}}
	case kind == "dnat" || kind == "redirect":
		return []rule{nftTranslate(kind, m)}
	case slices.Contains(harmless, kind):
		return nil
	}
	if a, ok := nftVerdicts[kind]; ok {
		return []rule{{do: a}}
	}
	return []rule{{do: puzzle}}
}

// verdictMap makes one rule of each element; no two of them hold for one packet.
func (n *nftReader) verdictMap(m map[string]any) []rule {
	var out []rule
	for _, e := range n.elements(m["data"]) {
		pair, _ := e.([]any)
		if len(pair) != 2 {
			return []rule{{do: puzzle}}
		}
		verdict, _ := pair[1].(map[string]any)
		for kind, body := range verdict {
			for _, r := range n.statement(kind, body) {
				r.when = []condition{n.compare(m["key"], "==", pair[0])}
				out = append(out, r)
			}
		}
	}
	return out
}

func (n *nftReader) mangle(m map[string]any) []rule {
	key, _ := m["key"].(map[string]any)
	value := int64(-1)
	if v, ok := m["value"].(float64); ok {
		value = int64(v)
	}
	switch kind, name := leftSide(key); {
	case kind == "meta" && name == "mark":
		return []rule{{do: setMark, value: value}}
	case kind == "ct" && name == "mark":
		return []rule{{do: setCtMark, value: value}}
	case kind == "payload":
		return []rule{{do: puzzle}} // it may rewrite the address or the port
	}
	return nil
}

func nftTranslate(kind string, m map[string]any) rule {
	r := rule{do: translate}
	var addr netip.Addr
	if kind == "redirect" {
		addr = netip.Addr{}
	} else if a, err := netip.ParseAddr(jsonString(m["addr"])); err == nil {
		addr = a
	} else if m["addr"] != nil {
		return rule{do: puzzle}
	}
	port, isNumber := m["port"].(float64)
	if m["port"] != nil && (!isNumber || port < 0 || port > 65535) {
		return rule{do: puzzle}
	}
	r.to = netip.AddrPortFrom(addr, uint16(port))
	return r
}

// match reads {"op", "left", "right"}.
func (n *nftReader) match(m map[string]any) condition {
	op := jsonString(m["op"])
	return n.compare(m["left"], op, m["right"])
}

// compare makes a condition of left, an operator and right. A field of another
// protocol or family never matches, whatever the operator: nft adds that test.
func (n *nftReader) compare(left any, op string, right any) condition {
	l, _ := left.(map[string]any)
	if parts, ok := l["concat"].([]any); ok {
		return n.concat(parts, op, right)
	}
	if masked, ok := l["&"].([]any); ok && len(masked) == 2 {
		return n.masked(masked, op, right)
	}
	kind, name := leftSide(l)
	dependency, test := n.field(kind, name, right)
	if name == "tcp flags" && op != "in" {
		test = n.exactFlags(right)
	}
	if test == nil {
		return func(p *packet) truth { return min(dependency(p), perhaps) }
	}
	switch op {
	case "==", "in":
	case "!=":
		test = not(test)
	default:
		test = n.ordered(kind, name, op, right)
	}
	return func(p *packet) truth { return min(dependency(p), test(p)) }
}

// leftSide tells what is compared: "payload", "tcp dport"; "meta", "iifname".
func leftSide(l map[string]any) (kind, name string) {
	for kind, body := range l {
		m, _ := body.(map[string]any)
		switch kind {
		case "payload":
			if m["protocol"] == nil {
				return kind, ""
			}
			return kind, jsonString(m["protocol"]) + " " + jsonString(m["field"])
		case "fib":
			return kind, jsonString(m["result"]) + " " + strings.Join(jsonWords(m["flags"]), " ")
		case "exthdr":
			return kind, jsonString(m["name"])
		}
		return kind, jsonString(m["key"])
	}
	return "", ""
}

// field returns the condition under which a packet has the field, and the test of
// its value, nil where it is not understood.
func (n *nftReader) field(kind, name string, right any) (dependency, test condition) {
	dependency = always(surely)
	switch kind {
	case "meta":
		return dependency, n.meta(name, right)
	case "ct":
		return dependency, n.conntrack(name, right)
	case "exthdr": // of IPv6; a plain packet has none
		return func(p *packet) truth { return truthOf(p.ipv6 && right == false) }, always(surely)
	case "fib":
		return dependency, n.fib(name, right)
	case "payload":
		return n.payload(name, right)
	}
	return dependency, nil
}

func (n *nftReader) payload(name string, right any) (dependency, test condition) {
	header, field, _ := strings.Cut(name, " ")
	switch header {
	case "ip":
		dependency = func(p *packet) truth { return truthOf(!p.ipv6) }
	case "ip6":
		dependency = func(p *packet) truth { return truthOf(p.ipv6) }
	case "th":
		dependency = always(surely)
	case "tcp", "udp", "sctp", "dccp", "udplite", "icmp", "icmpv6", "igmp", "esp", "ah", "comp":
		dependency = ofProtocol(protocolName(header))
	default:
		return always(perhaps), nil
	}
	switch field {
	case "saddr", "daddr":
		ranges, ok := n.ranges(right)
		if !ok {
			return dependency, nil
		}
		if field == "daddr" {
			return dependency, toAddress(ranges)
		}
		return dependency, n.rs.fromAddress(ranges)
	case "dport", "sport":
		spans, ok := n.spans(right)
		if !ok {
			return dependency, nil
		}
		if field == "dport" {
			return dependency, n.rs.toPort(spans)
		}
		return dependency, n.rs.fromPort(spans)
	case "protocol", "nexthdr":
		return dependency, n.oneOf(right, func(p *packet) string { return p.proto }, protocolName)
	case "flags":
		if want, ok := flagWords(right); ok && header == "tcp" {
			return dependency, func(p *packet) truth {
				return truthOf(slices.ContainsFunc(want, func(f string) bool { return tcpFlags(p, []string{f}, []string{f}) == surely }))
			}
		}
	}
	return dependency, nil
}

func (n *nftReader) meta(key string, right any) condition {
	device := func(of func(*packet) string) condition {
		names, ok := n.texts(right)
		if !ok {
			return nil
		}
		return func(p *packet) truth {
			best := never
			for _, name := range names {
				best = max(best, onInterface(name, '*')(of(p)))
			}
			return best
		}
	}
	switch key {
	case "iif", "iifname":
		return device(func(p *packet) string { return p.in })
	case "oif", "oifname":
		return device(func(p *packet) string { return p.out })
	case "l4proto":
		return n.oneOf(right, func(p *packet) string { return p.proto }, protocolName)
	case "nfproto", "protocol":
		return n.oneOf(right, func(p *packet) string {
			if p.ipv6 {
				return "ipv6"
			}
			return "ipv4"
		}, familyName)
	case "pkttype":
		return n.oneOf(right, func(*packet) string { return "host" }, func(s string) string {
			if s == "unicast" {
				return "host"
			}
			return s
		})
	case "mark":
		return n.markCondition(func(p *packet) int64 { return p.mark }, 0xffffffff, right)
	}
	return nil
}

// familyName gives a family of addresses one name: as an EtherType, as nft's
// nfproto, and as the number of that.
func familyName(s string) string {
	if name, ok := map[string]string{"ip": "ipv4", "ip6": "ipv6", "2": "ipv4", "10": "ipv6"}[s]; ok {
		return name
	}
	return s
}

func (n *nftReader) conntrack(key string, right any) condition {
	switch key {
	case "state":
		return n.oneOf(right, func(p *packet) string { return p.state }, func(s string) string { return s })
	case "status":
		names, ok := n.texts(right)
		if !ok || len(names) != 1 || names[0] != "dnat" {
			return nil
		}
		return func(p *packet) truth {
			if p.state != "new" {
				return perhaps
			}
			return truthOf(p.dnat)
		}
	case "direction":
		return func(p *packet) truth {
			if p.state != "new" {
				return perhaps
			}
			return truthOf(slices.Contains(jsonWords(right), "original"))
		}
	case "mark":
		return n.markCondition(func(p *packet) int64 { return p.ctMark }, 0xffffffff, right)
	}
	return nil
}

// fib knows the type of the destination, and that the way back to the source is
// there: a packet without one is none that a service would answer.
func (n *nftReader) fib(name string, right any) condition {
	result, flags, _ := strings.Cut(name, " ")
	switch {
	case result == "type" && strings.HasPrefix(flags, "daddr"):
		return n.oneOf(right, func(p *packet) string {
			if p.local() {
				return "local"
			}
			return "unicast"
		}, func(s string) string { return s })
	case result == "type" && strings.HasPrefix(flags, "saddr"):
		return n.oneOf(right, func(p *packet) string {
			if p.src.IsLoopback() {
				return "local"
			}
			return "unicast"
		}, func(s string) string { return s })
	case strings.HasPrefix(result, "oif") && strings.HasPrefix(flags, "saddr"):
		if right == false || right == 0.0 {
			return always(never)
		}
		if right == true {
			return always(surely)
		}
	}
	return nil
}

func (n *nftReader) markCondition(mark func(*packet) int64, mask int64, right any) condition {
	v, ok := right.(float64)
	if !ok {
		return func(*packet) truth { return perhaps }
	}
	return markIs(mark, int64(v), mask)
}

// masked reads {"&": [field, mask]}: flags of TCP, and marks.
func (n *nftReader) masked(parts []any, op string, right any) condition {
	l, _ := parts[0].(map[string]any)
	kind, name := leftSide(l)
	var test condition
	dependency := always(surely)
	switch {
	case kind == "payload" && name == "tcp flags":
		mask, okMask := flagWords(parts[1])
		want, ok := flagWords(right)
		dependency = ofProtocol("tcp")
		test = func(p *packet) truth { return tcpFlags(p, mask, want) }
		if !ok || !okMask {
			test = always(perhaps)
		}
	case kind == "meta" && name == "mark", kind == "ct" && name == "mark":
		mask, ok := parts[1].(float64)
		if !ok {
			return always(perhaps)
		}
		of := func(p *packet) int64 { return p.mark }
		if kind == "ct" {
			of = func(p *packet) int64 { return p.ctMark }
		}
		test = n.markCondition(of, int64(mask), right)
	case kind == "payload" && name == "ip frag-off":
		dependency = func(p *packet) truth { return truthOf(!p.ipv6) }
		test = always(truthOf(right == 0.0)) // a whole packet
	default:
		return always(perhaps)
	}
	if op == "!=" {
		test = not(test)
	} else if op != "==" {
		return always(perhaps)
	}
	return func(p *packet) truth { return min(dependency(p), test(p)) }
}

// concat compares several fields at once with elements of as many parts.
func (n *nftReader) concat(fields []any, op string, right any) condition {
	var tests [][]condition
	for _, e := range n.elements(right) {
		m, _ := plainElement(e).(map[string]any)
		parts, _ := m["concat"].([]any)
		if len(parts) != len(fields) {
			return always(perhaps)
		}
		var all []condition
		for i, part := range parts {
			all = append(all, n.compare(fields[i], "==", part))
		}
		tests = append(tests, all)
	}
	test := func(p *packet) truth {
		best := never
		for _, all := range tests {
			n.rs.steps += len(all)
			this := surely
			for _, c := range all {
				this = min(this, c(p))
			}
			best = max(best, this)
		}
		return best
	}
	switch op {
	case "==", "in":
		return test
	case "!=":
		return not(test)
	}
	return always(perhaps)
}

// ordered reads <, >, <= and >= of ports.
func (n *nftReader) ordered(kind, name, op string, right any) condition {
	v, ok := right.(float64)
	if !ok || kind != "payload" || !strings.HasSuffix(name, "port") {
		return always(perhaps)
	}
	limits, ok := map[string]span{"<": {0, int(v) - 1}, "<=": {0, int(v)}, ">": {int(v) + 1, 65535}, ">=": {int(v), 65535}}[op]
	if !ok {
		return always(perhaps)
	}
	if strings.HasSuffix(name, "dport") {
		return n.rs.toPort([]span{limits})
	}
	return n.rs.fromPort([]span{limits})
}

// elements returns what a right side lists: those of a named set, of {"set": []}
// or of a list, or itself alone.
func (n *nftReader) elements(right any) []any {
	switch x := right.(type) {
	case string:
		if name, ok := strings.CutPrefix(x, "@"); ok {
			if list, ok := n.sets[n.table+" "+name]; ok {
				return list
			}
			return []any{nil} // no reader takes it for an element
		}
	case []any:
		return x
	case map[string]any:
		if list, ok := x["set"].([]any); ok {
			return list
		}
		if name, ok := x["set"]; ok {
			return []any{name}
		}
	}
	return []any{right}
}

// plainElement takes the wrapping off an element with a timeout or a comment.
func plainElement(e any) any {
	if m, ok := e.(map[string]any); ok {
		if inner, ok := m["elem"].(map[string]any); ok {
			return inner["val"]
		}
	}
	return e
}

// texts returns the elements as words.
func (n *nftReader) texts(right any) ([]string, bool) {
	var out []string
	for _, e := range n.elements(right) {
		switch x := plainElement(e).(type) {
		case string:
			out = append(out, x)
		case float64:
			out = append(out, strconv.Itoa(int(x)))
		default:
			return nil, false
		}
	}
	return out, true
}

func (n *nftReader) oneOf(right any, of func(*packet) string, name func(string) string) condition {
	names, ok := n.texts(right)
	if !ok {
		return nil
	}
	for i := range names {
		names[i] = name(names[i])
	}
	return func(p *packet) truth { return truthOf(slices.Contains(names, of(p))) }
}

// spans returns the elements as ranges of ports.
func (n *nftReader) spans(right any) ([]span, bool) {
	var out []span
	for _, e := range n.elements(right) {
		e = plainElement(e)
		first, last := e, e
		if m, ok := e.(map[string]any); ok {
			pair, _ := m["range"].([]any)
			if len(pair) != 2 {
				return nil, false
			}
			first, last = pair[0], pair[1]
		}
		a, okA := portNumber(first)
		b, okB := portNumber(last)
		if !okA || !okB {
			return nil, false
		}
		out = append(out, span{a, b})
	}
	return out, true
}

func portNumber(v any) (int, bool) {
	switch x := v.(type) {
	case float64:
		return int(x), x >= 0 && x <= 65535
	case string:
		n, err := strconv.ParseUint(x, 10, 16)
		return int(n), err == nil
	}
	return 0, false
}

// ranges returns the elements as ranges of addresses.
func (n *nftReader) ranges(right any) (addresses, bool) {
	var out []addressRange
	for _, e := range n.elements(right) {
		r, ok := addressElement(plainElement(e))
		if !ok {
			return nil, false
		}
		out = append(out, r)
	}
	return newAddresses(out), true
}

func addressElement(e any) (addressRange, bool) {
	switch x := e.(type) {
	case string:
		a, err := netip.ParseAddr(x)
		return addressRange{a, a}, err == nil
	case map[string]any:
		if prefix, ok := x["prefix"].(map[string]any); ok {
			bits, _ := prefix["len"].(float64)
			p, err := netip.ParsePrefix(jsonString(prefix["addr"]) + "/" + strconv.Itoa(int(bits)))
			return prefixRangeOr(p, err)
		}
		if pair, ok := x["range"].([]any); ok && len(pair) == 2 {
			a, errA := netip.ParseAddr(jsonString(pair[0]))
			b, errB := netip.ParseAddr(jsonString(pair[1]))
			return addressRange{a, b}, errA == nil && errB == nil && a.BitLen() == b.BitLen()
		}
	}
	return addressRange{}, false
}

func prefixRangeOr(p netip.Prefix, err error) (addressRange, bool) {
	if err != nil {
		return addressRange{}, false
	}
	return prefixRange(p), true
}

// jsonString returns v where it is a string.
func jsonString(v any) string {
	s, _ := v.(string)
	return s
}

// exactFlags is the condition that a packet has the flags of right, or of one of its
// elements, and no others.
func (n *nftReader) exactFlags(right any) condition {
	choices := []any{right}
	if m, ok := right.(map[string]any); ok && m["set"] != nil {
		choices = n.elements(right)
	}
	var wants [][]string
	for _, c := range choices {
		want, ok := flagWords(plainElement(c))
		if !ok {
			return always(perhaps)
		}
		wants = append(wants, want)
	}
	return func(p *packet) truth {
		return truthOf(slices.ContainsFunc(wants, func(want []string) bool { return tcpFlags(p, allFlags, want) == surely }))
	}
}

// flagWords returns the flags of TCP that nft names: one, a list of them (nft 1.0),
// {"|": [...]} (from 1.1 on, nested before 1.0), or their sum as a number.
func flagWords(v any) (flags []string, ok bool) {
	switch x := v.(type) {
	case string:
		return []string{x}, slices.Contains(allFlags, x)
	case float64:
		for i, f := range allFlags {
			if int(x)>>i&1 == 1 {
				flags = append(flags, f)
			}
		}
		return flags, x >= 0 && x < 256
	case map[string]any:
		return flagWords(x["|"])
	case []any:
		for _, e := range x {
			more, ok := flagWords(e)
			if !ok {
				return nil, false
			}
			flags = append(flags, more...)
		}
		return flags, true
	}
	return nil, false
}

// jsonWords returns a string or a list of strings as a list.
func jsonWords(v any) []string {
	switch x := v.(type) {
	case string:
		return []string{x}
	case []any:
		var out []string
		for _, e := range x {
			out = append(out, jsonString(e))
		}
		return out
	}
	return nil
}

// nftText is a rule for people, much as nft lists it: "tcp dport 22 accept".
func nftText(statements []any) string {
	var parts []string
	for _, s := range statements {
		m, _ := s.(map[string]any)
		for kind, body := range m {
			b, _ := body.(map[string]any)
			switch kind {
			case "counter":
			case "match":
				parts = append(parts, nftField(b["left"]))
				if op := jsonString(b["op"]); op != "==" && op != "in" {
					parts = append(parts, op)
				}
				parts = append(parts, nftValue(b["right"]))
			case "jump", "goto":
				parts = append(parts, kind, jsonString(b["target"]))
			case "accept", "drop", "return", "reject", "log", "limit", "notrack", "masquerade":
				parts = append(parts, kind)
			default:
				parts = append(parts, kind+" "+nftValue(body))
			}
		}
	}
	return bounded(strings.Join(parts, " "))
}

func nftField(left any) string {
	m, _ := left.(map[string]any)
	if kind, name := leftSide(m); name != "" {
		return map[string]string{"payload": "", "meta": "", "ct": "ct ", "fib": "fib "}[kind] + name
	}
	return nftValue(left)
}

func nftValue(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	m, _ := v.(map[string]any)
	if p, ok := m["prefix"].(map[string]any); ok {
		return fmt.Sprintf("%v/%v", p["addr"], p["len"])
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "..."
	}
	return string(b)
}

func bounded(s string) string {
	const most = 200
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}
