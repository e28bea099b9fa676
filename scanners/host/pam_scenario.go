package host

import (
	"slices"
	"strconv"
	"strings"
)

// A pamScenario is a login, or a change of password, by an account that is local,
// regular (a uid of 1000 or more), has a login shell and is in no special group.
type pamScenario struct {
	// right: the password given is the account's own.
	right bool
	// locked: pam_faillock has counted too many failures.
	locked bool
	// outsider: the account is not in the group that pam_wheel asks for; otherwise
	// it is, and gains nothing else by it.
	outsider bool
	// favoured: the account is in the groups that pam_succeed_if asks for.
	favoured bool
	// weak and reused say what is wrong with a new password.
	weak, reused bool
	// missing tells whether a module is known not to be installed.
	missing func(name string) bool
}

// results returns what a module may return. One value is certain; a module that
// nothing is known of may do anything.
func (sc pamScenario) results(m pamModule) []string {
	name := strings.TrimSuffix(m.name[strings.LastIndexByte(m.name, '/')+1:], ".so")
	if sc.missing != nil && sc.missing(m.name) {
		return []string{"module_unknown"}
	}
	switch {
	case name == "pam_debug":
		return []string{pamDebugResult(m)}
	case name == "pam_permit":
		return []string{"success"}
	case name == "pam_deny":
		return []string{pamDenial(m.kind)}
	case name == "pam_faillock":
		return []string{sc.faillock(m)}
	case name == "pam_succeed_if":
		return pamSucceedIf(m.args, sc.favoured)
	}
	if m.kind == "password" {
		return sc.change(name)
	}
	if m.kind == "auth" {
		return sc.auth(name, m)
	}
	return []string{"success"}
}

// pamDenial is what pam_deny(8) returns.
func pamDenial(kind string) string {
	switch kind {
	case "password":
		return "authtok_err"
	case "session":
		return "session_err"
	}
	return "auth_err"
}

// pamDebugResult is what pam_debug(8) is told to return.
func pamDebugResult(m pamModule) string {
	key := map[string]string{"auth": "auth", "account": "acct", "password": "chauthtok", "session": "open_session"}[m.kind]
	result := "success"
	for _, a := range m.args {
		if value, ok := strings.CutPrefix(a, key+"="); ok && slices.Contains(pamReturns, value) {
			return value
		}
	}
	return result
}

// faillock is what pam_faillock(8) returns; without a word it is preauth.
func (sc pamScenario) faillock(m pamModule) string {
	switch {
	case m.kind != "auth":
		return "success"
	case sc.locked:
		return "auth_err"
	case slices.Contains(m.args, "authfail"):
		return "ignore"
	}
	return "success"
}

// pamFactors ask for something else than the local password.
var pamFactors = []string{
	"pam_sss", "pam_ldap", "pam_krb5", "pam_winbind", "pam_systemd_home", "pam_u2f", "pam_yubico", "pam_google_authenticator", "pam_oath",
	"pam_fprintd", "pam_pkcs11", "pam_ssh_agent_auth", "pam_radius_auth", "pam_radius", "pam_duo", "pam_rhosts", "pam_userdb", "pam_mysql", "pam_pgsql",
}

// pamQuiet let a login be, whatever the password was.
var pamQuiet = []string{
	"pam_faildelay", "pam_env", "pam_echo", "pam_warn", "pam_nologin", "pam_cap", "pam_group", "pam_issue", "pam_keyinit",
	"pam_gnome_keyring", "pam_kwallet", "pam_kwallet5", "pam_mount", "pam_selinux", "pam_selinux_permit", "pam_umask", "pam_limits", "pam_loginuid", "pam_systemd",
}

func (sc pamScenario) auth(name string, m pamModule) []string {
	switch {
	case name == "pam_unix" && sc.right:
		return []string{"success"}
	case name == "pam_unix":
		return []string{"auth_err"}
	case name == "pam_wheel":
		return sc.wheel(m)
	case name == "pam_rootok":
		return []string{"auth_err"}
	case name == "pam_usertype":
		if slices.Contains(m.args, "isregular") {
			return []string{"success"}
		}
		return []string{"auth_err"}
	case name == "pam_localuser", name == "pam_shells":
		return []string{"success"}
	case slices.Contains(pamFactors, name) && sc.right:
		return []string{"auth_err", "user_unknown", "success"}
	case slices.Contains(pamFactors, name):
		return []string{"auth_err"}
	case slices.Contains(pamQuiet, name):
		return []string{"ignore"}
	}
	return []string{"auth_err", "success", "ignore"}
}

