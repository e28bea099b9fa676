package main

import (
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"merlon/compliance"
)

func TestTellOfRoot(t *testing.T) {
	unsure := func(cause string) compliance.Finding {
		return compliance.Finding{State: compliance.Unsure, Unknown: &compliance.Unknown{Cause: cause}}
	}
	r := &compliance.Report{Results: []compliance.Result{
		{Target: compliance.Target{Name: "web1"}, Findings: []compliance.Finding{
			unsure("/etc/shadow: permission denied: needs root"), unsure("visudo -c: permission denied: needs root"),
			unsure("cut off"), {State: compliance.Unsure}, {State: compliance.Pass},
		}},
		{Target: compliance.Target{Name: "web2"}, Findings: []compliance.Finding{unsure("/etc/shadow: permission denied: needs root")}},
		{Target: compliance.Target{Name: "web3"}, Findings: []compliance.Finding{unsure("cut off")}},
	}}
	log := logrus.New()
	var logged strings.Builder
	log.SetOutput(&logged)
	(&app{log: log}).tellOfRoot(r)
	for i, want := range []string{"2 verdicts are unknown for want of root", "1 verdict is unknown for want of root", ""} {
		got := ""
		for _, d := range r.Results[i].Diagnostics {
			got += d.Message
		}
		if got != want {
			t.Errorf("%s: want %q, got %q", r.Results[i].Target.Name, want, got)
		}
	}
	if text := logged.String(); !strings.Contains(text, "2 verdicts") || !strings.Contains(text, "web1") || strings.Contains(text, "web3") {
		t.Errorf("logged: %s", text)
	}
}
