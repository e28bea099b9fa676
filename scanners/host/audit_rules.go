package host

import (
	"cmp"
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// An auditRule is one rule of audit.rules(7), or a line that is not understood.
type auditRule struct {
	list     string // exit, task, exclude, user, filesystem
	always   bool
	syscalls []string // none: all
	fields   []auditField
	watch    bool // -w: of a directory it covers what is beneath
	key      string
	from     compliance.Source
	// foggy: the line is not understood. It may hide what comes after it, or end the
	// loading; where adds is set it can only add events.
	foggy, adds bool
}

// An auditField is one -F or, as inter-field comparison, one -C.
type auditField struct {
	name, op, value string
	compare         bool
}

// An auditLine is one line of rules with its place.
type auditLine struct {
	text string
	from compliance.Source
}

// maxAuditRules bounds the lines that are read; hosts have some hundred.
const maxAuditRules = 5000

// auditSet is what a list of lines makes of the kernel's rules.
type auditSet struct {
	rules []auditRule
	// settings by option: -e, -b, -f, --backlog_wait_time; the last one counts.
	settings map[string]auditLine
	// off is the line by which auditing is turned off when the rules are loaded.
	off compliance.Source
}

// callNames are the names of system calls by machine, as ausyscall(8) of audit 3.0.9
// prints them: "x86_64 _sysctl accept ...".
//
//go:embed syscalls.txt
var callNames string

// knownCall tells whether auditctl on machine takes name for a system call of arch;
// of machines that are not in the table every name is taken.
func knownCall(machine, arch, name string) bool {
	if arch == "b32" && machine == "x86_64" {
		machine = "i386"
	}
	for l := range strings.Lines(callNames) {
		if strings.HasPrefix(l, machine+" ") {
			return isNumber(name) || strings.Contains(strings.TrimSuffix(l, "\n")+" ", " "+name+" ")
		}
	}
	return true
}

// loadAudit does to lines what `auditctl -R` does to a file on machine (uname -m): in
// order, -A in front of its list, -D for a new start, nothing after -e 2.
func loadAudit(lines []auditLine, machine string) auditSet {
	set := auditSet{settings: map[string]auditLine{}}
	goesOn := false
	for _, l := range lines {
		words, ok := auditWords(l.text)
		switch {
		case ok && len(words) == 1 && words[0] == "-D":
			set.rules = nil
		case ok && len(words) == 1 && (words[0] == "-c" || words[0] == "-i"):
			goesOn = true
		case ok && len(words) == 1 && slices.Contains([]string{"-l", "-s", "-v", "-t", "--reset-lost", "--loginuid-immutable", "--reset_backlog_wait_time_actual"}, words[0]):
		case ok && len(words) == 2 && slices.Contains([]string{"-e", "-b", "-f", "-r", "--backlog_wait_time"}, words[0]) && isNumber(words[1]):
			set.settings[words[0]] = auditLine{words[1], l.from}
			if words[0] == "-e" {
				set.off = compliance.Source{}
			}
			if words[0] == "-e" && words[1] == "0" {
				set.off = l.from
			}
			if words[0] == "-e" && words[1] == "2" {
				return set
			}
		default:
			set.add(words, ok, goesOn, l, machine)
		}
	}
	return set
}

func (s *auditSet) add(words []string, ok, goesOn bool, l auditLine, machine string) {
	var r auditRule
	front := false
	if ok {
		r, front, ok = parseAuditRule(words)
	}
	r.from = l.from
	if !ok || !r.loadable(machine) {
		s.rules = append(s.rules, auditRule{foggy: true, adds: goesOn && !strings.Contains(l.text, "never") && !strings.Contains(l.text, "exclude"), from: l.from})
		return
	}
	if front {
		s.rules = slices.Insert(s.rules, 0, r)
		return
	}
	s.rules = append(s.rules, r)
}

// loadable tells whether auditctl takes the rule: it knows the system calls, and the
// fields go with the list.
func (r auditRule) loadable(machine string) bool {
	arch, paths := "b64", 0
	for _, f := range r.fields {
		switch {
		case f.name == "arch" && archCovers(f, "b32") == covAll:
			arch = "b32"
		case f.name == "path" || f.name == "dir":
			if paths++; !strings.HasPrefix(f.value, "/") {
				return false
			}
		case f.name == "perm" && strings.Trim(f.value, "rwxa") != "", f.name == "msgtype" && r.list != "exclude" && r.list != "user",
			f.name == "success" && !isNumber(f.value):
			return false
		}
		if r.list != "exit" && slices.Contains([]string{"path", "dir", "perm"}, f.name) {
			return false
		}
	}
	unknown := slices.ContainsFunc(r.syscalls, func(c string) bool { return !knownCall(machine, arch, c) })
	return paths < 2 && !unknown && (r.list == "exit" || r.syscalls == nil)
}

// auditWords splits at blanks, as auditctl does: it knows no quotes.
func auditWords(text string) ([]string, bool) {
	plain := strings.TrimSuffix(text, "\r")
	if !printableName(plain) { // a tab is no blank for auditctl
		return nil, false
	}
	words := strings.Fields(plain)
	if n := len(words); plain != text && (n < 2 || words[n-2] != "-k" && !strings.HasPrefix(words[n-1], "key=")) {
		return nil, false // only a key may end in a carriage return
	}
	for i := 0; i < len(words); i++ {
		w := words[i] // getopt(3) takes -Sopen for -S open
		if len(w) > 2 && w[0] == '-' && w[1] != '-' && strings.IndexByte("aAwpkSFCebfr", w[1]) >= 0 {
			words = slices.Insert(words, i+1, w[2:])
			words[i] = w[:2]
			i++
		}
	}
	return words, len(words) > 0
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 32)
	return err == nil
}