// wheel is what pam_wheel(8) returns, root being the account that is to be had.
func (sc pamScenario) wheel(m pamModule) []string {
	deny, trust := m.flag("deny"), m.flag("trust")
	switch {
	case !deny && sc.outsider && !trust:
		return []string{"perm_denied"}
	case trust && sc.right && deny == sc.outsider:
		return []string{"ignore", "success"}
	}
	return []string{"ignore"}
}

// pamQuality judge a new password, pamHistory compares it with old ones.
var (
	pamQuality = []string{"pam_pwquality", "pam_cracklib", "pam_passwdqc"}
	pamHistory = []string{"pam_pwhistory"}
)

func (sc pamScenario) change(name string) []string {
	switch {
	case slices.Contains(pamQuality, name) && sc.weak, slices.Contains(pamHistory, name) && sc.reused:
		return []string{"authtok_err"}
	case slices.Contains(pamFactors, name):
		return []string{"user_unknown", "authtok_err"}
	case name == "pam_unix", slices.Contains(pamQuality, name), slices.Contains(pamHistory, name):
		return []string{"success"}
	case slices.Contains(pamQuiet, name):
		return []string{"ignore"}
	}
	return []string{"ignore", "success", "authtok_err"}
}

// pamSucceedIf evaluates the conditions of pam_succeed_if(8) for the scenario's
// account; those on other things may hold or not.
func pamSucceedIf(args []string, favoured bool) []string {
	words := slices.DeleteFunc(slices.Clone(args), func(a string) bool {
		return slices.Contains([]string{"debug", "use_uid", "quiet", "quiet_fail", "quiet_success", "audit"}, a)
	})
	certain := len(words) > 0 && len(words)%3 == 0
	for ; len(words) >= 3; words = words[3:] {
		holds, known := pamCondition(words[0], words[1], words[2], favoured)
		if known && !holds {
			return []string{"auth_err"}
		}
		certain = certain && known
	}
	if certain {
		return []string{"success"}
	}
	return []string{"success", "auth_err"}
}

func pamCondition(field, op, value string, favoured bool) (holds, known bool) {
	const uid = 1000
	n, err := strconv.Atoi(value)
	switch {
	case field == "user" && op == "ingroup":
		return favoured, true
	case field == "user" && op == "notingroup":
		return !favoured, true
	case field == "user" && value == "root" && (op == "=" || op == "eq"):
		return false, true
	case field == "user" && value == "root" && op == "!=":
		return true, true
	case field != "uid" || err != nil || n > uid:
		return false, false
	}
	switch op {
	case "lt", "<":
		return false, true
	case "le", "<=":
		return false, n < uid
	case "ge", ">=":
		return true, true
	case "gt", ">":
		return true, n < uid
	case "eq", "=":
		return false, n < uid
	case "ne", "!=":
		return true, n < uid
	}
	return false, false
}

// A pamAnswer is what a stack says in a scenario.
type pamAnswer struct {
	value bool
	cause string // why the value is not known
}

func yes(b bool) pamAnswer { return pamAnswer{value: b} }

const pamTooMany = "the stack may go too many ways"

// asks tells whether step i of a run is the module, with the argument if one is named.
func asks(steps []pamModule, run pamRun, module string, arg string) bool {
	return slices.ContainsFunc(run.ran, func(i int) bool {
		return pamName(steps[i]) == module && (arg == "" || slices.Contains(steps[i].args, arg))
	})
}

// pamName is a module's name without its directory and suffix.
func pamName(m pamModule) string {
	return strings.TrimSuffix(m.name[strings.LastIndexByte(m.name, '/')+1:], ".so")
}

