package host

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// maxLoose bounds what is kept of one kind.
const maxLoose = 200

// readTrusted reads what root runs or believes and others than root may write: below
// /etc, among the folders of programs, and of what services of systemd start as root.
// Only what is wrong is there.
func readTrusted(r *reading) {
	etc, folders := r.get("cmd", "/etc"), r.get("cmd", "folders")
	r.put(map[string]any{}, compliance.Source{File: "/etc"}, "etc")
	found := parseStat(etc.text)
	for i, file := range sortedKeys(found) {
		if i == maxLoose {
			r.unknown(fmt.Sprintf("there are more than %d", maxLoose), compliance.Source{File: "/etc"}, "etc", compliance.Any)
			break
		}
		r.put(found[file], compliance.Source{File: file}, "etc", file)
	}
	if cause := findCause(etc, r.stderr("/etc")); cause != "" {
		r.unknown(cause, compliance.Source{File: "/etc"}, "etc", compliance.Any)
	}
	loose := parseStat(folders.text)
	cause := findCause(folders, r.stderr("folders"))
	r.put(map[string]any{}, compliance.Source{File: "/"}, "folders")
	for _, folder := range programFolders {
		if fact, ok := loose[folder]; ok {
			r.put(fact, compliance.Source{File: folder}, "folders", folder)
		}
	}
	if cause != "" {
		r.unknown(cause, compliance.Source{File: "/"}, "folders", compliance.Any)
	}
	r.putUnitPrograms(loose, cause)
}

// programFolders are the folders that collect.sh asks about beside those of units.
var programFolders = []string{"/", "/bin", "/sbin", "/lib", "/etc", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/local",
	"/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/opt", "/var"}

// findCause says why what find(1) found is not all; what went away meanwhile, or never
// was there, is no reason.
func findCause(found got, stderr string) string {
	switch {
	case found.cause != "":
		return found.cause
	case found.absent:
		return "there is no find"
	case found.failed == "":
		return ""
	}
	for l := range strings.Lines(stderr) {
		if strings.HasSuffix(strings.ToLower(strings.TrimSpace(l)), "permission denied") {
			return "find: permission denied: " + needsRoot
		}
	}
	return seriousFind(stderr)
}

// unitFolders are where units lie, the first of a name winning (systemd.unit(5)).
var unitFolders = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"}

// A programLine is an assignment of a unit: its words are a user, or the programs of a
// command. The key of a command that runs with full privileges ends in +.
type programLine struct {
	key   string
	words []string
	from  compliance.Source
}

// putUnitPrograms puts the programs, and the folders above them, that services start as
// root and others may write.
func (r *reading) putUnitPrograms(loose map[string]map[string]any, cause string) {
	from := command("find")
	masked, units := r.output("masked"), r.output("units")
	r.put(map[string]any{}, from, "programs")
	for _, c := range []string{masked.cause, units.cause, cause} {
		if c != "" {
			r.unknown(c, from, "programs", compliance.Any)
			return
		}
	}
	files := parseUnitLines(units.text)
	dropIns := unitDropIns(files)
	off := map[string]bool{}
	for unit := range strings.FieldsSeq(masked.text) {
		off[unit] = true
	}
	for _, unit := range unitNames(files) {
		if off[unit] {
			continue
		}
		for _, program := range rootPrograms(unitParts(files, dropIns[unit], unit)) {
			if !plainName(program.value) {
				continue
			}
			for at := program.value; strings.HasPrefix(at, "/") && at != "/"; at = path.Dir(at) {
				if _, again := r.doc.Value(r.path("programs", at)); loose[at] != nil && !again {
					fact := loose[at]
					fact["unit"] = unit
					r.put(fact, program.from, "programs", at)
				}
			}
		}
	}
}

// parseUnitLines reads FILE:NUMBER:KEY WORDS.
func parseUnitLines(text string) map[string][]programLine {
	files := map[string][]programLine{}
	for l := range strings.Lines(text) {
		file, rest, _ := strings.Cut(strings.TrimSpace(l), ":")
		number, body, _ := strings.Cut(rest, ":")
		words := strings.Fields(body)
		n, err := strconv.Atoi(number)
		if err != nil || !plainName(file) || len(words) == 0 {
			continue
		}
		files[file] = append(files[file], programLine{words[0], words[1:], compliance.Source{File: file, Line: n, EndLine: n}})
	}
	return files
}

// unitNames returns the units that some files speak of, drop-ins included.
func unitNames(files map[string][]programLine) []string {
	names := map[string]bool{}
	for file := range files {
		if folder, ok := strings.CutSuffix(path.Dir(file), ".d"); ok {
			file = folder
		}
		names[path.Base(file)] = true
	}
	return sortedKeys(names)
}

// unitDropIns returns the lines of units' drop-ins, by unit and by name; of a name the
// first folder's count.
func unitDropIns(files map[string][]programLine) map[string]map[string][]programLine {
	found := map[string]map[string][]programLine{}
	from := map[string]int{}
	for file, lines := range files {
		folder, ok := strings.CutSuffix(path.Dir(file), ".d")
		rank := slices.Index(unitFolders, path.Dir(folder))
		unit, name := path.Base(folder), path.Base(file)
		key := unit + "/" + name
		if before, again := from[key]; !ok || rank < 0 || again && before < rank {
			continue
		}
		if found[unit] == nil {
			found[unit] = map[string][]programLine{}
		}
		found[unit][name], from[key] = lines, rank
	}
	return found
}

// unitParts returns the lines of a unit in the order in which they count: its file's,
// then those of its drop-ins by name.
func unitParts(files, dropIns map[string][]programLine, unit string) []programLine {
	var lines []programLine
	for _, folder := range unitFolders {
		if own, ok := files[folder+"/"+unit]; ok {
			lines = append(lines, own...)
			break
		}
	}
	for _, name := range sortedKeys(dropIns) {
		lines = append(lines, dropIns[name]...)
	}
	return lines
}

// rootPrograms returns the programs that a service starts as root (systemd.exec(5)): a
// command without words takes those before it back.
func rootPrograms(lines []programLine) []confValue {
	user, dynamic := "", false
	commands := map[string][]programLine{}
	for _, l := range lines {
		word := strings.Join(l.words, " ")
		key, _ := strings.CutSuffix(l.key, "+")
		on, _ := systemdBool(word)
		switch {
		case l.key == "User":
			user = word
		case l.key == "DynamicUser":
			dynamic = on
		case strings.HasPrefix(l.key, "Exec") && word == "":
			delete(commands, key)
		case strings.HasPrefix(l.key, "Exec"):
			commands[key] = append(commands[key], l)
		}
	}
	// A dynamic user of that name is made up only where there is none.
	root := user == "root" || user == "0" || user == "" && !dynamic
	var out []confValue
	for _, key := range sortedKeys(commands) {
		for _, l := range commands[key] {
			if !root && !strings.HasSuffix(l.key, "+") {
				continue
			}
			for _, program := range l.words {
				out = append(out, confValue{strings.TrimSuffix(program, "/"), l.from})
			}
		}
	}
	return out
}
