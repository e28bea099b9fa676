package host

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzScan feeds whole streams through every reader: nothing may panic, put what
// does not fit the schema, or let control characters through.
func FuzzScan(f *testing.F) {
	paths, _ := filepath.Glob("../../testdata/host/*.txt")
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(unescapeStream(string(b)))
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := scanFake(t, Scanner{}, &fakeConn{stdout: s, stderr: s})
		if err != nil {
			return
		}
		checkUnknowns(t, d)
		out, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), `\u001b`) || strings.Contains(string(out), "internal fault") {
			t.Errorf("%s", out)
		}
	})
}

// FuzzFrames holds the frame parser to its bounds.
func FuzzFrames(f *testing.F) {
	f.Add("N begin os file /x\nabc\nN end 0\nN done\n", "N begin os file /x\nerr")
	f.Add("N begin os file /x\nN end 0", "")
	f.Add("\n\nN end\nN begin\nN begin os file \nN ", "\nN begin ")
	f.Fuzz(func(t *testing.T, data, stderr string) {
		s := parseStream("N", []byte(data), stderr)
		total := 0
		for _, it := range s.order {
			total += len(it.data) + len(it.name)
			if !plainName(it.name) || !validStatus(it.status) {
				t.Errorf("%q %q", it.name, it.status)
			}
		}
		if total > len(data) {
			t.Errorf("%d bytes out of %d", total, len(data))
		}
	})
}

// FuzzUnpack: what a target packs stays within the limit, and what it does not is as it was.
func FuzzUnpack(f *testing.F) {
	f.Add("N gzip\n"+pack(strings.Repeat("x", 1<<20))+"\nN done\n", 1000)
	f.Add("welcome\nN begin os file /x\nabc\nN end 0\n", 20)
	f.Add(strings.Repeat("N gzip\n", 40), 1<<20)
	f.Fuzz(func(t *testing.T, data string, limit int) {
		limit = max(0, min(limit, 1<<20))
		out, more := unpack("N", []byte(data), limit)
		switch {
		case len(out) > limit, more && len(out) < limit:
			t.Errorf("%d bytes of at most %d, more: %v", len(out), limit, more)
		case !strings.Contains(data, "N gzip\n") && !strings.HasPrefix(data, string(out)):
			t.Errorf("%q became %q", data, out)
		}
	})
}

