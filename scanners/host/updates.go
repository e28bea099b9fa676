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

// readUpdates reads where packages come from, what proves them, and whether updates
// are installed and in use.
func readUpdates(r *reading) {
	putApt(r)
	putDnf(r)
	putTimes(r)
	putKernels(r)
}

// An aptSource is one place of packages (sources.list(5)).
type aptSource struct {
	types, uri, suites string
	options            map[string]string // of either form, in lower case, "-" between words
	from               compliance.Source
}

const sourcesList = "/etc/apt/sources.list"

// putApt puts apt's sources and those of its settings that decide on trust.
func putApt(r *reading) {
	_, listed := r.dir(sourcesList + ".d")
	tree, cause := r.tree("apt")
	from := compliance.Source{File: sourcesList}
	if !r.hasManager("apt", "/etc/apt") {
		return
	}
	r.put(map[string]any{"installed": true}, from, "apt")
	if cause == "" {
		cause = listed.cause
	}
	if cause != "" {
		r.unknown(cause, from, "apt", "sources")
	} else {
		putAptSources(r, tree)
	}
	putAptSettings(r)
	keys, trusted := r.dir("/etc/apt/trusted.gpg.d")
	if trusted.cause != "" {
		r.unknown(trusted.cause, compliance.Source{File: "/etc/apt/trusted.gpg.d"}, "apt", "keys")
		return
	}
	r.put(map[string]any{}, compliance.Source{File: "/etc/apt/trusted.gpg.d"}, "apt", "keys")
	for _, k := range keys {
		if base := path.Base(k); strings.HasSuffix(base, ".gpg") || strings.HasSuffix(base, ".asc") {
			r.put(map[string]any{"of_distribution": strings.HasPrefix(base, "debian-archive-") || strings.HasPrefix(base, "ubuntu-")}, compliance.Source{File: k}, "apt", "keys", k)
		}
	}
}

var aptName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// putAptSources puts the places that are written; one for each address.
func putAptSources(r *reading, t *tree) {
	r.put([]any{}, compliance.Source{File: sourcesList}, "apt", "sources")
	var sources []aptSource
	var open []string
	for _, name := range t.order {
		lines, cause := t.lines(name)
		if cause != "" {
			open = append(open, cause)
			continue
		}
		switch {
		case !aptName.MatchString(path.Base(name)): // apt leaves them out
		case strings.HasSuffix(name, ".sources"):
			sources = append(sources, parseDeb822(name, lines)...)
		default:
			sources = append(sources, parseSourcesList(name, lines)...)
		}
	}
	list := []any{}
	for _, s := range sources {
		list = append(list, s.fact())
	}
	r.put(list, compliance.Source{File: sourcesList}, "apt", "sources")
	for i, s := range sources {
		r.doc.PutSource(r.path("apt", "sources", strconv.Itoa(i)), s.from)
	}
	for _, cause := range open {
		r.unknown(cause, compliance.Source{File: sourcesList}, "apt", "sources", compliance.Any)
	}
}

func (s aptSource) fact() map[string]any {
	scheme, _, _ := strings.Cut(s.uri, ":")
	fact := map[string]any{
		"types": anyList(strings.Fields(s.types)), "uri": s.uri, "suites": anyList(strings.Fields(s.suites)), "scheme": scheme,
		"enabled": s.options["enabled"] == "" || aptYes(s.options["enabled"]), "trusted": aptYes(s.options["trusted"]),
		"allow_insecure": aptYes(s.options["allow-insecure"]), "allow_weak": aptYes(s.options["allow-weak"]),
		"allow_downgrade": aptYes(s.options["allow-downgrade-to-insecure"]),
	}
	if by := s.options["signed-by"]; by != "" {
		fact["signed_by"] = by
	}
	return fact
}

// aptYes reads a boolean as apt's StringToBool does.
func aptYes(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "true", "with", "on", "enable":
		return true
	}
	n, err := strconv.Atoi(s)
	return err == nil && n == 1 // any other number is none of both
}