// A pamLogin is what the auth stack of a service makes of passwords.
type pamLogin struct {
	// password: pam_unix is asked, and the right password may let in.
	password pamAnswer
	// acceptsAny: a wrong password lets in. opener is the module that is asked last
	// then, which is the one that lets in; -1 where there is none.
	acceptsAny pamAnswer
	opener     int
	// counts: pam_faillock hears of each wrong password. refuses: once it has
	// counted enough, the right password does not let in. resets: a login sets the
	// count back.
	counts, refuses, resets pamAnswer
	// groupSuffices: a wrong password lets in who is in the groups that pam_succeed_if
	// asks for.
	groupSuffices pamAnswer
	// members: who is not in pam_wheel's group is not let in by the right password.
	members pamAnswer
}

// judgeLogin plays logins through the auth and account stacks of a service.
func judgeLogin(auth, account []pamModule, missing func(string) bool) pamLogin {
	right, ok1 := walkPAM(auth, pamScenario{right: true, missing: missing}.results)
	wrong, ok2 := walkPAM(auth, pamScenario{missing: missing}.results)
	locked, ok3 := walkPAM(auth, pamScenario{right: true, locked: true, missing: missing}.results)
	after, ok4 := walkPAM(account, pamScenario{right: true, missing: missing}.results)
	outside, ok5 := walkPAM(auth, pamScenario{right: true, outsider: true, missing: missing}.results)
	favoured, ok6 := walkPAM(auth, pamScenario{favoured: true, missing: missing}.results)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		no := pamAnswer{cause: pamTooMany}
		return pamLogin{password: no, acceptsAny: no, opener: -1, counts: no, refuses: no, resets: no, members: no, groupSuffices: no}
	}
	byPassword := func(run pamRun) bool { return asks(auth, run, "pam_unix", "") }
	l := pamLogin{opener: -1, password: yes(slices.ContainsFunc(right, func(r pamRun) bool { return r.granted && byPassword(r) }))}
	if i := slices.IndexFunc(wrong, func(r pamRun) bool { return r.granted && len(r.ran) > 0 }); i >= 0 {
		l.opener = wrong[i].ran[len(wrong[i].ran)-1]
	}
	granted := countPAM(wrong, func(r pamRun) bool { return r.granted })
	l.acceptsAny = yes(granted == len(wrong))
	if granted > 0 && granted < len(wrong) {
		l.acceptsAny = pamAnswer{cause: "whether a wrong password is refused hangs on a module that is not known here"}
	}
	l.groupSuffices = yes(countPAM(favoured, func(r pamRun) bool { return r.granted }) == len(favoured))
	refused := slices.DeleteFunc(slices.Clone(wrong), func(r pamRun) bool { return r.granted || !byPassword(r) })
	l.counts = yes(len(refused) > 0 && countPAM(refused, func(r pamRun) bool { return asks(auth, r, "pam_faillock", "authfail") }) == len(refused))
	l.refuses = yes(!slices.ContainsFunc(locked, func(r pamRun) bool { return r.granted && byPassword(r) }) && l.password.value)
	l.members = yes(!slices.ContainsFunc(outside, func(r pamRun) bool { return r.granted && byPassword(r) }) && l.password.value)
	reset := func(r pamRun) bool { return asks(auth, r, "pam_faillock", "authsucc") }
	in := slices.DeleteFunc(slices.Clone(right), func(r pamRun) bool { return !r.granted || !byPassword(r) })
	l.resets = yes(len(in) > 0 && countPAM(in, reset) == len(in) ||
		slices.ContainsFunc(after, func(r pamRun) bool { return asks(account, r, "pam_faillock", "") }))
	return l
}

func countPAM(runs []pamRun, is func(pamRun) bool) int {
	n := 0
	for _, r := range runs {
		if is(r) {
			n++
		}
	}
	return n
}

// judgeChange tells whether a new password with a fault is refused by one of judges.
func judgeChange(steps []pamModule, sc pamScenario, judges []string) pamAnswer {
	runs, ok := walkPAM(steps, sc.results)
	if !ok {
		return pamAnswer{cause: pamTooMany}
	}
	asked := func(r pamRun) bool {
		return slices.ContainsFunc(judges, func(m string) bool { return asks(steps, r, m, "") })
	}
	granted := countPAM(runs, func(r pamRun) bool { return r.granted })
	if granted > 0 && countPAM(runs, func(r pamRun) bool { return !r.granted && asked(r) }) > 0 {
		return pamAnswer{cause: "whether it is judged hangs on a module that is not known here"}
	}
	return yes(granted == 0)
}