// auditLists are the kernel's lists of rules by their names in auditctl(8).
var auditLists = []string{"exit", "task", "user", "exclude", "filesystem", "io_uring"}

// parseAuditRule reads the options of one rule.
func parseAuditRule(words []string) (r auditRule, front, ok bool) {
	r.always = true
	for len(words) > 1 {
		option, value := words[0], words[1]
		words = words[2:]
		switch option {
		case "-a", "-A":
			a, b, _ := strings.Cut(value, ",")
			if slices.Contains(auditLists, b) {
				a, b = b, a
			}
			if r.list != "" || !slices.Contains(auditLists, a) || b != "always" && b != "never" {
				return r, front, false
			}
			r.list, r.always, front = a, b == "always", option == "-A"
		case "-w":
			if r.list != "" || !strings.HasPrefix(value, "/") {
				return r, front, false
			}
			r.list, r.watch = "exit", true
			r.fields = append(r.fields, auditField{name: "path", op: "=", value: value})
		case "-p":
			if strings.Trim(value, "rwxa") != "" {
				return r, front, false
			}
			r.fields = append(r.fields, auditField{name: "perm", op: "=", value: value})
		case "-S":
			r.syscalls = append(r.syscalls, strings.Split(value, ",")...)
		case "-F", "-C":
			f, known := parseAuditField(value, option == "-C")
			if !known || f.name == "arch" && r.syscalls != nil { // arch must be before -S
				return r, front, false
			}
			if f.name == "key" {
				r.key = f.value
			}
			r.fields = append(r.fields, f)
		case "-k":
			r.key = value
		default:
			return r, front, false
		}
	}
	if slices.Contains(r.syscalls, "all") {
		r.syscalls = nil
	}
	return r, front, len(words) == 0 && r.list != "" && !(r.watch && r.syscalls != nil) && !slices.Contains(r.syscalls, "")
}

// auditFields are the fields of auditctl(8).
var auditFields = strings.Fields(`a0 a1 a2 a3 arch auid loginuid devmajor devminor dir egid euid exe exit filetype fsgid fstype
	fsuid gid inode key obj_gid obj_lev_high obj_lev_low obj_role obj_type obj_uid obj_user path perm pers pid ppid saddr_fam
	sessionid sgid subj_clr subj_role subj_sen subj_type subj_user success suid uid msgtype field_compare`)

