package host

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const limitsConf = "/etc/security/limits.conf"

// readLimits reads limits.conf(5) with its drop-ins, coredump.conf(5), and whether
// apport takes the dumps.
func readLimits(r *reading) {
	files := r.textFiles()
	putLimits(r, files)
	putCoredump(r)
	putApport(r, files)
}

// unlimited stands for a limit that is none.
const unlimited = -1

// A limit is one item of one domain.
type limit struct {
	domain, item string
	hard         bool
	value        int
	from         compliance.Source
}

// putLimits puts, for each domain, the hard and soft limits that its lines set:
// limits.conf first, then the drop-ins by name; the last line of a domain counts.
func putLimits(r *reading, files textFiles) {
	main := compliance.Source{File: limitsConf}
	var limits []limit
	cause := ""
	for _, name := range append([]string{limitsConf}, files.in("/etc/security/limits.d", ".conf")...) {
		f := files.get(name)
		if f.cause != "" {
			cause = f.cause
		}
		limits = append(limits, parseLimits(f)...)
	}
	if why := files.get("/etc/security/limits.d/x.conf").cause; why != "" {
		cause = why
	}
	if cause != "" {
		r.unknown(cause, main, "domains")
		return
	}
	r.put(map[string]any{}, main, "domains")
	limits = append(limits, freed(limits)...)
	for _, l := range limits {
		if l.item == everyItem {
			continue
		}
		kind := "soft"
		if l.hard {
			kind = "hard"
		}
		at := []string{"domains", l.domain, l.item, kind}
		if before, n := r.doc.Source(r.path(at...)); n == len(at)+1 {
			l.from = withShadowed(l.from, before)
		}
		r.put(l.value, l.from, at...)
	}
}

// limitItems are the items whose values are judged or shown.
var limitItems = []string{"core", "nproc", "nofile", "maxlogins", "maxsyslogins", "memlock", "as", "fsize", "data", "stack", "rss", "cpu"}

// freed gives the domains of "DOMAIN -" lines all items without a hard limit:
// pam_limits sets none for them, whatever the lines before and behind say.
func freed(limits []limit) []limit {
	var out []limit
	for _, l := range limits {
		if l.item != everyItem {
			continue
		}
		for _, item := range limitItems {
			out = append(out, limit{l.domain, item, true, unlimited, l.from})
		}
	}
	return out
}

// everyItem is the item of a "DOMAIN -" line.
const everyItem = "all"

// parseLimits reads DOMAIN TYPE ITEM VALUE lines as pam_limits does: all but the
// domain in either case, "-" being both types; and "DOMAIN -" lines of a user or a
// group. Other lines are left out.
func parseLimits(f textFile) []limit {
	var out []limit
	for _, l := range f.lines {
		text, _, _ := strings.Cut(l.text, "#")
		w := strings.Fields(text)
		if len(w) == 2 && w[0] != "*" && w[1][0] == '-' && plainName(w[0]) {
			out = append(out, limit{domain: w[0], item: everyItem, value: unlimited, from: f.source(l)})
		}
		if len(w) < 4 || !plainName(w[0]) {
			continue
		}
		kind, item := strings.ToLower(w[1]), strings.ToLower(w[2])
		value, ok := limitValue(strings.ToLower(w[3]))
		if !ok || !slices.Contains(limitItems, item) {
			continue
		}
		for _, k := range []string{"hard", "soft"} {
			if kind == k || kind == "-" {
				out = append(out, limit{w[0], item, k == "hard", value, f.source(l)})
			}
		}
	}
	return out
}

func limitValue(s string) (int, bool) {
	switch s {
	case "-1", "unlimited", "infinity":
		return unlimited, true
	}
	return leadingNumber(s)
}

// putCoredump puts what systemd-coredump does with a dump.
func putCoredump(r *reading) {
	program := r.output("systemd-coredump")
	from := compliance.Source{File: "/etc/systemd/coredump.conf"}
	at := "coredump"
	if program.cause != "" {
		r.unknown(program.cause, from, at)
		return
	}
	r.put(map[string]any{"installed": program.text != ""}, from, at)
	if program.text == "" {
		return
	}
	lines, cause := r.systemdSettings("coredump.conf", "Coredump")
	for key, c := range map[string]struct {
		setting, standard string
		valid             func(string) bool
	}{
		"storage":          {"Storage", "external", isCoredumpStorage},
		"process_size_max": {"ProcessSizeMax", "default", isSystemdSize},
	} {
		if cause != "" {
			r.unknown(cause, from, at, key)
			continue
		}
		standard := from
		standard.Default = true
		r.put(c.standard, standard, at, key)
		if s, ok := lastOf(lines, c.setting, c.valid); ok {
			value := any(s.value)
			if bytes, ok := systemdSize(s.value); ok {
				value = bytes
			}
			r.put(value, s.from, at, key)
		}
	}
}

func isCoredumpStorage(s string) bool {
	return slices.Contains([]string{"none", "external", "journal"}, s)
}

// isSystemdSize tells whether systemd takes s for a number of bytes, or for no bound.
func isSystemdSize(s string) bool {
	_, ok := systemdSize(s)
	return ok || s == "infinity"
}

var sizeParts = regexp.MustCompile(`^\s*\+?([0-9]+)(?:\.([0-9]*))?\s*([EPTGMKB]?)`)

// systemdSize reads a number of bytes as systemd does: 2G, 1.5M, 1G 500M, each unit
// smaller than the one before it (systemd.syntax(7); parse_size of its sources).
func systemdSize(s string) (bytes int64, ok bool) {
	const units = "BKMGTPE"
	least, total := len(units), 0.0
	for ok = false; strings.TrimSpace(s) != ""; ok = true {
		m := sizeParts.FindStringSubmatch(s)
		if m == nil {
			return 0, false
		}
		unit := strings.Index(units, m[3])
		if m[3] == "" {
			unit = -1 // bytes too, and yet it may follow them
		}
		n, err := strconv.ParseFloat(m[1]+"."+m[2]+"0", 64)
		if err != nil || unit >= least {
			return 0, false
		}
		least = unit
		total += n * math.Pow(1024, float64(max(0, unit)))
		s = s[len(m[0]):]
	}
	if total > math.MaxInt64 {
		return math.MaxInt64, ok && total < math.MaxUint64
	}
	return int64(total), ok
}
