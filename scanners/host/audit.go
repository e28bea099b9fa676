package host

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const (
	auditDir   = "/etc/audit"
	auditdConf = auditDir + "/auditd.conf"
	auditFile  = auditDir + "/audit.rules"
	rulesDir   = auditDir + "/rules.d"
	auditList  = "auditctl -l"
	auditState = "auditctl -s"
)

// readAudit reads auditd.conf(5), audit.rules(7) as augenrules(8) merges it, and the
// kernel's rules; of the events that are asked about it puts what is not recorded.
func readAudit(r *reading) {
	present := r.output("present")
	if present.cause != "" {
		r.unknown(present.cause, compliance.Source{})
		return
	}
	there := strings.Fields(present.text)
	installed := slices.Contains(there, "/sbin/auditd")
	r.put(installed, compliance.Source{File: "/sbin/auditd"}, "installed")
	if !installed {
		return
	}
	files := r.textFiles()
	putAuditd(r, files)
	putAuditFiles(r)
	a := auditReading{r: r, there: there, uidMin: uidMinOf(r.output("UID_MIN").text), width: r.output("uname -m")}
	if log := r.output("sudo log"); log.cause != "" {
		r.unknown(log.cause, compliance.Source{File: "/etc/sudoers"}, "events", "sudo_log")
	}
	disk, cause := a.onDisk(files)
	if least := r.output("UID_MIN"); cause == "" {
		cause = least.cause
	}
	a.put("disk", disk, cause)
	if cause == "" {
		lock, locked := disk.settings["-e"]
		from := lock.from
		if !locked {
			from = compliance.Source{File: rulesDir}
		}
		if fog := disk.fog(); fog != nil {
			r.unknown("this line of the rules is not understood: "+fog.from.Text, fog.from, "immutable")
		} else {
			r.put(lock.text == "2", from, "immutable")
		}
	} else {
		r.unknown(cause, compliance.Source{File: rulesDir}, "immutable")
	}
	loaded, why := a.loaded()
	loaded = loaded.asWritten(disk)
	a.put("runtime", loaded, why)
	a.putDrift(disk, loaded, cause, why)
}

// uidMinOf is UID_MIN of login.defs(5), from which on accounts are people's.
func uidMinOf(text string) uint64 {
	if w := strings.Fields(text); len(w) > 1 {
		if n, err := strconv.ParseUint(w[1], 0, 31); err == nil {
			return n
		}
	}
	return 1000
}

// auditdDefaults are those of auditd.conf(5).
var auditdDefaults = map[string]string{
	"log_file": "/var/log/audit/audit.log", "log_group": "root", "write_logs": "yes", "local_events": "yes", "num_logs": "0", "max_log_file": "0",
	"max_log_file_action": "ignore", "space_left": "0", "space_left_action": "ignore", "admin_space_left": "0",
	"admin_space_left_action": "ignore", "disk_full_action": "ignore", "disk_error_action": "syslog", "action_mail_acct": "root",
}

// putAuditd puts the settings that are judged; the last line of a keyword counts.
func putAuditd(r *reading, files textFiles) {
	f := files.get(auditdConf)
	main := compliance.Source{File: auditdConf}
	if f.cause != "" {
		r.unknown(f.cause, main, "config")
		return
	}
	r.put(map[string]any{}, main, "config")
	for key, value := range auditdDefaults {
		from := main
		from.Default = true
		r.put(scalar(value), from, "config", key)
	}
	for _, l := range f.lines {
		key, value, ok := strings.Cut(l.text, "=")
		key = strings.ToLower(strings.TrimSpace(key))
		w := strings.Fields(value)
		// NOLOG is the old form of write_logs = no; of both the later line counts.
		if key == "log_format" && len(w) > 0 && strings.EqualFold(w[0], "nolog") {
			key, w[0] = "write_logs", "no"
		}
		if _, known := auditdDefaults[key]; !ok || !known || len(w) == 0 {
			continue
		}
		if key != "log_file" && key != "log_group" && key != "action_mail_acct" {
			w[0] = strings.ToLower(w[0])
		}
		r.put(scalar(w[0]), f.source(l), "config", key)
	}
}

