package host

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/sys/unix"

	"merlon/compliance"
)

// samplePorts are tried on each ruleset; the last is named by none.
var samplePorts = []int{22, 25, 53, 80, 443, 2222, 5432, 6379, 8080, 40000, 61234}

// TestFirewall holds the verdicts on each ruleset against what becomes of real
// packets, between namespaces of the network: now, and as recorded with -update.
// A tree has rules for nft (rules.nft), iptables-restore (rules.v4, rules.v6) or
// its old kernel interface (legacy.v4, legacy.v6).
func TestFirewall(t *testing.T) {
	paths, _ := filepath.Glob("../../testdata/host/firewall/*.txtar")
	if len(paths) < 20 {
		t.Fatalf("%d trees", len(paths))
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				record(t, archive)
				writeFile(t, path, string(txtar.Format(archive)))
			}
			told := foretellPackets(t, archive)
			for l := range strings.Lines(txtarFile(archive, "packets")) {
				what, happened, _ := strings.Cut(strings.TrimSpace(l), ": ")
				ours, known := told[what]
				mayBeUnknown := strings.Contains(txtarFile(archive, "unknown"), what+"\n")
				switch {
				case known && ours != happened:
					t.Errorf("%s: ours is %s, the kernel did %s", what, ours, happened)
				case known && mayBeUnknown, !known && txtarFile(archive, "unknown") == "":
					t.Errorf("%s: known: %t", what, known)
				}
				delete(told, what)
			}
			for _, family := range []string{"ipv4", "ipv6"} {
				if strings.Contains(txtarFile(archive, "packets"), family+" output default: deny") {
					delete(told, family+" input established")
				}
			}
			if len(told) > 0 {
				t.Errorf("not tried: %v", told)
			}
			holdVersions(t, archive)
		})
	}
}

// holdVersions: as other versions of nft print the same rules (nft-1.1.3), what is told
// holds too. It may be less.
func holdVersions(t *testing.T, a *txtar.Archive) {
	t.Helper()
	for _, f := range a.Files {
		version, ok := strings.CutPrefix(f.Name, "nft-")
		if !ok {
			continue
		}
		other := &txtar.Archive{Files: slices.Clone(a.Files)}
		setTxtarFile(other, "nft", string(f.Data))
		told := foretellPackets(t, other)
		if len(told) == 0 {
			t.Errorf("nft %s: nothing is told", version)
		}
		for l := range strings.Lines(txtarFile(a, "packets")) {
			what, happened, _ := strings.Cut(strings.TrimSpace(l), ": ")
			if ours, known := told[what]; known && ours != happened {
				t.Errorf("nft %s: %s: ours is %s, the kernel did %s", version, what, ours, happened)
			}
		}
	}
}

