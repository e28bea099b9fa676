package host

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestRecordHost writes testdata/host/debian12 from this machine with -update,
// without what is this machine's own: its command line, mounts and keys.
func TestRecordHost(t *testing.T) {
	b, err := os.ReadFile("../../testdata/host/debian12.txt")
	if err == nil && !*update {
		if !strings.HasSuffix(string(b), doneFrame) {
			t.Error("the recorded host is not whole")
		}
		return
	}
	if !*update {
		t.Fatal(err)
	}
	chosen, _ := choose(nil)
	cmd := exec.Command("sh", "-s")
	cmd.Stdin = strings.NewReader(script("NONCE", chosen, ""))
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	clean := stdout.String()
	for pattern, with := range map[string]string{
		`(?m)^/proc/cmdline:.*$`:              "/proc/cmdline:BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet",
		`(?m)^/proc/sys/kernel/osrelease:.*$`: "/proc/sys/kernel/osrelease:6.1.0-40-amd64",
		`(?m)^/proc/sys/kernel/version:.*$`:   "/proc/sys/kernel/version:#1 SMP PREEMPT_DYNAMIC Debian 6.1.153-1 (2026-01-20)",
		`(?s)(begin mounts file /proc/self/mountinfo\n).*?(\nNONCE end)`: "${1}22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n" +
			"23 22 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:2 - proc proc rw\n" +
			"24 22 0:22 / /dev/shm rw,nosuid,nodev shared:3 - tmpfs tmpfs rw,inode64\n" +
			"25 22 0:23 / /tmp rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=1024k\n${2}",
		`(?s)(begin kernel_modules cmd release\n).*?(\nNONCE end)`: "${1}6.1.0-40-amd64\n${2}",
		`/lib/modules/[^/ \n]*/`:                                   "/lib/modules/6.1.0-40-amd64/",
		`(?m)^init .*$`:                                            "init init",
		`(?m)^time .*$`:                                            "time 1790000000",
		`(?m)^container\n`:                                         "",
	} {
		clean = regexp.MustCompile(pattern).ReplaceAllString(clean, with)
	}
	writeFile(t, "../../testdata/host/debian12.txt", clean)
	writeFile(t, "../../testdata/host/debian12.stderr.txt", stderr.String())
}
