package host

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// A gnomeKey is a key of dconf's, with the type and the default that its schema gives.
type gnomeKey struct {
	path, kind string
	standard   any
}

// name is that of the fact.
func (k gnomeKey) name() string { return strings.ReplaceAll(path.Base(k.path), "-", "_") }

// Where the source is "file", as it can be from GDM 48 on, the text does not count.
var (
	bannerSource = gnomeKey{"/org/gnome/login-screen/banner-message-source", "s", "settings"}
	bannerText   = gnomeKey{"/org/gnome/login-screen/banner-message-text", "s", ""}
)

// Of gsettings-desktop-schemas, and of GDM's org.gnome.login-screen.
var (
	sessionKeys = []gnomeKey{
		{"/org/gnome/desktop/session/idle-delay", "u", 300},
		{"/org/gnome/desktop/screensaver/lock-enabled", "b", true},
		{"/org/gnome/desktop/screensaver/lock-delay", "u", 0},
		{"/org/gnome/desktop/lockdown/disable-lock-screen", "b", false},
		{"/org/gnome/desktop/media-handling/automount", "b", true},
		{"/org/gnome/desktop/media-handling/automount-open", "b", true},
		{"/org/gnome/desktop/media-handling/autorun-never", "b", false},
	}
	greeterKeys = []gnomeKey{
		{"/org/gnome/login-screen/banner-message-enable", "b", false},
		bannerSource,
		bannerText,
		{"/org/gnome/login-screen/disable-user-list", "b", false},
	}
)

const (
	dconfDatabases = "/etc/dconf/db/"
	schemaFolder   = "/usr/share/glib-2.0/schemas"
	// Debian's and Ubuntu's greeter: each start of GDM compiles these keyfiles, of which
	// one is a link to the file to edit.
	greeterMade     = "/var/lib/gdm3/greeter-dconf-defaults"
	greeterKeyfiles = "/usr/share/gdm/dconf"
	greeterLink     = greeterKeyfiles + "/90-debian-settings"
	greeterEdited   = "/etc/gdm3/greeter.dconf-defaults"
)

// readGDM reads GDM's own configuration, and what dconf gives to its greeter and, as
// long as they choose nothing else themselves, to GNOME's users.
func readGDM(r *reading) {
	list := r.output("present")
	if list.cause != "" {
		r.unknown(list.cause, compliance.Source{})
		return
	}
	present := presentPaths(list.text)
	program := "/usr/sbin/gdm3"
	if present["/usr/sbin/gdm"] && !present[program] {
		program = "/usr/sbin/gdm"
	}
	r.put(present[program], compliance.Source{File: program}, "installed")
	if !present[program] {
		return
	}
	files := r.textFiles()
	putDaemon(r, files)
	d := newDconf(r, files, present)
	if cause, from := d.ownProfiles(); cause != "" {
		r.unknown(cause, from, "session")
	} else {
		d.put("session", "user", sessionKeys)
	}
	// From GDM 45 on, whose packages have this link, the profile has the name of the
	// greeter's account: Debian-gdm on Debian, gdm on Ubuntu and elsewhere.
	profile := "gdm"
	if present["/usr/share/dconf/profile/Debian-gdm"] && strings.Contains(r.get("cmd", "program").text, "--reuid Debian-gdm") {
		profile = "Debian-gdm"
	}
	d.put("greeter", profile, greeterKeys)
	d.putDatabases()
}

// putDaemon puts what GDM does by its own configuration: whether it serves X terminals,
// and whether it logs somebody in without asking. Both are off by default (gdm.schemas).
func putDaemon(r *reading, files textFiles) {
	c, cause, from := readDaemon(r, files)
	if cause != "" {
		r.unknown(cause, from, "xdmcp")
		r.unknown(cause, from, "automatic_login")
		return
	}
	on, from := c.on("xdmcp", "Enable")
	r.put(on, from, "xdmcp")
	on, from = c.on("daemon", "AutomaticLoginEnable")
	on = on && c.named("AutomaticLogin")
	if timed, at := c.on("daemon", "TimedLoginEnable"); !on && timed && c.named("TimedLogin") {
		on, from = true, at
	}
	r.put(on, from, "automatic_login")
}

// A daemonConf is GDM's configuration: what it found out about this machine counts
// first, then the file to edit; the last line of a file (gdm-settings.c).
type daemonConf struct {
	main  string
	files [][]keyLine
}