// TestFirewallNow makes the packets of some trees again.
func TestFirewallNow(t *testing.T) {
	for _, name := range []string{"nft-sets", "ufw", "docker"} {
		archive, err := txtar.ParseFile("../../testdata/host/firewall/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		recorded := txtarFile(archive, "packets")
		record(t, archive)
		if now := txtarFile(archive, "packets"); now != recorded {
			t.Errorf("%s: the kernel does\n%s\nrecorded is\n%s", name, now, recorded)
		}
	}
}

// firewallFrames are what a target with these rules sends.
func firewallFrames(a *txtar.Archive) []string {
	tables := "x"
	frames := []string{
		frame("firewall", "cmd", nftCommand, txtarFile(a, "nft"), "0"), frame("firewall", "cmd", "iptables-nft-save", txtarFile(a, "save.v4"), "0"),
		frame("firewall", "cmd", "ip6tables-nft-save", txtarFile(a, "save.v6"), "0"), frame("firewall", "cmd", "ip -o addr", txtarFile(a, "addresses"), "0"),
		frame("firewall", "file", "/proc/net/route", txtarFile(a, "routes.v4"), "0"), frame("firewall", "file", "/proc/net/ipv6_route", txtarFile(a, "routes.v6"), "0"),
	}
	for family, suffix := range map[string]string{"ip": "v4", "ip6": "v6"} {
		if save := txtarFile(a, "legacy-save."+suffix); save != "" {
			for l := range strings.Lines(save) {
				if l[0] == '*' {
					tables += "\nlegacy " + family + " " + strings.TrimSpace(l[1:])
				}
			}
			frames = append(frames, frame("firewall", "cmd", saveCommand(family, "legacy"), save, "0"))
		}
	}
	return append(frames, frame("firewall", "cmd", "tables", tables, "0"))
}

// foretellPackets tells from facts what becomes of each sample; what is unknown is
// left out.
func foretellPackets(t *testing.T, a *txtar.Archive) map[string]string {
	t.Helper()
	d := scanFrames(t, "firewall", firewallFrames(a)...)
	told := map[string]string{}
	deny := func(v any) string {
		if v == "accept" {
			return "accept"
		}
		return "deny"
	}
	for _, family := range []string{"ipv4", "ipv6"} {
		for _, fact := range []string{"input default", "input loopback", "input established", "forward default", "output default"} {
			part, name, _ := strings.Cut(fact, " ")
			if v, ok := d.Value(compliance.Path{"firewall", part, family, name}); ok {
				told[family+" "+fact] = deny(v)
			}
		}
		for _, proto := range []string{"tcp", "udp"} {
			for _, port := range samplePorts {
				name := fmt.Sprintf("%s %s/%d", family, proto, port)
				if v, ok := portFact(d, family, proto, port); ok {
					told[name] = v
				}
			}
		}
	}
	return told
}

func portFact(d *compliance.Document, family, proto string, port int) (string, bool) {
	ranges, ok := d.Value(compliance.Path{"firewall", "input", family, proto})
	if !ok {
		return "", false
	}
	for _, r := range ranges.([]any) {
		m := r.(map[string]any)
		if m["first"].(int) <= port && port <= m["last"].(int) {
			return "accept", true
		}
	}
	return "deny", causeOf(d, "firewall", "input", family, proto, compliance.Any) == ""
}

// A place is a thread in a network namespace of its own.
type place struct {
	do  chan func()
	net string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{do: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		p.net = fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid())
		ready <- err
		for f := range p.do {
			f()
		}
	}()
	if err := <-ready; err != nil {
		t.Fatalf("a network namespace: %v; the test needs root", err)
	}
	t.Cleanup(func() { close(p.do) })
	return p
}

func (p *place) run(f func()) {
	done := make(chan struct{})
	p.do <- func() { defer close(done); f() }
	<-done
}

// enter moves the calling goroutine's thread there, for good.
func (p *place) enter() error {
	runtime.LockOSThread()
	f, err := os.Open(p.net)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
}

