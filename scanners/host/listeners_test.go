package host

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"

	"merlon/compliance"
)

// TestListeners reads ss's forms of an address.
func TestListeners(t *testing.T) {
	const text = `tcp   LISTEN 0      128          0.0.0.0:22         0.0.0.0:*    users:(("sshd",pid=1,fd=3),("systemd",pid=2,fd=9))
tcp   LISTEN 0      4096               *:8080             *:*    users:(("a b",pid=9,fd=7))
tcp   LISTEN 0      4096               *:8080             *:*
tcp   LISTEN 0      244            [::1]:5432          [::]:*
tcp   LISTEN 0      511             [::]:80            [::]:*    users:(("nginx",pid=3,fd=6))
udp   UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=4,fd=13))
udp   UNCONN 0      0      [fe80::1]%eth0:546          [::]:*
udp   UNCONN 0      0          10.0.0.2%eth0:68     0.0.0.0:*
tcp   LISTEN 0      5   [::ffff:127.0.0.1]:9000          *:*
p_raw UNCONN 0      0                  *:eth0            *
tcp   LISTEN 0      5          nonsense:22         0.0.0.0:*
tcp   LISTEN 0      5            1.2.3.4:ssh         0.0.0.0:*
short`
	d := scanFrames(t, "listeners", frame("listeners", "cmd", "uid", "1000", "0"), frame("listeners", "cmd", "ss -Hlntup", text, "0"))
	sockets := value(t, d, "listeners", "sockets").(map[string]any)
	for name, want := range map[string]string{
		"tcp 0.0.0.0:22": "all sshd [ipv4]", "tcp [::]:8080": "all a b [ipv4 ipv6]", "tcp [::1]:5432": "loopback <nil> [ipv6]", "tcp [::]:80": "all nginx [ipv6]",
		"udp 127.0.0.53:53%lo": "loopback systemd-resolve [ipv4]", "udp [fe80::1]:546%eth0": "address <nil> [ipv6]", "udp 10.0.0.2:68%eth0": "address <nil> [ipv4]",
		"tcp [::ffff:127.0.0.1]:9000": "loopback <nil> [ipv4]",
	} {
		s, _ := sockets[name].(map[string]any)
		if got := fmt.Sprintf("%v %v %v", s["scope"], s["process"], s["families"]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		delete(sockets, name)
	}
	if len(sockets) > 0 {
		t.Errorf("too many: %v", sockets)
	}
	if cause := causeOf(d, "listeners", "sockets", "tcp [::1]:5432", "process"); !strings.HasSuffix(cause, needsRoot) {
		t.Errorf("cause is %q", cause)
	}
	if cause := causeOf(d, "listeners", "sockets", compliance.Any); cause == "" {
		t.Error("a line that is not understood leaves no doubt")
	}
	understood, _, _ := strings.Cut(text, "tcp   LISTEN 0      5          nonsense")
	if cause := causeOf(scanFrames(t, "listeners", frame("listeners", "cmd", "ss -Hlntup", understood, "0")), "listeners", "sockets", compliance.Any); cause != "" {
		t.Errorf("all lines are understood, but: %s", cause)
	}
	if cause := causeOf(scanFrames(t, "listeners", frame("listeners", "cmd", "ss -Hlntup", text, "124")), "listeners", "sockets"); !strings.Contains(cause, "in time") {
		t.Errorf("cause is %q", cause)
	}
}

// TestListenersProc reads /proc/net where there is no ss.
func TestListenersProc(t *testing.T) {
	const head = "  sl  local_address rem_address   st tx_queue\n"
	frames := []string{
		frame("listeners", "cmd", "ss -Hlntup", "", "missing"),
		frame("listeners", "file", "/proc/net/tcp", head+"   0: 0100007F:0277 00000000:0000 0A 0\n   1: 00000000:0016 00000000:0000 0A 0\n   2: 0200000A:0016 0300000A:C001 01 0\n", "0"),
		frame("listeners", "file", "/proc/net/tcp6", head+"   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0\n   1: 00000000000000000000000001000000:1538 0:0 0A\n", "0"),
		frame("listeners", "file", "/proc/net/udp", head+"   0: 00000000:0044 00000000:0000 07 0\nx\n", "0"),
	}
	d := scanFrames(t, "listeners", append(frames, frame("listeners", "file", "/proc/net/udp6", "", "absent"))...)
	sockets := value(t, d, "listeners", "sockets").(map[string]any)
	for _, name := range []string{"tcp 127.0.0.1:631", "tcp 0.0.0.0:22", "tcp [::]:80", "tcp [::1]:5432", "udp 0.0.0.0:68"} {
		if sockets[name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
	if len(sockets) != 5 {
		t.Errorf("%v", sockets)
	}
	if got := value(t, d, "listeners", "sockets", "tcp [::]:80", "families"); fmt.Sprint(got) != "[ipv4 ipv6]" {
		t.Errorf("families are %v", got)
	}
	d = scanFrames(t, "listeners", append(frames, frame("listeners", "file", "/proc/net/udp6", "", "denied"))...)
	if _, ok := d.Value(compliance.Path{"listeners", "sockets"}); ok {
		t.Error("sockets are known, and one file could not be read")
	}
}

// TestListenersLocal finds what this process listens on, in ss's way and in /proc's.
func TestListenersLocal(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	name := "tcp " + l.Addr().String()
	chosen, err := choose([]string{"listeners"})
	if err != nil {
		t.Fatal(err)
	}
	whole := script("NONCE", chosen, "")
	for _, text := range []string{whole, strings.NewReplacer("command -v ss ", "command -v no-such-program ", "10 ss\n", "10 no-such-program\n").Replace(whole)} {
		cmd := exec.Command("sh", "-s")
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		d := mustScan(t, &fakeConn{stdout: string(out)}, "listeners")
		if got := value(t, d, "listeners", "sockets", name, "scope"); got != "loopback" {
			t.Errorf("its scope is %v", got)
		}
	}
}

func TestNetwork(t *testing.T) {
	d := scanFrames(t, "network",
		frame("network", "cmd", "interfaces", "lo 0x9 \neth0 0x1003 \nwlan0 0x1002 wireless\nwlan1 0x1003 wireless\nbad zz", "0"),
		frame("network", "file", "/proc/net/if_inet6", "00000000000000000000000000000001 01 80 10 80       lo\nfe800000000000000000000000000001 02 40 20 80     eth0\n", "0"))
	wantFacts(t, d, "network", map[string]any{
		"interfaces|eth0": map[string]any{"up": true, "wireless": false}, "interfaces|wlan0": map[string]any{"up": false, "wireless": true},
		"interfaces|wlan1|up": true, "ipv6": true, "ipv6_global": false,
	})
	if cause := causeOf(d, "network", "interfaces", "bad", "up"); cause == "" {
		t.Error("flags that are no number are known")
	}
	d = scanFrames(t, "network", frame("network", "file", "/proc/net/if_inet6", "fe800000000000000000000000000001 02 40 20 80     eth0\n20010db8000000000000000000000001 02 40 00 80     eth0\n", "0"))
	wantFacts(t, d, "network", map[string]any{"ipv6": true, "ipv6_global": true})
	for _, text := range []string{"", "00000000000000000000000000000001 01 80 10 80       lo\n"} {
		status := "0"
		if text == "" {
			status = "absent"
		}
		d = scanFrames(t, "network", frame("network", "file", "/proc/net/if_inet6", text, status))
		wantFacts(t, d, "network", map[string]any{"ipv6": false, "ipv6_global": false})
		if cause := causeOf(d, "network", "interfaces"); cause == "" {
			t.Error("interfaces that were not sent are known")
		}
	}
}