// parseSourcesList reads the one-line form: deb [option=value ...] uri suite component...
func parseSourcesList(file string, lines []numberedLine) []aptSource {
	var out []aptSource
	for _, l := range lines {
		text, _, _ := strings.Cut(l.text, "#")
		word, rest, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(text, "\t", " ")), " ")
		rest = strings.TrimSpace(rest)
		if word != "deb" && word != "deb-src" {
			continue
		}
		s := aptSource{types: word, options: map[string]string{}, from: line(file, l.n, l.text)}
		if inner, ok := strings.CutPrefix(rest, "["); ok {
			inside, after, closed := strings.Cut(inner, "]")
			if !closed {
				continue
			}
			for _, o := range strings.Fields(inside) {
				key, value, _ := strings.Cut(o, "=")
				s.options[strings.ToLower(strings.TrimRight(key, "+-"))] = value
			}
			rest = after
		}
		f := strings.Fields(rest)
		if len(f) < 2 {
			continue
		}
		s.uri, s.suites = f[0], f[1]
		if strings.HasPrefix(s.uri, "cdrom:") {
			s.suites = f[len(f)-1]
		}
		out = append(out, s)
	}
	return out
}

// parseDeb822 reads stanzas of fields (deb822(5)); a line that starts with a blank goes on.
func parseDeb822(file string, lines []numberedLine) []aptSource {
	var out []aptSource
	fields := map[string]string{}
	from := compliance.Source{}
	last := ""
	flush := func() {
		for _, uri := range strings.Fields(fields["uris"]) {
			out = append(out, aptSource{types: fields["types"], uri: uri, suites: fields["suites"], options: fields, from: from})
		}
		fields, from, last = map[string]string{}, compliance.Source{}, ""
	}
	for _, l := range lines {
		switch {
		case strings.TrimSpace(l.text) == "":
			flush()
		case strings.HasPrefix(l.text, "#"):
		case l.text[0] == ' ' || l.text[0] == '\t':
			if last != "" && len(fields[last]) < maxJoined {
				fields[last] += " " + strings.TrimSpace(l.text)
			}
		default:
			key, value, ok := strings.Cut(l.text, ":")
			if !ok {
				continue
			}
			last = strings.ToLower(strings.TrimSpace(key))
			fields[last] = strings.TrimSpace(value)
			if from.IsZero() {
				from = line(file, l.n, l.text)
			}
			from.EndLine = l.n
		}
	}
	flush()
	return out
}

var aptDump = regexp.MustCompile(`^([A-Za-z][^\s"]*) "((?:[^"\\]|\\.)*)";$`)

// putAptSettings puts what `apt-config dump` tells, by name in lower case; the lines
// of apt.conf(5) that name the last word of it are the source.
func putAptSettings(r *reading) {
	dump := r.output("apt-config")
	from := command("apt-config dump")
	written := r.get("cmd", "apt.conf").text
	if dump.cause == "" && strings.Count(dump.text, "\n")+strings.Count(written, "\n") > maxActions {
		dump.cause = "apt has too many settings"
	}
	if !dump.ok() {
		r.unknown(dump.or("there is no apt-config"), from, "apt", "settings")
		r.unknown(dump.or("there is no apt-config"), from, "apt", "unattended_security")
		return
	}
	r.put(map[string]any{}, from, "apt", "settings")
	security := false
	for l := range strings.Lines(dump.text) {
		m := aptDump.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			continue
		}
		name := strings.ToLower(m[1])
		switch {
		case name == "dir::etc::sourcelist" && strings.TrimPrefix(m[2], "/etc/apt/") != "sources.list",
			name == "dir::etc::sourceparts" && strings.Trim(strings.TrimPrefix(m[2], "/etc/apt/"), "/") != "sources.list.d":
			r.unknown("apt reads its sources from elsewhere: "+m[2], from, "apt", "sources", compliance.Any)
			continue
		case strings.HasPrefix(name, "dir::"):
			continue
		case strings.HasPrefix(name, "unattended-upgrade::") && strings.HasSuffix(name, "::"):
			security = security || takesSecurity(name, m[2])
			continue
		case strings.HasSuffix(name, "::"):
			continue
		}
		r.put(aptValue(m[2]), aptLine(written, m[1], m[2], from), "apt", "settings", name)
	}
	r.put(security, from, "apt", "unattended_security")
}