// sh runs a script there, and returns what it prints.
func (p *place) sh(t *testing.T, script, stdin string) string {
	t.Helper()
	var out []byte
	var err error
	p.run(func() {
		cmd := exec.Command("sh", "-ec", script)
		cmd.Env = append(os.Environ(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C")
		cmd.Stdin = strings.NewReader(stdin)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if out, err = cmd.Output(); err != nil {
			err = fmt.Errorf("%w: %s", err, stderr.String())
		}
	})
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return string(out)
}

var (
	worldAddress = map[string]string{"ipv4": "23.0.0.17", "ipv6": "2a00::1:0:0:11"}
	hostAddress  = map[string]string{"ipv4": "203.0.113.2", "ipv6": "2001:db8:1::2"}
	farAddress   = map[string]string{"ipv4": "198.51.100.2", "ipv6": "2001:db8:2::2"}
)

// record has real packets sent through the rules, and writes down what came of them
// and how the rules look.
func record(t *testing.T, a *txtar.Archive) {
	t.Helper()
	world, host, far, box := newPlace(t), newPlace(t), newPlace(t), newPlace(t)
	const up = "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; ip link set lo up; "
	host.sh(t, up+"sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"+
		"; ip link add eth0 type veth peer name eth0 netns "+world.net+"; ip link add far0 type veth peer name eth0 netns "+far.net+
		"; ip link add docker0 type veth peer name eth0 netns "+box.net+"; ip link set eth0 up; ip link set far0 up; ip link set docker0 up"+
		"; ip addr add 203.0.113.2/24 dev eth0; ip addr add 2001:db8:1::2/64 dev eth0 nodad; ip route add default dev eth0; ip -6 route add default dev eth0"+
		"; ip addr add 198.51.100.1/24 dev far0; ip addr add 2001:db8:2::1/64 dev far0 nodad; ip addr add 172.17.0.1/16 dev docker0", "")
	world.sh(t, up+"ip link set eth0 up; ip addr add 23.0.0.17/32 dev eth0; ip addr add 2a00::1:0:0:11/128 dev eth0 nodad; ip route add default via 203.0.113.2 dev eth0 onlink; ip -6 route add default via 2001:db8:1::2 dev eth0 onlink", "")
	far.sh(t, up+"ip link set eth0 up; ip addr add 198.51.100.2/24 dev eth0; ip addr add 2001:db8:2::2/64 dev eth0 nodad; ip route add default via 198.51.100.1; ip -6 route add default via 2001:db8:2::1", "")
	box.sh(t, up+"ip link set eth0 up; ip addr add 172.17.0.2/16 dev eth0; ip route add default via 172.17.0.1", "")
	for name, load := range map[string]string{"rules.nft": "nft -f -", "rules.v4": "iptables-nft-restore", "rules.v6": "ip6tables-nft-restore", "legacy.v4": "iptables-legacy-restore", "legacy.v6": "ip6tables-legacy-restore"} {
		if rules := txtarFile(a, name); rules != "" {
			host.sh(t, load, rules)
		}
	}
	for name, script := range map[string]string{
		"nft": "nft -j list ruleset", "save.v4": "iptables-nft-save | grep -v '^#' || true", "save.v6": "ip6tables-nft-save | grep -v '^#' || true",
		"legacy-save.v4": "iptables-legacy-save | grep -v '^#' || true", "legacy-save.v6": "ip6tables-legacy-save | grep -v '^#' || true",
		"addresses": "ip -o addr", "routes.v4": "cat /proc/net/route", "routes.v6": "cat /proc/net/ipv6_route",
	} {
		setTxtarFile(a, name, host.sh(t, script, ""))
	}
	setTxtarFile(a, "packets", sendPackets(world, host, far, box))
	slices.SortStableFunc(a.Files, func(x, y txtar.File) int {
		made := func(f txtar.File) int {
			return truthNumber(!strings.HasPrefix(f.Name, "rules") && !strings.HasPrefix(f.Name, "legacy.") && f.Name != "unknown")
		}
		if d := made(x) - made(y); d != 0 || made(x) == 0 {
			return d
		}
		return strings.Compare(x.Name, y.Name)
	})
}

func truthNumber(b bool) int {
	if b {
		return 1
	}
	return 0
}

func setTxtarFile(a *txtar.Archive, name, text string) {
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	if strings.TrimSpace(text) != "" {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(strings.TrimRight(text, "\n") + "\n")})
	}
}

// A try is one packet, and whether it arrived with an answer.
type try struct {
	name    string
	from    *place
	listen  []*place
	address string
	proto   string
	port    int
	arrived bool
}

// sendPackets makes all tries at once, and returns a line for each.
func sendPackets(world, host, far, box *place) string {
	var tries []*try
	for _, f := range []string{"ipv4", "ipv6"} {
		lo := map[string]string{"ipv4": "127.0.0.1", "ipv6": "::1"}[f]
		const plain = 61234
		tries = append(tries,
			&try{name: f + " input loopback", from: host, listen: []*place{host}, address: lo, proto: "tcp", port: plain},
			&try{name: f + " output default", from: host, listen: []*place{world}, address: worldAddress[f], proto: "udp", port: plain},
			&try{name: f + " input established", from: host, listen: []*place{world}, address: worldAddress[f], proto: "tcp", port: plain},
			&try{name: f + " forward default", from: world, listen: []*place{far}, address: farAddress[f], proto: "udp", port: plain},
		)
		for _, port := range samplePorts {
			for _, proto := range []string{"tcp", "udp"} {
				name := fmt.Sprintf("%s %s/%d", f, proto, port)
				tries = append(tries, &try{name: name, from: world, listen: []*place{host, box}, address: hostAddress[f], proto: proto, port: port})
			}
		}
	}
	ears := map[*place]*ear{}
	for _, p := range []*place{world, host, far, box} {
		ears[p] = newEar(p)
		defer ears[p].close()
	}
	var all sync.WaitGroup
	for _, a := range tries {
		all.Add(1)
		go func() {
			defer all.Done()
			a.arrived = a.send(ears)
		}()
	}
	all.Wait()
	var lines []string
	for _, a := range tries {
		what := "deny"
		if a.arrived {
			what = "accept"
		}
		lines = append(lines, a.name+": "+what)
		if strings.HasSuffix(a.name, "/61234") && strings.Contains(a.name, "tcp") {
			lines = append(lines, strings.Fields(a.name)[0]+" input default: "+what)
		}
	}
	for _, f := range []string{"ipv4", "ipv6"} { // without an output nobody knows of the answer
		if slices.Contains(lines, f+" output default: deny") {
			lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, f+" input established") })
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// An ear listens on all sample ports of a place.
type ear struct {
	closers []func() error
	mu      sync.Mutex
	heard   map[string]bool // sender's address and port, of UDP
}