// putAuditFiles puts modes and owners, by what the files are.
func putAuditFiles(r *reading) {
	groups := []string{"logs", "log_folder", "configuration", "tools"}
	for _, g := range groups {
		r.put(map[string]any{}, compliance.Source{}, "files", g)
	}
	for file, s := range r.stats() {
		group := "logs"
		switch {
		case file == compliance.Any:
			for _, g := range groups { // a pattern is of the logs or of rules
				if s.from.File == "" || g == "logs" || g == "configuration" {
					r.unknown(s.cause, s.from, "files", g, file)
				}
			}
			continue
		case strings.HasPrefix(file, "/sbin/"):
			group = "tools"
		case strings.HasPrefix(file, auditDir):
			group = "configuration"
		case s.fact["type"] == "directory" || s.cause != "" && !strings.Contains(path.Base(file), "."):
			group = "log_folder"
		}
		if s.cause != "" {
			r.unknown(s.cause, s.from, "files", group, file)
		} else if s.fact["exists"] == true {
			r.put(s.fact, s.from, "files", group, file)
		}
	}
}

// An auditReading is what stays the same for all that is asked of the rules.
type auditReading struct {
	r      *reading
	there  []string
	uidMin uint64
	width  got
}

// fog returns the first line that is not understood.
func (s auditSet) fog() *auditRule {
	if i := slices.IndexFunc(s.rules, func(r auditRule) bool { return r.foggy }); i >= 0 {
		return &s.rules[i]
	}
	return nil
}

var restartLine = regexp.MustCompile(`(?:^|[/\s=-])auditctl\s+-R\s+(\S+)`)

// onDisk reads the rules as the service loads them: by augenrules from rules.d, or
// audit.rules where there is no such folder or the unit says so.
func (a auditReading) onDisk(files textFiles) (auditSet, string) {
	unit := a.r.output("auditd unit")
	if unit.cause != "" {
		return auditSet{}, unit.cause
	}
	merge := slices.Contains(a.there, rulesDir)
	main := auditFile
	starts := append(unitValues(unit.text, "ExecStart"), unitValues(unit.text, "ExecStartPost")...)
	if !slices.ContainsFunc(starts, func(v confValue) bool { return strings.Contains(v.value, "augenrules") }) && len(starts) > 0 {
		i := slices.IndexFunc(starts, func(v confValue) bool { return restartLine.MatchString(v.value) })
		if i < 0 {
			return auditSet{}, "no unit loads the rules: auditd's own starts neither augenrules nor auditctl -R"
		}
		merge, main = false, restartLine.FindStringSubmatch(starts[i].value)[1]
	}
	if !merge {
		if main != auditFile {
			return auditSet{}, "the rules are loaded from " + main + ", which is not read"
		}
		f := files.get(auditFile)
		if f.cause != "" {
			return auditSet{}, f.cause
		}
		return a.load(auditLines(f), a.machine())
	}
	if why := files.get(rulesDir + "/x.rules").cause; why != "" {
		return auditSet{}, why
	}
	names := files.in(rulesDir, ".rules")
	slices.SortFunc(names, func(x, y string) int { return byVersion(path.Base(x), path.Base(y)) })
	unended := a.r.output("unended")
	if unended.cause != "" {
		return auditSet{}, unended.cause
	}
	var lines []auditLine
	for i, name := range names {
		f := files.get(name)
		if f.cause != "" {
			return auditSet{}, f.cause
		}
		lines = append(lines, auditLines(f)...)
		// cat puts the first line of the next file behind a last line without its end.
		if slices.Contains(strings.Split(unended.text, "\n"), name) && i < len(names)-1 && len(f.lines) > 0 {
			last := &lines[len(lines)-1]
			last.text += "\x00"
		}
	}
	return a.load(inAugenOrder(lines), a.machine())
}

// load reads lines, where they are not too many.
func (a auditReading) load(lines []auditLine, machine string) (auditSet, string) {
	if len(lines) > maxAuditRules {
		return auditSet{}, fmt.Sprintf("there are more than %d rules", maxAuditRules)
	}
	return loadAudit(lines, machine), ""
}

func auditLines(f textFile) []auditLine {
	out := make([]auditLine, len(f.lines))
	for i, l := range f.lines {
		out[i] = auditLine{l.text, f.source(l)}
	}
	return out
}

