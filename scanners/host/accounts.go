package host

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"merlon/compliance"
)

const (
	passwdFile  = "/etc/passwd"
	shadowFile  = "/etc/shadow"
	groupFile   = "/etc/group"
	gshadowFile = "/etc/gshadow"
	loginDefs   = "/etc/login.defs"
)

// readAccounts reads passwd(5), shadow(5), group(5), gshadow(5) and login.defs(5).
// The script has replaced each password by its state and its hash's name.
func readAccounts(r *reading) {
	files := map[string]got{}
	for _, f := range []string{passwdFile, shadowFile, groupFile, gshadowFile} {
		files[f] = r.file(f)
	}
	uidMin := putLoginDefs(r)
	putUsers(r, files[passwdFile], files[shadowFile], uidMin)
	putGroups(r, files[groupFile], files[gshadowFile])
	putNIS(r, files)
}

// An account is one line of a passwd-like file, already reduced.
type account struct {
	name   string
	fields []string // as in the file, the name first
	line   int
}

func (a account) field(i int) string {
	if i < len(a.fields) {
		return a.fields[i]
	}
	return ""
}

// nameBlanks may stand before a name; glibc passes over them.
const nameBlanks = " \t\v\f\r"

// parseAccounts reads the lines of a passwd-like file. Comments and NIS entries
// are left out.
func parseAccounts(text string) []account {
	var out []account
	n := 0
	for l := range strings.Lines(text) {
		n++
		f := strings.Split(strings.TrimLeft(strings.TrimRight(l, "\n"), nameBlanks), ":")
		if len(f) < 2 || !plainName(f[0]) || strings.ContainsAny(f[0][:1], "+-#") {
			continue
		}
		out = append(out, account{f[0], f, n})
	}
	return out
}

// oddNames puts that a file has accounts whose names nobody can be told.
func oddNames(r *reading, file, text string, parts ...string) {
	for l := range strings.Lines(text) {
		name, _, ok := strings.Cut(strings.TrimLeft(l, nameBlanks), ":")
		if !ok || plainName(name) {
			continue
		}
		for _, part := range parts {
			r.unknown("a name in "+file+" is empty or has control characters", compliance.Source{File: file}, part, compliance.Any)
		}
		return
	}
}

// byName keeps the first line of each name, and lists the names that come again.
func byName(accounts []account) (map[string]account, []string) {
	first, again := map[string]account{}, []string{}
	for _, a := range accounts {
		if _, ok := first[a.name]; !ok {
			first[a.name] = a
		} else if !slices.Contains(again, a.name) {
			again = append(again, a.name)
		}
	}
	return first, again
}

// putIDs puts who has id 0 and which ids are shared; field 2 holds the id.
func putIDs(r *reading, file string, accounts []account, zero, duplicates string) {
	names := map[string][]string{}
	for _, a := range accounts {
		if id, err := strconv.ParseUint(a.field(2), 10, 32); err == nil {
			key := strconv.FormatUint(id, 10)
			names[key] = append(names[key], a.name)
		}
	}
	r.put(anyList(names["0"]), compliance.Source{File: file}, zero)
	shared := map[string]any{}
	for id, who := range names {
		if len(who) > 1 {
			shared[id] = anyList(who)
		}
	}
	r.put(shared, compliance.Source{File: file}, duplicates)
}

func putUsers(r *reading, passwd, shadow got, uidMin int) {
	from := compliance.Source{File: passwdFile}
	if !passwd.ok() {
		for _, k := range []string{"users", "uid_zero", "duplicate_uids", "duplicate_users"} {
			r.unknown(passwd.or("there is no "+passwdFile), from, k)
		}
		return
	}
	lines := parseAccounts(passwd.text)
	users, again := byName(lines)
	putIDs(r, passwdFile, lines, "uid_zero", "duplicate_uids")
	oddNames(r, passwdFile, passwd.text, "users", "uid_zero", "duplicate_uids", "duplicate_users")
	r.put(anyList(again), from, "duplicate_users")
	r.put(map[string]any{}, from, "users")
	secrets, _ := byName(parseAccounts(shadow.text))
	for name, a := range users {
		putUser(r, a, uidMin)
		putPassword(r, a, secrets[name], shadow)
	}
}

// noLogin are shells that let nobody in.
var noLogin = []string{"nologin", "false", "true", "sync", "halt", "shutdown"}

func putUser(r *reading, a account, uidMin int) {
	from := compliance.Source{File: passwdFile, Line: a.line, EndLine: a.line}
	r.put(map[string]any{
		"gecos": a.field(4), "home": a.field(5), "shell": a.field(6),
		"login":    !slices.Contains(noLogin, path.Base(a.field(6))),
		"shadowed": a.field(1) == "x",
	}, from, "users", a.name)
	uid, err := strconv.ParseUint(a.field(2), 10, 32)
	r.putOr(int(uid), err == nil, "the uid is no number", from, "users", a.name, "uid")
	r.putOr(int(uid) < uidMin || uid == 65534, err == nil, "the uid is no number", from, "users", a.name, "system")
	gid, err := strconv.ParseUint(a.field(3), 10, 32)
	r.putOr(int(gid), err == nil, "the gid is no number", from, "users", a.name, "gid")
}

// ages are the fields of shadow(5) from the third on.
var ages = []string{"last_change", "min_days", "max_days", "warn_days", "inactive_days", "expires"}

