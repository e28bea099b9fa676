package host

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// A walked is a mount of a file system that was walked, or that is mounted again.
type walked struct {
	at, device string
	again      bool
	options    []string
}

// walkSource is where what the walk found comes from.
var walkSource = command("find")

// maxWalked bounds what is kept of one kind.
const maxWalked = 1000

// readWalk reads one pass over the file systems of this machine. What a walk that was
// cut short had found is put, and that there may be more is unknown.
func readWalk(r *reading) {
	mounts := r.output("mounts")
	found := r.get("cmd", "find")
	kinds := []string{"suid", "writable_files", "writable_folders", "unowned"}
	if !mounts.ok() || found.absent {
		for _, k := range kinds {
			r.unknown(mounts.or("there is no find"), walkSource, k)
		}
		r.unknown(mounts.or("there is no find"), walkSource, "capabilities")
		return
	}
	uid, list := parseWalked(mounts.text)
	cause := found.cause
	switch {
	case len(list) == 0:
		cause = "no file system of this machine is known in /proc/self/mountinfo"
	case cause != "":
	case r.image():
		cause = findCause(found, r.stderr("find"))
	case uid != "0":
		cause = "find: permission denied: " + needsRoot
	case found.failed != "":
		cause = seriousFind(r.stderr("find"))
	}
	text := found.text
	if it := r.in.items[itemKey(r.section, "cmd", "find")]; text == "" && it != nil { // cut short
		text = string(it.data[:min(len(it.data), maxItem)])
	}
	facts, more := parseFound(text, list)
	var points []string
	for _, m := range list {
		if !m.again {
			points = append(points, m.at)
		}
	}
	r.put(anyList(points), command("/proc/self/mountinfo"), "walked")
	owned, unasked := r.owned()
	for file, fact := range facts["suid"] {
		if yes, ok := owned[usrPath(path.Clean(file))]; ok {
			fact["packaged"] = yes
		}
	}
	r.putCapabilities(list, uid)
	for _, k := range kinds {
		r.put(map[string]any{}, walkSource, k)
		for file, f := range facts[k] {
			r.put(f, compliance.Source{File: file}, k, file)
			if _, ok := f["packaged"]; k == "suid" && !ok {
				r.unknown(unasked, compliance.Source{File: file}, k, file, "packaged")
			}
		}
		switch {
		case cause != "":
			r.unknown(cause, walkSource, k, compliance.Any)
		case more[k]:
			r.unknown(fmt.Sprintf("there are more than %d", maxWalked), walkSource, k, compliance.Any)
		}
	}
}

// owned tells of set-uid programs, by their paths below /usr, whether a package brought
// them, and why this is not known of others.
func (r *reading) owned() (owned map[string]bool, cause string) {
	got := r.get("cmd", "owned")
	manager, rest, _ := strings.Cut(got.text, "\n")
	status := strings.TrimPrefix(got.failed, "owned ended with status ")
	switch {
	case got.cause != "":
		return nil, got.cause
	case got.absent:
		return nil, "no package database that is known here (dpkg, rpm)"
	case manager == "dpkg" && got.failed != "" && status != "1": // 1: it holds none of them
		return nil, "the lists of packages could not be read"
	}
	owned = map[string]bool{}
	for l := range strings.Lines(rest) {
		l = strings.TrimSuffix(l, "\n")
		file, asked := strings.CutPrefix(l, "asked ")
		none, _ := strings.CutSuffix(strings.TrimPrefix(l, "file "), " is not owned by any package")
		switch {
		case asked:
			owned[usrPath(path.Clean(file))] = manager == "rpm"
		case manager == "rpm":
			delete(owned, none)
			owned[usrPath(path.Clean(none))] = false
		default:
			owned[usrPath(path.Clean(l))] = true
		}
	}
	return owned, "its package was not asked for"
}

// capability is a line of getcap(8), that of before libcap 2.41 too: PATH = cap_x+ep,
// PATH cap_x,cap_y=ep. Those of a user namespace have its root behind.
var capability = regexp.MustCompile(`^(/.*?)(?: =)? ((?:[a-z_,0-9]*[=+-][eip]*[ ]?)+)( \[rootid=[0-9]+\])?$`)

// putCapabilities puts the programs that hold capabilities.
func (r *reading) putCapabilities(list []walked, uid string) {
	from := command("getcap")
	told := r.get("cmd", "getcap")
	cause := told.cause
	switch {
	case told.absent:
		cause = "there is no getcap"
	case cause != "":
	case uid != "0":
		cause = "find: permission denied: " + needsRoot
	case told.failed != "" && r.stderr("getcap") != "":
		cause = seriousFind(r.stderr("getcap"))
	}
	if told.absent {
		r.unknown(cause, from, "capabilities")
		return
	}
	text := told.text
	if it := r.in.items[itemKey(r.section, "cmd", "getcap")]; text == "" && it != nil { // cut short
		text = string(it.data[:min(len(it.data), maxItem)])
	}
	r.put(map[string]any{}, from, "capabilities")
	count := 0
	for l := range strings.Lines(text) {
		m := capability.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil || m[3] != "" {
			continue
		}
		if count++; count > maxWalked {
			cause = fmt.Sprintf("there are more than %d", maxWalked)
			break
		}
		file := clean(m[1])
		r.put(map[string]any{"program": usrPath(path.Clean(file)), "holds": anyList(held(m[2])), "nosuid": nosuid(file, list)}, compliance.Source{File: file}, "capabilities", file)
	}
	if cause != "" {
		r.unknown(cause, from, "capabilities", compliance.Any)
	}
}