// inAugenOrder does what augenrules does: -D, -b and -f come first and -e last, the
// last one of each.
func inAugenOrder(lines []auditLine) []auditLine {
	var rest []auditLine
	kept := map[string]auditLine{}
	for _, l := range lines {
		text := strings.TrimLeft(l.text, " \t")
		switch {
		case strings.HasPrefix(text, "-e"):
			kept["-e"] = l
		case strings.TrimRight(text, " \t") == "-D":
			kept["-D"] = l
		case strings.HasPrefix(text, "-f"):
			kept["-f"] = l
		case strings.HasPrefix(text, "-b"):
			kept["-b"] = l
		default:
			rest = append(rest, l)
		}
	}
	var out []auditLine
	for _, option := range []string{"-D", "-b", "-f", "", "-e"} {
		if l, ok := kept[option]; ok {
			out = append(out, l)
		} else if option == "" {
			out = append(out, rest...)
		}
	}
	return out
}

// loaded reads the kernel's rules, and whether it records at all.
func (a auditReading) loaded() (auditSet, string) {
	state := a.r.output(auditState)
	enabled := ""
	for l := range strings.Lines(state.text) {
		if w := strings.Fields(l); len(w) > 1 && w[0] == "enabled" {
			enabled = w[1]
		}
	}
	if state.ok() && !isNumber(enabled) {
		state.cause = auditState + " does not tell whether auditing is on"
	}
	if state.cause != "" || state.absent {
		cause := state.or("there is no auditctl")
		a.r.unknown(cause, command(auditState), "enabled")
		return auditSet{}, cause
	}
	on, _ := strconv.Atoi(enabled)
	a.r.put(on, command(auditState), "enabled")
	list := a.r.output(auditList)
	if !list.ok() {
		return auditSet{}, list.or("there is no auditctl")
	}
	if on == 0 {
		return auditSet{}, ""
	}
	var lines []auditLine
	for l := range strings.Lines(list.text) {
		if l = strings.TrimSpace(l); l != "" && l != "No rules" {
			from := command(auditList)
			from.Text = printable(l)
			lines = append(lines, auditLine{l, from})
		}
	}
	return a.load(lines, "") // the kernel has taken them
}

// put puts, for each event, what the rules of one place do not record.
func (a auditReading) put(where string, set auditSet, cause string) {
	from := compliance.Source{File: rulesDir}
	if where == "runtime" {
		from = command(auditList)
	}
	arches, why := a.arches()
	if cause == "" {
		cause = why
	}
	for _, e := range a.events() {
		if cause != "" {
			a.r.unknown(cause, from, "events", e.name, where)
			continue
		}
		gaps, open := a.gaps(set, e.probes, arches, from)
		a.putMissing(joined(gaps), open, from, "events", e.name, where)
	}
	a.putPrivileged(where, set, cause, arches, from)
}

// arches are the kinds of system calls that programs on this machine can make.
func (a auditReading) arches() ([]string, string) {
	if !a.width.ok() {
		return nil, a.width.or("no uname")
	}
	switch m := a.machine(); {
	case m == "x86_64":
		return []string{"b64", "b32"}, ""
	case strings.HasPrefix(m, "i") && strings.HasSuffix(m, "86"):
		return []string{"b32"}, ""
	case strings.HasPrefix(m, "armv"):
		return []string{"b32"}, ""
	}
	return []string{"b64"}, ""
}

func (a auditReading) machine() string { return strings.TrimSpace(a.width.text) }

// young tells whether the machine is of a family that has only the newer system calls.
func (a auditReading) young() bool {
	m := a.machine()
	return m == "aarch64" || strings.HasPrefix(m, "riscv") || strings.HasPrefix(m, "loongarch")
}

// oldCalls: young architectures lack the calls that newer ones replace.
var oldCalls = strings.Fields("open creat chmod chown lchown rename unlink")

// A gap is what some probes have in common that are not recorded.
type gap struct {
	names  []string
	arches string // "" for all that there are
	from   compliance.Source
}

// text is a gap in words.
func (g gap) text() string {
	text := strings.Join(g.names, ", ")
	if g.arches != "" {
		text += " of programs of arch " + g.arches
	}
	return text
}

