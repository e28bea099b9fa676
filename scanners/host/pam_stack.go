package host

import (
	"slices"
	"strings"

	"merlon/compliance"
)

// The return values of a module, in libpam's order (_pam_types.h), by the names
// that pam.d(5) gives them in the brackets of a control.
var pamReturns = []string{
	"success", "open_err", "symbol_err", "service_err", "system_err", "buf_err", "perm_denied", "auth_err",
	"cred_insufficient", "authinfo_unavail", "user_unknown", "maxtries", "new_authtok_reqd", "acct_expired", "session_err",
	"cred_unavail", "cred_expired", "cred_err", "no_module_data", "conv_err", "authtok_err", "authtok_recover_err",
	"authtok_lock_busy", "authtok_disable_aging", "try_again", "ignore", "abort", "authtok_expired", "module_unknown",
	"bad_item", "conv_again", "incomplete",
}

// A pamAction is what a control does on a return value; above zero it is a jump.
type pamAction int

// The actions of pam.d(5).
const (
	pamUndefined pamAction = -iota
	pamIgnore
	pamOK
	pamDone
	pamBad
	pamDie
	pamReset
)

var pamActions = []struct {
	name   string
	action pamAction
}{{"ignore", pamIgnore}, {"ok", pamOK}, {"done", pamDone}, {"bad", pamBad}, {"die", pamDie}, {"reset", pamReset}}

// pamControl maps a return value to an action; what it does not name does rest.
type pamControl struct {
	named map[string]pamAction
	rest  pamAction
}

func (c pamControl) on(result string) pamAction {
	if a, ok := c.named[result]; ok {
		return a
	}
	return c.rest
}

// parsePAMControl reads the second field of a line, brackets taken off. The words
// are what pam.d(5) says they stand for; a mistake makes everything bad.
func parsePAMControl(s string) pamControl {
	ok := map[string]pamAction{"success": pamOK, "new_authtok_reqd": pamOK, "ignore": pamIgnore}
	switch strings.ToLower(s) {
	case "required":
		return pamControl{ok, pamBad}
	case "requisite":
		return pamControl{ok, pamDie}
	case "optional":
		return pamControl{map[string]pamAction{"success": pamOK, "new_authtok_reqd": pamOK}, pamIgnore}
	case "sufficient":
		return pamControl{map[string]pamAction{"success": pamDone, "new_authtok_reqd": pamDone}, pamIgnore}
	}
	out := pamControl{map[string]pamAction{}, pamUndefined}
	for s = strings.TrimLeft(s, " \t"); s != ""; s = strings.TrimLeft(s, " \t") {
		name, rest := cutAny(s, append(pamReturns, "default"))
		rest, equals := strings.CutPrefix(strings.TrimLeft(rest, " \t"), "=")
		action, rest := cutAction(strings.TrimLeft(rest, " \t"))
		if name == "" || !equals || action == pamUndefined {
			return pamControl{rest: pamBad}
		}
		switch {
		case name != "default":
			out.named[name] = action
		case out.rest == pamUndefined:
			out.rest = action
		}
		s = rest
	}
	if out.rest == pamUndefined {
		out.rest = pamBad
	}
	return out
}

// cutAny takes the first of words that s starts with off s.
func cutAny(s string, words []string) (word, rest string) {
	for _, w := range words {
		if rest, ok := strings.CutPrefix(s, w); ok {
			return w, rest
		}
	}
	return "", s
}

// cutAction takes an action, or the number of a jump, off s.
func cutAction(s string) (pamAction, string) {
	for _, a := range pamActions {
		if rest, ok := strings.CutPrefix(s, a.name); ok {
			return a.action, rest
		}
	}
	const most = 10_000 // more than any stack has
	n := 0
	for s != "" && s[0] >= '0' && s[0] <= '9' {
		n, s = min(n*10+int(s[0]-'0'), most), s[1:]
	}
	return pamAction(n), s
}

// pamFields splits a line as libpam does: at blanks, and [a b] is one field, in
// which \] is a bracket.
func pamFields(s string) []string {
	var out []string
	for s = strings.TrimLeft(s, " \t\n"); s != ""; s = strings.TrimLeft(s, " \t\n") {
		if s[0] != '[' {
			end := strings.IndexAny(s, " \t\n")
			if end < 0 {
				end = len(s)
			}
			out, s = append(out, s[:end]), s[end:]
			continue
		}
		var b strings.Builder
		i := 1
		for ; i < len(s) && s[i] != ']'; i++ {
			if s[i] == '\\' && i+1 < len(s) && s[i+1] == ']' {
				i++
			}
			b.WriteByte(s[i])
		}
		out, s = append(out, b.String()), s[min(i+1, len(s)):]
	}
	return out
}

