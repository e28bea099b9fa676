package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"merlon/compliance"
)

// bootFrames are what the script sends of files, by path; "" is a file that is there
// and holds nothing of interest.
func bootFrames(files map[string]string, more ...string) []string {
	var there, lines strings.Builder
	for _, path := range sortedKeys(files) {
		fmt.Fprintf(&there, "there %s\n", path)
		for i, l := range strings.Split(files[path], "\n") {
			fmt.Fprintf(&lines, "%s:%d:%s\n", path, i+1, l)
		}
	}
	return append([]string{
		frame("boot", "cmd", "files", there.String(), "0"), frame("boot", "cmd", "lines", lines.String(), "0"),
		frame("boot", "file", "/etc/kernel/cmdline", "", "absent"), frame("boot", "dir", "/sys/firmware", "", "0"),
	}, more...)
}

const redHatBlock = "\tset superusers=\"root\"\n\tpassword_pbkdf2 root ${GRUB2_PASSWORD}\n"

// TestGrubUsers: who may change an entry, by "GNU GRUB manual, Authentication".
func TestGrubUsers(t *testing.T) {
	const debian, redHat, efi = "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/efi/EFI/debian/grub.cfg"
	const stub = "configfile $prefix/grub.cfg"
	for name, c := range map[string]struct {
		files      map[string]string
		superusers []any
		passwords  map[string]any
	}{
		"Debian as installed":   {map[string]string{debian: "\tlinux\t/vmlinuz root=/dev/sda1 ro"}, list(), map[string]any{}},
		"a password":            {map[string]string{debian: "set superusers=\"root\"\npassword_pbkdf2 root grub.pbkdf2.sha512.***"}, list("root"), map[string]any{"root": "pbkdf2"}},
		"two users, one plain":  {map[string]string{debian: "set superusers=\"root,admin\"\npassword_pbkdf2 root grub.pbkdf2.sha512.***\npassword admin ***"}, list("root", "admin"), map[string]any{"root": "pbkdf2", "admin": "plain"}},
		"the last one counts":   {map[string]string{debian: "set superusers=\"root\"\nset superusers=\"\""}, list(), map[string]any{}},
		"in custom.cfg":         {map[string]string{debian: "linux /vmlinuz ro", "/boot/grub/custom.cfg": "set superusers='boss'\npassword_pbkdf2 boss grub.pbkdf2.sha512.***"}, list("boss"), map[string]any{"boss": "pbkdf2"}},
		"Red Hat, none set":     {map[string]string{redHat: redHatBlock}, list(), map[string]any{}},
		"Red Hat, set":          {map[string]string{redHat: redHatBlock, "/boot/grub2/user.cfg": "GRUB2_PASSWORD=***"}, list("root"), map[string]any{"root": "pbkdf2"}},
		"Red Hat, emptied":      {map[string]string{redHat: redHatBlock, "/boot/grub2/user.cfg": "GRUB2_PASSWORD="}, list(), map[string]any{}},
		"on the EFI partition":  {map[string]string{efi: "set superusers=\"root\"\npassword_pbkdf2 root grub.pbkdf2.sha512.***"}, list("root"), map[string]any{"root": "pbkdf2"}},
		"Red Hat 9 with UEFI":   {map[string]string{redHat: redHatBlock + "blscfg", "/boot/grub2/user.cfg": "GRUB2_PASSWORD=***", "/boot/efi/EFI/redhat/grub.cfg": stub}, list("root"), map[string]any{"root": "pbkdf2"}},
		"Ubuntu with UEFI":      {map[string]string{debian: "set superusers=\"root\"\npassword_pbkdf2 root grub.pbkdf2.sha512.***", "/boot/efi/EFI/ubuntu/grub.cfg": "\t" + stub}, list("root"), map[string]any{"root": "pbkdf2"}},
		"written over the stub": {map[string]string{redHat: redHatBlock + "blscfg", "/boot/grub2/user.cfg": "GRUB2_PASSWORD=***", "/boot/efi/EFI/redhat/grub.cfg": redHatBlock + "blscfg"}, list(), map[string]any{}},
		"Red Hat 8 with UEFI":   {map[string]string{"/boot/efi/EFI/redhat/grub.cfg": redHatBlock + "blscfg", "/boot/efi/EFI/redhat/user.cfg": "GRUB2_PASSWORD=***"}, list("root"), map[string]any{"root": "pbkdf2"}},
		"left from Red Hat 8":   {map[string]string{redHat: redHatBlock + "blscfg", "/boot/efi/EFI/redhat/grub.cfg": stub, "/boot/efi/EFI/redhat/user.cfg": "GRUB2_PASSWORD=***"}, list(), map[string]any{}},
		"no superuser is named": {map[string]string{debian: "password_pbkdf2 root grub.pbkdf2.sha512.***"}, list(), map[string]any{"root": "pbkdf2"}},
	} {
		d := scanFrames(t, "boot", bootFrames(c.files)...)
		t.Run(name, func(t *testing.T) {
			wantFacts(t, d, "boot", map[string]any{"loader": "grub", "grub|superusers": c.superusers, "grub|passwords": c.passwords})
		})
	}
	d := scanFrames(t, "boot", frame("boot", "cmd", "files", "denied /boot/grub/grub.cfg\n", "0"), frame("boot", "cmd", "lines", "", "1"))
	for _, k := range []string{"loader", "entries"} {
		p := []string{"boot", k}
		if k == "entries" {
			p = append(p, compliance.Any)
		}
		if cause := causeOf(d, p...); !strings.HasSuffix(cause, needsRoot) {
			t.Errorf("%s: %q", k, cause)
		}
	}
	d = scanFrames(t, "boot", bootFrames(nil)...)
	wantFacts(t, d, "boot", map[string]any{"loader": "none", "entries": []any{}, "secure_boot": false})
}

