package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"merlon/compliance"
	"merlon/scanners/host"
	"merlon/scanners/host/roottest"
)

// An edit changes one thing in a root.
type edit struct {
	file string // relative to the root
	// append adds a line at the end; old is replaced by new; mode is set where it is not 0.
	append, old, new string
	mode             os.FileMode
}

// apply makes the edit, and returns how to take it back.
func (e edit) apply(t *testing.T, root string) (undo func()) {
	t.Helper()
	file := filepath.Join(root, e.file)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(file)
	created := os.IsNotExist(err)
	if !created && !isDir(file) {
		check(err)
	}
	info, _ := os.Stat(file)
	if e.mode != 0 {
		check(os.Chmod(file, e.mode))
		return func() { check(os.Chmod(file, info.Mode())) }
	}
	text := string(before)
	if e.old != "" && strings.Count(text, e.old) != 1 {
		t.Fatalf("%s does not hold %q once", e.file, e.old)
	}
	if e.old != "" {
		text = strings.Replace(text, e.old, e.new, 1)
	}
	if e.append != "" {
		text += e.append + "\n"
	}
	mode := os.FileMode(0o644)
	if !created {
		mode = info.Mode()
	}
	check(os.WriteFile(file, []byte(text), mode))
	return func() {
		if created {
			check(os.Remove(file))
			return
		}
		check(os.WriteFile(file, before, mode))
	}
}

func isDir(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.IsDir()
}

// A mend is one thing that can be hardened, and the control that names it.
type mend struct {
	name    string
	weak    *edit // what is wrong before, where Debian is not
	mend    edit
	control string
}

const sshdDropIn = "etc/ssh/sshd_config.d/90-test.conf"

