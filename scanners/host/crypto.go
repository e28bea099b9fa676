package host

import (
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const (
	cryptoPolicies = "/etc/crypto-policies"
	cryptoConfig   = cryptoPolicies + "/config"
	cryptoState    = cryptoPolicies + "/state/current"
	cryptoDump     = cryptoPolicies + "/state/CURRENT.pol"
	cryptoSSHD     = cryptoPolicies + "/back-ends/opensshserver.config"
	fipsEnabled    = "/proc/sys/crypto/fips_enabled"
)

// readCrypto reads the system-wide crypto policy (crypto-policies(7)), and whether the
// kernel is in FIPS mode.
func readCrypto(r *reading) {
	told := r.output("facts")
	if told.cause != "" {
		r.unknown(told.cause, compliance.Source{File: cryptoPolicies})
		return
	}
	fips, installed := false, false
	backEnds := map[string]string{}
	for l := range strings.Lines(told.text) {
		switch w := strings.Fields(l); {
		case len(w) == 2 && w[0] == "fips":
			fips = w[1] == "1"
		case len(w) == 1 && w[0] == "policies":
			installed = true
		case len(w) == 3 && w[0] == "back-end":
			backEnds[w[1]] = w[2]
		}
	}
	r.putOr(fips, !r.image(), onlyRunning, compliance.Source{File: fipsEnabled, Line: 1}, "fips_mode")
	r.put(installed, compliance.Source{File: cryptoPolicies}, "installed")
	if !installed {
		return
	}
	files := r.textFiles()
	putPolicyName(r, files.get(cryptoConfig), "configured")
	putPolicyName(r, files.get(cryptoState), "applied")
	putPolicyDump(r, files.get(cryptoDump))
	putPolicySSHD(r, files.get(cryptoSSHD))
	r.put(map[string]any{}, compliance.Source{File: cryptoPolicies + "/back-ends"}, "back_ends")
	for name, state := range backEnds {
		r.put(state, compliance.Source{File: cryptoPolicies + "/back-ends/" + name + ".config"}, "back_ends", name)
	}
}

// putPolicyName puts NAME:MODULE:MODULE, as update-crypto-policies(8) reads it: in upper
// case, modules on lines of their own too.
func putPolicyName(r *reading, f textFile, at string) {
	from := compliance.Source{File: f.path}
	if f.cause != "" {
		r.unknown(f.cause, from, at)
		return
	}
	name := ""
	modules := []any{}
	for _, l := range f.lines {
		text, _, _ := strings.Cut(l.text, "#")
		parts := strings.Split(strings.ToUpper(strings.TrimSpace(text)), ":")
		if name == "" && parts[0] != "" {
			name, from = parts[0], f.source(l)
			parts = parts[1:]
		}
		for _, p := range parts {
			if p != "" {
				modules = append(modules, p)
			}
		}
	}
	if name == "" {
		r.unknown("no policy is named in "+f.path, from, at)
		return
	}
	r.put(map[string]any{"policy": name, "modules": modules}, from, at)
}

// policyLists and policyNumbers are the properties of a policy that are judged.
var (
	policyLists   = []string{"cipher", "hash", "mac", "sign", "protocol"}
	policyNumbers = []string{"min_dh_size", "min_rsa_size", "sha1_in_certs"}
)

// everyScope is the scope of the values that hold where no back-end has others.
const everyScope = "all"

// putPolicyDump puts what update-crypto-policies wrote down of the policy that it
// applied: `PROPERTY = VALUE...` and `PROPERTY@BACK-END = VALUE...`, each once.
func putPolicyDump(r *reading, f textFile) {
	from := compliance.Source{File: f.path}
	if f.cause != "" || f.absent {
		cause := f.cause
		if f.absent {
			cause = f.path + " is not there; update-crypto-policies writes it"
		}
		r.unknown(cause, from, "scopes")
		return
	}
	r.put(map[string]any{everyScope: map[string]any{}}, from, "scopes")
	seen := map[string]bool{}
	for _, l := range f.lines {
		text, _, _ := strings.Cut(l.text, "#")
		key, value, ok := strings.Cut(text, "=")
		property, scope, scoped := strings.Cut(strings.TrimSpace(key), "@")
		if !scoped {
			scope = everyScope
		}
		scope = strings.ToLower(scope)
		at := property + "@" + scope
		switch {
		case !ok || !plainName(scope) || seen[at]:
		case slices.Contains(policyLists, property):
			r.put(anyList(strings.Fields(value)), f.source(l), "scopes", scope, property)
		case slices.Contains(policyNumbers, property):
			n, err := strconv.Atoi(strings.TrimSpace(value))
			r.putOr(n, err == nil, "this is not a number: "+l.text, f.source(l), "scopes", scope, property)
		}
		seen[at] = true
	}
}

// policyKeywords are the keywords of sshd_config(5) that the policy sets.
var policyKeywords = []string{"ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms"}

// putPolicySSHD puts what the policy would have sshd offer. Of a keyword the first line
// counts.
func putPolicySSHD(r *reading, f textFile) {
	from := compliance.Source{File: f.path}
	if f.cause != "" {
		r.unknown(f.cause, from, "sshd")
		return
	}
	r.put(map[string]any{}, from, "sshd")
	seen := map[string]bool{}
	for _, l := range f.lines {
		w := strings.Fields(strings.Replace(l.text, "=", " ", 1))
		if len(w) != 2 {
			continue
		}
		key := strings.ToLower(w[0])
		if !slices.Contains(policyKeywords, key) || seen[key] {
			continue
		}
		seen[key] = true
		r.put(anyList(strings.Split(w[1], ",")), f.source(l), "sshd", key)
	}
}