// TestBootEntries reads the command lines of the next boot.
func TestBootEntries(t *testing.T) {
	d := scanFrames(t, "boot", bootFrames(map[string]string{
		"/boot/grub/grub.cfg":                     "\tlinux\t/vmlinuz-6.1 root=UUID=1 ro audit=1 quiet\n\t\tlinux /vmlinuz-6.1 root=UUID=1 ro single",
		"/boot/loader/entries/a-5.14.conf":        "title Red Hat\nlinux /vmlinuz-5.14\noptions root=/dev/x ro $kernelopts audit=0",
		"/boot/grub2/grubenv":                     "kernelopts=selinux=0 enforcing=0",
		"/etc/default/grub":                       "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nGRUB_CMDLINE_LINUX='audit=1'",
		"/etc/default/grub.d/50-cloudimg.cfg":     "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT console=ttyS0\"",
		"/boot/config-6.1":                        "CONFIG_INIT_ON_ALLOC_DEFAULT_ON=y\nCONFIG_LEGACY_VSYSCALL_XONLY=n",
		"/boot/loader/loader.conf":                "default @saved",
		"/efi/loader/entries/fallback.conf":       "title no options\nlinux /vmlinuz",
		"/boot/efi/loader/entries/last.conf":      "linux /l\noptions a=1\noptions b",
		"/boot/efi/EFI/BOOT/grub.cfg":             "configfile /boot/grub/grub.cfg",
		"/etc/default/grub.d/README":              "GRUB_CMDLINE_LINUX='x'",
		"/etc/default/grub.d/kdump-tools.cfg":     "# nothing",
		"/boot/grub/user.cfg":                     "",
		"/boot/loader/entries/not-an-entry.conf~": "options c",
	})...)
	entry := func(kernel string, recovery bool, args map[string]any) map[string]any {
		return map[string]any{"kernel": kernel, "recovery": recovery, "args": args}
	}
	wantFacts(t, d, "boot", map[string]any{
		"entries": []any{
			entry("/vmlinuz-6.1", false, map[string]any{"root": "UUID=1", "ro": true, "audit": "1", "quiet": true}),
			entry("/vmlinuz-6.1", true, map[string]any{"root": "UUID=1", "ro": true, "single": true}),
			entry("/vmlinuz-5.14", false, map[string]any{"root": "/dev/x", "ro": true, "audit": "0", "selinux": "0", "enforcing": "0"}),
			entry("/vmlinuz", false, map[string]any{}),
			entry("/l", false, map[string]any{"a": "1", "b": true}),
		},
		"defaults|grub": map[string]any{"audit": "1", "quiet": true, "console": "ttyS0"},
		"kernel_config": map[string]any{"INIT_ON_ALLOC_DEFAULT_ON": true},
	})
	if s, _ := d.Source(compliance.Path{"boot", "entries", "2", "args", "audit"}); s.File != "/boot/loader/entries/a-5.14.conf" || s.Line != 3 {
		t.Errorf("the third entry comes from %+v", s)
	}
}

