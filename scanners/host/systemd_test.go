package host

import (
	"os/exec"
	"strings"
	"testing"
)

// TestCtrlAltDelBurst follows systemd-system.conf(5): drop-ins over the main file, what is
// not understood passed over, other sections and keys too.
func TestCtrlAltDelBurst(t *testing.T) {
	const (
		main   = "etc/systemd/system.conf"
		dropIn = "etc/systemd/system.conf.d/60-merlon.conf"
	)
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no file", nil, "reboot-force"},
		{"comments", map[string]string{main: "[Manager]\n#CtrlAltDelBurstAction=none\n"}, "reboot-force"},
		{"set", map[string]string{main: "[Manager]\n CtrlAltDelBurstAction = none"}, "none"},
		{"a drop-in", map[string]string{main: "[Manager]\nCtrlAltDelBurstAction=none\n", dropIn: "[Manager]\nCtrlAltDelBurstAction=poweroff\n"}, "poweroff"},
		{"no such action", map[string]string{main: "[Manager]\nCtrlAltDelBurstAction=none\nCtrlAltDelBurstAction=nothing\n"}, "none"},
		{"another section", map[string]string{dropIn: "[Service]\nCtrlAltDelBurstAction=none\n"}, "reboot-force"},
		{"no section", map[string]string{dropIn: "CtrlAltDelBurstAction=none\n"}, "reboot-force"},
		{"of the distribution", map[string]string{"usr/lib/systemd/system.conf.d/10-x.conf": "[Manager]\nCtrlAltDelBurstAction=none\n"}, "none"},
		{"a masked drop-in", map[string]string{"usr/lib/systemd/system.conf.d/60-merlon.conf": "[Manager]\nCtrlAltDelBurstAction=none\n", dropIn: "-> /dev/null"}, "reboot-force"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := scanImage(t, image(t, wholeImage(test.files)), "systemd")
			wantFacts(t, d, "systemd", map[string]any{"ctrl_alt_del_burst": test.want})
		})
	}
}

// TestManagerLines sees that what else system.conf sets stays on the target, and that lines
// keep their numbers.
func TestManagerLines(t *testing.T) {
	functions, _, ok := strings.Cut(collectScript, "\ncollect </dev/null")
	if !ok {
		t.Fatal("the script's last line is not found")
	}
	cmd := exec.Command("sh", "-c", functions+"\nmanager_lines")
	cmd.Stdin = strings.NewReader("[Manager]\nDefaultEnvironment=TOKEN=hunter2\n# CtrlAltDelBurstAction=x\n  CtrlAltDelBurstAction=none")
	out, err := cmd.Output()
	if want := "[Manager]\n\n\nCtrlAltDelBurstAction=none\n"; err != nil || string(out) != want {
		t.Errorf("%q %v, want %q", out, err, want)
	}
}