// FuzzSections gives one text to every file and command that a section reads.
func FuzzSections(f *testing.F) {
	trees, _ := filepath.Glob("../../testdata/sshd/*.txtar")
	sudoers, _ := filepath.Glob("../../testdata/host/sudoers/*")
	for _, p := range append(trees, sudoers...) {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add("-net.ipv4.conf.*.rp_filter\nkernel/a.b = 1\n/x/ = \n")
	f.Add("36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n")
	f.Add("there /etc/pam.d/sshd\nthere /etc/pam.d/other\n/etc/pam.d/sshd:1:auth [success=1 default=die] pam_unix.so nullok \\\n/etc/pam.d/sshd:2:auth substack sshd\n")
	f.Add("there /boot/grub/grub.cfg\n/boot/grub/grub.cfg:1:linux /vmlinuz a=1 -- b\nthere /etc/profile\n/etc/profile:3:umask u=rwx,g=,o= ; TMOUT=9 PATH=:.\n")
	f.Add("there /etc/security/limits.conf\n/etc/security/limits.conf:1:* - core -1\n/sys/fs/selinux/enforce:1\n")
	f.Add("/sbin/auditd\n/usr/bin/aide\n/usr/sbin/auditctl\nuid 0\nwalked / 8:1 / rw rw\nlocal bob 1000 1000 /home/bob\nthere /home/bob/.ssh\nenabled 1\n-a never,exit -F auid<0 -S 1\nx86_64\n")
	f.Add("- - f 4755 0 0 /a\x00nouser - d 777 9 9 /b\x00[X] f '/x': selective rule: '/ (none) p+u' (a:1: 'b')")
	f.Add("/usr/bin/ssh\nfile /etc/ssh/ssh_config\n/etc/ssh/ssh_config:1:Include a\n/etc/ssh/ssh_config:2:Match !host *.b,c final\n/etc/ssh/ssh_config:3:ForwardAgent \"yes\"\n")
	f.Add("/etc/systemd/system/a.service:3:ExecStart+ /opt/a\n/etc/systemd/system/a.service.d/b.conf:3:User b\n777 0 0 1 root root directory|/opt\n")
	f.Add("/usr/sbin/gdm3\nuser-db:user\nsystem-db:a\n644 0 /etc/dconf/db/a\nthere /etc/dconf/db/a.d/x\n/etc/dconf/db/a.d/x:1:[org/gnome/login-screen]\n/etc/dconf/db/a.d/x:2:banner-message-text='a'\n")
	f.Add("there /k\n600 0 0 5 root root regular file|/k\nssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 /k\nsudoers: files sss\nPlugin a_policy b.so\nbob ALL=/k *\n")
	f.Add("fips 1\npolicies\nback-end a own\nthere " + cryptoDump + "\n" + cryptoDump + ":1:min_rsa_size = 1\n" + cryptoDump + ":2:min_rsa_size = x\n" + cryptoDump + ":3:mac@\x00 = A\n")
	f.Add("there /usr/share/apport/apport\nthere " + cryptoConfig + "\n" + cryptoConfig + ":1:a:b\nthere " + apportDefault + "\n" + apportDefault + ":1:enabled=\n[Manager]\nCtrlAltDelBurstAction=none\n")
	items := map[string][]string{
		"os": {"file /etc/os-release", "cmd facts"}, "kernel": {"cmd files", "cmd uname -m", "dir /sys/kernel/security", "dir /sys/firmware"},
		"sysctl":   {"cmd keys", "cmd runtime", "cmd systemd", "dir /etc/sysctl.d", "file /etc/sysctl.conf", "file /etc/ufw/ufw.conf", "file /etc/default/ufw"},
		"sshd":     {"cmd sshd -V", "cmd units", "file " + sshdMain, "cmd sshd -T", "cmd sshd -T -f /dev/null", "cmd paths", "cmd stat", "cmd sshd -T -C user=a", "cmd public keys"},
		"accounts": {"file /etc/passwd", "file /etc/shadow", "file /etc/group", "file /etc/gshadow", "file /etc/login.defs"},
		"sudo":     {"cmd sudo -V", "file /etc/sudoers", "cmd visudo -c", "cmd sources", "cmd paths", "cmd stat"}, "mounts": {"file /proc/self/mountinfo", "file /etc/fstab", "cmd wanted"},
		"kernel_modules": {"file /proc/modules", "cmd release", "dir /etc/modprobe.d"}, "packages": {"cmd dpkg-query", "cmd rpm", "cmd apk"},
		"listeners": {"cmd ss -Hlntup", "file /proc/net/tcp"}, "network": {"cmd interfaces", "file /proc/net/if_inet6"},
		"firewall": {"cmd tables", "cmd iptables-nft-save", "cmd iptables-legacy-save", "file /etc/nftables.conf", "file /etc/iptables/rules.v4", "file /etc/ufw/ufw.conf"},
		"pam":      {"cmd /etc/pam.d", "cmd files", "cmd lines", "cmd modules", "cmd pwhistory reads"},
		"limits":   {"cmd files", "cmd lines", "cmd systemd-coredump", "cmd apport", "dir /etc/systemd"}, "shells": {"cmd files", "cmd lines"},
		"mac":      {"cmd values", "cmd files", "cmd lines", "cmd aa-status", "cmd unconfined", "dir /sys/fs/selinux", "dir /sys/module/apparmor/parameters"},
		"boot":     {"cmd files", "cmd lines", "file /etc/kernel/cmdline", "dir /sys/firmware", "file " + secureBoot},
		"services": {"cmd running", "cmd list-unit-files", "cmd list-units"}, "files": {"cmd paths", "cmd stat"}, "trusted": {"cmd /etc", "cmd folders", "cmd masked", "cmd units"},
		"homes": {"cmd users", "cmd paths", "cmd stat"}, "aide": {"cmd present", "cmd files", "cmd lines", "dir /var/lib/aide", "cmd stat", "cmd jobs"},
		"crypto": {"cmd facts", "cmd files", "cmd lines"}, "systemd": {"dir /etc/systemd", "file /etc/systemd/system.conf"},
		"ssh_client": {"cmd present", "cmd config files 1", "cmd config lines 1", "dir config /etc/ssh/a"},
		"aide_rules": {"cmd present", "cmd files", "cmd lines", "cmd aide /usr/sbin/auditctl"}, "walk": {"cmd mounts", "cmd find", "cmd getcap", "cmd owned"},
		"gdm":   {"cmd present", "cmd program", "cmd withheld", "cmd modes", "cmd files", "cmd lines", "file /etc/dconf/profile/user", "file /etc/dconf/profile/gdm", "file /etc/dconf/db/a"},
		"audit": {"cmd present", "cmd files", "cmd lines", "cmd unended", "cmd auditd unit", "cmd uname -m", "cmd sudo log", "cmd UID_MIN", "cmd paths", "cmd stat", "cmd auditctl -s", "cmd auditctl -l"},
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b strings.Builder
		for _, section := range Sections() {
			for _, it := range items[section] {
				kind, name, _ := strings.Cut(it, " ")
				b.WriteString(frame(section, kind, name, text, "0"))
			}
		}
		b.WriteString(frame("sshd", "cmd", "config", sshdMain, "0"))
		d := mustScan(t, &fakeConn{stdout: b.String() + doneFrame})
		checkUnknowns(t, d)
		for _, x := range d.Diagnostics {
			if strings.Contains(x.Message, "internal fault") {
				t.Error(x.Message)
			}
		}
	})
}