// gaps returns what set does not record of probes, in their order, and the verdicts
// that cannot be told.
func (a auditReading) gaps(set auditSet, probes []auditProbe, arches []string, otherwise compliance.Source) (out []gap, open []auditVerdict) {
	for _, probe := range probes {
		if a.young() && slices.Contains(oldCalls, probe.syscall) {
			continue
		}
		var without []string
		from := otherwise
		for _, arch := range arches {
			probe.arch, probe.uidMin = arch, a.uidMin
			v := set.judge(probe)
			switch {
			case !v.known:
				open = append(open, v)
			case !v.recorded:
				without = append(without, arch)
				if !v.from.IsZero() {
					from = v.from
				}
			}
		}
		g := gap{names: []string{probe.String()}, from: from}
		if len(without) < len(arches) {
			g.arches = strings.Join(without, ", ")
		}
		if without != nil {
			out = append(out, g)
		}
	}
	return out, open
}

// joined makes one gap of those that the same line brings about.
func joined(gaps []gap) []gap {
	var out []gap
	for _, g := range gaps {
		i := slices.IndexFunc(out, func(o gap) bool {
			return o.arches == g.arches && o.from.File == g.from.File && o.from.Line == g.from.Line && o.from.Text == g.from.Text
		})
		if i < 0 {
			out = append(out, g)
			continue
		}
		last := &out[i].names[len(out[i].names)-1]
		if file, writes := strings.CutPrefix(*last, "writes to "); writes && g.names[0] == "changed attributes of "+file {
			*last = "changes of " + file
			continue
		}
		out[i].names = append(out[i].names, g.names...)
	}
	return out
}

func (a auditReading) putMissing(gaps []gap, open []auditVerdict, from compliance.Source, p ...string) {
	missing := make([]any, len(gaps))
	for i, g := range gaps {
		missing[i] = g.text()
	}
	a.r.put(missing, from, p...)
	for i, g := range gaps {
		a.r.doc.PutSource(a.r.path(append(slices.Clone(p), strconv.Itoa(i))...), g.from)
	}
	if len(open) > 0 {
		a.r.unknown(open[0].cause, open[0].from, append(slices.Clone(p), compliance.Any)...)
	}
}

// String tells what a probe stands for, in few words.
func (p auditProbe) String() string {
	switch {
	case p.become:
		return "execve as root by a user"
	case p.errno != 0:
		return fmt.Sprintf("%s refused with %s", p.syscall, map[int64]string{-1: "EPERM", -13: "EACCES"}[p.errno])
	case p.syscall != "":
		return p.syscall
	case p.perm == "x":
		return "runs of " + p.path
	case p.perm == "a":
		return "changed attributes of " + p.path
	}
	return "writes to " + p.path
}

// An auditEvent is what one row of a benchmark asks to have recorded.
type auditEvent struct {
	name   string
	probes []auditProbe
}

func callProbes(calls string) []auditProbe {
	var out []auditProbe
	for _, c := range strings.Fields(calls) {
		out = append(out, auditProbe{syscall: c})
	}
	return out
}

// events are those that can happen here: of files, those that are there.
func (a auditReading) events() []auditEvent {
	refused := func(errno int64) []auditProbe {
		out := callProbes("creat open openat truncate ftruncate")
		for i := range out {
			out[i].errno = errno
		}
		return out
	}
	events := []auditEvent{
		{"root_by_users", []auditProbe{{syscall: "execve", become: true}}},
		{"time", append(callProbes("adjtimex settimeofday clock_settime"), a.writes("/etc/localtime")...)},
		{"network", append(callProbes("sethostname setdomainname"), a.writes(a.networkFiles()...)...)},
		{"refused_access", append(refused(errnos["EACCES"]), refused(errnos["EPERM"])...)},
		{"permissions", callProbes("chmod fchmod fchmodat chown fchown lchown fchownat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr")},
		{"file_mounts", callProbes("mount")},
		{"deletion", callProbes("rename renameat unlink unlinkat")},
		{"kernel_modules", append(callProbes("init_module finit_module delete_module"), a.runs("/usr/bin/kmod")...)},
	}
	for _, e := range []struct {
		name  string
		files []string
	}{
		{"sudoers", []string{"/etc/sudoers", "/etc/sudoers.d"}},
		{"identity", []string{"/etc/group", "/etc/passwd", "/etc/gshadow", "/etc/shadow", "/etc/security/opasswd"}},
		{"sessions", []string{"/run/utmp", "/var/log/wtmp", "/var/log/btmp"}},
		{"logins", []string{"/var/log/lastlog", "/run/faillock"}},
		{"mandatory_access", a.mandatoryAccess()},
	} {
		if probes := a.writes(e.files...); probes != nil {
			events = append(events, auditEvent{e.name, probes})
		}
	}
	for _, tool := range []string{"chcon", "setfacl", "chacl", "usermod"} {
		if probes := append(a.runs("/usr/bin/"+tool), a.runs("/usr/sbin/"+tool)...); probes != nil {
			events = append(events, auditEvent{tool, probes})
		}
	}
	if log := a.r.output("sudo log"); log.ok() {
		last := ""
		for l := range strings.Lines(log.text) {
			_, file, _ := strings.Cut(l, "=")
			if file = strings.Trim(strings.TrimSpace(file), `"'`); strings.HasPrefix(file, "/") && plainName(file) {
				last = usrPath(file)
			}
		}
		if last != "" {
			events = append(events, auditEvent{"sudo_log", []auditProbe{{path: last, perm: "w"}, {path: last, perm: "a"}}})
		}
	}
	return events
}