var mends = []mend{
	{name: "root login", mend: edit{file: sshdDropIn, append: "PermitRootLogin no"}, control: "SSH0001"},
	{name: "password login", mend: edit{file: sshdDropIn, append: "PasswordAuthentication no"}, control: "SSH0003"},
	{name: "X11", mend: edit{file: sshdDropIn, append: "X11Forwarding no"}, control: "SSH0009"},
	{name: "attempts", mend: edit{file: sshdDropIn, append: "MaxAuthTries 4"}, control: "SSH0014"},
	{name: "grace", mend: edit{file: sshdDropIn, append: "LoginGraceTime 60"}, control: "SSH0015"},
	{name: "start-ups", mend: edit{file: sshdDropIn, append: "MaxStartups 10:30:60"}, control: "SSH0025"},
	{name: "forwarding", mend: edit{file: sshdDropIn, append: "DisableForwarding yes"}, control: "SSH0023"},
	{name: "empty passwords", weak: &edit{file: "etc/ssh/sshd_config", append: "PermitEmptyPasswords yes"}, mend: edit{file: sshdDropIn, append: "PermitEmptyPasswords no"}, control: "SSH0002"},
	{name: "mask of homes", mend: edit{file: "etc/login.defs", old: "UMASK\t\t022", new: "UMASK\t\t027"}, control: "ACC0019"},
	{name: "age of passwords", mend: edit{file: "etc/login.defs", old: "PASS_MAX_DAYS\t99999", new: "PASS_MAX_DAYS\t365"}, control: "ACC0020"},
	{name: "pty of sudo", weak: &edit{file: "etc/sudoers", old: "Defaults\tuse_pty", new: "Defaults\t!use_pty"}, mend: edit{file: "etc/sudoers.d/pty", append: "Defaults use_pty"}, control: "SUD0011"},
	{name: "password of sudo", weak: &edit{file: "etc/sudoers.d/90-all", append: "%adm ALL=(ALL) NOPASSWD: ALL"}, mend: edit{file: "etc/sudoers.d/90-all", old: "NOPASSWD: ", new: ""}, control: "SUD0002"},
	{name: "mode of shadow", weak: &edit{file: "etc/shadow", mode: 0o644}, mend: edit{file: "etc/shadow", mode: 0o640}, control: "FIL0034"},
	{name: "mode of sshd_config", weak: &edit{file: "etc/ssh/sshd_config", mode: 0o666}, mend: edit{file: "etc/ssh/sshd_config", mode: 0o644}, control: "FIL0009"},
	{name: "mode of /tmp", weak: &edit{file: "tmp", mode: 0o777}, mend: edit{file: "tmp", mode: 0o777 | os.ModeSticky}, control: "FIL0044"},
	{name: "mode of a host key", weak: &edit{file: "etc/ssh/ssh_host_ed25519_key", mode: 0o644}, mend: edit{file: "etc/ssh/ssh_host_ed25519_key", mode: 0o600}, control: "SSH0026"},
	{name: "empty password", weak: &edit{file: "etc/shadow", old: "games:*:", new: "games::"}, mend: edit{file: "etc/shadow", old: "games::", new: "games:*:"}, control: "ACC0002"},
	{name: "PAM's empty passwords", mend: edit{file: "etc/pam.d/common-auth", old: " nullok", new: ""}, control: "PAM0022"},
	{name: "host-based logins", weak: &edit{file: "etc/ssh/sshd_config", append: "HostbasedAuthentication yes"}, mend: edit{file: sshdDropIn, append: "HostbasedAuthentication no"}, control: "SSH0004"},
	{name: "rhosts", weak: &edit{file: "etc/ssh/sshd_config", append: "IgnoreRhosts no"}, mend: edit{file: sshdDropIn, append: "IgnoreRhosts yes"}, control: "SSH0005"},
	{name: "environment of users", weak: &edit{file: "etc/ssh/sshd_config", append: "PermitUserEnvironment yes"}, mend: edit{file: sshdDropIn, append: "PermitUserEnvironment no"}, control: "SSH0006"},
	{name: "log level of sshd", weak: &edit{file: "etc/ssh/sshd_config", append: "LogLevel QUIET"}, mend: edit{file: sshdDropIn, append: "LogLevel INFO"}, control: "SSH0013"},
	{name: "idle sessions", mend: edit{file: sshdDropIn, append: "ClientAliveInterval 60\nClientAliveCountMax 3"}, control: "SSH0024"},
	{name: "banner of sshd", mend: edit{file: sshdDropIn, append: "Banner /etc/issue.net"}, control: "SSH0028"},
	{name: "who may log in", mend: edit{file: sshdDropIn, append: "AllowGroups adm"}, control: "SSH0027"},
	{name: "PAM of sshd", weak: &edit{file: "etc/ssh/sshd_config", old: "UsePAM yes", new: "UsePAM no"}, mend: edit{file: sshdDropIn, append: "UsePAM yes"}, control: "SSH0008"},
	{name: "weak ciphers", weak: &edit{file: "etc/ssh/sshd_config", append: "Ciphers aes128-cbc,aes256-ctr"}, mend: edit{file: sshdDropIn, append: "Ciphers aes256-ctr"}, control: "SSH0018"},
	{name: "strangers' keys", weak: &edit{file: "etc/ssh/ssh_config", append: "StrictHostKeyChecking no"}, mend: edit{file: "etc/ssh/ssh_config.d/90-test.conf", append: "StrictHostKeyChecking ask"}, control: "SSC0001"},
	{name: "log of sudo", mend: edit{file: "etc/sudoers.d/log", append: "Defaults logfile=/var/log/sudo.log"}, control: "SUD0016"},
	{name: "environment of sudo", weak: &edit{file: "etc/sudoers", old: "Defaults\tenv_reset", new: "Defaults\t!env_reset"}, mend: edit{file: "etc/sudoers.d/env", append: "Defaults env_reset"}, control: "SUD0008"},
	{name: "minutes of sudo", weak: &edit{file: "etc/sudoers.d/time", append: "Defaults timestamp_timeout=-1"}, mend: edit{file: "etc/sudoers.d/time", old: "-1", new: "5"}, control: "SUD0012"},
	{name: "mode of passwd", weak: &edit{file: "etc/passwd", mode: 0o666}, mend: edit{file: "etc/passwd", mode: 0o644}, control: "FIL0001"},
	{name: "mode of group", weak: &edit{file: "etc/group", mode: 0o666}, mend: edit{file: "etc/group", mode: 0o644}, control: "FIL0002"},
	{name: "mode of gshadow", weak: &edit{file: "etc/gshadow", mode: 0o644}, mend: edit{file: "etc/gshadow", mode: 0o640}, control: "FIL0036"},
	{name: "mode of crontab", weak: &edit{file: "etc/crontab", mode: 0o666}, mend: edit{file: "etc/crontab", mode: 0o600}, control: "FIL0011"},
	{name: "mode of cron.daily", weak: &edit{file: "etc/cron.daily", mode: 0o777}, mend: edit{file: "etc/cron.daily", mode: 0o700}, control: "FIL0014"},
	{name: "a shell of games", weak: &edit{file: "etc/passwd", old: "/usr/games:/usr/sbin/nologin", new: "/usr/games:/bin/sh"}, mend: edit{file: "etc/passwd", old: "/usr/games:/bin/sh", new: "/usr/games:/usr/sbin/nologin"}, control: "ACC0030"},
	{name: "inactive accounts", mend: edit{file: "etc/default/useradd", append: "INACTIVE=30"}, control: "SHL0006"},
	{name: "least days", mend: edit{file: "etc/login.defs", old: "PASS_MIN_DAYS\t0", new: "PASS_MIN_DAYS\t1"}, control: "ACC0021"},
	{name: "length of passwords", mend: edit{file: "etc/security/pwquality.conf", append: "minlen = 14"}, control: "PAM0010"},
	{name: "idle shells", mend: edit{file: "etc/profile.d/90-idle.sh", append: "readonly TMOUT=900 ; export TMOUT"}, control: "SHL0001"},
	{name: "unsigned packages", weak: &edit{file: "etc/apt/sources.list.d/test.list", append: "deb [trusted=yes] https://apt.example/ stable main"}, mend: edit{file: "etc/apt/sources.list.d/test.list", old: "trusted=yes", new: "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"}, control: "UPD0001"},
	{name: "mode of log files", weak: &edit{file: "etc/rsyslog.conf", old: "$FileCreateMode 0640", new: "$FileCreateMode 0644"}, mend: edit{file: "etc/rsyslog.conf", old: "$FileCreateMode 0644", new: "$FileCreateMode 0640"}, control: "LOG0006"},
	{name: "path of root", weak: &edit{file: "root/.profile", append: "PATH=.:$PATH"}, mend: edit{file: "root/.profile", old: "PATH=.:$PATH", new: "PATH=$PATH"}, control: "SHL0004"},
}