func parseAuditField(s string, compare bool) (auditField, bool) {
	i := strings.IndexAny(s, "!=<>&")
	if i <= 0 {
		return auditField{}, false
	}
	n := i
	for n < len(s) && strings.IndexByte("!=<>&", s[n]) >= 0 {
		n++
	}
	f := auditField{s[:i], s[i:n], s[n:], compare}
	if f.name == "loginuid" {
		f.name = "auid"
	}
	return f, f.value != "" && slices.Contains(auditFields, f.name) && slices.Contains([]string{"=", "!=", "<", ">", "<=", ">=", "&", "&="}, f.op)
}

// A coverage is how much of a probe's events a rule matches.
type coverage int

const (
	covNone coverage = iota
	covFew           // an exception: one program, one path, one SELinux type
	covSome          // a part that cannot be told
	covAll
)

// An auditProbe stands for the events of one kind that real users (auid of UID_MIN
// or more) cause through one kind of system call.
type auditProbe struct {
	arch    string // b64, b32
	syscall string // "" where a path is accessed, whichever way
	path    string // "" where it may be any
	folder  bool   // path is a directory, and what is beneath it counts
	perm    string // w, a or x of path
	errno   int64  // 0: successful ones
	uidMin  uint64
	become  bool // execve by which a user becomes root: euid is 0, uid is not
}

// A verdict on a probe: recorded, not recorded, or not to be told; the line decides.
type auditVerdict struct {
	recorded, known bool
	cause           string
	from            compliance.Source
}

// judge follows the kernel: a task that the task list exempts is never recorded; of
// the exit list the first rule that matches decides; the exclude list drops records.
func (s auditSet) judge(p auditProbe) auditVerdict {
	if !s.off.IsZero() {
		return auditVerdict{known: true, from: s.off}
	}
	var partly compliance.Source
	for _, list := range []string{"task", "exclude"} {
		for _, r := range s.rules {
			if r.list != list || r.foggy || list == "task" && r.always {
				continue
			}
			switch r.covers(p) {
			case covAll:
				return auditVerdict{known: true, from: r.from}
			case covSome:
				return auditVerdict{cause: "a rule may hide it: " + r.from.Text, from: r.from}
			}
		}
	}
	var fog *auditRule
	for i, r := range s.rules {
		// Of file systems that a rule leaves out the kernel notes no paths.
		if r.list == "filesystem" && !r.always && p.path != "" && !slices.ContainsFunc(r.fields, pseudo) {
			return auditVerdict{cause: "a rule may hide it: " + r.from.Text, from: r.from}
		}
		if r.foggy && !r.adds {
			return auditVerdict{cause: "this line of the rules is not understood: " + r.from.Text, from: r.from}
		}
		if r.foggy {
			fog = &s.rules[i]
			continue
		}
		if r.list != "exit" {
			continue
		}
		switch c := r.covers(p); {
		case c == covAll:
			return auditVerdict{recorded: r.always, known: true, from: r.from}
		case c == covSome && !r.always:
			return auditVerdict{cause: "a rule hides some of it: " + r.from.Text, from: r.from}
		case c != covNone && r.always:
			partly = r.from
		}
	}
	if fog != nil {
		return auditVerdict{cause: "this line of the rules is not understood: " + fog.from.Text, from: fog.from}
	}
	return auditVerdict{known: true, from: partly}
}

// pseudo: of file systems that hold nothing that is asked about.
func pseudo(f auditField) bool {
	return f.name == "fstype" && f.op == "=" && slices.Contains([]string{"tracefs", "debugfs", "0x74726163", "0x64626720"}, f.value)
}

// covers tells how much of the probe's events the rule matches.
func (r auditRule) covers(p auditProbe) coverage {
	arch := slices.ContainsFunc(r.fields, func(f auditField) bool { return f.name == "arch" })
	all := r.coversSyscall(p, arch)
	for _, f := range r.fields {
		all = min(all, r.coversField(f, p))
	}
	return all
}

func (r auditRule) coversSyscall(p auditProbe, arch bool) coverage {
	switch {
	case r.list == "task" || r.list == "exclude" || r.syscalls == nil:
		return covAll
	case !arch: // its numbers mean other calls to programs of the other width
		return covSome
	case p.syscall != "" && slices.Contains(r.syscalls, p.syscall):
		return covAll
	case p.syscall == "" && p.perm == "x" && slices.Contains(r.syscalls, "execve"):
		return covAll
	case p.syscall == "" && p.perm == "x":
		return covNone
	case p.syscall == "", slices.ContainsFunc(r.syscalls, isNumber):
		return covSome
	}
	return covNone
}

