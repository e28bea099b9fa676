package host

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

// pamServices are the services whose stacks are told: those through which people
// come in, become root and change passwords. "other" is for all that have no file.
var pamServices = []string{
	"login", "remote", "sshd", "su", "su-l", "sudo", "sudo-i", "passwd", "polkit-1", "gdm-password", "lightdm", "sddm", "cockpit", "xrdp-sesman",
	"vsftpd", "proftpd", "ftp", "dovecot", "imap", "pop3", "smtp", "samba", "cups", "openvpn", "webmin", "vlock", "other",
}

// pamDirs are the directories in which libpam looks for a service, in order.
var pamDirs = []string{"/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d"}

// readPAM reads the stacks of pam.d(5) and the files that its modules read.
func readPAM(r *reading) {
	t := pamTree{dirs: pamDirs, files: r.textFiles()}
	installed, cause := pamInstalled(r)
	r.putOr(installed, cause == "", cause, compliance.Source{File: pamDirs[0]}, "installed")
	if cause != "" {
		for _, k := range []string{"services", "modules"} {
			r.unknown(cause, compliance.Source{File: pamDirs[0]}, k)
		}
		return
	}
	if !installed {
		return
	}
	p := &pamReader{reading: r, tree: t, missing: pamMissing(r), unlisted: r.output("modules").cause}
	r.put(map[string]any{}, compliance.Source{File: pamDirs[0]}, "services")
	p.other = t.service("other")
	for _, name := range pamServices {
		p.service(name)
	}
	p.putModules()
}

// pamInstalled tells whether one of PAM's directories is there.
func pamInstalled(r *reading) (installed bool, cause string) {
	for _, dir := range pamDirs {
		got := r.output(dir)
		switch word := strings.TrimSpace(got.text); {
		case got.cause != "":
			cause = got.cause
		case word == "there":
			installed = true
		case word != statusAbsent:
			cause = dir + ": permission denied: " + needsRoot
		}
	}
	return installed, cause
}

// pamMissing returns what tells whether a module is known not to be installed. A
// module with a path of its own is not looked for.
func pamMissing(r *reading) func(string) bool {
	list := r.output("modules")
	names := strings.Fields(list.text)
	if !list.ok() || len(names) == 0 {
		return nil
	}
	return func(name string) bool { return !strings.Contains(name, "/") && !slices.Contains(names, name) }
}

type pamReader struct {
	*reading
	tree    pamTree
	other   pamStack
	missing func(string) bool
	// unlisted says why it is not known which modules are installed.
	unlisted string
	// told are the lines of modules with options, each once.
	told []*pamLine
	// causes are why the stacks of some services are not known.
	causes []string
}

// A pamLine is a module's line, and the services that reach it.
type pamLine struct {
	step     pamModule
	services []string
	first    bool // nothing before it in its stack asks for the new password
}

func (p *pamReader) service(name string) {
	s := p.tree.service(name)
	if s.cause == "" && s.from.File == name { // no such file: other counts
		return
	}
	if s.cause != "" {
		p.unknown(s.cause, s.from, "services", name)
		p.causes = append(p.causes, s.cause)
		return
	}
	at := []string{"services", name}
	p.put(map[string]any{"aborted": s.aborted}, s.from, at...)
	stacks := map[string][]pamModule{}
	for _, kind := range pamKinds {
		stacks[kind] = s.of(kind)
		if len(stacks[kind]) == 0 {
			stacks[kind] = p.other.of(kind)
		}
		if s.aborted {
			stacks[kind] = nil
		}
		p.putSteps(name, kind, stacks[kind], s.from)
	}
	if p.other.cause != "" && !s.aborted {
		p.causes = append(p.causes, p.other.cause)
	}
	p.putAnswers(at, stacks, s.from)
}

