package host

import (
	"slices"

	"merlon/compliance"
)

const systemConf = "/etc/systemd/system.conf"

// readSystemd reads the settings of systemd itself (systemd-system.conf(5)) that are judged.
func readSystemd(r *reading) {
	from := compliance.Source{File: systemConf}
	lines, cause := r.systemdSettings("system.conf", "Manager")
	if cause != "" {
		r.unknown(cause, from, "ctrl_alt_del_burst")
		return
	}
	from.Default = true
	r.put("reboot-force", from, "ctrl_alt_del_burst")
	if s, ok := lastOf(lines, "CtrlAltDelBurstAction", isEmergencyAction); ok {
		r.put(s.value, s.from, "ctrl_alt_del_burst")
	}
}

// isEmergencyAction tells whether systemd takes s for something to do (FailureAction= of
// systemd.unit(5)); what else stands there is passed over.
func isEmergencyAction(s string) bool {
	return slices.Contains([]string{
		"none", "reboot", "reboot-force", "reboot-immediate", "poweroff", "poweroff-force", "poweroff-immediate",
		"exit", "exit-force", "soft-reboot", "soft-reboot-force", "kexec", "kexec-force", "halt", "halt-force", "halt-immediate",
	}, s)
}