// takesSecurity tells whether an entry of Unattended-Upgrade::Origins-Pattern
// (KEY=VALUE,...) or Allowed-Origins (ORIGIN:SUITE) lets the distribution's security
// updates in: it names them, or nothing but who made them.
func takesSecurity(name, entry string) bool {
	entry = strings.ToLower(entry)
	if strings.Contains(entry, "security") || !strings.Contains(name, "origins-pattern") && strings.HasSuffix(entry, ":*") {
		return true
	}
	if !strings.Contains(name, "origins-pattern") {
		return false
	}
	for _, part := range strings.Split(entry, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if key != "o" && key != "origin" && value != "*" {
			return false
		}
	}
	return true
}

// aptValue makes true of yes, and numbers of numbers.
func aptValue(s string) any {
	switch strings.ToLower(s) {
	case "yes", "true", "with", "on", "enable":
		return true
	case "no", "false", "without", "off", "disable":
		return false
	}
	return scalar(s)
}

// aptLine finds the last line that sets a name to a value.
func aptLine(text, name, value string, otherwise compliance.Source) compliance.Source {
	word := name[strings.LastIndex(name, ":")+1:]
	for l := range strings.Lines(text) {
		file, rest, _ := strings.Cut(strings.TrimSpace(l), ":")
		number, body, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(number)
		code, _, _ := strings.Cut(body, "//")
		if err == nil && strings.Contains(strings.ToLower(code), strings.ToLower(word)) && strings.Contains(code, `"`+value+`"`) {
			otherwise = line(file, n, body)
		}
	}
	return otherwise
}

// hasManager tells whether the target has the package manager, and puts that it
// has not, or that this is not known.
func (r *reading) hasManager(name, file string) bool {
	here, from := r.output("here"), compliance.Source{File: file}
	if slices.Contains(strings.Fields(here.text), name) {
		return true
	}
	if here.ok() {
		r.put(map[string]any{"installed": false}, from, name)
	} else {
		r.unknown(here.or("what the target has is not known"), from, name)
	}
	return false
}

// dnfOverrides are where dnf5 keeps what counts before the repositories' own files,
// and dnfDropIns what counts before dnf.conf; of one name the first folder counts
// (dnf5.conf(5), "FILES").
var (
	dnfOverrides = []string{"/etc/dnf/repos.override.d", "/usr/share/dnf5/repos.override.d"}
	dnfDropIns   = []string{"/etc/dnf/libdnf5.conf.d", "/usr/share/dnf5/libdnf.conf.d"}
)

// dnfConfig is dnf's configuration as it is read.
type dnfConfig struct {
	r            *reading
	tree         *tree
	main         map[string]confValue
	repositories map[string]map[string]confValue
	at           map[string]compliance.Source
}

