package host

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"merlon/compliance"
)

// scanFrames scans one section from frames.
func scanFrames(t testing.TB, section string, frames ...string) *compliance.Document {
	t.Helper()
	d := mustScan(t, &fakeConn{stdout: strings.Join(frames, "") + doneFrame}, section)
	checkSchema(t, d)
	return d
}

func wantFacts(t *testing.T, d *compliance.Document, section string, want map[string]any) {
	t.Helper()
	for path, w := range want {
		if got := value(t, d, append([]string{section}, strings.Split(path, "|")...)...); !reflect.DeepEqual(got, w) {
			t.Errorf("%s is %#v, want %#v", path, got, w)
		}
	}
}

func list(s ...string) []any { return anyList(s) }

// noDropIns are the directories of name, all absent but those in have.
func noDropIns(section, name string, have map[string]string) string {
	var b strings.Builder
	for _, d := range confDirs {
		if text, ok := have[d]; ok {
			b.WriteString(frame(section, "dir", d+"/"+name, text, "0"))
		} else {
			b.WriteString(frame(section, "dir", d+"/"+name, "", "absent"))
		}
	}
	return b.String()
}

// TestSysctlBoot follows sysctl.d(5): masks by file name, order, globs, separators.
func TestSysctlBoot(t *testing.T) {
	keys := "/proc/sys/net/ipv4/conf/all/rp_filter\n/proc/sys/net/ipv4/conf/default/rp_filter\n/proc/sys/net/ipv4/conf/eth0.100/rp_filter\n/proc/sys/kernel/sysrq\n/proc/sys/kernel/secret denied\n/proc/sys/kernel/gone"
	frames := func(systemd, ufw string) []string {
		return []string{
			frame("sysctl", "cmd", "keys", keys, "0"),
			frame("sysctl", "cmd", "runtime", "/proc/sys/kernel/sysrq:438\n/proc/sys/net/ipv4/conf/all/rp_filter:2\n/proc/sys/net/ipv4/conf/default/rp_filter:1\n/proc/sys/net/ipv4/conf/eth0.100/rp_filter:0", "2"),
			noDropIns("sysctl", "sysctl.d", map[string]string{
				"/etc":     "/etc/sysctl.d/10-a.conf\n/etc/sysctl.d/50-masked.conf",
				"/run":     "/run/sysctl.d/10-a.conf",
				"/usr/lib": "/usr/lib/sysctl.d/05-z.conf\n/usr/lib/sysctl.d/50-masked.conf\n/usr/lib/sysctl.d/90-last.conf",
			}),
			frame("sysctl", "file", "/etc/sysctl.d/10-a.conf", "# x\nkernel.sysrq = 0\n; y\nkernel/printk=4 4\t1  7\n-net.ipv4.conf.all.rp_filter\nnet.ipv4.conf.*.rp_filter = 1\nnonsense\nnet.ipv4.conf.eth0/100.accept_redirects=0", "0"),
			frame("sysctl", "file", "/run/sysctl.d/10-a.conf", "kernel.sysrq = 77", "0"),
			frame("sysctl", "file", "/etc/sysctl.d/50-masked.conf", "", "0"),
			frame("sysctl", "file", "/usr/lib/sysctl.d/50-masked.conf", "kernel.sysrq = 88", "0"),
			frame("sysctl", "file", "/usr/lib/sysctl.d/05-z.conf", "kernel.sysrq = 1\nvm.swappiness=10", "0"),
			frame("sysctl", "file", "/usr/lib/sysctl.d/90-last.conf", "vm.swappiness=20", "0"),
			frame("sysctl", "file", "/etc/sysctl.conf", "vm.swappiness=30", "0"),
			frame("sysctl", "cmd", "systemd", systemd, "0"),
			frame("sysctl", "file", "/etc/ufw/ufw.conf", "ENABLED="+ufw, "0"),
			frame("sysctl", "file", "/etc/default/ufw", "IPT_SYSCTL=/etc/ufw/sysctl.conf", "0"),
			frame("sysctl", "file", "/etc/ufw/sysctl.conf", "net/ipv4/conf/all/rp_filter=1", "0"),
		}
	}
	d := scanFrames(t, "sysctl", frames("/usr/lib/systemd/systemd-sysctl", "no")...)
	wantFacts(t, d, "sysctl", map[string]any{
		"runtime|kernel.sysrq": 438, "interfaces|ipv4|eth0.100|rp_filter": 0, "interfaces|ipv6": map[string]any{},
		"boot|kernel.sysrq": 0, "boot|kernel.printk": "4 4 1 7", "boot|vm.swappiness": 20,
		"boot|net.ipv4.conf.default.rp_filter": 1, "boot|net.ipv4.conf.eth0/100.rp_filter": 1,
		"boot|net.ipv4.conf.eth0/100.accept_redirects": 0,
	})
	if v, ok := d.Value(compliance.Path{"sysctl", "boot", "net.ipv4.conf.all.rp_filter"}); ok {
		t.Errorf("the excluded key is set to %v", v)
	}
	s, _ := d.Source(compliance.Path{"sysctl", "boot", "kernel.sysrq"})
	if s.File != "/etc/sysctl.d/10-a.conf" || s.Line != 2 || len(s.Shadowed) != 1 || s.Shadowed[0].File != "/usr/lib/sysctl.d/05-z.conf" {
		t.Errorf("kernel.sysrq comes from %+v", s)
	}
	if cause := causeOf(d, "sysctl", "runtime", "kernel.secret"); !strings.Contains(cause, needsRoot) {
		t.Errorf("a key that cannot be read: %q", cause)
	}
	if cause := causeOf(d, "sysctl", "runtime", "kernel.gone"); cause != "/proc/sys/kernel/gone could not be read" {
		t.Errorf("a key that went away: %q", cause)
	}
	d = scanFrames(t, "sysctl", frames("", "yes")...)
	wantFacts(t, d, "sysctl", map[string]any{"boot|vm.swappiness": 30, "boot|net.ipv4.conf.all.rp_filter": 1})
}