// held returns the capabilities of a text of cap_from_text(3) that a program gets by
// itself, "all" where it names none.
func held(text string) []string {
	found := map[string]bool{}
	for _, clause := range strings.Fields(text) {
		at := strings.IndexAny(clause, "=+-")
		if at < 0 || clause[at] == '-' || !strings.Contains(clause[at:], "p") {
			continue
		}
		for _, name := range strings.Split(clause[:at], ",") {
			if name == "" {
				name = "all"
			}
			found[name] = true
		}
	}
	return sortedKeys(found)
}

// seriousFind returns what find could not do, "" where files only went away meanwhile
// or another file system that root may not see (FUSE) is mounted somewhere.
func seriousFind(stderr string) string {
	for l := range strings.Lines(stderr) {
		l = strings.TrimSpace(l)
		if l != "" && !strings.HasSuffix(strings.ToLower(l), "no such file or directory") && !strings.HasSuffix(l, "Permission denied") {
			return firstLine(l)
		}
	}
	if strings.TrimSpace(stderr) == "" {
		return "find failed and did not say why"
	}
	return ""
}

// parseWalked reads WORD POINT DEVICE ROOT OPTIONS SUPER lines.
func parseWalked(text string) (uid string, list []walked) {
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		switch {
		case len(f) == 2 && f[0] == "uid":
			uid = f[1]
		case len(f) >= 5 && plainName(f[1]) && (f[0] == "walked" || f[0] == "again"):
			list = append(list, walked{at: f[1], device: f[2], again: f[0] == "again", options: strings.Split(f[4], ",")})
		}
	}
	return uid, list
}

// nosuid tells whether set-uid has no effect on file: on none of the mounts of its
// file system.
func nosuid(file string, list []walked) bool {
	best := walked{}
	for _, m := range list {
		under := m.at == "/" || file == m.at || strings.HasPrefix(file, m.at+"/")
		if under && !m.again && len(m.at) > len(best.at) {
			best = m
		}
	}
	for _, m := range list {
		if m.device == best.device && !slices.Contains(m.options, "nosuid") {
			return false
		}
	}
	return best.at != ""
}

// parseFound reads "[nouser|-] [nogroup|-] TYPE MODE UID GID PATH", each ended by NUL.
func parseFound(text string, list []walked) (facts map[string]map[string]map[string]any, more map[string]bool) {
	facts, more = map[string]map[string]map[string]any{}, map[string]bool{}
	keep := func(kind, file string, fact map[string]any) {
		if facts[kind] == nil {
			facts[kind] = map[string]map[string]any{}
		}
		if len(facts[kind]) >= maxWalked {
			more[kind] = true
			return
		}
		facts[kind][file] = fact
	}
	records := strings.Split(text, "\x00")
	for _, record := range records[:len(records)-1] { // the last one has no end
		f := strings.SplitN(record, " ", 7)
		if len(f) != 7 || !strings.HasPrefix(f[6], "/") {
			continue
		}
		perm, err := strconv.ParseUint(f[3], 8, 12)
		uid, err1 := strconv.ParseUint(f[4], 10, 32)
		gid, err2 := strconv.ParseUint(f[5], 10, 32)
		if err != nil || err1 != nil || err2 != nil {
			continue
		}
		file := clean(f[6])
		fact := map[string]any{"mode": octal(perm), "uid": int(uid), "gid": int(gid)}
		if f[2] == "f" && perm&0o6000 != 0 {
			keep("suid", file, map[string]any{"mode": octal(perm), "uid": int(uid), "gid": int(gid), "program": usrPath(path.Clean(file)),
				"setuid": perm&0o4000 != 0, "setgid": perm&0o2000 != 0, "nosuid": nosuid(file, list)})
		}
		if f[2] == "f" && perm&0o002 != 0 {
			keep("writable_files", file, fact)
		}
		if f[2] == "d" && perm&0o002 != 0 && perm&0o1000 == 0 {
			keep("writable_folders", file, fact)
		}
		if f[0] == "nouser" || f[1] == "nogroup" {
			keep("unowned", file, map[string]any{"uid": int(uid), "gid": int(gid), "user": f[0] != "nouser", "group": f[1] != "nogroup"})
		}
	}
	return facts, more
}