// putDnf puts dnf's trust in packages, for all and for each repository (dnf.conf(5)).
func putDnf(r *reading) {
	if !r.hasManager("dnf", "/etc/dnf/dnf.conf") {
		return
	}
	t, cause := r.tree("dnf")
	if cause != "" {
		r.unknown(cause, compliance.Source{File: "/etc/dnf/dnf.conf"}, "dnf")
		return
	}
	from := compliance.Source{File: t.order[0]}
	r.put(map[string]any{"installed": true}, from, "dnf")
	r.put(map[string]any{}, from, "dnf", "repositories")
	if _, listed := r.dir("/etc/yum.repos.d"); listed.cause != "" {
		r.unknown(listed.cause, compliance.Source{File: "/etc/yum.repos.d"}, "dnf", "repositories", compliance.Any)
	}
	c := &dnfConfig{r: r, tree: t, main: map[string]confValue{}, repositories: map[string]map[string]confValue{}, at: map[string]compliance.Source{}}
	for _, name := range append(c.byName(dnfDropIns), t.order[0]) {
		for _, l := range c.lines(name) {
			if l.section == "main" {
				c.main[l.key] = l.value
			}
		}
	}
	for _, name := range t.order {
		switch {
		case name == t.order[0], strings.HasSuffix(name, ".repo") && !slices.Contains(dnfOverrides, path.Dir(name)):
			c.define(name)
		case path.Base(name) == "automatic.conf":
			c.automatic(name)
		}
	}
	for _, name := range c.byName(dnfOverrides) {
		c.override(name)
	}
	if s, ok := c.main["reposdir"]; ok {
		r.unknown("dnf reads its repositories from elsewhere", s.from, "dnf", "repositories", compliance.Any)
	}
	for key, byDefault := range map[string]bool{"gpgcheck": false, "localpkg_gpgcheck": false, "sslverify": true} {
		c.put(c.main[key], byDefault, key)
	}
	for id, repository := range c.repositories {
		r.put(map[string]any{}, c.at[id], "dnf", "repositories", id)
		for key, byDefault := range map[string]bool{"enabled": true, "gpgcheck": false, "sslverify": true} {
			s, ok := repository[key]
			if !ok && key != "enabled" {
				s = c.main[key]
			}
			c.put(s, byDefault, "repositories", id, key)
		}
	}
}

// byName returns the files of some folders in the order of names, of one name the
// first folder's.
func (c *dnfConfig) byName(folders []string) []string {
	found := map[string]string{}
	for _, folder := range folders {
		for _, name := range c.tree.order {
			if _, again := found[path.Base(name)]; path.Dir(name) == folder && !again {
				found[path.Base(name)] = name
			}
		}
	}
	var out []string
	for _, base := range sortedKeys(found) {
		out = append(out, found[base])
	}
	return out
}

// maxRepositories bounds the repositories that are kept: overrides go over all of them.
const maxRepositories = 1000

// define reads the repositories of a file; of one name the first counts.
func (c *dnfConfig) define(name string) {
	here := map[string]bool{}
	for _, l := range c.lines(name) {
		if l.section == "main" || !plainName(l.section) {
			continue
		}
		_, again := c.repositories[l.section]
		if !again && len(c.repositories) == maxRepositories {
			c.r.unknown(fmt.Sprintf("there are more than %d", maxRepositories), l.value.from, "dnf", "repositories", compliance.Any)
			return
		}
		if !again {
			c.repositories[l.section], c.at[l.section], here[l.section] = map[string]confValue{}, l.value.from, true
		}
		if here[l.section] && l.key != "" {
			c.repositories[l.section][l.key] = l.value
		}
	}
}

// override reads what counts before the repositories' own files; its sections may be
// patterns.
func (c *dnfConfig) override(name string) {
	for _, l := range c.lines(name) {
		for id, repository := range c.repositories {
			if ok, err := path.Match(l.section, id); ok && err == nil && l.key != "" {
				value := l.value
				if before, again := repository[l.key]; again {
					value.from = withShadowed(value.from, before.from)
				}
				repository[l.key] = value
			}
		}
	}
}

// automatic reads whether dnf-automatic installs what it fetches.
func (c *dnfConfig) automatic(name string) {
	for _, l := range c.lines(name) {
		if value, ok := dnfBool(l.value.value); ok && l.section == "commands" && l.key == "apply_updates" {
			c.r.put(value, l.value.from, "dnf", "apply_updates")
		}
	}
}

// put puts a boolean; what is none leaves the default in force.
func (c *dnfConfig) put(s confValue, byDefault bool, at ...string) {
	value, ok := dnfBool(s.value)
	if !ok {
		value, s.from = byDefault, compliance.Source{File: c.tree.order[0], Default: true}
	}
	c.r.put(value, s.from, append([]string{"dnf"}, at...)...)
}

