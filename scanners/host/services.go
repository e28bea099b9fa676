package host

import (
	"strings"
)

// readServices reads systemd's units: their files and their state.
func readServices(r *reading) {
	running := r.output("running")
	files, units := r.output("list-unit-files"), r.output("list-units")
	from := command("systemctl list-unit-files; systemctl list-units --all")
	switch {
	case running.cause != "":
		r.unknown(running.cause, from, "units")
	case running.text == "":
		r.unknown("systemd is not running", from, "units")
	case !files.ok():
		r.unknown("systemctl "+files.reason(), from, "units")
	case !units.ok():
		r.unknown("systemctl "+units.reason(), from, "units")
	default:
		r.put(parseUnits(files.text, units.text), from, "units")
	}
}

// parseUnits joins what `systemctl list-unit-files` (UNIT STATE [PRESET]) and
// `list-units --all` (UNIT LOAD ACTIVE SUB DESCRIPTION) print. Units that are
// only mentioned by others (not-found) do not exist.
func parseUnits(files, units string) map[string]any {
	out := map[string]any{}
	for l := range strings.Lines(files) {
		f := strings.Fields(l)
		if len(f) < 2 || !plainName(f[0]) {
			continue
		}
		unit := map[string]any{"enabled": f[1], "active": "inactive"}
		if len(f) > 2 && f[2] != "-" {
			unit["preset"] = f[2]
		}
		out[f[0]] = unit
	}
	for l := range strings.Lines(units) {
		f := strings.Fields(strings.TrimLeft(l, "*●○×↻ "))
		if len(f) < 4 || f[1] == "not-found" || !plainName(f[0]) {
			continue
		}
		unit, ok := out[f[0]].(map[string]any)
		if !ok {
			unit = map[string]any{}
			out[f[0]] = unit
		}
		unit["active"], unit["sub"] = f[2], f[3]
	}
	return out
}
