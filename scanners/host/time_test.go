package host

import "testing"

// TestSourcesInUse: what is only looked at, and the host's own clock, set nothing; what
// is offline may.
func TestSourcesInUse(t *testing.T) {
	const unit = "/usr/lib/systemd/system/chronyd.service:12:ExecStart=/usr/sbin/chronyd $OPTIONS"
	scan := func(options string) map[string]any {
		d := scanFrames(t, "time", frame("time", "cmd", "present", "/usr/sbin/chronyd\n/usr/sbin/ntpd\n", "0"),
			treeFrames("time", "chrony", map[string]string{"/etc/chrony.conf": "server a noselect\npool b iburst\npeer c OFFLINE\n"}),
			treeFrames("time", "ntp", map[string]string{"/etc/ntp.conf": "server 127.127.1.0\nrefclock local unit 0\nserver d noselect\nserver e iburst\n"}),
			frame("time", "cmd", "chrony unit", unit, "0"), frame("time", "cmd", "chrony options", options, "0"), frame("time", "cmd", "chrony process", "", "0"))
		checkUnknowns(t, d)
		if cause := causeOf(d, "time", "chrony", "sources", "2", "used"); cause == "" {
			t.Error("a source that is offline is known to be used, or not")
		}
		used := map[string]any{}
		for _, daemon := range []string{"chrony", "ntp"} {
			for _, s := range value(t, d, "time", daemon, "sources").([]any) {
				source := s.(map[string]any)
				used[source["name"].(string)] = source["used"]
			}
		}
		used["sets_clock"] = value(t, d, "time", "chrony", "sets_clock")
		return used
	}
	got := scan(`/etc/sysconfig/chronyd:2:OPTIONS="-F 2"`)
	for name, want := range map[string]bool{"a": false, "b": true, "127.127.1.0": false, "local": false, "d": false, "e": true, "sets_clock": true} {
		if got[name] != want {
			t.Errorf("%s: %v, not %v", name, got[name], want)
		}
	}
	for options, want := range map[string]bool{
		`OPTIONS="-x"`: false, `OPTIONS="-F 2 -4x"`: false, `DAEMON_OPTS=-x`: false, `OPTIONS="-u chrony-x -F 1"`: true, `OPTIONS="-L -x"`: false,
	} {
		if got := scan("/etc/default/chrony:2:" + options)["sets_clock"]; got != want {
			t.Errorf("%s: sets_clock is %v", options, got)
		}
	}
}