// An iniLine is one assignment, or with an empty key the beginning of a section.
type iniLine struct {
	section, key string
	value        confValue
}

// lines reads a file as libdnf does: names are case-sensitive, and a line that begins
// with a blank goes on with the value before it.
func (c *dnfConfig) lines(name string) []iniLine {
	lines, cause := c.tree.lines(name)
	if cause != "" {
		c.r.unknown(cause, compliance.Source{File: name}, "dnf", "repositories", compliance.Any)
	}
	var out []iniLine
	section := ""
	for _, l := range lines {
		from := line(name, l.n, l.text)
		text := strings.TrimSpace(l.text)
		if inner, ok := strings.CutPrefix(text, "["); ok {
			section, _, _ = strings.Cut(inner, "]")
			out = append(out, iniLine{section: section, value: confValue{from: from}})
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if !ok || strings.TrimLeft(l.text, " \t") != l.text {
			continue
		}
		key = strings.TrimSpace(key)
		if key == "pkg_gpgcheck" { // dnf5's name
			key = "gpgcheck"
		}
		out = append(out, iniLine{section, key, confValue{strings.TrimSpace(value), from}})
	}
	return out
}

// dnfBool reads a boolean as libdnf does; false, false where it is none.
func dnfBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "yes", "true", "on":
		return true, true
	case "0", "no", "false", "off":
		return false, true
	}
	return false, false
}

// legacyKeys is where apt-key put keys; without any it has at most emptyKeybox bytes.
const (
	legacyKeys  = "/etc/apt/trusted.gpg"
	emptyKeybox = 32
)

// dnfCache and dnf5Cache have a folder for each repository.
const (
	dnfCache  = "/var/cache/dnf/"
	dnf5Cache = "/var/cache/libdnf5/"
)

// Files whose times tell when something was done last. Those of lists/partial and of
// update-stamp change without a single list being fetched, and that of dnf's cache
// with each lock.
var (
	listTimes    = []string{"/var/lib/apt/lists", "/var/lib/apt/periodic/update-success-stamp", dnfCache + "last_makecache"}
	upgradeTimes = []string{"/var/lib/apt/periodic/unattended-upgrades-stamp", "/var/log/unattended-upgrades/unattended-upgrades.log"}
)

// putTimes puts how many days ago package lists were fetched and updates installed by
// themselves, and whether something waits for a restart.
func putTimes(r *reading) {
	here, stat := r.output("here"), r.output("stat")
	cause := here.cause
	if cause == "" && stat.cause != "" {
		cause = stat.cause
	}
	if cause != "" {
		for _, k := range []string{"lists_age", "unattended_age", "reboot_required"} {
			r.unknown(cause, compliance.Source{}, k)
		}
		return
	}
	now := int64(0)
	for l := range strings.Lines(here.text) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(l), "time "); ok {
			now, _ = strconv.ParseInt(v, 10, 64)
		}
	}
	times := map[string]int64{}
	for l := range strings.Lines(stat.text) {
		f := strings.Fields(l)
		if len(f) == 3 {
			if t, err := strconv.ParseInt(f[0], 10, 64); err == nil {
				times[f[2]] = t
			}
			if size, err := strconv.Atoi(f[1]); f[2] == legacyKeys && err == nil && size <= emptyKeybox {
				delete(times, legacyKeys)
			}
		}
	}
	lists := slices.Clone(listTimes)
	for _, f := range sortedKeys(times) {
		if strings.HasPrefix(f, dnfCache) || strings.HasPrefix(f, dnf5Cache) { // repomd.xml of a repository
			lists = append(lists, f)
		}
	}
	if dnf, _ := r.doc.Value(r.path("dnf", "installed")); dnf == true {
		lists = append([]string{dnfCache}, lists...) // its time does not count, but here the lists would be
	}
	putAge(r, "lists_age", lists, times, now)
	if !strings.Contains(here.text, "hidden") {
		putAge(r, "unattended_age", upgradeTimes, times, now)
	} else {
		putAge(r, "unattended_age", upgradeTimes[:1], times, now)
	}
	required, from := false, compliance.Source{File: "/run/reboot-required"}
	for _, f := range []string{"/run/reboot-required", "/var/run/reboot-required"} {
		_, ok := times[f]
		required = required || ok
	}
	r.putOr(required, !r.image(), onlyRunning, from, "reboot_required")
	_, legacy := times[legacyKeys]
	if _, apt := r.doc.Value(r.path("apt", "keys")); apt && legacy {
		r.put(map[string]any{"of_distribution": false}, compliance.Source{File: legacyKeys}, "apt", "keys", legacyKeys)
	}
}