// putPassword puts the password's state from the file that holds it, and its
// ageing from shadow(5).
func putPassword(r *reading, a, secret account, shadow got) {
	holder, from := a, compliance.Source{File: passwdFile, Line: a.line, EndLine: a.line}
	fromShadow := compliance.Source{File: shadowFile, Line: secret.line, EndLine: secret.line}
	if a.field(1) == "x" {
		holder, from = secret, fromShadow
	}
	switch {
	case shadow.cause != "":
		for _, k := range ages {
			r.unknown(shadow.cause, fromShadow, "users", a.name, k)
		}
		if a.field(1) == "x" {
			r.unknown(shadow.cause, fromShadow, "users", a.name, "password")
			r.unknown(shadow.cause, fromShadow, "users", a.name, "algorithm")
			return
		}
	case a.field(1) == "x" && secret.name == "":
		r.put("missing", compliance.Source{File: shadowFile}, "users", a.name, "password")
		return
	}
	state, algorithm, _ := strings.Cut(holder.field(1), " ")
	r.put(passwordState(state), from, "users", a.name, "password")
	if slices.Contains(hashes, algorithm) {
		r.put(algorithm, from, "users", a.name, "algorithm")
	}
	for i, k := range ages {
		if days, err := strconv.Atoi(secret.field(i + 2)); err == nil && shadow.cause == "" {
			r.put(days, fromShadow, "users", a.name, k)
		}
	}
}

// hashes are the script's names for the prefixes of crypt(5).
var hashes = []string{"yescrypt", "gost-yescrypt", "scrypt", "bcrypt", "sha512", "sha256", "sha1", "md5", "sunmd5", "bsdi", "des", "nt", "argon2", "unknown"}

// passwordState accepts the script's words. "x" in /etc/shadow is no hash.
func passwordState(s string) string {
	switch s {
	case "set", "locked", "empty":
		return s
	}
	return "none"
}

func putGroups(r *reading, group, gshadow got) {
	from := compliance.Source{File: groupFile}
	if !group.ok() {
		for _, k := range []string{"groups", "gid_zero", "duplicate_gids", "duplicate_groups"} {
			r.unknown(group.or("there is no "+groupFile), from, k)
		}
		return
	}
	lines := parseAccounts(group.text)
	groups, again := byName(lines)
	putIDs(r, groupFile, lines, "gid_zero", "duplicate_gids")
	oddNames(r, groupFile, group.text, "groups", "gid_zero", "duplicate_gids", "duplicate_groups")
	r.put(anyList(again), from, "duplicate_groups")
	r.put(map[string]any{}, from, "groups")
	secrets, _ := byName(parseAccounts(gshadow.text))
	for name, g := range groups {
		at := compliance.Source{File: groupFile, Line: g.line, EndLine: g.line}
		members := strings.FieldsFunc(g.field(3), func(c rune) bool { return c == ',' })
		r.put(map[string]any{"members": anyList(members)}, at, "groups", name)
		gid, err := strconv.ParseUint(g.field(2), 10, 32)
		r.putOr(int(gid), err == nil, "the gid is no number", at, "groups", name, "gid")
		own, shadowed := strings.HasPrefix(g.field(1), "set "), secrets[name]
		at = compliance.Source{File: gshadowFile, Line: shadowed.line, EndLine: shadowed.line}
		r.putOr(own || strings.HasPrefix(shadowed.field(1), "set "), own || gshadow.cause == "", gshadow.cause, at, "groups", name, "password")
	}
}

// putNIS lists the files with NIS entries, which add accounts from elsewhere.
func putNIS(r *reading, files map[string]got) {
	nis := []string{}
	for _, name := range []string{passwdFile, shadowFile, groupFile} {
		f := files[name]
		if f.cause != "" {
			r.unknown(f.cause, compliance.Source{File: name}, "nis", compliance.Any)
			continue
		}
		for l := range strings.Lines(f.text) {
			if l = strings.TrimLeft(l, nameBlanks); strings.HasPrefix(l, "+") || strings.HasPrefix(l, "-") {
				nis = append(nis, name)
				break
			}
		}
	}
	r.put(anyList(nis), compliance.Source{File: passwdFile}, "nis")
}

// pamDefs are the keys that PAM's modules read, in either case, the first line
// counting (pam_modutil_search_key).
var pamDefs = []string{"UMASK", "ENCRYPT_METHOD"}

// putLoginDefs reads login.defs(5), the last of a key winning, and returns UID_MIN.
func putLoginDefs(r *reading) int {
	const usual = 1000
	defs := r.file(loginDefs)
	if defs.cause != "" {
		r.unknown(defs.cause, compliance.Source{File: loginDefs}, "login_defs")
		r.unknown(defs.cause, compliance.Source{File: loginDefs}, "login_defs_first")
		return usual
	}
	r.put(map[string]any{}, compliance.Source{File: loginDefs}, "login_defs")
	uidMin := usual
	n := 0
	first := map[string]unitLine{}
	for l := range strings.Lines(defs.text) {
		n++
		f := strings.Fields(l)
		if len(f) < 2 || strings.HasPrefix(f[0], "#") || !plainName(f[0]) {
			continue
		}
		value := strings.Trim(strings.Join(f[1:], " "), `"`)
		r.put(scalar(value), line(loginDefs, n, l), "login_defs", f[0])
		if key := strings.ToUpper(f[0]); slices.Contains(pamDefs, key) && first[key].key == "" {
			first[key] = unitLine{key, value, line(loginDefs, n, l)}
		}
		if min, err := strconv.Atoi(value); err == nil && f[0] == "UID_MIN" {
			uidMin = min
		}
	}
	r.put(map[string]any{}, compliance.Source{File: loginDefs}, "login_defs_first")
	for key, x := range first {
		if last, _ := r.doc.Value(r.path("login_defs", key)); last != scalar(x.value) {
			r.put(scalar(x.value), x.from, "login_defs_first", key)
		}
	}
	return uidMin
}
