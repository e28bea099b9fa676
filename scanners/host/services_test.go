package host

import (
	"strings"
	"testing"

	"merlon/compliance"
)

// TestWantedUnits follows what systemd 252 told of a booted root in which a script of
// init.d, a link that a package brings and an instance of a template were stopped.
func TestWantedUnits(t *testing.T) {
	frames := []string{
		frame("services", "cmd", "running", "yes", "0"),
		frame("services", "cmd", "list-unit-files", "foo@.service indirect enabled\ninst@.service indirect enabled\noffd.service generated -\noldd.service generated -\nstat.service enabled enabled\nvend.service static -\ngone.service masked enabled", "0"),
		frame("services", "cmd", "list-units", "inst@one.service loaded active running\noldd.service loaded inactive dead\nstat.service loaded active running", "0"),
		frame("services", "cmd", "links", "", "0"),
	}
	wanted := frame("services", "cmd", "wanted", "oldd.service\nvend.service\nfoo@a.service\ninst@one.service\ngone.service\nnowhere@x.service\nnowhere.service\n", "0")
	d := scanFrames(t, "services", append(frames, wanted)...)
	checkUnknowns(t, d)
	wantFacts(t, d, "services", map[string]any{
		"units|oldd.service|wanted": true, "units|oldd.service|enabled": "generated", "units|vend.service|wanted": true,
		"units|foo@a.service|enabled": "enabled", "units|foo@a.service|active": "inactive",
		"units|foo@.service|wanted": true, "units|foo@.service|active": "inactive",
		"units|inst@one.service|enabled": "enabled", "units|inst@.service|active": "active",
	})
	for _, name := range []string{"offd.service", "stat.service", "gone.service"} {
		if v, ok := d.Value(compliance.Path{"services", "units", name, "wanted"}); ok {
			t.Errorf("%s: wanted is %v", name, v)
		}
	}
	for _, name := range []string{"nowhere.service", "nowhere@x.service"} {
		if v, ok := d.Value(compliance.Path{"services", "units", name}); ok {
			t.Errorf("%s is %v", name, v)
		}
	}
	cut := mustScan(t, &fakeConn{stdout: strings.Join(frames, "")}, "services")
	if causeOf(cut, "services", "units", compliance.Any, "wanted") == "" {
		t.Error("what was cut off is known")
	}
}