// A pamModule is one step of a stack: a module with its arguments, or a line that
// fails because it is broken.
type pamModule struct {
	kind    string // auth, account, password, session
	name    string // pam_unix.so; "" where the line is broken
	control string // as written
	args    []string
	actions pamControl
	level   int // depth of substacks
	broken  bool
	from    compliance.Source
}

// A pamTree finds the files of PAM.
type pamTree struct {
	dirs  []string // where services lie, the first one winning
	files textFiles
}

// open returns the file of a service, or of what is included.
func (t pamTree) open(name string) textFile {
	if strings.HasPrefix(name, "/") {
		f := t.files.get(name)
		if f.absent && !slices.ContainsFunc(t.dirs, func(d string) bool { return strings.HasPrefix(name, d+"/") }) {
			return textFile{path: name, cause: name + " lies outside PAM's directories and was not read"}
		}
		return f
	}
	if !plainName(name) || strings.Contains(name, "/") {
		return textFile{path: name, cause: "a file with a path in its name is included, and was not read"}
	}
	for _, dir := range t.dirs {
		if f := t.files.get(dir + "/" + name); !f.absent {
			return f
		}
	}
	return textFile{path: name, absent: true}
}

const (
	pamMaxInclude = 16  // PAM_SUBSTACK_MAX_LEVEL
	pamMaxStack   = 500 // steps of one stack; far more than anyone has
)

// A pamStack is the steps of one service, those of all kinds in their order.
type pamStack struct {
	steps []pamModule
	// aborted: libpam gives the service up, and refuses everything.
	aborted bool
	// cause says why the steps are not known.
	cause string
	from  compliance.Source
}

// service resolves the stack of a service: pam.d(5), with Debian's @include.
func (t pamTree) service(name string) pamStack {
	f := t.open(name)
	s := pamStack{from: compliance.Source{File: f.path}}
	switch {
	case f.cause != "":
		s.cause = f.cause
	case !f.absent:
		s.aborted = !t.read(&s, f, "", 0, 0)
	}
	return s
}

// read adds the steps of one file; kind is the only kind that is wanted, "" any.
// It is false where libpam gives up.
func (t pamTree) read(s *pamStack, f textFile, kind string, depth, level int) bool {
	for _, l := range joinPAMLines(f.lines) {
		if len(s.steps) >= pamMaxStack {
			s.cause = "the stack of " + f.path + " is too long"
			return false
		}
		if !t.readLine(s, f.source(l), pamFields(l.text), kind, depth, level) {
			return false
		}
	}
	return true
}

func (t pamTree) readLine(s *pamStack, from compliance.Source, fields []string, kind string, depth, level int) bool {
	if len(fields) == 0 {
		return true
	}
	if strings.EqualFold(fields[0], "@include") {
		return len(fields) > 1 && t.include(s, from, fields[1], kind, depth, level)
	}
	step := pamModule{kind: strings.ToLower(strings.TrimPrefix(fields[0], "-")), level: level, from: from, actions: pamControl{rest: pamBad}}
	if !slices.Contains(pamKinds, step.kind) {
		step.broken, step.kind = true, kind
		if kind == "" {
			step.kind = "auth"
		}
	}
	if kind != "" && kind != step.kind {
		return true
	}
	if len(fields) > 1 {
		step.control = fields[1]
	}
	if word := strings.ToLower(step.control); word == "include" || word == "substack" {
		inner := level
		if word == "substack" {
			inner++
			marker := step
			marker.name, marker.level = substack, level
			s.steps = append(s.steps, marker)
		}
		if len(fields) > 2 && t.include(s, from, fields[2], step.kind, depth, inner) {
			return true
		}
		step.broken = true
	}
	if len(fields) < 3 {
		step.broken = true
	}
	if len(fields) > 1 && !strings.EqualFold(step.control, "include") && !strings.EqualFold(step.control, "substack") {
		step.actions = parsePAMControl(fields[1])
	}
	if !step.broken {
		step.name, step.args = fields[2], fields[3:]
	}
	s.steps = append(s.steps, step)
	return true
}

// substack is the name of the step that stands where a substack begins. It runs
// nothing, and jumps count it with all that is in it as one.
const substack = "(substack)"

var pamKinds = []string{"auth", "account", "password", "session"}

func (t pamTree) include(s *pamStack, from compliance.Source, name, kind string, depth, level int) bool {
	f := t.open(name)
	if f.cause != "" && s.cause == "" {
		s.cause = f.cause
	}
	if !f.ok() || depth+1 >= pamMaxInclude {
		return false
	}
	before := len(s.steps)
	ok := t.read(s, f, kind, depth+1, level)
	from.Text = ""
	for i := range s.steps[before:] {
		step := &s.steps[before+i]
		step.from.Via = append(slices.Clip(step.from.Via), from)
	}
	return ok
}