func readDaemon(r *reading, files textFiles) (c daemonConf, cause string, from compliance.Source) {
	named := slices.DeleteFunc(slices.Sorted(strings.FieldsSeq(r.get("cmd", "program").text)), func(s string) bool { return !strings.HasPrefix(s, "/") })
	if len(named) == 0 { // which of them counts is only told where there is one
		for _, f := range []string{"/etc/gdm/custom.conf", "/etc/gdm3/custom.conf", "/etc/gdm3/daemon.conf"} {
			if !files.get(f).absent {
				named = append(named, f)
			}
		}
	}
	named = slices.Compact(named)
	c.main = "/etc/gdm/custom.conf"
	if len(named) > 0 {
		c.main = named[0]
	}
	if len(named) > 1 {
		return c, "which of several files GDM reads is not known", compliance.Source{File: c.main}
	}
	made := strings.Replace(path.Dir(c.main), "/etc/", "/run/", 1) + "/custom.conf"
	for _, f := range []string{made, c.main} {
		if f == made && r.image() {
			continue
		}
		text := files.get(f)
		if text.cause != "" {
			return c, text.cause, compliance.Source{File: f}
		}
		c.files = append(c.files, keyLines(text))
	}
	return c, "", compliance.Source{}
}

// get returns the line that sets a key.
func (c daemonConf) get(group, key string) (keyLine, bool) {
	for _, lines := range c.files {
		var found keyLine
		ok := false
		for _, l := range lines {
			if l.group != group || l.key != key {
				continue
			}
			if ok {
				l.from = withShadowed(l.from, found.from)
			}
			found, ok = l, true
		}
		if ok {
			return found, true
		}
	}
	return keyLine{}, false
}

// on reads a boolean (gdm-settings-utils.c): true in any case, or 1.
func (c daemonConf) on(group, key string) (bool, compliance.Source) {
	l, ok := c.get(group, key)
	if !ok {
		return false, compliance.Source{File: c.main, Default: true}
	}
	return strings.EqualFold(l.text, "true") || l.text == "1", l.from
}

// named tells whether a key of [daemon] names an account.
func (c daemonConf) named(key string) bool {
	l, _ := c.get("daemon", key)
	return l.text != ""
}

// A keyLine is an assignment in a GKeyFile.
type keyLine struct {
	group, key, text string
	from             compliance.Source
}

