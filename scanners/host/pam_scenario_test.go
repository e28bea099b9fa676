package host

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

const (
	debianAuth = "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\nauth optional pam_cap.so\n"
	// Debian's stack with the profiles that faillock(8) asks for.
	debianFaillock = "auth required pam_faillock.so preauth\nauth [success=2 default=ignore] pam_unix.so nullok\n" +
		"auth [default=die] pam_faillock.so authfail\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
	// authselect's profile sssd with-faillock.
	redHatFaillock = `auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth required pam_faillock.so preauth silent
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_faillock.so authfail
auth required pam_deny.so
`
	accountFaillock = "account required pam_faillock.so\naccount required pam_unix.so\n"
	accountPlain    = "account required pam_unix.so\n"
)

// TestPAMLogin plays logins through stacks as distributions and people make them.
func TestPAMLogin(t *testing.T) {
	for name, c := range map[string]struct{ auth, account, want string }{
		"Debian":               {debianAuth, accountPlain, "password"},
		"Debian with faillock": {debianFaillock, accountFaillock, "password counts refuses resets"},
		"Red Hat":              {redHatFaillock, accountFaillock, "password counts refuses resets"},
		"no preauth":           {strings.Replace(debianFaillock, "auth required pam_faillock.so preauth\n", "", 1), accountFaillock, "password counts resets"},
		"authsucc in place of preauth": {
			"auth [success=1 default=bad] pam_unix.so\nauth [default=die] pam_faillock.so authfail\nauth sufficient pam_faillock.so authsucc\nauth required pam_deny.so\n",
			accountPlain, "password counts refuses resets",
		},
		"authfail after the end":      {strings.Replace(debianAuth, "auth optional", "auth [default=die] pam_faillock.so authfail\nauth optional", 1), accountPlain, ""},
		"preauth optional":            {strings.Replace(debianFaillock, "required pam_faillock.so preauth", "optional pam_faillock.so preauth", 1), accountFaillock, "password counts resets"},
		"nothing resets":              {debianFaillock, accountPlain, "password counts refuses"},
		"permit too early":            {"auth sufficient pam_permit.so\n" + debianAuth, accountPlain, "any"},
		"a jump too far":              {"auth [default=1] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n", accountPlain, "password any"},
		"optional password":           {"auth optional pam_unix.so\nauth required pam_permit.so\n", accountPlain, "password any"},
		"nobody":                      {"auth required pam_deny.so\n", accountPlain, ""},
		"nothing":                     {"", accountPlain, ""},
		"keys only":                   {"auth required pam_u2f.so\n", accountPlain, ""},
		"second factor":               {debianFaillock + "auth required pam_google_authenticator.so\n", accountFaillock, "password counts refuses resets"},
		"security key instead":        {"auth sufficient pam_u2f.so\n" + debianFaillock, accountFaillock, "password counts refuses resets"},
		"second factor, no preauth":   {strings.Replace(debianFaillock, "auth required pam_faillock.so preauth\n", "", 1) + "auth required pam_oath.so\n", accountFaillock, "password counts resets"},
		"su for the group":            {"auth sufficient pam_rootok.so\nauth required pam_wheel.so use_uid\n" + debianAuth, accountPlain, "password members"},
		"su that trusts the group":    {"auth sufficient pam_rootok.so\nauth sufficient pam_wheel.so trust use_uid\n" + debianAuth, accountPlain, "password"},
		"su that denies the group":    {"auth required pam_wheel.so deny group=x\n" + debianAuth, accountPlain, "password"},
		"wheel asked, and ignored":    {"auth optional pam_wheel.so\n" + debianAuth, accountPlain, "password"},
		"wheel for everything else":   {"auth [success=1 default=ignore] pam_succeed_if.so user ingroup admin\nauth required pam_wheel.so\n" + debianAuth, accountPlain, "password members"},
		"display manager without":     {"auth sufficient pam_succeed_if.so user ingroup nopasswdlogin\n" + debianAuth, accountPlain, "password"},
		"regular users only":          {"auth required pam_succeed_if.so uid >= 1000 quiet\n" + debianAuth, accountPlain, "password"},
		"system users only":           {"auth required pam_succeed_if.so uid < 1000 quiet\n" + debianAuth, accountPlain, ""},
		"not installed, and optional": {"-auth optional pam_missing.so\n" + debianAuth, accountPlain, "password"},
		"faillock not installed": {
			strings.ReplaceAll(debianFaillock, "pam_faillock.so", "pam_missing.so"), accountPlain, "",
		},
		"unknown module decides": {"auth sufficient pam_site.so\n" + debianAuth, accountPlain, "password any?"},
		"listed in the substack": {"auth substack common\n", accountFaillock, "password counts refuses resets"},
	} {
		a := &txtar.Archive{Files: []txtar.File{
			{Name: "etc/pam.d/x", Data: []byte(c.auth + c.account)}, {Name: "etc/pam.d/common", Data: []byte(debianFaillock)},
		}}
		s := archiveTree(a).service("x")
		l := judgeLogin(s.of("auth"), s.of("account"), func(m string) bool { return m == "pam_missing.so" })
		var got []string
		for _, x := range []struct {
			word string
			pamAnswer
		}{{"password", l.password}, {"any", l.acceptsAny}, {"counts", l.counts}, {"refuses", l.refuses}, {"resets", l.resets}, {"members", l.members}} {
			switch {
			case x.cause != "":
				got = append(got, x.word+"?")
			case x.value:
				got = append(got, x.word)
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %q, want %q", name, g, c.want)
		}
	}
}

// TestPAMOpener: the module that lets in whoever gives a wrong password is named.
func TestPAMOpener(t *testing.T) {
	for stack, want := range map[string]int{
		"auth sufficient pam_permit.so\n" + debianAuth:                                            0,
		"auth required pam_env.so\nauth sufficient pam_permit.so\nauth required pam_unix.so\n":    1,
		"auth optional pam_unix.so\nauth required pam_permit.so\n":                                1,
		"auth [default=1] pam_unix.so\nauth requisite pam_deny.so\nauth required pam_permit.so\n": 2,
		debianAuth: -1,
	} {
		a := &txtar.Archive{Files: []txtar.File{{Name: "etc/pam.d/x", Data: []byte(stack + accountPlain)}}}
		x := archiveTree(a).service("x")
		if got := judgeLogin(x.of("auth"), x.of("account"), nil).opener; got != want {
			t.Errorf("%s: module %d lets in, want %d", stack, got, want)
		}
	}
}

// TestPAMChange plays changes of a password through the password stack.
func TestPAMChange(t *testing.T) {
	const unix = "password [success=1 default=ignore] pam_unix.so yescrypt\npassword requisite pam_deny.so\npassword required pam_permit.so\n"
	for name, c := range map[string]struct{ stack, want string }{
		"Debian":            {unix, ""},
		"quality":           {"password requisite pam_pwquality.so retry=3\n" + unix, "weak"},
		"quality, optional": {"password optional pam_pwquality.so retry=3\n" + unix, ""},
		"both":              {"password requisite pam_cracklib.so\npassword required pam_pwhistory.so\n" + unix, "weak reused"},
		"history after":     {unix + "password required pam_pwhistory.so\n", "reused"},
		"Red Hat": {"password requisite pam_pwquality.so local_users_only\npassword [default=1 ignore=ignore success=ok] pam_localuser.so\n" +
			"password requisite pam_pwhistory.so use_authtok\npassword sufficient pam_unix.so yescrypt shadow nullok use_authtok\n" +
			"password [success=1 default=ignore] pam_localuser.so\npassword sufficient pam_sss.so use_authtok\npassword required pam_deny.so\n", "weak reused?"},
		"not installed":    {"password [success=ok default=ignore] pam_missing.so\n" + unix, ""},
		"skipped for most": {"password [success=1 default=ignore] pam_succeed_if.so uid >= 1000\npassword requisite pam_pwquality.so\n" + unix, ""},
	} {
		a := &txtar.Archive{Files: []txtar.File{{Name: "etc/pam.d/x", Data: []byte(c.stack)}}}
		steps := archiveTree(a).service("x").of("password")
		missing := func(m string) bool { return m == "pam_missing.so" }
		got := answerWord("weak", judgeChange(steps, pamScenario{weak: true, missing: missing}, pamQuality))
		got = append(got, answerWord("reused", judgeChange(steps, pamScenario{reused: true, missing: missing}, pamHistory))...)
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %q, want %q", name, g, c.want)
		}
	}
}

func answerWord(word string, a pamAnswer) []string {
	switch {
	case a.cause != "":
		return []string{word + "?"}
	case a.value:
		return []string{word}
	}
	return nil
}
