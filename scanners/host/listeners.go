package host

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// readListeners reads the sockets that wait for others: listening ones of TCP, and
// those of UDP that are connected to nobody.
func readListeners(r *reading) {
	const ssCommand = "ss -Hlntup"
	list := r.output(ssCommand)
	var sockets []socket
	odd := false
	from := command(ssCommand)
	switch {
	case list.ok():
		sockets, odd = parseSS(list.text)
	case list.absent:
		var cause string
		from = compliance.Source{File: "/proc/net"}
		if sockets, cause = r.procSockets(); cause != "" {
			r.unknown(cause, from, "sockets")
			return
		}
	default:
		r.unknown(list.cause, from, "sockets")
		return
	}
	r.put(map[string]any{}, from, "sockets")
	if odd {
		r.unknown("ss told of a socket in a way that is not understood here", from, "sockets", compliance.Any)
	}
	// Several sockets may share an address (SO_REUSEPORT); one with a process is shown.
	byName := map[string]socket{}
	for _, s := range sockets {
		if known, ok := byName[s.name()]; !ok || known.process == "" {
			byName[s.name()] = s
		}
	}
	for _, s := range byName {
		s.put(r, from)
	}
}

// A socket waits for others.
type socket struct {
	protocol string // tcp, udp
	address  netip.Addr
	port     int
	device   string // that it is bound to, "" for all
	dual     bool   // [::] that takes IPv4 too
	process  string // "" where it was not told
}

func (s socket) name() string {
	at := s.protocol + " " + netip.AddrPortFrom(s.address, uint16(s.port)).String()
	if s.device != "" {
		at += "%" + s.device
	}
	return at
}

// scope tells who can reach the address: loopback, all, or those who reach this
// one address.
func (s socket) scope() string {
	switch {
	case s.address.Unmap().IsLoopback() || s.device == "lo":
		return "loopback"
	case s.address.IsUnspecified():
		return "all"
	}
	return "address"
}

func (s socket) put(r *reading, from compliance.Source) {
	name := s.name()
	families := []string{"ipv4"}
	if s.address.Is6() && !s.address.Is4In6() {
		families = []string{"ipv6"}
		if s.dual {
			families = []string{"ipv4", "ipv6"}
		}
	}
	for key, value := range map[string]any{
		"protocol": s.protocol, "address": s.address.String(), "port": s.port, "scope": s.scope(), "families": anyList(families),
		"service": s.protocol + "/" + strconv.Itoa(s.port),
	} {
		r.put(value, from, "sockets", name, key)
	}
	cause := "ss does not tell whose socket this is"
	if strings.TrimSpace(r.output("uid").text) != "0" {
		cause = "whose socket this is: " + needsRoot
	}
	r.putOr(s.process, s.process != "", cause, from, "sockets", name, "process")
}

var ssProcess = regexp.MustCompile(`users:\(\("([^"]+)"`)

// parseSS reads what `ss -Hlntup` prints: Netid State Recv-Q Send-Q Local Peer
// [Process]. A local address is 0.0.0.0:22, [::]:22, *:22 (IPv4 and IPv6),
// 127.0.0.53%lo:53 or [fe80::1]%eth0:546. Odd tells that there is a line that is none.
func parseSS(text string) (out []socket, odd bool) {
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) == 0 || f[0] != "tcp" && f[0] != "udp" {
			continue
		}
		if len(f) < 6 {
			odd = true
			continue
		}
		i := strings.LastIndexByte(f[4], ':')
		port, err := strconv.ParseUint(f[4][i+1:], 10, 16)
		if i < 0 || err != nil {
			odd = true
			continue
		}
		host, device, _ := strings.Cut(f[4][:i], "%")
		s := socket{protocol: f[0], port: int(port), device: device, dual: host == "*"}
		if s.dual {
			host = "::"
		}
		if s.address, err = netip.ParseAddr(strings.Trim(host, "[]")); err != nil || !plainName(s.name()) {
			odd = true
			continue
		}
		if m := ssProcess.FindStringSubmatch(l); m != nil && plainName(m[1]) {
			s.process = m[1]
		}
		out = append(out, s)
	}
	return out, odd
}

// procSockets reads /proc/net where there is no ss. It tells no process, and not
// whether a socket of [::] takes IPv4 too; mostly it does.
func (r *reading) procSockets() (out []socket, cause string) {
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6"} {
		file := r.file("/proc/net/" + name)
		if file.cause != "" {
			return nil, file.cause
		}
		if file.absent && name == "tcp" { // every kernel with a network has it
			return nil, "/proc/net/tcp is not there: /proc is not mounted"
		}
		for l := range strings.Lines(file.text) {
			if s, ok := procSocket(name, strings.Fields(l)); ok {
				out = append(out, s)
			}
		}
	}
	return out, ""
}

// procSocket reads a line of proc(5): number, local address, remote address and
// state, 0A of a listening socket of TCP and 07 of an unconnected one of UDP.
func procSocket(file string, f []string) (socket, bool) {
	if len(f) < 4 {
		return socket{}, false
	}
	s := socket{protocol: file[:3]}
	if f[3] != map[string]string{"tcp": "0A", "udp": "07"}[s.protocol] {
		return s, false
	}
	host, port, _ := strings.Cut(f[1], ":")
	b, err := hex.DecodeString(host)
	n, errPort := strconv.ParseUint(port, 16, 16)
	if err != nil || errPort != nil || len(b) != 4 && len(b) != 16 {
		return s, false
	}
	for word := range slices.Chunk(b, 4) { // each word as a little-endian machine holds it
		slices.Reverse(word)
	}
	s.address, _ = netip.AddrFromSlice(b)
	s.port, s.dual = int(n), s.address.Is6() && s.address.IsUnspecified()
	return s, true
}

// readNetwork reads which interfaces there are.
func readNetwork(r *reading) {
	list := r.output("interfaces")
	from := compliance.Source{File: "/sys/class/net"}
	if list.cause != "" || strings.TrimSpace(list.text) == "" {
		r.unknown(list.or("/sys/class/net is not there"), from, "interfaces")
	} else {
		r.put(map[string]any{}, from, "interfaces")
		seen := map[string]bool{}
		for l := range strings.Lines(list.text) {
			if f := strings.Fields(l); len(f) > 1 && plainName(f[0]) && !seen[f[0]] {
				seen[f[0]] = true
				putInterface(r, f)
			}
		}
	}
	const inet6 = "/proc/net/if_inet6"
	addresses := r.file(inet6)
	has, global := false, false
	for l := range strings.Lines(addresses.text) {
		if f := strings.Fields(l); len(f) == 6 && f[5] != "lo" { // address, index, length, scope, flags, name
			has = true
			global = global || f[3] != "20"
		}
	}
	r.putOr(has, addresses.cause == "", addresses.cause, compliance.Source{File: inet6}, "ipv6")
	r.putOr(global, addresses.cause == "", addresses.cause, compliance.Source{File: inet6}, "ipv6_global")
}

// putInterface puts NAME FLAGS WIRELESS: flags in hex (netdevice(7)), of which the
// first is up.
func putInterface(r *reading, f []string) {
	from := compliance.Source{File: fmt.Sprintf("/sys/class/net/%s/flags", f[0]), Line: 1}
	flags, err := strconv.ParseUint(f[1], 0, 32)
	r.putOr(flags&1 == 1, err == nil, "its flags could not be read", from, "interfaces", f[0], "up")
	r.put(slices.Contains(f, "wireless"), compliance.Source{File: "/sys/class/net/" + f[0]}, "interfaces", f[0], "wireless")
}