func (r auditRule) coversField(f auditField, p auditProbe) coverage {
	if f.compare {
		if p.become && f.op == "!=" && (f.name+f.value == "uideuid" || f.name+f.value == "euiduid") {
			return covAll
		}
		return covSome
	}
	switch f.name {
	case "key":
		return covAll
	case "arch":
		return archCovers(f, p.arch)
	case "path", "dir":
		return r.pathCovers(f, p)
	case "perm":
		switch {
		case p.syscall == "execve" && strings.Contains(f.value, "x"), p.perm != "" && strings.Contains(f.value, p.perm):
			return covAll
		case p.syscall == "":
			return covNone
		}
		return covSome
	case "exe":
		if p.perm == "x" && f.op == "=" {
			return whole(usrPath(f.value) == p.path)
		}
	case "auid":
		return numberCovers(f, p.uidMin, 1<<32-2)
	case "success":
		want := f.value
		if want != "0" && want != "1" || f.op != "=" && f.op != "!=" {
			return covSome
		}
		return whole((want == "1") == (p.errno == 0) == (f.op == "="))
	case "exit":
		return exitCovers(f, p.errno)
	case "euid", "fsuid", "suid":
		if p.become {
			return numberCovers(f, 0, 0)
		}
		return numberCovers(f, 0, 1<<32-2)
	case "uid":
		if p.become {
			return numberCovers(f, p.uidMin, 1<<32-2)
		}
		return numberCovers(f, 0, 1<<32-2)
	case "gid", "egid", "sgid", "fsgid":
		return numberCovers(f, 0, 1<<32-2)
	case "a0":
		if p.syscall == "clock_settime" { // 0 is CLOCK_REALTIME, the only clock that can be set
			return numberCovers(f, 0, 0)
		}
		return covSome
	case "a1", "a2", "a3", "sessionid":
		return covSome
	case "msgtype":
		return typeCovers(f, p)
	}
	if f.op == "=" {
		return covFew
	}
	return covSome
}

func whole(ok bool) coverage {
	if ok {
		return covAll
	}
	return covNone
}

func archCovers(f auditField, arch string) coverage {
	width := ""
	switch v := strings.ToLower(f.value); {
	case slices.Contains([]string{"b64", "x86_64", "aarch64", "ppc64le", "ppc64", "s390x", "riscv64", "0xc000003e"}, v):
		width = "b64"
	case slices.Contains([]string{"b32", "i386", "i486", "i586", "i686", "arm", "armv7l", "0x40000003"}, v):
		width = "b32"
	default:
		return covSome
	}
	return whole((width == arch) == (f.op == "="))
}

// pathCovers: a watch, a path or a directory tree and the probe's path.
func (r auditRule) pathCovers(f auditField, p auditProbe) coverage {
	at := usrPath(f.value)
	switch {
	case f.op != "=":
		return covSome
	case p.path == "":
		return covFew
	case at == p.path && (r.watch || f.name == "dir" || !p.folder):
		return covAll
	case at != "/" && strings.HasPrefix(p.path, at+"/") || at == "/" && f.name == "dir":
		return whole(r.watch || f.name == "dir")
	case p.folder && (at == p.path || strings.HasPrefix(at, p.path+"/")):
		return covFew
	}
	return covNone
}

// usrPath is a path without the links that all supported systems have.
func usrPath(p string) string {
	if p = strings.TrimRight(p, "/"); p == "" {
		return "/"
	}
	for _, old := range [...]string{"/bin/", "/sbin/", "/lib/", "/lib64/"} {
		if strings.HasPrefix(p, old) {
			return "/usr" + p
		}
	}
	if rest, ok := strings.CutPrefix(p, "/var/run/"); ok {
		return "/run/" + rest
	}
	return p
}