// TestRedHatEntries: what tuned and grubenv add to entries of the Boot Loader
// Specification, which may have tabs; a test of memory is no kernel.
func TestRedHatEntries(t *testing.T) {
	files := map[string]string{
		"/boot/efi/EFI/redhat/grub.cfg": "configfile $prefix/grub.cfg",
		"/boot/grub2/grub.cfg":          "set tuned_params=\"mitigations=off isolcpus=2\"\n  set kernelopts=\"root=/dev/y\"\nblscfg\n\tlinux16 /boot/memtest86+ia32.bin\n\tlinux /boot/memtest86+x64.efi",
		"/boot/grub2/grubenv":           "kernelopts=root=/dev/x audit=1\ntuned_params=isolcpus=9",
		"/boot/loader/entries/a.conf":   "linux\t/vmlinuz-5.14\noptions\t$kernelopts ro ${tuned_params} $unset dyndbg-x=1",
	}
	d := scanFrames(t, "boot", bootFrames(files, frame("boot", "dir", kernelImages, "", "absent"))...)
	wantFacts(t, d, "boot", map[string]any{"loader": "grub", "entries": []any{map[string]any{"kernel": "/vmlinuz-5.14", "recovery": false,
		"args": map[string]any{"root": "/dev/x", "audit": "1", "ro": true, "mitigations": "off", "isolcpus": "2", "dyndbg_x": "1"}}}})
	if cause := causeOf(d, "boot", "entries", compliance.Any); cause != "" {
		t.Errorf("all is read, but: %s", cause)
	}
	d = scanFrames(t, "boot", bootFrames(files, frame("boot", "dir", kernelImages, kernelImages+"/a.efi", "0"))...)
	if cause := causeOf(d, "boot", "entries", compliance.Any); !strings.Contains(cause, "a.efi") {
		t.Errorf("a unified kernel image leaves no doubt: %q", cause)
	}
	d = scanFrames(t, "boot", bootFrames(files, frame("boot", "dir", kernelImages, "", "denied"))...)
	if cause := causeOf(d, "boot", "entries", compliance.Any); !strings.HasSuffix(cause, needsRoot) {
		t.Errorf("images that may be hidden leave no doubt: %q", cause)
	}
	d = scanFrames(t, "boot", bootFrames(map[string]string{"/boot/efi/EFI/redhat/grub.cfg": "configfile $prefix/grub.cfg"})...)
	if cause := causeOf(d, "boot", "grub", "superusers"); !strings.Contains(cause, "leads to another grub.cfg") {
		t.Errorf("a stub that leads nowhere: %q", cause)
	}
}

// TestEditor reads loader.conf(5) of systemd-boot.
func TestEditor(t *testing.T) {
	for text, want := range map[string]bool{
		"default @saved": true, "editor no": false, "editor\tOff": false, "editor yes": true, "editor 0\neditor 1": true, "editor maybe": true, "editors no": true,
	} {
		d := scanFrames(t, "boot", bootFrames(map[string]string{"/boot/efi/loader/loader.conf": text})...)
		wantFacts(t, d, "boot", map[string]any{"loader": "systemd-boot", "editor": want})
	}
}

func TestSecureBoot(t *testing.T) {
	for text, want := range map[string]any{"   6   0   0   0   1": true, "   6   0   0   0   0": false, "": nil, "6 0 0 0": nil} {
		frames := bootFrames(nil, frame("boot", "file", secureBoot, text, "0"))
		for i, f := range frames {
			frames[i] = strings.Replace(f, "begin boot dir /sys/firmware\n", "begin boot dir /sys/firmware\n/sys/firmware/efi", 1)
		}
		d := scanFrames(t, "boot", frames...)
		if v, _ := d.Value(compliance.Path{"boot", "secure_boot"}); v != want {
			t.Errorf("%q is %v, want %v", text, v, want)
		}
	}
}