// putAge puts the days since the newest of some files was changed; nothing where none is there.
// An image stands still, and does nothing day by day.
func putAge(r *reading, key string, files []string, times map[string]int64, now int64) {
	newest, from := int64(0), files[0]
	if r.image() {
		r.unknown(onlyRunning, compliance.Source{File: from}, key)
		return
	}
	for _, f := range files {
		if t, ok := times[f]; ok && t > newest {
			newest, from = t, f
		}
	}
	if newest > 0 && now > 0 {
		r.put(max(0, (now-newest)/(24*60*60)), compliance.Source{File: from}, key)
		return
	}
	r.doc.PutSource(r.path(key), compliance.Source{File: from})
}

// putKernels puts the running kernel and the newest one of its kind below /boot.
func putKernels(r *reading) {
	running := r.file("/proc/sys/kernel/osrelease")
	images, listed := r.dir("/boot")
	if listed.cause != "" || running.cause != "" {
		r.unknown(listed.or(running.cause), compliance.Source{File: "/boot"}, "kernel")
		return
	}
	now := strings.TrimSpace(running.text)
	r.put(map[string]any{}, compliance.Source{File: "/boot"}, "kernel")
	r.put(now, compliance.Source{File: "/proc/sys/kernel/osrelease", Line: 1}, "kernel", "running")
	newest, from, same := now, compliance.Source{File: "/proc/sys/kernel/osrelease"}, false
	for _, image := range images {
		release := strings.TrimPrefix(path.Base(image), "vmlinuz-")
		if strings.HasPrefix(release, "0-rescue") || strings.HasSuffix(release, ".old") || kernelFlavour(release) != kernelFlavour(now) {
			continue
		}
		same = true
		if compareReleases(release, newest) > 0 {
			newest, from = release, compliance.Source{File: image}
		}
	}
	if same {
		r.put(newest, from, "kernel", "newest")
	}
}

// kernelFlavour is what follows the version: cloud-amd64, generic, rt.
func kernelFlavour(release string) string {
	parts := strings.Split(release, "-")
	i := len(parts)
	for i > 0 && parts[i-1] != "" && (parts[i-1][0] < '0' || parts[i-1][0] > '9') {
		i--
	}
	flavour := strings.Join(parts[i:], "-")
	if _, kind, ok := strings.Cut(release, "+"); ok && !strings.HasPrefix(kind, "deb") {
		flavour += "+" + kind
	}
	return flavour
}

var versionParts = regexp.MustCompile(`[0-9]+|[^0-9]+`)

// compareReleases orders versions: runs of digits as numbers, the rest as text.
func compareReleases(a, b string) int {
	x, y := versionParts.FindAllString(a, 200), versionParts.FindAllString(b, 200)
	for i := 0; i < len(x) && i < len(y); i++ {
		m, err1 := strconv.ParseUint(x[i], 10, 64)
		n, err2 := strconv.ParseUint(y[i], 10, 64)
		switch {
		case err1 == nil && err2 == nil && m != n:
			if m < n {
				return -1
			}
			return 1
		case (err1 != nil || err2 != nil) && x[i] != y[i]:
			return strings.Compare(x[i], y[i])
		}
	}
	return len(x) - len(y)
}