// auditNumber reads a number or an id; unset and -1 are 4294967295.
func auditNumber(s string) (uint64, bool) {
	switch s {
	case "unset", "-1":
		return 1<<32 - 1, true
	case "root":
		return 0, true
	}
	n, err := strconv.ParseUint(s, 0, 64)
	return n, err == nil
}

// numberCovers compares a field whose value may be anything from least to most.
func numberCovers(f auditField, least, most uint64) coverage {
	n, ok := auditNumber(f.value)
	if !ok { // the name of an account or a group
		if f.op == "=" {
			return covFew
		}
		return covSome
	}
	low, high := uint64(0), uint64(1<<63)
	switch f.op {
	case "=", "!=":
		low, high = n, n
	case ">=":
		low = n
	case ">":
		low = n + 1
	case "<=":
		high = n
	case "<":
		if n == 0 {
			return covNone
		}
		high = n - 1
	default:
		return covSome
	}
	within, outside := least >= low && most <= high, most < low || least > high
	if f.op == "!=" {
		within, outside = outside, within
	}
	switch {
	case within:
		return covAll
	case outside:
		return covNone
	case f.op == "=" && n != 0:
		return covFew
	}
	return covSome
}

// errnos are those that are asked about.
var errnos = map[string]int64{"EPERM": -1, "EACCES": -13}

// exitCovers compares what a system call returns: an error, or any number from 0 on.
func exitCovers(f auditField, errno int64) coverage {
	value, negative := strings.CutPrefix(f.value, "-")
	n, known := errnos[value]
	if !known {
		i, err := strconv.ParseInt(value, 10, 64)
		switch {
		case err != nil: // another error by name
			n = -1000
		case negative:
			n = -i
		default:
			n = i
		}
	} else if !negative {
		return covSome
	}
	switch {
	case f.op == "=" && errno < 0:
		return whole(n == errno)
	case f.op == "!=" && errno < 0:
		return whole(n != errno)
	case f.op == "=" && n < 0:
		return covNone
	case f.op == "!=" && n < 0:
		return covAll
	}
	return covSome
}

// typeCovers: of the records of an event, the one of the system call and that of the
// path must stay.
func typeCovers(f auditField, p auditProbe) coverage {
	needed := []uint64{1300}
	if p.path != "" {
		needed = append(needed, 1302)
	}
	if n, ok := map[string]string{"SYSCALL": "1300", "PATH": "1302"}[f.value]; ok {
		f.value = n
	}
	if !isNumber(f.value) {
		return whole(f.op == "!=")
	}
	best := covNone
	for _, n := range needed {
		best = max(best, numberCovers(f, n, n))
	}
	return best
}

// canonical is a rule in one form, however it was written, for a comparison of what
// is loaded with what is on disk. Keys count, order does not.
func (r auditRule) canonical() string {
	var fields []string
	perm := false
	for _, f := range r.fields {
		if f.name == "exit" {
			if n, ok := errnos[strings.TrimPrefix(f.value, "-")]; ok {
				f.value = strconv.FormatInt(n, 10)
			}
		} else if n, ok := auditNumber(f.value); ok && f.name != "key" && f.name != "path" && f.name != "dir" {
			f.value = strconv.FormatUint(n, 10)
		}
		switch f.name {
		case "key":
			continue
		case "perm":
			letters := strings.Split(f.value, "")
			slices.Sort(letters)
			f.value, perm = strings.Join(slices.Compact(letters), ""), true
		case "path", "dir":
			f.name, f.value = "path", strings.TrimRight(f.value, "/")
		case "arch":
			if archCovers(auditField{op: "=", value: f.value}, "b64") == covAll {
				f.value = "b64"
			} else if archCovers(auditField{op: "=", value: f.value}, "b32") == covAll {
				f.value = "b32"
			}
		}
		if f.compare && f.value < f.name {
			f.name, f.value = f.value, f.name
		}
		fields = append(fields, f.name+f.op+f.value)
	}
	if r.watch && !perm {
		fields = append(fields, "perm=arwx")
	}
	slices.Sort(fields)
	calls := slices.Clone(r.syscalls)
	slices.Sort(calls)
	action := "never"
	if r.always || r.list == "exclude" {
		action = "always"
	}
	return strings.Join([]string{r.list, action, strings.Join(slices.Compact(calls), ","), strings.Join(slices.Compact(fields), " ")}, " ")
}