func newEar(p *place) *ear {
	e := &ear{heard: map[string]bool{}}
	p.run(func() {
		for _, port := range samplePorts {
			if l, err := net.Listen("tcp", fmt.Sprintf("[::]:%d", port)); err == nil {
				e.closers = append(e.closers, l.Close)
			}
			if u, err := net.ListenPacket("udp", fmt.Sprintf("[::]:%d", port)); err == nil {
				e.closers = append(e.closers, u.Close)
				go e.listen(u)
			}
		}
	})
	return e
}

func (e *ear) listen(u net.PacketConn) {
	b := make([]byte, 100)
	for {
		_, from, err := u.ReadFrom(b)
		if err != nil {
			return
		}
		e.mu.Lock()
		e.heard[plainAddr(from)] = true
		e.mu.Unlock()
	}
}

func plainAddr(a net.Addr) string {
	ap, _ := netip.ParseAddrPort(a.String())
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()).String()
}

func (e *ear) close() {
	for _, c := range e.closers {
		c()
	}
}

// send makes one try. Of TCP a connection must come about; of UDP the packet must
// be heard in one of the places.
func (a *try) send(ears map[*place]*ear) bool {
	to := net.JoinHostPort(a.address, fmt.Sprint(a.port))
	if err := a.from.enter(); err != nil {
		return false
	}
	c, err := net.DialTimeout(a.proto, to, 400*time.Millisecond)
	if err != nil {
		return false
	}
	defer c.Close()
	if a.proto == "tcp" {
		return true
	}
	for range 50 {
		if _, err := c.Write([]byte("x")); err != nil {
			return false
		}
		time.Sleep(20 * time.Millisecond)
		for _, p := range a.listen {
			ears[p].mu.Lock()
			heard := ears[p].heard[plainAddr(c.LocalAddr())]
			ears[p].mu.Unlock()
			if heard {
				return true
			}
		}
	}
	return false
}

// TestPublishedPorts: a port that a rule sends on to a container is told as that,
// whether something on the host listens for it or not.
func TestPublishedPorts(t *testing.T) {
	archive, err := txtar.ParseFile("../../testdata/host/firewall/docker.txtar")
	if err != nil {
		t.Fatal(err)
	}
	open := value(t, scanFrames(t, "firewall", firewallFrames(archive)...), "firewall", "input", "ipv4", "tcp")
	want := []any{map[string]any{"first": 22, "last": 22},
		map[string]any{"first": 5432, "last": 5432, "to": "172.17.0.2:5432", "service": "tcp/5432"},
		map[string]any{"first": 8080, "last": 8080, "to": "172.17.0.2:80", "service": "tcp/80"}}
	if !reflect.DeepEqual(open, want) {
		t.Errorf("open is %v", open)
	}
}

// TestRedirectedPorts: a port that a rule redirects to another of this host is told with
// that, as far as a stranger gets there.
func TestRedirectedPorts(t *testing.T) {
	tables := frame("firewall", "cmd", "tables", "legacy ip filter\nlegacy ip nat\n", "0")
	rules := "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 6379\n" +
		"-A PREROUTING -p tcp --dport 8081 -j DNAT --to-destination 192.0.2.15:6380\n-A PREROUTING -p tcp --dport 8082 -j REDIRECT --to-ports 9\n" +
		"-A PREROUTING -p tcp --dport 8083 -j DNAT --to-destination 127.0.0.1:6381\nCOMMIT\n" +
		"*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m multiport --dports 22,6379,6380,6381 -m conntrack --ctstate DNAT -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n"
	d := scanFrames(t, "firewall", tables, frame("firewall", "cmd", nftCommand, "", "0"), frame("firewall", "cmd", "iptables-legacy-save", rules, "0"),
		frame("firewall", "cmd", "ip -o addr", "2: ens3    inet 192.0.2.15/24 brd 192.0.2.255 scope global ens3\n", "0"))
	want := []any{map[string]any{"first": 22, "last": 22}, map[string]any{"first": 8080, "last": 8080, "port": 6379},
		map[string]any{"first": 8081, "last": 8081, "port": 6380}, map[string]any{"first": 8083, "last": 8083}}
	if open := value(t, d, "firewall", "input", "ipv4", "tcp"); !reflect.DeepEqual(open, want) {
		t.Errorf("open is %v", open)
	}
}