// TestMAC reads what the kernel, aa-status and SELinux's files say.
func TestMAC(t *testing.T) {
	values := func(text string) string { return frame("mac", "cmd", "values", text, "0") }
	dirs := func(apparmor, selinux string) string {
		return frame("mac", "dir", "/sys/module/apparmor/parameters", apparmor, "0") + frame("mac", "dir", "/sys/fs/selinux", selinux, "0")
	}
	config := func(state, lines string) string {
		return frame("mac", "cmd", "files", state+" "+selinuxConfig, "0") + frame("mac", "cmd", "lines", lines, "0")
	}
	d := scanFrames(t, "mac", values(apparmorEnabled+":Y"), dirs(apparmorEnabled, ""), config("absent", ""),
		frame("mac", "cmd", "aa-status", `{"version": "2", "profiles": {"/usr/sbin/ntpd": "enforce", "lsb_release": "complain"},
			"processes": {"/usr/sbin/ntpd": [{"profile": "/usr/sbin/ntpd", "pid": "1", "status": "enforce"}], "/usr/sbin/cupsd": [{"profile": "/usr/sbin/cupsd", "pid": "2", "status": "unconfined"}]}}`, "0"))
	wantFacts(t, d, "mac", map[string]any{
		"apparmor|enabled": true, "apparmor|profiles": map[string]any{"/usr/sbin/ntpd": "enforce", "lsb_release": "complain"},
		"apparmor|unconfined": list("/usr/sbin/cupsd"), "selinux|mode": "disabled", "selinux|configured": false,
	})
	d = scanFrames(t, "mac", values(apparmorEnabled+":Y"), dirs(apparmorEnabled, ""), config("absent", ""),
		frame("mac", "cmd", "aa-status", `{"version": "2", "profiles": {"podman": "unconfined", "/usr/sbin/cupsd": "enforce"},
			"processes": {"/usr/bin/podman": [{"profile": "podman", "pid": "1", "status": "unconfined"}], "/usr/sbin/cupsd": [{"profile": "/usr/sbin/cupsd", "pid": "2", "status": "unconfined"}]}}`, "0"))
	wantFacts(t, d, "mac", map[string]any{"apparmor|unconfined": list("/usr/sbin/cupsd")})
	// As AppArmor 3.0.8 of Debian 12 says it: no comma between the lists of two programs.
	d = scanFrames(t, "mac", values(apparmorEnabled+":Y"), dirs(apparmorEnabled, ""), config("absent", ""), frame("mac", "cmd", "aa-status",
		`{"version": "2", "profiles": {"/usr/bin/sleep": "enforce", "/usr/bin/a]\"b": "complain"}, "processes": {`+
			`"/usr/sbin/dhclient": [{"profile": "/{,usr/}sbin/dhclient", "pid": "315", "status": "enforce"}]`+
			`"/usr/bin/sleep": [{"profile": "/usr/bin/sleep", "pid": "3899", "status": "unconfined"}, {"profile": "/usr/bin/sleep", "pid": "3900", "status": "unconfined"}]`+
			`"/usr/bin/a]\"b": [{"profile": "x", "pid": "7", "status": "enforce"}]}}`, "0"))
	wantFacts(t, d, "mac", map[string]any{
		"apparmor|profiles":   map[string]any{"/usr/bin/sleep": "enforce", "/usr/bin/a]\"b": "complain"},
		"apparmor|unconfined": list("/usr/bin/sleep"),
	})
	// As AppArmor 4.1 of Debian 13 says it: busybox runs under a profile without rules.
	d = scanFrames(t, "mac", values(apparmorEnabled+":Y"), dirs(apparmorEnabled, ""), config("absent", ""), frame("mac", "cmd", "aa-status",
		`{"version": "2", "profiles": {"/usr/sbin/chronyd": "enforce", "busybox": "unconfined"}, "processes": {`+
			`"/usr/sbin/chronyd": [{"profile": "/usr/sbin/chronyd", "pid": "594", "status": "enforce"}], `+
			`"/usr/bin/busybox": [{"profile": "busybox", "pid": "1837", "status": "unconfined"}]}}`, "0"))
	wantFacts(t, d, "mac", map[string]any{"apparmor|unconfined": []any{}})
	d = scanFrames(t, "mac", values(apparmorEnabled+":Y"), dirs(apparmorEnabled, ""), config("absent", ""), frame("mac", "cmd", "aa-status", "", "2"))
	wantFacts(t, d, "mac", map[string]any{"apparmor|profiles": map[string]any{}, "apparmor|unconfined": list()})
	d = scanFrames(t, "mac", values(apparmorEnabled+":Y"), dirs(apparmorEnabled, ""), config("absent", ""), frame("mac", "cmd", "aa-status", "", "denied"))
	for _, k := range []string{"profiles", "unconfined"} {
		if cause := causeOf(d, "mac", "apparmor", k); !strings.HasSuffix(cause, needsRoot) {
			t.Errorf("%s: %q", k, cause)
		}
	}
	d = scanFrames(t, "mac", values(apparmorEnabled+":Y"), dirs(apparmorEnabled, ""), config("absent", ""), frame("mac", "file", apparmorProfiles, "/usr/bin/man (enforce)\nfire fox (unconfined)\nodd", "0"))
	wantFacts(t, d, "mac", map[string]any{"apparmor|profiles": map[string]any{"/usr/bin/man": "enforce", "fire fox": "unconfined"}})
	d = scanFrames(t, "mac", values(apparmorEnabled+":N\n"+selinuxEnforce+":1"), dirs(apparmorEnabled, selinuxEnforce), frame("mac", "cmd", "unconfined", "agent\n", "0"),
		config("there", selinuxConfig+":3:SELINUX=Enforcing \n"+selinuxConfig+":4:#SELINUX=x\n"+selinuxConfig+":9:SELINUXTYPE=targeted"))
	wantFacts(t, d, "mac", map[string]any{
		"apparmor|enabled": false, "selinux|mode": "enforcing", "selinux|boot_mode": "enforcing", "selinux|type": "targeted",
		"selinux|configured": true, "selinux|unconfined_services": list("agent"),
	})
	d = scanFrames(t, "mac", values(selinuxEnforce+":0"), dirs("", selinuxEnforce), config("there", ""), frame("mac", "cmd", "unconfined", "", "0"))
	wantFacts(t, d, "mac", map[string]any{"apparmor|enabled": false, "selinux|mode": "permissive"})
}