func TestMounts(t *testing.T) {
	dirs := func(etc, lib, libDropIns string) string {
		return frame("mounts", "dir", "/etc/systemd/system", etc, "0") + frame("mounts", "dir", "/run/systemd/system", "", "absent") +
			frame("mounts", "dir", "/usr/local/lib/systemd/system", "", "absent") + frame("mounts", "dir", "/usr/lib/systemd/system", lib, "0") +
			frame("mounts", "dir", "/etc/systemd", libDropIns, "0") + frame("mounts", "dir", "/run/systemd", "", "absent") +
			frame("mounts", "dir", "/usr/local/lib/systemd", "", "absent") + frame("mounts", "dir", "/usr/lib/systemd", "", "0")
	}
	d := scanFrames(t, "mounts",
		frame("mounts", "file", mountinfo, "1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n2 1 0:5 / /tmp rw,nosuid - tmpfs tmpfs rw\n3 2 0:6 / /tmp rw,nodev,nosuid shared:1 master:2 - tmpfs tmpfs ro,size=1k\n4 1 0:7 / /a\\040b rw - ext4 /dev/x rw\nshort", "0"),
		frame("mounts", "file", fstab, "# c\nUUID=1 / ext4 errors=remount-ro 0 1\n/dev/b /var/tmp ext4 nodev,nosuid\n/dev/c /var/tmp ext4 defaults\n/dev/d none swap sw 0 0\n/dev/e /data/ ext4\ntmpfs /masked tmpfs noexec 0 0\ntmpfs /tmp tmpfs defaults 0 0", "0"),
		dirs("/etc/systemd/system/tmp.mount\n/etc/systemd/system/masked.mount", "/usr/lib/systemd/system/dev-hugepages.mount\n/usr/lib/systemd/system/idle.mount\n/usr/lib/systemd/system/data.mount", "/etc/systemd/system/tmp.mount.d/o.conf"),
		frame("mounts", "file", "/etc/systemd/system/tmp.mount", "[Unit]\nOptions=x\n[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\nOptions=mode=1777\n", "0"),
		frame("mounts", "file", "/etc/systemd/system/masked.mount", "", "0"),
		frame("mounts", "file", "/etc/systemd/system/tmp.mount.d/o.conf", "[Mount]\nOptions=nodev,nosuid,noexec\n", "0"),
		frame("mounts", "file", "/usr/lib/systemd/system/dev-hugepages.mount", "[Mount]\nWhat=hugetlbfs\nWhere=/dev/hugepages\nType=hugetlbfs\n", "0"),
		frame("mounts", "file", "/usr/lib/systemd/system/idle.mount", "[Mount]\nWhat=x\nWhere=/idle\n", "0"),
		frame("mounts", "file", "/usr/lib/systemd/system/data.mount", "[Mount]\nWhat=y\nWhere=/data\n", "0"),
		frame("mounts", "cmd", "wanted", "tmp.mount\ndev-hugepages.mount\ndata.mount", "0"))
	wantFacts(t, d, "mounts", map[string]any{
		"runtime|/tmp|options": list("nodev", "nosuid", "ro", "size=1k"), "runtime|/a b|source": "/dev/x",
		"boot|/tmp|options": list("nodev", "nosuid", "noexec"), "boot|/tmp|by": "unit", "boot|/var/tmp|source": "/dev/b", "boot|/data|source": "/dev/e",
		"boot|/data|options": list("defaults"), "boot|/dev/hugepages|by": "unit", "boot|/|type": "ext4",
	})
	boot := value(t, d, "mounts", "boot").(map[string]any)
	if boot["/idle"] != nil || boot["/masked"] != nil || len(boot) != 5 {
		t.Errorf("boot is %v", boot)
	}
	if s, _ := d.Source(compliance.Path{"mounts", "boot", "/tmp", "options"}); s.File != "/etc/systemd/system/tmp.mount.d/o.conf" || len(s.Shadowed) != 2 {
		t.Errorf("/tmp comes from %+v", s)
	}
	if s, _ := d.Source(compliance.Path{"mounts", "boot", "/var/tmp"}); s.Line != 3 || len(s.Shadowed) != 1 {
		t.Errorf("/var/tmp comes from %+v", s)
	}
	if p := unitPath(`var-lib-a\x2db.mount`); p != "/var/lib/a-b" {
		t.Errorf("unit path is %s", p)
	}
}