// TestSourcePorts: who sends chooses the port that the packet comes from.
func TestSourcePorts(t *testing.T) {
	const head, tail = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --sport 1024:65535 --dport 22 -j ACCEPT\n", "\nCOMMIT\n"
	for rule, want := range map[string]string{
		"-A INPUT -p udp -m udp --sport 53 -j ACCEPT":                                            "accept",
		"-A INPUT -p tcp -m multiport --sports 80,443 -j ACCEPT":                                 "accept",
		"-A INPUT -p tcp -m multiport --ports 25,80 -j ACCEPT":                                   "accept",
		"-A INPUT -p udp --sport 67 --dport 68 -j ACCEPT":                                        "drop",
		"-A INPUT -s 9.9.9.9/32 -p udp --sport 53 -j ACCEPT":                                     "drop",
		"-A INPUT -p udp --sport 53 -m conntrack --ctstate ESTABLISHED -j ACCEPT":                "drop",
		"-A INPUT -p udp --sport 53 -j LOG":                                                      "drop",
		"-A INPUT -p tcp ! --sport 1024:65535 -j DROP\n-A INPUT -p udp --sport 0:1023 -j RETURN": "drop",
	} {
		d := scanFrames(t, "firewall", frame("firewall", "cmd", "tables", "nf_tables none\nlegacy ip filter", "0"), frame("firewall", "cmd", "iptables-legacy-save", head+rule+tail, "0"),
			frame("firewall", "file", "/etc/iptables/rules.v4", head+rule+tail, "0"))
		for _, at := range [][]string{{"input", "ipv4"}, {"boot", "iptables", "ipv4"}} {
			if got := value(t, d, append([]string{"firewall"}, append(at, "default")...)...); got != want {
				t.Errorf("%s: %s is %v, want %s", rule, at[0], got, want)
			}
		}
	}
}

// notForetold are trees whose file tells less than the kernel does: the reader of
// nftables.conf follows no rule that has a condition.
var notForetold = []string{"nft-unreached-drop", "nft-wide-open", "nft-netdev", "both-kernels"}

// TestNftablesConf holds what is told of a script against what the kernel does once
// it is loaded.
func TestNftablesConf(t *testing.T) {
	paths, _ := filepath.Glob("../../testdata/host/firewall/*.txtar")
	tried := 0
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rules, name := txtarFile(archive, "rules.nft"), strings.TrimSuffix(filepath.Base(path), ".txtar")
		if rules == "" || slices.Contains(notForetold, name) {
			continue
		}
		tried++
		d := scanFrames(t, "firewall", frame("firewall", "file", "/etc/nftables.conf", rules, "0"))
		for _, family := range []string{"ipv4", "ipv6"} {
			got, known := d.Value(compliance.Path{"firewall", "boot", "nftables", family})
			if !known && strings.Contains(rules, "jump") {
				continue
			}
			told := "deny"
			if got == "accept" {
				told = "accept"
			}
			if !strings.Contains(txtarFile(archive, "packets"), family+" input default: "+told+"\n") {
				t.Errorf("%s: %s: told %s, the kernel does otherwise", name, family, told)
			}
		}
	}
	if tried < 15 {
		t.Errorf("%d trees", tried)
	}
}