// TestUnconfinedServices has the collector look at processes as SELinux of Debian 12 and
// Red Hat 9 label them, and at what an account sees that may not look at systemd's.
func TestUnconfinedServices(t *testing.T) {
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "", 1)
	for name, c := range map[string]struct {
		processes map[string]string // label by name and number
		want      any               // nil where it is unknown
	}{
		"all are confined": {map[string]string{"systemd 1": "system_u:system_r:init_t:s0", "sshd 406": "system_u:system_r:sshd_t:s0", "sh 470": "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023"}, list()},
		"Red Hat's domain": {map[string]string{"systemd 1": "system_u:system_r:init_t:s0", "agent 475": "system_u:system_r:unconfined_service_t:s0"}, list("agent")},
		"Debian's domains": {map[string]string{"systemd 1": "system_u:system_r:init_t:s0", "(sd-pam) 460": "system_u:system_r:init_t:s0", "systemd-executor 461": "system_u:system_r:init_t:s0", "kthreadd 2": "system_u:system_r:kernel_t:s0",
			"web 472": "system_u:system_r:init_t:s0", "web 473": "system_u:system_r:init_t:s0", "agent2 480": "system_u:system_r:initrc_t:s0", "my agent 481": "system_u:system_r:initrc_t:s0"}, list("agent2", "my agent", "web")},
		"files without labels": {map[string]string{"systemd 1": "system_u:system_r:kernel_t:s0", "sshd 406": "system_u:system_r:kernel_t:s0"}, list("systemd")},
		"systemd is not seen":  {map[string]string{"sh 470": "user_u:user_r:user_t:s0"}, nil},
	} {
		proc := t.TempDir()
		for process, label := range c.processes {
			i := strings.LastIndex(process, " ")
			dir := filepath.Join(proc, process[i+1:])
			if err := os.MkdirAll(filepath.Join(dir, "attr"), 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(dir, "attr", "current"), label+"\x00")
			writeFile(t, filepath.Join(dir, "comm"), process[:i]+"\n")
		}
		for _, shell := range [][]string{{"dash"}, {"bash"}, {"busybox", "ash"}} {
			script := "nonce=NONCE uid=1000\n" + strings.ReplaceAll(functions, "/proc/", proc+"/") + "\nunconfined_services\n"
			out, err := exec.Command(shell[0], append(shell[1:], "-c", script)...).Output()
			if err != nil {
				t.Fatalf("%s: %s: %v", name, shell, err)
			}
			text, status, _ := strings.Cut(strings.TrimPrefix(string(out), "\nNONCE begin mac cmd unconfined\n"), "\nNONCE end ")
			d := scanFrames(t, "mac", frame("mac", "dir", "/sys/fs/selinux", selinuxEnforce, "0"), frame("mac", "cmd", "unconfined", text, strings.TrimSpace(status)))
			if c.want == nil {
				if cause := causeOf(d, "mac", "selinux", "unconfined_services"); cause != "/proc/PID/attr/current: permission denied: "+needsRoot {
					t.Errorf("%s: %s: the cause is %q", name, shell, cause)
				}
				continue
			}
			wantFacts(t, d, "mac", map[string]any{"selinux|unconfined_services": c.want})
		}
	}
}