// asWritten turns watches that a kernel lists back into what disk has: auditctl prints
// any rule of a path and its permissions as -w. That it is `never` is lost, and whether
// it holds for what is beneath a directory.
func (s auditSet) asWritten(disk auditSet) auditSet {
	form := func(r auditRule) string {
		r.always = true
		return r.canonical() + " " + r.key
	}
	written := map[string][]auditRule{} // in their order
	for _, r := range disk.rules {
		if r.list == "exit" && !r.foggy {
			written[form(r)] = append(written[form(r)], r)
		}
	}
	for i, r := range s.rules {
		if !r.watch {
			continue
		}
		if same := written[form(r)]; len(same) > 0 {
			s.rules[i].always, s.rules[i].watch = same[0].always, same[0].beneath()
			written[form(r)] = same[1:]
		}
	}
	return s
}

// beneath tells whether the rule holds for what is beneath a directory.
func (r auditRule) beneath() bool {
	return r.watch || slices.ContainsFunc(r.fields, func(f auditField) bool { return f.name == "dir" })
}

// differences are the rules of one set that the other lacks; not where lines are not
// understood, or system calls have numbers or no architecture.
func (s auditSet) differences(other auditSet) (missing []auditRule, open bool) {
	have := map[string]bool{}
	for _, r := range other.rules {
		have[r.canonical()] = true
		open = open || r.foggy || r.unclear()
	}
	for _, r := range s.rules {
		open = open || r.foggy || r.unclear()
		if !r.foggy && !have[r.canonical()] {
			missing = append(missing, r)
		}
	}
	return missing, open
}

// unclear: auditctl prints it otherwise than it was written.
func (r auditRule) unclear() bool {
	arch := slices.ContainsFunc(r.fields, func(f auditField) bool { return f.name == "arch" })
	return r.syscalls != nil && (!arch || slices.ContainsFunc(r.syscalls, isNumber)) ||
		slices.ContainsFunc(r.fields, func(f auditField) bool {
			_, ok := auditNumber(f.value)
			return !ok && slices.Contains([]string{"auid", "uid", "euid", "gid", "egid", "suid", "fsuid", "sgid", "fsgid", "obj_uid", "obj_gid", "msgtype", "filetype", "saddr_fam", "fstype"}, f.name) && !f.compare ||
				f.name == "exit" && len(f.value) > 1 && f.value[0] == '-' && isNumber(f.value[1:]) && f.value != "-1" && f.value != "-13" ||
				f.name == "arch" && archCovers(auditField{op: "=", value: f.value}, "b64") == covSome
		})
}

var versionSuffix = regexp.MustCompile(`(\.[A-Za-z~][A-Za-z0-9~]*)*$`)

// byVersion orders names as `ls -v` does: runs of digits by number; letters before
// other signs, ~ before everything; suffixes last (coreutils, "Version sort").
func byVersion(a, b string) int {
	x, y := versionSuffix.ReplaceAllString(a, ""), versionSuffix.ReplaceAllString(b, "")
	return cmp.Or(compareVersions(x, y), compareVersions(a, b), strings.Compare(a, b))
}

func compareVersions(a, b string) int {
	weight := func(s string) int {
		switch {
		case s == "" || isDigit(s[0]):
			return 0
		case s[0] == '~':
			return -1
		case s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z':
			return int(s[0])
		}
		return int(s[0]) + 256
	}
	for a != "" || b != "" {
		for a != "" && !isDigit(a[0]) || b != "" && !isDigit(b[0]) {
			if c := cmp.Compare(weight(a), weight(b)); c != 0 {
				return c
			}
			a, b = a[min(1, len(a)):], b[min(1, len(b)):]
		}
		var n, m string
		n, a = leadingDigits(a)
		m, b = leadingDigits(b)
		if c := cmp.Or(cmp.Compare(len(n), len(m)), strings.Compare(n, m)); c != 0 {
			return c
		}
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// leadingDigits cuts a number off, without its leading zeros.
func leadingDigits(s string) (digits, rest string) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return strings.TrimLeft(s[:n], "0"), s[n:]
}