// TestNftablesConfForms are ways to write a script.
func TestNftablesConfForms(t *testing.T) {
	const deny = "\t\ttype filter hook input priority 0; policy drop;\n"
	for name, c := range map[string]struct {
		script, ipv4, ipv6 string
		more               []string
	}{
		"one line":         {script: "table inet f { chain i { type filter hook input priority 0; policy drop; }; }", ipv4: "drop", ipv6: "drop"},
		"Debian's":         {script: "#!/usr/sbin/nft -f\n\nflush ruleset\n\ntable inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter;\n\t}\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n", ipv4: "accept", ipv6: "accept"},
		"CRLF, no newline": {script: "table ip f {\r\n chain i {\r\n" + deny + "}\r\n}", ipv4: "drop", ipv6: "accept"},
		"a comment":        {script: "table inet f {\n chain i {\n  type filter hook input priority 0; policy accept; # policy drop;\n # drop\n }\n}\n", ipv4: "accept", ipv6: "accept"},
		"flushed later":    {script: "table inet f {\n chain i {\n" + deny + " }\n}\nflush ruleset\n", ipv4: "accept", ipv6: "accept"},
		"a nat chain":      {script: "table inet f {\n chain i {\n  type nat hook input priority 0; policy accept;\n  drop\n }\n}\n", ipv4: "accept", ipv6: "accept"},
		"a last reject":    {script: "table ip6 f {\n chain i {\n  type filter hook input priority 0\n  iif lo accept\n  counter reject with tcp reset\n }\n}\n", ipv4: "accept", ipv6: "reject"},
		"accepts all":      {script: "table inet f {\n chain i {\n" + deny + "  counter accept\n  drop\n }\n}\n", ipv4: "accept", ipv6: "accept"},
		"as nft lists it":  {script: "table inet f {\n chain i {\n" + deny + "  ct state established,related counter packets 5 bytes 9 accept\n  counter packets 12 bytes 840 accept comment \"***\"\n }\n}\n", ipv4: "accept", ipv6: "accept"},
		"a last drop logs": {script: "table inet f {\n chain i {\n  type filter hook input priority 0; policy accept;\n  log prefix \"#in {x}; drop: \" level info counter packets 0 bytes 0 drop\n }\n}\n", ipv4: "drop", ipv6: "drop"},
		"logging alone":    {script: "table inet f {\n chain i {\n  type filter hook input priority 0; policy accept;\n  log prefix \"drop\"\n }\n}\n", ipv4: "accept", ipv6: "accept"},
		"one chain denies": {script: "table inet f {\n chain i {\n" + deny + " }\n}\ntable ip g {\n chain i {\n  type filter hook input priority 10; policy accept;\n  accept\n }\n}\n", ipv4: "drop", ipv6: "drop"},
		"the other denies": {script: "table inet g {\n chain i {\n  type filter hook input priority 0;\n  accept\n }\n chain j {\n" + deny + " }\n}\n", ipv4: "drop", ipv6: "drop"},
		"dormant":          {script: "table inet f {\n flags dormant\n chain i {\n" + deny + " }\n}\n", ipv4: "accept", ipv6: "accept"},
		"an include": {script: "include \"/etc/nftables.d/*.nft\"\n", ipv4: "drop", ipv6: "drop", more: []string{
			frame("firewall", "dir", "/etc/nftables.d", "/etc/nftables.d/a.nft\n/etc/nftables.d/b.txt", "0"),
			frame("firewall", "file", "/etc/nftables.d/a.nft", "table inet f {\n chain i {\n"+deny+" }\n}\n", "0")}},
		"an include that is absent":    {script: "include \"/etc/nftables.d/*.nft\"\n", ipv4: "accept", ipv6: "accept", more: []string{frame("firewall", "dir", "/etc/nftables.d", "", "absent")}},
		"an include that is elsewhere": {script: "include \"/opt/rules.nft\"\n"},
		"rules one by one":             {script: "add table inet f\nadd chain inet f i { type filter hook input priority 0; policy drop; }\n", ipv4: "drop", ipv6: "drop"},
		"rules one by one, and a jump": {script: "add table inet f\nadd chain inet f i { type filter hook input priority 0; policy accept; }\nadd rule inet f i drop\n"},
		"an include of itself":         {script: "include \"/etc/nftables.conf\"\n"},
	} {
		d := scanFrames(t, "firewall", append(c.more, frame("firewall", "file", "/etc/nftables.conf", c.script, "0"))...)
		for family, want := range map[string]string{"ipv4": c.ipv4, "ipv6": c.ipv6} {
			if want == "" {
				if cause := causeOf(d, "firewall", "boot", "nftables", family); cause == "" {
					t.Errorf("%s: %s is known", name, family)
				}
			} else if got := value(t, d, "firewall", "boot", "nftables", family); got != want {
				t.Errorf("%s: %s is %v, want %s", name, family, got, want)
			}
		}
	}
}