// TestHashesAndArgumentsStay plants secrets in what the filters of the script see.
func TestHashesAndArgumentsStay(t *testing.T) {
	const secret = "Geheim4711"
	functions := strings.Replace(strings.Replace(collectScript, "collect </dev/null", "", 1), "exit 0", "", 1)
	for _, c := range []struct{ filter, text, want string }{
		{"arguments_head", "/etc/pam.d/x:1:auth required pam_mysql.so passwd=" + secret + " user=u", "passwd=*** user=u"},
		{"arguments_head", "/etc/pam.d/x:2:auth required pam_x.so [password=" + secret + "] id=1 key=" + secret, "[password=***] id=1 key=***"},
		{"arguments_head", "/etc/pam.d/x:3:password requisite pam_pwquality.so retry=3", "password requisite pam_pwquality.so retry=3"},
		{"boot_head", "/boot/grub/grub.cfg:7:password_pbkdf2 root grub.pbkdf2.sha512.10000." + secret + "." + secret, "password_pbkdf2 root grub.pbkdf2.sha512.***"},
		{"boot_head", "/boot/grub2/user.cfg:1:GRUB2_PASSWORD=grub.pbkdf2.sha512.10000." + secret, "GRUB2_PASSWORD=***"},
		{"boot_head", "/boot/grub/grub.cfg:8:  password admin " + secret, "  password admin ***"},
		{"boot_head", "/boot/grub/grub.cfg:9:linux /vmlinuz rd.pass=" + secret + " audit=1", "rd.pass=*** audit=1"},
	} {
		for _, shell := range [][]string{{"dash"}, {"bash"}, {"busybox", "ash"}} {
			cmd := exec.Command(shell[0], append(shell[1:], "-c", functions+c.filter+" head -c 10000\n")...)
			cmd.Stdin = strings.NewReader(c.text + "\n")
			out, err := cmd.Output()
			if err != nil || strings.Contains(string(out), secret[:6]) || !strings.Contains(string(out), c.want) {
				t.Errorf("%s %s: %v: %s", shell, c.filter, err, out)
			}
		}
	}
}

// TestSELinuxConfig takes the lines that libselinux's selinux_getenforcemode(3) and
// selinux_getpolicytype(3) took of the same files, version 3.4.
func TestSELinuxConfig(t *testing.T) {
	for text, want := range map[string][2]any{
		"SELINUX=permissive\nSELINUX=enforcing\nSELINUXTYPE=minimum\nSELINUXTYPE=targeted": {"permissive", "targeted"},
		"SELINUX=enforcing\nSELINUX=disabled\nSELINUXTYPE=targeted\nSELINUXTYPE=minimum":   {"enforcing", "minimum"},
		" SELINUX=enforcing\n SELINUXTYPE=targeted":                                        {nil, "targeted"},
		"SELINUX = enforcing\nSELINUXTYPE= mls":                                            {nil, "mls"},
		"SELINUX=bogus\nSELINUX=Permissive # x\nselinuxtype=MLS":                           {"permissive", "MLS"},
		"SELINUX= enforcingly\r\nSELINUXTYPE=targeted\r":                                   {"enforcing", "targeted"},
		"SELINUX=\"enforcing\"":                                                            {nil, "targeted"},
		"SELINUX=enforcing\nSELINUXTYPE =mls":                                              {"enforcing", "targeted"},
		"SELINUX=enforced\nSELINUXTYPE=":                                                   {nil, ""},
		"SELINUX=\t enforcing\nSELINUXTYPE=targeted # yes":                                 {"enforcing", "targeted # yes"},
	} {
		var lines strings.Builder
		for i, l := range strings.Split(text, "\n") {
			fmt.Fprintf(&lines, "%s:%d:%s\n", selinuxConfig, i+1, l)
		}
		d := scanFrames(t, "mac", frame("mac", "cmd", "files", "there "+selinuxConfig, "0"), frame("mac", "cmd", "lines", lines.String(), "0"))
		mode, _ := d.Value(compliance.Path{"mac", "selinux", "boot_mode"})
		kind, _ := d.Value(compliance.Path{"mac", "selinux", "type"})
		if mode != want[0] || kind != want[1] {
			t.Errorf("%q: mode %v and type %v, want %v", text, mode, kind, want)
		}
	}
}
