package host

import (
	"path"
	"strings"

	"merlon/compliance"
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
		all := parseUnits(files.text, units.text)
		wanted := r.get("cmd", "wanted")
		putWanted(all, wanted.text)
		links := r.output("links")
		open := joinAliases(all, parseLinks(links.text), links.ok())
		r.put(all, from, "units")
		for _, name := range open {
			for _, k := range []string{"active", "alias_of", "sub"} {
				r.unknown(links.or("it is not known what this name stands for"), from, "units", name, k)
			}
		}
		if r.in.cut != "" && wanted.cause != "" {
			r.unknown(wanted.cause, from, "units", compliance.Any, "wanted")
		}
	}
}

// putWanted marks the units that something links to a target of the boot, though
// systemctl does not call them enabled, and adds the instances among them. A template
// has the state of its instances: wanted or active where one of them is.
func putWanted(units map[string]any, wanted string) {
	for name := range strings.Lines(wanted) {
		name = strings.TrimSpace(name)
		unit, ok := units[name].(map[string]any)
		template, instance := templateOf(name)
		_, known := units[template]
		switch {
		case !ok && instance && known && plainName(name):
			unit = map[string]any{"active": "inactive"}
			units[name] = unit
		case !ok:
			continue
		}
		if unit["enabled"] == nil { // instances are in no list of files
			unit["enabled"] = "enabled"
		}
		if enabled, _ := unit["enabled"].(string); !strings.HasPrefix(enabled, "masked") {
			unit["wanted"] = true
		}
	}
	for _, name := range sortedKeys(units) {
		unit, _ := units[name].(map[string]any)
		template, _ := templateOf(name)
		of, ok := units[template].(map[string]any)
		if !ok {
			continue
		}
		if unit["active"] == "active" {
			of["active"] = "active"
		}
		if unit["wanted"] == true {
			of["wanted"] = true
		}
	}
}

// templateOf returns the template of an instance (systemd.unit(5)): a@.service of
// a@b.service.
func templateOf(name string) (template string, instance bool) {
	before, after, ok := strings.Cut(name, "@")
	suffix := path.Ext(name)
	if !ok || after == suffix {
		return "", false
	}
	return before + "@" + suffix, true
}

// parseLinks reads `stat -c %N`: 'LINK' -> 'TARGET', by the names of units; of one
// name the first counts.
func parseLinks(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		link, target, ok := strings.Cut(strings.TrimSpace(l), " -> ")
		name := path.Base(strings.Trim(link, "'\"`‘’"))
		target = path.Base(strings.Trim(target, "'\"`‘’"))
		if _, again := out[name]; ok && !again && plainName(target) && target != name {
			out[name] = target
		}
	}
	return out
}

// joinAliases gives a name that stands for another unit that unit's state: systemctl
// lists the state under the unit's own name only. It returns the names of which it is
// not known what they stand for; their state is taken out. All links are known where
// told is true.
func joinAliases(units map[string]any, links map[string]string, told bool) (open []string) {
	for _, name := range sortedKeys(units) {
		unit, _ := units[name].(map[string]any)
		if unit["enabled"] != "alias" {
			continue
		}
		target := name
		for range maxLevels {
			if next, ok := links[target]; ok {
				target = next
			}
		}
		own, ok := units[target].(map[string]any)
		if !ok || target == name || own["enabled"] == "alias" {
			if !told || !template(name) {
				delete(unit, "active")
				delete(unit, "sub")
				open = append(open, name)
			}
			continue
		}
		unit["alias_of"], unit["active"] = target, own["active"]
		if sub, ok := own["sub"]; ok {
			unit["sub"] = sub
		}
	}
	return open
}

// template tells whether name is a unit that only instances are made from, which itself
// never runs.
func template(name string) bool { return strings.Contains(name, "@.") }

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
