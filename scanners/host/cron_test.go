package host

import (
	"strings"
	"testing"

	"merlon/compliance"
)

// TestRunParts: what lies in a folder that root's job gives to run-parts is judged like
// a program of the job.
func TestRunParts(t *testing.T) {
	const paths = "there /opt/jobs\nthere /opt/jobs/10-a\nthere /opt/jobs/readme\nthere /opt/jobs/theirs\nthere /opt/jobs/sub\nthere /opt\n"
	const stat = "755 0 0 4096 root root directory|/opt/jobs\n755 0 0 4096 root root directory|/opt\n777 0 0 9 root root regular file|/opt/jobs/10-a\n666 0 0 9 root root regular file|/opt/jobs/readme\n" +
		"644 1000 0 9 bob root regular file|/opt/jobs/theirs\n777 0 0 9 root root directory|/opt/jobs/sub\n"
	scan := func(paths string) *compliance.Document {
		return scanFrames(t, "cron", frame("cron", "cmd", "present", "/usr/sbin/cron", "0"), frame("cron", "cmd", "jobs files 1", "file /etc/crontab\n", "0"),
			frame("cron", "cmd", "jobs lines 1", "/etc/crontab:9:root /opt/jobs/\n", "0"), frame("cron", "cmd", "paths", paths, "0"), frame("cron", "cmd", "stat", stat, "0"))
	}
	d := scan(paths)
	got := strings.Join(sortedKeys(value(t, d, "cron", "programs").(map[string]any)), " ")
	if want := "/opt /opt/jobs /opt/jobs/10-a /opt/jobs/theirs"; got != want {
		t.Errorf("programs are %s, want %s", got, want)
	}
	if source, _ := d.Source(compliance.Path{"cron", "programs", "/opt/jobs/10-a"}); source.File != "/etc/crontab" || source.Line != 9 {
		t.Errorf("the source is %+v", source)
	}
	if causeOf(scan(paths+"hidden /opt/jobs/*\n"), "cron", "programs", compliance.Any) == "" {
		t.Error("a folder that may not be listed holds nothing")
	}
}