func TestModules(t *testing.T) {
	d := scanFrames(t, "kernel_modules",
		frame("kernel_modules", "file", "/proc/modules", "usb_storage 1 0 - Live 0x0\nnf_tables 2 0 - Live", "0"),
		frame("kernel_modules", "cmd", "release", "6.1.0", "0"),
		frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.builtin", "kernel/fs/squashfs/squashfs.ko\nkernel/net/x-y.ko", "0"),
		frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.dep", "kernel/fs/cramfs/cramfs.ko: kernel/lib/mtd.ko\nkernel/drivers/usb-storage.ko.xz:", "0"),
		noDropIns("kernel_modules", "modprobe.d", map[string]string{"/etc": "/etc/modprobe.d/a.conf\n/etc/modprobe.d/b.conf", "/usr/lib": "/usr/lib/modprobe.d/a.conf"}),
		frame("kernel_modules", "file", "/etc/modprobe.d/a.conf", "# x\ninstall cramfs /bin/false\nblacklist usb-storage\ninstall usb* \\\n /bin/true\noptions x y=1\nalias net-pf-21 off", "0"),
		frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.alias", "alias fs-cramfs cramfs\nalias net-pf-2-proto-132 sctp\nalias net-pf-10-proto-132 sctp", "0"),
		frame("kernel_modules", "file", "/etc/modprobe.d/b.conf", "install cramfs /sbin/modprobe --ignore-install cramfs", "0"),
		frame("kernel_modules", "cmd", "blacklist", "modprobe.blacklist=nouveau,dccp-ipv4\nmodule_blacklist=tipc", "0"),
		frame("kernel_modules", "file", "/usr/lib/modprobe.d/a.conf", "install dccp /bin/false", "0"))
	wantFacts(t, d, "kernel_modules", map[string]any{
		"loaded":  map[string]any{"usb_storage": true, "nf_tables": true},
		"builtin": map[string]any{"squashfs": true, "x_y": true}, "available": map[string]any{"cramfs": true, "usb_storage": true},
		"install":   map[string]any{"cramfs": "/bin/false", "usb*": "/bin/true", "usb_storage": "/bin/true"},
		"blacklist": map[string]any{"usb_storage": true, "nouveau": true, "dccp_ipv4": true, "tipc": true},
		"aliases":   map[string]any{"cramfs": list("fs_cramfs"), "sctp": list("net_pf_2_proto_132", "net_pf_10_proto_132")},
		"off":       map[string]any{"net_pf_21": true},
	})
	if s, _ := d.Source(compliance.Path{"kernel_modules", "install", "cramfs"}); s.Line != 2 || len(s.Shadowed) != 1 {
		t.Errorf("cramfs comes from %+v", s)
	}
	if s, _ := d.Source(compliance.Path{"kernel_modules", "install", "usb*"}); s.Line != 4 || s.EndLine != 5 {
		t.Errorf("usb* comes from %+v", s)
	}
	none := scanFrames(t, "kernel_modules", frame("kernel_modules", "cmd", "release", "6.1.0", "0"),
		frame("kernel_modules", "file", "/proc/modules", "", "absent"), frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.dep", "", "absent"))
	wantFacts(t, none, "kernel_modules", map[string]any{"loaded": map[string]any{}})
	if cause := causeOf(none, "kernel_modules", "available"); !strings.Contains(cause, "is missing") {
		t.Errorf("available is unknown because %q", cause)
	}
	empty := scanFrames(t, "kernel_modules", frame("kernel_modules", "cmd", "release", "6.1.0", "0"),
		frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.dep", "", "1"))
	wantFacts(t, empty, "kernel_modules", map[string]any{"available": map[string]any{}})
}

// TestTooManyPatterns: each pattern is tried on every name, so they are bounded.
func TestTooManyPatterns(t *testing.T) {
	const many = 100_000
	modules := strings.Repeat("kernel/a.ko:\n", many/2)
	d := scanFrames(t, "kernel_modules", frame("kernel_modules", "cmd", "release", "6.1.0", "0"),
		frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.dep", modules, "0"), frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.alias", "", "1"),
		noDropIns("kernel_modules", "modprobe.d", map[string]string{"/etc": "/etc/modprobe.d/a.conf"}),
		frame("kernel_modules", "file", "/etc/modprobe.d/a.conf", strings.Repeat("alias * x\n", many), "0"))
	if cause := causeOf(d, "kernel_modules", "off"); !strings.Contains(cause, "too many") {
		t.Errorf("off is unknown because %q", cause)
	}
	d = scanFrames(t, "sysctl", frame("sysctl", "cmd", "keys", strings.Repeat("/proc/sys/a/b\n", many/2), "0"), frame("sysctl", "cmd", "systemd", "x", "0"),
		frame("sysctl", "file", "/etc/ufw/ufw.conf", "", "absent"), noDropIns("sysctl", "sysctl.d", map[string]string{"/etc": "/etc/sysctl.d/a.conf"}),
		frame("sysctl", "file", "/etc/sysctl.d/a.conf", strings.Repeat("*.*=1\n", many), "0"))
	if cause := causeOf(d, "sysctl", "boot"); !strings.Contains(cause, "too many") {
		t.Errorf("boot is unknown because %q", cause)
	}
}

func TestPackages(t *testing.T) {
	for name, c := range map[string]struct {
		frame string
		want  map[string]any
	}{
		"dpkg": {frame("packages", "cmd", "dpkg-query", "install ok installed\tbash\t5.2\ndeinstall ok config-files\tnis\t1\nhold ok installed\tsudo\t1.9\ninstall ok half-installed\tx\t1\ninstall ok half-configured\tnginx\t2\ninstall reinstreq unpacked\ttelnetd\t3\ninstall ok triggers-pending\tman-db\t4", "0"),
			map[string]any{"manager": "dpkg", "installed": map[string]any{"bash": "5.2", "sudo": "1.9", "nginx": "2", "telnetd": "3", "man-db": "4"}}},
		"rpm": {frame("packages", "cmd", "rpm", "bash\t5.1-2.el9\ngpg-pubkey\t1-2\nkernel\t5.14-1", "0"),
			map[string]any{"manager": "rpm", "installed": map[string]any{"bash": "5.1-2.el9", "kernel": "5.14-1"}}},
		"apk": {frame("packages", "cmd", "apk", "P:musl\nV:1.2.4-r2\nP:busybox\nV:1.36", "0"),
			map[string]any{"manager": "apk", "installed": map[string]any{"musl": "1.2.4-r2", "busybox": "1.36"}}},
	} {
		t.Run(name, func(t *testing.T) { wantFacts(t, scanFrames(t, "packages", c.frame), "packages", c.want) })
	}
	for status, want := range map[string]string{"missing": "no package database", "1": "status 1", "125": "status 125"} {
		if cause := causeOf(scanFrames(t, "packages", frame("packages", "cmd", "rpm", "x\t1", status)), "packages", "installed"); !strings.Contains(cause, want) {
			t.Errorf("%s: cause is %q", status, cause)
		}
	}
}

func TestServices(t *testing.T) {
	d := scanFrames(t, "services", frame("services", "cmd", "running", "yes", "0"),
		frame("services", "cmd", "list-unit-files", "ssh.service enabled enabled\ncron.service masked enabled\nrsync.service disabled -\ngetty@.service enabled", "0"),
		frame("services", "cmd", "list-units", "ssh.service loaded active running OpenBSD Secure Shell\n* cron.service masked inactive dead cron.service\nauditd.service not-found inactive dead auditd.service\n-.mount loaded active mounted Root", "0"))
	wantFacts(t, d, "services", map[string]any{
		"units|ssh.service":   map[string]any{"enabled": "enabled", "preset": "enabled", "active": "active", "sub": "running"},
		"units|cron.service":  map[string]any{"enabled": "masked", "preset": "enabled", "active": "inactive", "sub": "dead"},
		"units|rsync.service": map[string]any{"enabled": "disabled", "active": "inactive"}, "units|-.mount|active": "active",
	})
	if _, ok := d.Value(compliance.Path{"services", "units", "auditd.service"}); ok {
		t.Error("a unit that is not there exists")
	}
	if cause := causeOf(scanFrames(t, "services", frame("services", "cmd", "running", "", "0")), "services", "units"); cause != "systemd is not running" {
		t.Errorf("cause is %q", cause)
	}
}

func TestAccounts(t *testing.T) {
	d := scanFrames(t, "accounts",
		frame("accounts", "file", passwdFile, "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/usr/sbin/nologin\nbob:x:1000:1000:Bob:/home/bob:\nbob:x:1001:1000::/x:/bin/sh\nold:set des:1002:7::/:/bin/sh\nopen:empty:1003:7::/:/bin/false\ngone:x:1004:7::/:/bin/sh\nbad:x:abc:7::/:/bin/sh\n+", "0"),
		frame("accounts", "file", shadowFile, "root:set yescrypt:19000:0:99999:7::\ntoor:none:19000::::::\nbob:locked sha512:19001:1:90:7:30:20000\nbad:empty:", "0"),
		frame("accounts", "file", groupFile, "root:x:0:\nwheel:x:0:bob,root\nstaff:set md5:50:\nadm:x:4:", "0"),
		frame("accounts", "file", gshadowFile, "adm:set sha512\nroot:none", "0"),
		frame("accounts", "file", loginDefs, "# c\nPASS_MAX_DAYS\t90\nUMASK 022\nUID_MIN 500\nPASS_MAX_DAYS 365\nENV_PATH \"PATH=/bin\"", "0"))
	wantFacts(t, d, "accounts", map[string]any{
		"users|root|password": "set", "users|root|algorithm": "yescrypt", "users|root|max_days": 99999, "users|root|login": true,
		"users|toor|password": "none", "users|toor|login": false, "users|bob|password": "locked", "users|bob|algorithm": "sha512",
		"users|bob|expires": 20000, "users|bob|uid": 1000, "users|bob|login": true, "users|bob|system": false, "users|old|password": "set",
		"users|old|shadowed": false, "users|open|password": "empty", "users|gone|password": "missing",
		"uid_zero": list("root", "toor"), "gid_zero": list("root", "wheel"), "duplicate_users": list("bob"), "duplicate_groups": list(),
		"duplicate_uids": map[string]any{"0": list("root", "toor")}, "duplicate_gids": map[string]any{"0": list("root", "wheel")},
		"groups|wheel|members": list("bob", "root"), "groups|staff|password": true, "groups|adm|password": true, "groups|root|password": false,
		"nis": list(passwdFile), "login_defs|PASS_MAX_DAYS": 365, "login_defs|UMASK": "022", "login_defs|ENV_PATH": "PATH=/bin",
	})
	d = scanFrames(t, "accounts", frame("accounts", "file", passwdFile, " \ttoor:x:0:0::/:/bin/sh\nt\001r:x:0:0::/:/bin/sh\n", "0"),
		frame("accounts", "file", groupFile, ":x:0:\n", "0"), frame("accounts", "file", shadowFile, "toor:set des\n", "0"))
	wantFacts(t, d, "accounts", map[string]any{"uid_zero": list("toor"), "users|toor|password": "set"})
	for _, part := range []string{"users", "uid_zero", "groups", "gid_zero"} {
		if causeOf(d, "accounts", part, compliance.Any) == "" {
			t.Errorf("a name that cannot be told leaves %s known", part)
		}
	}
}

// TestAccountSources: where a value comes from, and what is none.
func TestAccountSources(t *testing.T) {
	d := scanFrames(t, "accounts", frame("accounts", "file", passwdFile, "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000:Bob:/home/bob:\nbad:x:abc:7::/:/bin/sh", "0"),
		frame("accounts", "file", shadowFile, "root:set yescrypt:19000:0:99999:7::\n\nbob:locked sha512:19001:1:90:7:30:20000", "0"))
	if cause := causeOf(d, "accounts", "users", "bad", "uid"); cause == "" {
		t.Error("a uid that is no number is known")
	}
	if s, _ := d.Source(compliance.Path{"accounts", "users", "bob", "password"}); s.File != shadowFile || s.Line != 3 {
		t.Errorf("bob's password comes from %+v", s)
	}
}

func TestFiles(t *testing.T) {
	d := scanFrames(t, "files",
		frame("files", "cmd", "paths", "there /etc/passwd\nthere-link /etc/motd\nabsent /etc/cron.deny\nhidden /root/.rhosts\nthere /etc/new", "0"),
		frame("files", "cmd", "stat", "644 0 0 1234 root root regular file|/etc/passwd\n4755 1 99 0 UNKNOWN UNKNOWN regular empty file|/etc/motd", "1"))
	wantFacts(t, d, "files", map[string]any{
		"/etc/passwd|mode": "0644", "/etc/passwd|perm": 420, "/etc/passwd|symlink": false, "/etc/passwd|size": int64(1234), "/etc/passwd|type": "file",
		"/etc/motd|mode": "4755", "/etc/motd|symlink": true, "/etc/motd|owner": "1", "/etc/motd|group": "99", "/etc/cron.deny": map[string]any{"exists": false},
	})
	for file, want := range map[string]string{"/root/.rhosts": needsRoot, "/etc/new": "stat ended with status 1"} {
		if cause := causeOf(d, "files", file); !strings.Contains(cause, want) {
			t.Errorf("%s: cause is %q", file, cause)
		}
	}
}

func TestKernel(t *testing.T) {
	d := scanFrames(t, "kernel", frame("kernel", "cmd", "uname -m", "x86_64", "0"), frame("kernel", "dir", "/sys/firmware", "/sys/firmware/efi", "0"),
		frame("kernel", "dir", "/sys/kernel/security", "/sys/kernel/security/lsm", "0"),
		frame("kernel", "cmd", "files", "/proc/cmdline:ro audit=1 audit=0 dyndbg=\"file a +p\" init_on_alloc=1 quiet -- x=1\n/sys/kernel/security/lsm:lockdown,capability,apparmor\n/proc/sys/kernel/osrelease:6.1\n/proc/sys/kernel/version:#1\n/sys/devices/system/cpu/vulnerabilities/meltdown:Not affected", "2"))
	wantFacts(t, d, "kernel", map[string]any{
		"cmdline": map[string]any{"ro": true, "audit": "0", "dyndbg": "file a +p", "init_on_alloc": "1", "quiet": true},
		"lsm":     list("lockdown", "capability", "apparmor"), "efi": true, "vulnerabilities|meltdown": "Not affected",
	})
	if _, ok := d.Value(compliance.Path{"kernel", "lockdown"}); ok || causeOf(d, "kernel", "lockdown") != "" {
		t.Error("a kernel without lockdown has it")
	}
	d = scanFrames(t, "kernel", frame("kernel", "dir", "/sys/kernel/security", "", "0"), frame("kernel", "cmd", "files", "", "2"))
	if cause := causeOf(d, "kernel", "lsm"); cause != "securityfs is not mounted" {
		t.Errorf("cause is %q", cause)
	}
}

// TestSudoGaps: behind an include that cannot be read, nothing is certain.
func TestSudoGaps(t *testing.T) {
	d := sudoDoc(t, "Defaults use_pty\nroot ALL=(ALL) ALL\n@includedir /etc/sudoers.d\nDefaults timestamp_timeout=5\n",
		frame("sudo", "dir", "/etc/sudoers.d", "/etc/sudoers.d/a\n/etc/sudoers.d/b.conf\n/etc/sudoers.d/c~\n/etc/sudoers.d/d", "0"),
		frame("sudo", "file", "/etc/sudoers.d/a", "bob ALL=NOPASSWD: ALL\n", "0"), frame("sudo", "file", "/etc/sudoers.d/b.conf", "eve ALL=ALL", "0"),
		frame("sudo", "file", "/etc/sudoers.d/d", "", "denied"))
	if n := len(value(t, d, "sudo", "rules").([]any)); n != 2 {
		t.Errorf("%d rules", n)
	}
	wantFacts(t, d, "sudo", map[string]any{"rules|1|nopasswd": true, "rules|1|users": list("bob"), "defaults|timestamp_timeout": 5})
	for _, p := range []compliance.Path{{"sudo", "rules", "?"}, {"sudo", "defaults", "?"}, {"sudo", "defaults", "use_pty"}} {
		if cause := causeOf(d, p...); !strings.Contains(cause, needsRoot) {
			t.Errorf("%s: cause is %q", p, cause)
		}
	}
	if s, _ := d.Source(compliance.Path{"sudo", "rules", "1", "nopasswd"}); s.File != "/etc/sudoers.d/a" || len(s.Via) != 1 || s.Via[0].Line != 3 {
		t.Errorf("the rule comes from %+v", s)
	}
}

// TestLongValuesStay: a value is never cut, whatever its length.
func TestLongValuesStay(t *testing.T) {
	long := "/bin/" + strings.Repeat("x", 5000)
	d := sudoDoc(t, "bob ALL = "+long+"\n")
	if got := fmt.Sprint(value(t, d, "sudo", "rules", "0", "commands")); got != "["+long+"]" {
		t.Errorf("the command has %d bytes", len(got))
	}
}