// putSteps puts the names of a stack's modules, and keeps the lines with options.
func (p *pamReader) putSteps(service, kind string, steps []pamModule, from compliance.Source) {
	names, sources := []string{}, []compliance.Source{}
	asked := false
	for _, step := range steps {
		if step.name == substack {
			continue
		}
		name := pamName(step)
		if step.broken {
			name = "(broken line)"
		}
		names, sources = append(names, name), append(sources, step.from)
		p.tell(service, step, !asked)
		asked = asked || slices.Contains(pamQuality, name) || slices.Contains(pamHistory, name)
	}
	p.put(anyList(names), from, "services", service, kind)
	for i, s := range sources {
		p.doc.PutSource(p.path("services", service, kind, strconv.Itoa(i)), s)
	}
}

// tell keeps a module's line with the service that reaches it.
func (p *pamReader) tell(service string, step pamModule, first bool) {
	if pamOptions[pamName(step)] == nil || step.broken {
		return
	}
	for _, l := range p.told {
		if l.step.from.File == step.from.File && l.step.from.Line == step.from.Line && l.step.kind == step.kind {
			if !slices.Contains(l.services, service) {
				l.services = append(l.services, service)
			}
			l.first = l.first && first
			return
		}
	}
	p.told = append(p.told, &pamLine{step, []string{service}, first})
}

func (p *pamReader) putAnswers(at []string, stacks map[string][]pamModule, from compliance.Source) {
	l := judgeLogin(stacks["auth"], stacks["account"], p.missing)
	change := stacks["password"]
	pamUnix := slices.IndexFunc(stacks["auth"], func(m pamModule) bool { return pamName(m) == "pam_unix" })
	if pamUnix >= 0 {
		from = stacks["auth"][pamUnix].from
	}
	answers := map[string]pamAnswer{
		"password_login": l.password, "accepts_any_password": l.acceptsAny,
		"counts_failures": l.counts, "refuses_locked": l.refuses, "resets_failures": l.resets, "members_only": l.members, "group_suffices": l.groupSuffices,
		"refuses_weak":   judgeChange(change, pamScenario{weak: true, missing: p.missing}, pamQuality),
		"refuses_reused": judgeChange(change, pamScenario{reused: true, missing: p.missing}, pamHistory),
	}
	for key, a := range answers {
		if p.unlisted != "" {
			a.cause = p.unlisted
		}
		where := from
		if key == "accepts_any_password" && l.opener >= 0 {
			where = stacks["auth"][l.opener].from
		}
		if strings.HasPrefix(key, "refuses_weak") || strings.HasPrefix(key, "refuses_reused") {
			where = compliance.Source{}
			if len(change) > 0 {
				where = change[0].from
			}
		}
		p.putOr(a.value, a.cause == "", a.cause, where, append(slices.Clone(at), key)...)
	}
}

// putModules puts the lines of the modules that have options worth judging, each
// with the options in effect.
func (p *pamReader) putModules() {
	p.put(map[string]any{}, compliance.Source{File: pamDirs[0]}, "modules")
	for _, module := range slices.Sorted(maps.Keys(pamOptions)) {
		var lines []any
		var options []pamSettings
		var found []*pamLine
		for _, l := range p.told {
			if pamName(l.step) == module {
				o := pamOptions[module](p, l)
				fact := map[string]any{
					"type": l.step.kind, "control": l.step.control, "services": anyList(l.services), "options": o.facts(),
				}
				lines, options, found = append(lines, fact), append(options, o), append(found, l)
			}
		}
		p.putLines(module, lines, options, found)
	}
	if len(p.causes) > 0 {
		for module := range pamOptions {
			p.unknown(p.causes[0], compliance.Source{File: pamDirs[0]}, "modules", module, compliance.Any)
		}
	}
}

func (p *pamReader) putLines(module string, lines []any, options []pamSettings, found []*pamLine) {
	if lines == nil {
		lines = []any{}
	}
	p.put(lines, compliance.Source{File: pamDirs[0]}, "modules", module)
	for i, o := range options {
		at := []string{"modules", module, strconv.Itoa(i)}
		p.doc.PutSource(p.path(at...), found[i].step.from)
		for key, v := range o {
			where := p.path(append(slices.Clone(at), "options", key)...)
			if v.cause != "" {
				p.doc.PutUnknown(where, printable(v.cause), v.from)
			} else {
				p.doc.PutSource(where, v.from)
			}
		}
	}
}