// TestFirewallFiles reads what other programs load.
func TestFirewallFiles(t *testing.T) {
	d := scanFrames(t, "firewall",
		frame("firewall", "file", ufwConf, "# ENABLED=no\nENABLED=no\nENABLED=Yes\r\nLOGLEVEL=low", "0"),
		frame("firewall", "file", ufwDefaults, "IPV6=no\nDEFAULT_INPUT_POLICY=\"REJECT\"\nDEFAULT_OUTPUT_POLICY='ACCEPT'\nDEFAULT_FORWARD_POLICY=nonsense\n", "0"),
		frame("firewall", "file", firewalldConf, "# x\nDefaultZone=home\nDefaultZone=work\n", "0"), frame("firewall", "file", "/etc/firewalld/zones/work.xml", "", "absent"),
		frame("firewall", "file", "/usr/lib/firewalld/zones/work.xml", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<zone\n target=\"ACCEPT\"><short>W</short><service name=\"ssh\"/></zone>", "0"),
		frame("firewall", "file", "/etc/iptables/rules.v4", "# saved\n*filter\n:INPUT ACCEPT [12:345]\n[1:2] -A INPUT -i lo -j ACCEPT\n-A INPUT -j DROP\nCOMMIT", "0"),
		frame("firewall", "file", "/etc/iptables/rules.v6", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m strange --thing 1 -j DROP\nCOMMIT\n", "0"),
		frame("firewall", "file", "/etc/nftables.conf", "", "absent"), frame("firewall", "file", "/etc/sysconfig/nftables.conf", "", "absent"))
	wantFacts(t, d, "firewall", map[string]any{
		"ufw|installed": true, "ufw|enabled": true, "ufw|ipv6": false, "ufw|incoming": "reject", "ufw|outgoing": "accept",
		"firewalld|default_zone": "work", "firewalld|target": "accept", "boot|nftables|exists": false,
		"boot|iptables|ipv4": map[string]any{"exists": true, "default": "drop"}, "boot|iptables|ipv6|exists": true,
	})
	if s, _ := d.Source(compliance.Path{"firewall", "boot", "iptables", "ipv4", "default"}); s.File != "/etc/iptables/rules.v4" || s.Line != 5 {
		t.Errorf("rules.v4 comes from %+v", s)
	}
	for path, want := range map[string]string{"ufw routed": "is not set to", "boot iptables ipv6 default": "not understood", "input": "sent nothing"} {
		if cause := causeOf(d, append([]string{"firewall"}, strings.Fields(path)...)...); !strings.Contains(cause, want) {
			t.Errorf("%s: cause is %q", path, cause)
		}
	}
}

// TestFirewallGaps: what may be hidden is never a verdict that lets through.
func TestFirewallGaps(t *testing.T) {
	const conntrack = "*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\nCOMMIT\n"
	const xt = `{"nftables":[{"chain":{"family":"ip","table":"filter","name":"INPUT","type":"filter","hook":"input","prio":0,"policy":"%s"}},{"rule":{"family":"ip","table":"filter","chain":"INPUT","expr":[{"xt":%s},{"drop":null}]}}]}`
	for name, c := range map[string]struct {
		frames []string
		want   string // of new connections over IPv4; "" is unknown
		cause  string
	}{
		"no nf_tables":                  {frames: []string{frame("firewall", "cmd", "tables", "nf_tables none", "0")}, want: "accept"},
		"no root":                       {frames: []string{frame("firewall", "cmd", "tables", "hidden /proc/net/ip_tables_names", "0"), frame("firewall", "cmd", nftCommand, "", "denied")}, cause: needsRoot},
		"no root, old tables":           {frames: []string{frame("firewall", "cmd", "tables", "nf_tables none\nhidden /proc/net/ip_tables_names", "0")}, cause: needsRoot},
		"nft fails":                     {frames: []string{frame("firewall", "cmd", "tables", "", "0"), frame("firewall", "cmd", nftCommand, "", "1")}, cause: "status 1"},
		"nft prints what is no JSON":    {frames: []string{frame("firewall", "cmd", "tables", "", "0"), frame("firewall", "cmd", nftCommand, "table ip x {", "0")}, cause: "no JSON"},
		"no nft, and iptables denies":   {frames: []string{frame("firewall", "cmd", "tables", "", "0"), frame("firewall", "cmd", nftCommand, "", "missing"), frame("firewall", "cmd", "iptables-nft-save", conntrack, "0")}, want: "drop"},
		"no nft, and iptables does not": {frames: []string{frame("firewall", "cmd", "tables", "", "0"), frame("firewall", "cmd", nftCommand, "", "missing"), frame("firewall", "cmd", "iptables-nft-save", "", "0")}, cause: "nft is not installed"},
		"a match that is not shown":     {frames: []string{frame("firewall", "cmd", "tables", "", "0"), frame("firewall", "cmd", nftCommand, fmt.Sprintf(xt, "accept", `{"type":"match","name":"u32"}`), "0"), frame("firewall", "cmd", "iptables-nft-save", "", "missing")}, cause: "not understood"},
		"a target that is not shown":    {frames: []string{frame("firewall", "cmd", "tables", "", "0"), frame("firewall", "cmd", nftCommand, fmt.Sprintf(xt, "accept", `{"type":"target","name":"X"}`), "0")}, cause: "not understood"},
		"nothing is shown":              {frames: []string{frame("firewall", "cmd", "tables", "", "0"), frame("firewall", "cmd", nftCommand, fmt.Sprintf(xt, "accept", `null`), "0")}, cause: "not understood"},
		"old tables that are not told":  {frames: []string{frame("firewall", "cmd", "tables", "nf_tables none\nlegacy ip filter", "0"), frame("firewall", "cmd", "iptables-legacy-save", "", "missing")}, cause: "iptables-legacy has tables"},
		"cut off":                       {frames: []string{frame("firewall", "cmd", "tables", "", "0"), frame("firewall", "cmd", nftCommand, "{", "125")}, cause: "status 125"},
	} {
		d := scanFrames(t, "firewall", c.frames...)
		got, _ := d.Value(compliance.Path{"firewall", "input", "ipv4", "default"})
		if c.want != "" && got != c.want {
			t.Errorf("%s: it is %v, want %s; %s", name, got, c.want, causeOf(d, "firewall", "input", "ipv4", "default"))
		}
		if cause := causeOf(d, "firewall", "input", "ipv4", "default"); c.want == "" && (got != nil || !strings.Contains(cause, c.cause)) {
			t.Errorf("%s: it is %v, cause is %q", name, got, cause)
		}
	}
}

// TestFirewallBounds: a ruleset that is made to be dear is given up.
func TestFirewallBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("*filter\n:INPUT ACCEPT [0:0]\n")
	const chains = 40
	for i := range chains {
		fmt.Fprintf(&b, ":c%d - [0:0]\n", i)
	}
	b.WriteString("-A INPUT -j c0\n")
	for i := range chains - 1 { // each chain goes twice to the next
		fmt.Fprintf(&b, "-A c%d -p tcp --dport %d -j RETURN\n-A c%d -j c%d\n-A c%d -j c%d\n", i, i*7, i, i+1, i, i+1)
	}
	b.WriteString("COMMIT\n")
	start := time.Now()
	d := scanFrames(t, "firewall", frame("firewall", "cmd", "tables", "nf_tables none\nlegacy ip filter", "0"), frame("firewall", "cmd", "iptables-legacy-save", b.String(), "0"))
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
	if cause := causeOf(d, "firewall", "input", "ipv4", "default"); cause == "" {
		t.Error("it is known what becomes of a packet")
	}
}

