package host

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A connection is what Match criteria are asked about; the fields of `sshd -C`.
type connection struct {
	user, host, address, localAddress string
	localPort                         int
	groups                            []string // of the user; only asked for where groupsKnown
	groupsKnown                       bool
}

// parseConnection reads a test specification: "user=root,host=h,addr=1.2.3.4".
func parseConnection(spec string) connection {
	var c connection
	for pair := range strings.SplitSeq(spec, ",") {
		key, value, _ := strings.Cut(pair, "=")
		switch key {
		case "user":
			c.user = value
		case "host":
			c.host = value
		case "addr":
			c.address = value
		case "laddr":
			c.localAddress = value
		case "lport":
			c.localPort, _ = strconv.Atoi(value)
		}
	}
	return c
}

// meets tells whether c meets every criterion of m; known is false where that
// hangs on something that is not known.
func (c connection) meets(m matchLine) (met, known bool) {
	met, known = true, true
	for _, x := range m {
		ok, sure := c.meetsOne(x)
		if sure && !ok {
			return false, true
		}
		met, known = met && ok, known && sure
	}
	return met, known
}

func (c connection) meetsOne(x criterion) (met, known bool) {
	switch x.name {
	case "user":
		return c.user != "" && patternList(c.user, x.arg) == 1, true
	case "host":
		return c.host != "" && patternList(strings.ToLower(c.host), strings.ToLower(x.arg)) == 1, true
	case "address":
		return c.address != "" && addressList(c.address, x.arg), true
	case "localaddress":
		return c.localAddress != "" && addressList(c.localAddress, x.arg), true
	case "localport":
		n, err := strconv.Atoi(x.arg)
		return err == nil && n == c.localPort, err == nil
	case "group":
		return c.inGroup(x.arg), c.groupsKnown
	}
	return false, false
}

// inGroup tells whether one of the user's groups is in the list and none is excluded.
func (c connection) inGroup(list string) bool {
	found := false
	for _, g := range c.groups {
		switch patternList(g, list) {
		case -1:
			return false
		case 1:
			found = true
		}
	}
	return found
}

// patternList matches s against patterns with commas between: 1 where one
// matches, -1 where a negated one does, 0 otherwise (ssh_config(5), PATTERNS).
func patternList(s, list string) int {
	found := 0
	for p := range strings.SplitSeq(list, ",") {
		p, negated := strings.CutPrefix(p, "!")
		if !wildcard(p, s) {
			continue
		}
		if negated {
			return -1
		}
		found = 1
	}
	return found
}

// wildcard matches s against a pattern with * and ?.
func wildcard(pattern, s string) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}

// addressList matches an address against addresses, networks in CIDR form and
// patterns, with commas between and "!" for not.
func addressList(address, list string) bool {
	addr, err := netip.ParseAddr(address)
	found := false
	for p := range strings.SplitSeq(list, ",") {
		p, negated := strings.CutPrefix(p, "!")
		if !matchesAddress(address, addr, err == nil, p) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

func matchesAddress(address string, addr netip.Addr, valid bool, pattern string) bool {
	if network, err := netip.ParsePrefix(pattern); err == nil {
		return valid && network.Contains(addr)
	}
	if single, err := netip.ParseAddr(pattern); err == nil {
		return valid && single == addr
	}
	return wildcard(strings.ToLower(pattern), strings.ToLower(address))
}

// resolve fills in what `sshd -T` prints in full: defaults, lists relative to
// them, ports of addresses. A keyword without a value and without a default is
// left out.
func (s settings) resolve(defaults map[string][]string) settings {
	out := settings{}
	for name, k := range sshdKeywords {
		v, set := s[name]
		standard, known := defaults[name]
		switch {
		case !set && known:
			v.tokens = standard
		case !set:
			continue
		case k.form == commas && v.cause == "" && name != "persourcepenaltyexemptlist":
			v.tokens, v.cause = relative(v.tokens, standard, known)
		case name == "rekeylimit" && v.cause == "" && v.tokens[1] == "":
			v.tokens = []string{v.tokens[0], "0"}
		}
		out[name] = v
	}
	out.resolveListen(s["listenaddress"])
	return out
}

// relative resolves +, - and ^ against the defaults (sshd_config(5), Ciphers).
func relative(tokens, standard []string, known bool) ([]string, string) {
	if len(tokens) == 0 || tokens[0] == "" || !strings.ContainsRune("+-^", rune(tokens[0][0])) {
		return tokens, ""
	}
	if !known {
		return nil, "the list is relative to the defaults of sshd, which could not be had: " + needsRoot
	}
	sign := tokens[0][0]
	list := slices.Clone(tokens)
	list[0] = list[0][1:]
	if sign == '-' {
		return slices.DeleteFunc(slices.Clone(standard), func(a string) bool { return patternList(a, strings.Join(list, ",")) == 1 }), ""
	}
	if strings.ContainsAny(strings.Join(list, ""), "*?!") {
		return nil, "the list has patterns, which only sshd can resolve"
	}
	joined := slices.Concat(standard, list)
	if sign == '^' {
		joined = slices.Concat(list, standard)
	}
	var out []string
	for _, a := range joined {
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out, ""
}

// resolveListen gives every address its ports, in the order in which sshd
// listens: all of Port for an address without one, both families without an address.
func (s settings) resolveListen(written setting) {
	ports, family := s["port"], only(s["addressfamily"].tokens)
	if _, ok := s["port"]; !ok {
		return
	}
	if written.cause != "" || ports.cause != "" || s["addressfamily"].cause != "" {
		if written.cause == "" {
			written.cause = "the ports or the address family are not known"
		}
		s["listenaddress"] = written
		return
	}
	out := setting{from: written.from}
	if len(written.tokens) == 0 {
		for _, p := range ports.tokens {
			for _, host := range []string{"[::]", "0.0.0.0"} {
				if family == "inet" && host == "[::]" || family == "inet6" && host == "0.0.0.0" {
					continue
				}
				out.tokens = append(out.tokens, host+":"+p)
			}
		}
		if len(ports.tokens) > 0 {
			out.from = ports.from
		}
	}
	for i, a := range written.tokens {
		if _, err := netip.ParseAddrPort(a); err == nil {
			out.tokens, out.each = append(out.tokens, a), append(out.each, written.each[i])
			continue
		}
		for _, p := range ports.tokens {
			out.tokens, out.each = append(out.tokens, a+":"+p), append(out.each, written.each[i])
		}
	}
	s["listenaddress"] = out
}

// dump writes a setting as `sshd -T` prints it.
func (k *keyword) dump(tokens []string) []string {
	switch k.form {
	case each:
		return tokens
	case words:
		if len(tokens) == 0 {
			return nil
		}
		return []string{strings.Join(tokens, " ")}
	case commas:
		return []string{strings.Join(tokens, ",")}
	}
	return []string{only(tokens)}
}

// parseDump reads what `sshd -T` prints; a value that its keyword cannot have is
// left out. OpenSSH 9.6 puts a blank behind a subsystem without arguments.
func parseDump(text string) map[string][]string {
	out := map[string][]string{}
	for l := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(l, " \r\n"), " ")
		k := sshdKeywords[strings.ToLower(name)]
		if k == nil {
			continue
		}
		switch k.form {
		case each:
			out[k.name] = append(out[k.name], value)
		case words:
			out[k.name] = strings.Fields(value)
		case commas:
			out[k.name] = strings.Split(value, ",")
		default:
			if _, err := k.parse(directive{args: []string{value}, rest: value}); err == nil {
				out[k.name] = []string{value}
			}
		}
	}
	return out
}