// joinPAMLines joins lines that end in a backslash with the next one, and cuts
// comments off. The number is that of the first line.
func joinPAMLines(lines []textLine) []textLine {
	var out []textLine
	open := false
	for _, l := range lines {
		text, _, comment := strings.Cut(l.text, "#")
		more := false
		if !comment {
			text, more = strings.CutSuffix(strings.TrimRight(text, " \t"), `\`)
		}
		if open {
			out[len(out)-1].text += " " + text
		} else {
			out = append(out, textLine{l.n, text})
		}
		open = more
	}
	if open { // libpam: an incomplete line is an error
		return append(out, textLine{out[len(out)-1].n, "@include"})
	}
	return out
}

// of returns the steps of one kind.
func (s pamStack) of(kind string) []pamModule {
	var out []pamModule
	for _, step := range s.steps {
		if step.kind == kind {
			out = append(out, step)
		}
	}
	return out
}

// A pamRun is one way that a stack may go.
type pamRun struct {
	granted bool
	// ran are the indexes of the steps that were asked, in order.
	ran []int
}

// walk follows _pam_dispatch_aux of libpam: it asks the steps in order, does what
// each one's control says, and returns all the ways that this may go. results says
// what a step may return. It is false where there are too many ways.
func walkPAM(steps []pamModule, results func(pamModule) []string) ([]pamRun, bool) {
	w := &pamWalk{steps: steps, results: results, left: 5000}
	w.from(pamState{saved: []pamVerdict{{}}})
	return w.runs, w.left > 0
}

type pamWalk struct {
	steps   []pamModule
	results func(pamModule) []string
	runs    []pamRun
	left    int // steps that may still be taken in all
}

// A pamVerdict is what libpam thinks so far: impression is -1, 0 or 1; success
// tells whether the status, where the impression is positive, is PAM_SUCCESS.
type pamVerdict struct {
	impression int
	success    bool
}

type pamState struct {
	at, previous int
	verdict      pamVerdict
	saved        []pamVerdict // at the start of each level of substacks
	ran          []int
}

func (w *pamWalk) from(s pamState) {
	for s.at < len(w.steps) && w.left > 0 {
		w.left--
		step := w.steps[s.at]
		if step.level > s.previous {
			s.saved = append(slices.Clone(s.saved[:min(step.level, len(s.saved))]), s.verdict)
		}
		s.previous = step.level
		if step.name == substack {
			s.at++
			continue
		}
		results := []string{"perm_denied"}
		if !step.broken {
			results = w.results(step)
			s.ran = append(s.ran, s.at)
		}
		for _, r := range results[1:] {
			other := w.after(s, step, r)
			other.ran = slices.Clone(s.ran)
			w.from(other)
		}
		s = w.after(s, step, results[0])
	}
	w.runs = append(w.runs, pamRun{s.verdict.impression > 0 && s.verdict.success, s.ran})
}

// after is the state once step has returned result.
func (w *pamWalk) after(s pamState, step pamModule, result string) pamState {
	action := step.actions.on(result)
	next := s.at + 1
	switch action {
	case pamReset:
		s.verdict = s.saved[min(step.level, len(s.saved)-1)]
	case pamOK, pamDone:
		if s.verdict.impression == 0 || s.verdict.impression > 0 && s.verdict.success {
			s.verdict = pamVerdict{1, result == "success"}
		}
		if s.verdict.impression > 0 && action == pamDone {
			next = w.endOf(s.at, step.level)
		}
	case pamBad, pamDie:
		s.verdict = pamVerdict{impression: -1}
		if action == pamDie {
			next = w.endOf(s.at, step.level)
		}
	case pamIgnore, pamUndefined:
	default:
		var missed bool
		if next, missed = w.jump(s.at, step.level, int(action)); missed {
			s.verdict = pamVerdict{impression: -1}
		}
	}
	s.at = next
	return s
}

// endOf is the step after the last of the substack that step at is in.
func (w *pamWalk) endOf(at, level int) int {
	for at++; at < len(w.steps) && w.steps[at].level >= level; at++ {
	}
	return at
}

// jump skips n steps, each substack being one; true where there are not as many.
func (w *pamWalk) jump(at, level, n int) (next int, missed bool) {
	steps := w.steps
	for at+1 < len(steps) && steps[at+1].level >= level && n > 0 {
		at++
		for at+1 < len(steps) && steps[at+1].level > level {
			at++
		}
		n--
	}
	return at + 1, n > 0
}