// FuzzFirewall feeds the readers of rules: no panic, and bounded.
func FuzzFirewall(f *testing.F) {
	paths, _ := filepath.Glob("../../testdata/host/firewall/*.txtar")
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(txtarFile(archive, "nft"), txtarFile(archive, "save.v4"), txtarFile(archive, "rules.nft"), txtarFile(archive, "routes.v4"))
	}
	f.Fuzz(func(t *testing.T, nft, save, conf, routes string) {
		d := mustScan(t, &fakeConn{stdout: strings.Join([]string{
			frame("firewall", "cmd", "tables", "legacy ip filter\nlegacy ip nat", "0"), frame("firewall", "cmd", nftCommand, nft, "0"),
			frame("firewall", "cmd", "iptables-nft-save", save, "0"), frame("firewall", "cmd", "iptables-legacy-save", save, "0"),
			frame("firewall", "file", "/proc/net/route", routes, "0"), frame("firewall", "file", "/proc/net/ipv6_route", routes, "0"), frame("firewall", "cmd", "ip -o addr", routes, "0"),
			frame("firewall", "file", "/etc/nftables.conf", conf, "0"), frame("firewall", "file", "/etc/iptables/rules.v4", save, "0"), frame("firewall", "file", ufwConf, conf, "0"),
			frame("firewall", "file", firewalldConf, conf, "0"), frame("firewall", "file", "/usr/lib/firewalld/zones/public.xml", conf, "0"), doneFrame,
		}, "")}, "firewall")
		checkUnknowns(t, d)
		for _, x := range d.Diagnostics {
			if strings.Contains(x.Message, "internal fault") {
				t.Error(x.Message)
			}
		}
	})
}
