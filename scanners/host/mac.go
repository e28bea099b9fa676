package host

import (
	"encoding/json"
	"slices"
	"strings"

	"merlon/compliance"
)

const (
	apparmorEnabled  = "/sys/module/apparmor/parameters/enabled"
	apparmorProfiles = "/sys/kernel/security/apparmor/profiles"
	selinuxEnforce   = "/sys/fs/selinux/enforce"
	selinuxConfig    = "/etc/selinux/config"
)

// readMAC reads the state of AppArmor and SELinux.
func readMAC(r *reading) {
	values := r.get("cmd", "values")
	sent := grepLines(values.text)
	putAppArmor(r, values, sent)
	putSELinux(r, values, sent)
}

// sysFile tells whether a file of the kernel's is there, from its directory's list.
func sysFile(r *reading, dir, file string) (there bool, cause string) {
	entries, listed := r.dir(dir)
	return slices.Contains(entries, file), listed.cause
}

func putAppArmor(r *reading, values got, sent map[string]string) {
	from := compliance.Source{File: apparmorEnabled, Line: 1}
	there, cause := sysFile(r, "/sys/module/apparmor/parameters", apparmorEnabled)
	value, read := sent[apparmorEnabled]
	if cause == "" && there && !read {
		cause = values.or(apparmorEnabled + " could not be read")
	}
	if cause != "" {
		r.unknown(cause, from, "apparmor")
		return
	}
	enabled := there && value == "Y"
	r.put(map[string]any{"enabled": enabled}, from, "apparmor")
	if enabled {
		putProfiles(r)
	}
}

// putProfiles puts the mode of each loaded profile, and the programs that run
// without the profile that they have. aa-status(8) tells both, the kernel's own
// list the first.
func putProfiles(r *reading) {
	status := r.get("cmd", "aa-status")
	from := command("aa-status --json")
	if strings.HasPrefix(status.failed+":", "aa-status ended with status 2:") { // on, and no profile is loaded
		r.put(map[string]any{}, from, "apparmor", "profiles")
		r.put([]any{}, from, "apparmor", "unconfined")
		return
	}
	if status.cause == "" && !status.absent && status.text != "" {
		var told struct {
			Profiles  map[string]string `json:"profiles"`
			Processes map[string][]struct {
				Profile string `json:"profile"`
				Status  string `json:"status"`
			} `json:"processes"`
		}
		if json.Unmarshal(withCommas(status.text), &told) == nil && told.Profiles != nil {
			loose := []string{}
			for _, program := range sortedKeys(told.Processes) {
				for _, p := range told.Processes[program] {
					// AppArmor 4 has profiles that are meant to confine nothing: flags=(unconfined).
					meant := told.Profiles[p.Profile] == "unconfined"
					if p.Status == "unconfined" && !meant && !slices.Contains(loose, program) {
						loose = append(loose, program)
					}
				}
			}
			r.put(profileModes(told.Profiles), from, "apparmor", "profiles")
			r.put(anyList(loose), from, "apparmor", "unconfined")
			return
		}
		status.cause = status.unless("aa-status told nothing that is understood here")
	}
	cause := status.or("there is no aa-status")
	r.unknown(cause, from, "apparmor", "unconfined")
	list := r.file(apparmorProfiles)
	if _, asked := r.in.items[itemKey(r.section, "file", apparmorProfiles)]; !asked || !list.ok() {
		if list.cause != "" && asked {
			cause = list.cause
		}
		r.unknown(cause, compliance.Source{File: apparmorProfiles}, "apparmor", "profiles")
		return
	}
	r.put(profileModes(parseProfiles(list.text)), compliance.Source{File: apparmorProfiles}, "apparmor", "profiles")
}

// withCommas puts in the commas that AppArmor 3.0 (Debian 12, Ubuntu 22.04) leaves out
// between the lists of two programs: `]"/usr/sbin/chronyd": [`.
func withCommas(text string) []byte {
	out := make([]byte, 0, len(text)+64)
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\' && i+1 < len(text):
			out = append(out, c)
			i++
			c = text[i]
		case c == '"':
			if !quoted && i > 0 && text[i-1] == ']' {
				out = append(out, ',')
			}
			quoted = !quoted
		}
		out = append(out, c)
	}
	return out
}

// parseProfiles reads the kernel's list, "NAME (MODE)" a line.
func parseProfiles(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		i := strings.LastIndex(l, " (")
		if i > 0 && strings.HasSuffix(l, ")") {
			out[l[:i]] = l[i+2 : len(l)-1]
		}
	}
	return out
}

func profileModes(told map[string]string) map[string]any {
	out := map[string]any{}
	for name, mode := range told {
		if plainName(name) {
			out[name] = mode
		}
	}
	return out
}

func putSELinux(r *reading, values got, sent map[string]string) {
	from := compliance.Source{File: selinuxEnforce, Line: 1}
	there, cause := sysFile(r, "/sys/fs/selinux", selinuxEnforce)
	value, read := sent[selinuxEnforce]
	if cause == "" && there && !read {
		cause = values.or(selinuxEnforce + " could not be read")
	}
	mode := "disabled"
	if there {
		mode = map[string]string{"1": "enforcing", "0": "permissive"}[value]
	}
	r.putOr(mode, cause == "" && mode != "", cause+"", from, "selinux", "mode")
	putSELinuxConfig(r)
	if there {
		list := r.output("unconfined")
		names := slices.Sorted(strings.SplitSeq(strings.TrimSuffix(list.text, "\n"), "\n"))
		names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == "" })
		r.putOr(anyList(names), list.ok(), strings.Replace(list.reason(), "unconfined:", "/proc/PID/attr/current:", 1), compliance.Source{File: "/proc"}, "selinux", "unconfined_services")
	}
}

// putSELinuxConfig reads the mode and the policy of the next boot as libselinux does
// (selinux_getenforcemode(3), selinux_getpolicytype(3)): of SELINUX= the first line
// with a mode counts, which starts with nothing before it; of SELINUXTYPE= the last, and
// targeted where there is none.
func putSELinuxConfig(r *reading) {
	f := r.textFiles().get(selinuxConfig)
	from := compliance.Source{File: selinuxConfig}
	if f.cause != "" {
		for _, k := range []string{"configured", "boot_mode", "type"} {
			r.unknown(f.cause, from, "selinux", k)
		}
		return
	}
	r.put(!f.absent, from, "selinux", "configured")
	if f.absent {
		return
	}
	r.put("targeted", compliance.Source{File: selinuxConfig, Default: true}, "selinux", "type")
	found := false
	for _, l := range f.lines {
		if mode := selinuxMode(l.text); mode != "" && !found {
			r.put(mode, f.source(l), "selinux", "boot_mode")
			found = true
		}
		key, value, _ := strings.Cut(strings.TrimSpace(l.text), "=")
		if strings.EqualFold(key, "SELINUXTYPE") {
			r.put(strings.TrimSpace(value), f.source(l), "selinux", "type")
		}
	}
}

// selinuxMode is the mode that a line sets, of which only the beginning is compared.
func selinuxMode(line string) string {
	value, ok := strings.CutPrefix(line, "SELINUX=")
	value = strings.ToLower(strings.TrimSpace(value))
	for _, mode := range []string{"enforcing", "permissive", "disabled"} {
		if ok && strings.HasPrefix(value, mode) {
			return mode
		}
	}
	return ""
}