// networkFiles tell the machine's name and networks, and what is shown before a login.
func (a auditReading) networkFiles() []string {
	files := []string{"/etc/issue", "/etc/issue.net", "/etc/hosts", "/etc/networks", "/etc/network", "/etc/netplan"}
	if slices.Contains(a.there, "/etc/sysconfig/network") {
		files = append(files, "/etc/hostname", "/etc/sysconfig/network", "/etc/sysconfig/network-scripts")
	}
	return files
}

// mandatoryAccess is where the policy of AppArmor lies, else of SELinux.
func (a auditReading) mandatoryAccess() []string {
	if slices.Contains(a.there, "/etc/apparmor.d") {
		return []string{"/etc/apparmor", "/etc/apparmor.d"}
	}
	return []string{"/etc/selinux", "/usr/share/selinux"}
}

// writes are writes to files and directories, and changes of their attributes.
func (a auditReading) writes(files ...string) []auditProbe {
	var out []auditProbe
	for _, f := range files {
		folder := slices.Contains(a.there, f+"/")
		if folder || slices.Contains(a.there, f) {
			out = append(out, auditProbe{path: f, folder: folder, perm: "w"}, auditProbe{path: f, folder: folder, perm: "a"})
		}
	}
	return out
}

// runs are starts of a program.
func (a auditReading) runs(file string) []auditProbe {
	if !slices.Contains(a.there, file) {
		return nil
	}
	return []auditProbe{{path: file, perm: "x"}}
}

// putPrivileged puts which set-uid and set-gid programs can be run unrecorded, where
// the walk was asked for.
func (a auditReading) putPrivileged(where string, set auditSet, cause string, arches []string, from compliance.Source) {
	found, ok := a.r.doc.Value(compliance.Path{"walk", "suid"})
	programs, _ := found.(map[string]any)
	at := []string{"privileged", where}
	switch {
	case !ok:
		return
	case cause != "":
		a.r.unknown(cause, from, at...)
		return
	}
	var probes []auditProbe
	for _, file := range sortedKeys(programs) {
		if p, _ := programs[file].(map[string]any); p["nosuid"] != true {
			probes = append(probes, auditProbe{path: usrPath(file), perm: "x"})
		}
	}
	gaps, open := a.gaps(set, probes, arches, from)
	a.putMissing(gaps, open, from, at...)
	for _, u := range a.r.doc.Unknowns() {
		if slices.Equal(u.Path, compliance.Path{"walk", "suid", compliance.Any}) {
			a.r.unknown(u.Cause, u.Source, append(at, compliance.Any)...)
			break
		}
	}
}

// putDrift puts in what the loaded rules differ from those on disk.
func (a auditReading) putDrift(disk, loaded auditSet, cause, why string) {
	for _, d := range []struct {
		name        string
		have, other auditSet
		from        compliance.Source
	}{{"not_loaded", disk, loaded, compliance.Source{File: rulesDir}}, {"not_on_disk", loaded, disk, command(auditList)}} {
		if cause+why != "" {
			a.r.unknown(cmp.Or(cause, why), d.from, d.name)
			continue
		}
		missing, open := d.have.differences(d.other)
		if open {
			a.r.unknown("the rules hold system calls by number, or ids by name", d.from, d.name)
			continue
		}
		list := make([]any, len(missing))
		for i, m := range missing {
			list[i] = m.from.Text
		}
		a.r.put(list, d.from, d.name)
		for i, m := range missing {
			a.r.doc.PutSource(a.r.path(d.name, strconv.Itoa(i)), m.from)
		}
	}
}