// keyLines reads the assignments of a GKeyFile (glib's documentation of it), from the
// lines that were sent.
func keyLines(f textFile) []keyLine {
	var out []keyLine
	group := ""
	for _, l := range f.lines {
		text := strings.Trim(l.text, " \t\r\n\v\f")
		if strings.HasPrefix(text, "[") {
			group = strings.TrimSuffix(text[1:], "]")
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if ok && group != "" {
			out = append(out, keyLine{group, strings.TrimRight(key, " \t"), strings.TrimLeft(value, " \t"), f.source(l)})
		}
	}
	return out
}

// A keyfiles is a directory from which `dconf compile` makes a database.
type keyfiles struct {
	set   map[string][]keyLine // by path; the last counts
	locks map[string]compliance.Source
	empty bool
	cause string
}

func readKeyfiles(files textFiles, dir string) keyfiles {
	k := keyfiles{set: map[string][]keyLine{}, locks: map[string]compliance.Source{}, cause: files.get(dir + "/x").cause}
	names := files.in(dir, "")
	k.empty = len(names) == 0
	for _, name := range names {
		f := files.get(name)
		k.cause = cmp.Or(k.cause, f.cause)
		if name == greeterLink {
			f.path = greeterEdited
		}
		for _, l := range keyLines(f) {
			at := "/" + l.group + "/" + l.key
			k.set[at] = append(k.set[at], l)
		}
	}
	locks := dir + "/locks"
	k.cause = cmp.Or(k.cause, files.get(locks+"/x").cause)
	for _, name := range files.in(locks, "") {
		f := files.get(name)
		k.cause = cmp.Or(k.cause, f.cause)
		for _, l := range f.lines { // no blank around it is overlooked
			if strings.HasPrefix(l.text, "/") {
				k.locks[l.text] = f.source(l)
			}
		}
	}
	return k
}

// last returns the line that counts, those that it overrides in its source.
func (k keyfiles) last(at string) (keyLine, bool) {
	lines := k.set[at]
	if len(lines) == 0 {
		return keyLine{}, false
	}
	l := lines[len(lines)-1]
	for _, lost := range lines[:len(lines)-1] {
		l.from = withShadowed(l.from, lost.from)
	}
	return l, true
}

// A dconf is what dconf(7) reads on this host.
type dconf struct {
	r         *reading
	files     textFiles
	present   map[string]bool
	withheld  map[string]bool
	modes     map[string]fileMode
	overrides []keyLine
	databases map[string]*dconfSource // system-db: by path
}

type fileMode struct{ perm, gid uint64 }

// A dconfSource is one line of a profile, and what it stands for.
type dconfSource struct {
	values   map[string]dconfValue
	locks    map[string]compliance.Source
	writable bool // by the account that reads it
	made     bool // by each start of GDM
	cause    string
	keyfiles keyfiles
}

type dconfValue struct {
	variant
	from compliance.Source
}

func newDconf(r *reading, files textFiles, present map[string]bool) *dconf {
	d := &dconf{r: r, files: files, present: present, withheld: presentPaths(r.get("cmd", "withheld").text), modes: map[string]fileMode{}, databases: map[string]*dconfSource{}}
	for l := range strings.Lines(r.get("cmd", "modes").text) {
		words := strings.SplitN(strings.TrimSuffix(l, "\n"), " ", 3)
		if len(words) != 3 {
			continue
		}
		perm, err := strconv.ParseUint(words[0], 8, 32)
		gid, err2 := strconv.ParseUint(words[1], 10, 32)
		if err == nil && err2 == nil {
			d.modes[words[2]] = fileMode{perm, gid}
		}
	}
	for _, name := range files.in(schemaFolder, ".gschema.override") {
		d.overrides = append(d.overrides, keyLines(files.get(name))...)
	}
	return d
}

// ownProfiles says why users may have another profile than that of /etc/dconf.
func (d *dconf) ownProfiles() (cause string, from compliance.Source) {
	if d.present["mandatory"] {
		return "/run/dconf/user gives users a profile of their own", compliance.Source{File: "/run/dconf/user"}
	}
	for _, name := range sortedKeys(d.files.byPath) {
		f := d.files.byPath[name]
		for _, l := range f.lines {
			if strings.Contains(l.text, "DCONF_PROFILE") {
				return name + " sets DCONF_PROFILE, and what becomes of it is not known", f.source(l)
			}
		}
	}
	return "", compliance.Source{}
}

// others tells whether every account may do what bit says (4 read, 1 enter) with path;
// the cause says why that is not known.
func (d *dconf) others(bit uint64, path string) (may bool, cause string) {
	m, ok := d.modes[path]
	switch {
	case !ok:
		return false, "the mode of " + path + " is not known"
	case m.perm&bit != 0:
		return true, ""
	case m.gid != 0 && m.perm&(bit<<3) != 0:
		return false, "only the members of a group may read " + path
	}
	return false, ""
}

// readable tells whether accounts other than root may read path.
func (d *dconf) readable(file string) (may bool, cause string) {
	for _, dir := range []string{"/etc/dconf", "/etc/dconf/db", "/etc/dconf/profile"} {
		if strings.HasPrefix(file, dir+"/") {
			if may, cause := d.others(1, dir); !may {
				return false, cause
			}
		}
	}
	return d.others(4, file)
}

// profile returns the sources that the profile of a name lists: none where there is
// no such profile, but for "user" the user's own database.
func (d *dconf) profile(name string) (sources []*dconfSource, from compliance.Source, cause string) {
	from = compliance.Source{File: "/etc/dconf/profile/" + name, Default: true}
	text := ""
	if name == "user" {
		text = "user-db:user"
	}
	for _, folder := range []string{"/etc", "/usr/local/share", "/usr/share"} {
		file := folder + "/dconf/profile/" + name
		g := d.r.file(file)
		if g.absent {
			continue
		}
		from = compliance.Source{File: file}
		may, why := d.readable(file)
		if why = cmp.Or(g.cause, why); why != "" {
			return nil, from, why
		}
		if may {
			text = g.text
		}
		break
	}
	for l := range strings.Lines(text) {
		l, _, _ = strings.Cut(l, "#")
		s := d.source(strings.Trim(l, " \t\r\n\v\f"), name != "user")
		switch {
		case s == nil:
		case s.writable && name == "user" && len(sources) == 0: // the facts are about who chooses nothing
			sources = append(sources, &dconfSource{writable: true})
		default:
			sources = append(sources, s)
		}
	}
	return sources, from, ""
}

// plainDatabase are the characters of the names of databases that are sent.
const plainDatabase = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

// source returns what a line of a profile stands for, nil where dconf passes it over.
func (d *dconf) source(text string, greeter bool) *dconfSource {
	kind, name, _ := strings.Cut(text, ":")
	switch kind {
	case "user-db", "service-db":
		s := &dconfSource{writable: true, cause: "what users choose themselves is not read"}
		if greeter && text == "user-db:user" {
			s = d.greeterOwn()
		}
		return s
	case "system-db":
		if strings.Trim(name, plainDatabase) != "" {
			return &dconfSource{cause: fmt.Sprintf("the profile names a database %q, which is not read", name)}
		}
		at := dconfDatabases + name
		if d.databases[at] == nil {
			d.databases[at] = d.database(at, true)
		}
		return d.databases[at]
	case "file-db":
		if name == greeterMade && d.present["/usr/share/gdm/generate-config"] {
			return compiled(readKeyfiles(d.files, greeterKeyfiles))
		}
		return d.database(name, false)
	}
	return nil
}

// greeterOwn is the database of the account that the greeter runs as.
func (d *dconf) greeterOwn() *dconfSource {
	for _, home := range []string{"/var/lib/gdm3", "/var/lib/gdm"} {
		file := home + "/.config/dconf/user"
		if !d.r.file(file).absent {
			s := d.contents(file)
			s.writable = true
			return s
		}
	}
	return &dconfSource{writable: true}
}

// compiled is the database that `dconf compile` would make of keyfiles.
func compiled(k keyfiles) *dconfSource {
	s := &dconfSource{values: map[string]dconfValue{}, locks: k.locks, cause: k.cause, made: true}
	for _, at := range sortedKeys(k.set) {
		l, _ := k.last(at)
		v, ok := variantText(l.text, "")
		if !ok {
			s.cause = cmp.Or(s.cause, fmt.Sprintf("%s line %d is not understood", l.from.File, l.from.Line))
		}
		s.values[at] = dconfValue{v, l.from}
	}
	return s
}

// database is a compiled one, as accounts other than root may read it.
func (d *dconf) database(file string, system bool) *dconfSource {
	s := d.contents(file)
	if system {
		s.keyfiles = readKeyfiles(d.files, file+".d")
		s.trace(file)
	}
	if s.cause == "" && !d.r.file(file).absent {
		may, cause := d.readable(file)
		if s.cause = cause; !may {
			s.values, s.locks = nil, nil
		}
	}
	return s
}

func (d *dconf) contents(file string) *dconfSource {
	s := &dconfSource{values: map[string]dconfValue{}, locks: map[string]compliance.Source{}}
	g := d.r.file(file)
	switch {
	case d.withheld[file]:
		s.cause = file + " seems to hold a password or a token, and stays on the host"
	case g.cause != "":
		s.cause = g.cause
	case g.text != "": // dconf passes over one that is empty or not there
		db, err := parseGVDB([]byte(g.text))
		if err != nil {
			s.cause = file + ": " + err.Error()
		}
		from := compliance.Source{File: file}
		for at, v := range db.values {
			s.values[at] = dconfValue{v, from}
		}
		for at := range db.locks {
			s.locks[at] = from
		}
	}
	return s
}

// trace gives what is in the database the lines of the keyfiles that it was made of.
func (s *dconfSource) trace(file string) {
	for at, v := range s.values {
		if l, ok := s.keyfiles.last(at); ok {
			if told, ok := variantText(l.text, ""); ok && told == v.variant {
				v.from = l.from
				v.from.Via = append(v.from.Via, compliance.Source{File: file})
				s.values[at] = v
			}
		}
	}
	for at := range s.locks {
		if from, ok := s.keyfiles.locks[at]; ok {
			s.locks[at] = from
		}
	}
}

// put puts, of each key, the value for accounts that choose nothing themselves, and
// whether they can choose something else.
func (d *dconf) put(who, profile string, keys []gnomeKey) {
	sources, from, cause := d.profile(profile)
	if cause != "" {
		d.r.unknown(cause, from, who)
		return
	}
	d.r.put(map[string]any{}, from, who)
	elsewhere := ""
	for _, k := range keys {
		d.r.put(map[string]any{}, from, who, k.name())
		level, locked, why := lockOf(sources, k.path)
		lockFrom := from
		if level > 0 {
			lockFrom = sources[level].locks[k.path]
		}
		d.r.putOr(locked, why == "" || locked, why, lockFrom, who, k.name(), "locked")
		v, unread := d.value(sources[level:], k)
		why = cmp.Or(why, unread)
		if v.from.Default {
			v.from.File = toSet(from.File, sources)
		}
		switch {
		case k == bannerSource && v.value != "settings":
			elsewhere = "the banner is that of a file, which is not read"
		case k == bannerText:
			why = cmp.Or(why, elsewhere)
		}
		d.r.putOr(v.value, why == "", why, v.from, who, k.name(), "value")
	}
}

// toSet is the file in which what is not set would be set: where the greeter's database
// is made of keyfiles, the one of these that is for that.
func toSet(profile string, sources []*dconfSource) string {
	if slices.ContainsFunc(sources, func(s *dconfSource) bool { return s.made }) {
		return greeterEdited
	}
	return profile
}

// lockOf returns the last source that locks a key, 0 where none does, and whether it is
// out of users' hands: a lock in the first source does not count, and where that is not
// the user's own there is nothing to write to (dconf-engine.c). The cause says
// why it may be otherwise.
func lockOf(sources []*dconfSource, at string) (level int, locked bool, cause string) {
	for i := len(sources) - 1; i > 0; i-- {
		if _, ok := sources[i].locks[at]; ok {
			return i, true, cause
		}
		cause = cmp.Or(cause, sources[i].cause)
	}
	return 0, len(sources) == 0 || !sources[0].writable, cause
}

// value returns what the first of sources that has the key gives it, or the default,
// or why that is not known. A value of another type than the schema's is passed over,
// and the default counts.
func (d *dconf) value(sources []*dconfSource, k gnomeKey) (v dconfValue, cause string) {
	for _, s := range sources {
		if s.cause != "" {
			return dconfValue{}, s.cause
		}
		v, ok := s.values[k.path]
		switch {
		case ok && v.kind == k.kind:
			if text, ok := v.value.(string); ok {
				v.value = strings.Join(strings.Fields(text), " ") // as other banners
			}
			return v, ""
		case ok:
			standard, cause := d.standard(k)
			standard.from = v.from
			return standard, cause
		}
	}
	return d.standard(k)
}

// standard returns the default that the schema gives, or the last override of it.
func (d *dconf) standard(k gnomeKey) (v dconfValue, cause string) {
	compiled := schemaFolder + "/gschemas.compiled"
	v = dconfValue{variant{k.kind, k.standard}, compliance.Source{File: compiled, Default: true}}
	schema, key := strings.ReplaceAll(path.Dir(k.path)[1:], "/", "."), path.Base(k.path)
	for _, l := range d.overrides {
		id, desktop, _ := strings.Cut(l.group, ":")
		if id != schema || l.key != key {
			continue
		}
		told, ok := variantText(l.text, k.kind)
		switch {
		case !ok:
			cause = cmp.Or(cause, fmt.Sprintf("%s line %d is not understood", l.from.File, l.from.Line))
		case d.present[l.from.File]:
			cause = cmp.Or(cause, l.from.File+" is newer than "+compiled+", and may not count yet: run glib-compile-schemas "+schemaFolder)
		case desktop == "":
			from := l.from
			if !v.from.Default {
				from = withShadowed(from, v.from)
			}
			v.value, v.from = told.value, from
		case told.value != v.value:
			cause = cmp.Or(cause, l.from.File+" gives desktops different defaults")
		}
	}
	return v, cause
}

// putDatabases puts, of each database of the system that a profile names, whether
// accounts other than root may read it, and whether `dconf update` was run since its
// keyfiles were written, as far as the keys go that are read here.
func (d *dconf) putDatabases() {
	d.r.put(map[string]any{}, compliance.Source{File: dconfDatabases}, "databases")
	for _, file := range sortedKeys(d.databases) {
		k := d.databases[file].keyfiles
		from := compliance.Source{File: file}
		name := strings.TrimPrefix(file, dconfDatabases)
		d.r.put(map[string]any{}, from, "databases", name)
		if !d.r.file(file).absent {
			may, cause := d.readable(file)
			d.r.putOr(may, cause == "", cause, from, "databases", name, "readable")
		}
		if k.empty && k.cause == "" {
			continue
		}
		whole := d.contents(file)
		differs, same := k.compare(whole)
		if !differs.IsZero() {
			from = differs
		}
		why := cmp.Or(k.cause, whole.cause)
		d.r.putOr(same, why == "", why, from, "databases", name, "updated")
	}
}

// compare tells whether a database has what the keyfiles say, and which line of
// theirs it has not.
func (k keyfiles) compare(s *dconfSource) (from compliance.Source, same bool) {
	for _, key := range slices.Concat(sessionKeys, greeterKeys) {
		l, set := k.last(key.path)
		v, has := s.values[key.path]
		told, ok := variantText(l.text, "")
		if unread := !ok && v.value == nil; set != has || set && !unread && told != v.variant {
			return l.from, false
		}
		lock, locked := k.locks[key.path]
		if _, has := s.locks[key.path]; locked != has {
			return lock, false
		}
	}
	return compliance.Source{}, true
}
