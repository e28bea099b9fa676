package host

import (
	"path"
	"slices"
	"strings"

	"merlon/compliance"
)

const (
	apportProgram = "/usr/share/apport/apport"
	apportDefault = "/etc/default/apport"
	apportUnit    = "/usr/lib/systemd/system/apport.service"
	apportOwnUnit = "/etc/systemd/system/apport.service"
)

// putApport puts whether the next boot hands the dumps of processes to apport. The unit
// of newer releases does so whatever /etc/default/apport says; the init script that
// older ones have asks it, and systemd starts that one by its link in rc2.d
// (systemd-sysv-generator(8)).
func putApport(r *reading, files textFiles) {
	told := r.output("apport")
	if told.cause != "" {
		r.unknown(told.cause, compliance.Source{File: apportProgram}, "apport")
		return
	}
	var there []string
	masked := ""
	for l := range strings.Lines(told.text) {
		state, file, _ := strings.Cut(strings.TrimSpace(l), " ")
		switch {
		case state == "there":
			there = append(there, file)
		case file == apportOwnUnit:
			masked = file
		}
	}
	installed := slices.Contains(there, apportProgram)
	r.put(map[string]any{"installed": installed}, compliance.Source{File: apportProgram}, "apport")
	if !installed {
		return
	}
	unit := slices.Contains(there, apportUnit) || slices.Contains(there, apportOwnUnit)
	wanted := slices.IndexFunc(there, func(f string) bool { return strings.HasSuffix(path.Dir(f), ".wants") })
	script := slices.IndexFunc(there, func(f string) bool { return path.Dir(f) == "/etc/rc2.d" })
	switch {
	case masked != "":
		r.put(false, compliance.Source{File: masked}, "apport", "starts")
	case unit && wanted >= 0:
		r.put(true, compliance.Source{File: there[wanted]}, "apport", "starts")
	case unit || script < 0:
		r.put(false, compliance.Source{File: apportProgram}, "apport", "starts")
	default:
		on, from, cause := apportEnabled(files.get(apportDefault))
		r.putOr(on, cause == "", cause, from, "apport", "starts")
	}
}

// apportEnabled reads the file as the init script does, which sources it: the last
// assignment counts, 1 turns apport on, and so does a file that says nothing.
func apportEnabled(f textFile) (on bool, from compliance.Source, cause string) {
	on, from = true, compliance.Source{File: apportDefault, Default: true}
	for _, l := range f.lines {
		value, ok := strings.CutPrefix(strings.TrimSpace(l.text), "enabled=")
		if !ok {
			continue
		}
		value, _, _ = strings.Cut(value, "#")
		on, from = strings.Trim(strings.TrimSpace(value), `"'`) == "1", f.source(l)
	}
	return on, from, f.cause
}
