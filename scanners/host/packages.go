package host

import (
	"slices"
	"strings"

	"merlon/compliance"
)

// dpkgStatus is the list of dpkg(1), which only /var/lib/dpkg/updates can outdate.
const dpkgStatus = "/var/lib/dpkg/status"

// readPackages reads the package manager's list.
func readPackages(r *reading) {
	managers := []struct {
		name, kind, item string
		from             compliance.Source
		parse            func(string) map[string]string
	}{
		{"dpkg", "file", dpkgStatus, compliance.Source{File: dpkgStatus}, parseDpkg},
		{"dpkg", "cmd", "dpkg-query", command("dpkg-query -W"), parseDpkg},
		{"apk", "cmd", "apk", command("apk info -v"), parseApk},
		{"rpm", "cmd", "rpm", command("rpm -qa"), parseRpm},
	}
	cause := ""
	for _, m := range managers {
		list := r.get(m.kind, m.item)
		if list.failed != "" {
			list.cause = list.failed
		}
		if list.ok() {
			r.put(m.name, m.from, "manager")
			r.put(map[string]any{}, m.from, "installed")
			for name, version := range m.parse(list.text) {
				r.put(version, compliance.Source{}, "installed", name)
			}
			return
		}
		if _, sent := r.in.items[itemKey(r.section, m.kind, m.item)]; sent {
			cause = list.cause
			if list.absent {
				cause = "no package database that is known here (dpkg, rpm, apk)"
			}
		} else if cause == "" {
			cause = list.cause
		}
	}
	r.unknown(cause, compliance.Source{}, "manager")
	r.unknown(cause, compliance.Source{}, "installed")
}

// unpacked are dpkg's states of packages whose files are there, configured or not
// (dpkg(1), "Package states").
var unpacked = []string{"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"}

// parseDpkg reads "WANT FLAG STATE\tNAME\tVERSION".
func parseDpkg(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(l), "\t")
		if len(f) != 3 || !plainName(f[1]) {
			continue
		}
		if words := strings.Fields(f[0]); len(words) == 3 && slices.Contains(unpacked, words[2]) {
			out[f[1]] = f[2]
		}
	}
	return out
}

// parseRpm reads "NAME\tVERSION-RELEASE"; keys that sign packages are listed as
// packages too, and are none.
func parseRpm(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		name, version, ok := strings.Cut(strings.TrimSpace(l), "\t")
		if ok && name != "gpg-pubkey" && plainName(name) {
			out[name] = version
		}
	}
	return out
}

// parseApk reads the P: and V: lines of apk's database.
func parseApk(text string) map[string]string {
	out := map[string]string{}
	name := ""
	for l := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(l), ":")
		switch key {
		case "P":
			name = value
			if plainName(name) {
				out[name] = ""
			}
		case "V":
			if plainName(name) {
				out[name] = value
			}
		}
	}
	return out
}