// TestHardening mends one thing at a time in an image of Debian 12: the control that
// names it turns to pass, and no other verdict changes.
func TestHardening(t *testing.T) {
	if !roottest.Here(t) {
		return
	}
	root := debianRoot(t, "bookworm")
	for _, c := range mends {
		t.Run(c.name, func(t *testing.T) {
			if c.weak != nil {
				defer c.weak.apply(t, root)()
			}
			_, before := scanHost(t, &host.Scanner{}, host.RootfsScheme+root)
			defer c.mend.apply(t, root)()
			_, after := scanHost(t, &host.Scanner{}, host.RootfsScheme+root)
			was, is := byControl(before), byControl(after)
			var turned []string
			for _, id := range slices.Sorted(maps.Keys(is)) {
				if was[id] != is[id] {
					turned = append(turned, id+": "+was[id]+" to "+is[id])
				}
			}
			if want := []string{c.control + ": fail to pass"}; !slices.Equal(turned, want) {
				t.Errorf("turned %q, not %q", turned, want)
			}
		})
	}
}

// TestOneFact changes what only the running system could judge: one line in a file of
// the image changes what is known of that file, and nothing else.
func TestOneFact(t *testing.T) {
	if !roottest.Here(t) {
		return
	}
	root := debianRoot(t, "bookworm")
	for _, c := range []struct {
		edit    edit
		changed string // begins every path that changes
	}{
		{edit{file: "etc/sysctl.d/90-test.conf", append: "kernel.kptr_restrict = 2"}, "sysctl.boot.kernel.kptr_restrict"},
		{edit{file: "etc/modprobe.d/90-test.conf", append: "install cramfs /bin/false"}, "kernel_modules."},
		{edit{file: "etc/fstab", append: "tmpfs /dev/shm tmpfs nosuid,nodev,noexec 0 0"}, "mounts.boot"},
	} {
		t.Run(c.changed, func(t *testing.T) {
			before, _ := scanHost(t, &host.Scanner{}, host.RootfsScheme+root)
			defer c.edit.apply(t, root)()
			after, _ := scanHost(t, &host.Scanner{}, host.RootfsScheme+root)
			was, is := leaves(before.Facts(), "", map[string]string{}), leaves(after.Facts(), "", map[string]string{})
			found := 0
			for p := range is {
				name := strings.ReplaceAll(strings.TrimPrefix(p, "\x00"), "\x00", ".")
				switch {
				case was[p] == is[p], strings.HasSuffix(name, ".size"), strings.HasPrefix(name, "os.time"):
				case strings.HasPrefix(name, c.changed):
					found++
				default:
					t.Errorf("%s was %s, and is %s", name, was[p], is[p])
				}
			}
			if found == 0 {
				t.Errorf("nothing below %s changed", c.changed)
			}
		})
	}
}

// byControl is the worst that each control says: fail, unknown, pass, not-applicable.
func byControl(r *compliance.Report) map[string]string {
	order := []compliance.State{compliance.NotApplicable, compliance.Pass, compliance.Unsure, compliance.Fail}
	out := map[string]string{}
	for i := range r.Results {
		for _, f := range r.Results[i].Findings {
			if slices.Index(order, f.State) > slices.Index(order, compliance.State(out[f.Control.ID])) {
				out[f.Control.ID] = string(f.State)
			}
		}
	}
	return out
}
