package host

import (
	"fmt"
	"strings"
	"testing"
)

// TestWriteLogs: NOLOG takes the place of write_logs = no, as auditd says when it reads it.
func TestWriteLogs(t *testing.T) {
	for conf, want := range map[string]string{
		"": "yes", "write_logs = no": "no", "Write_Logs=NO": "no", "log_format = ENRICHED": "yes", "log_format = NoLog": "no",
		"write_logs = yes\nlog_format = NOLOG": "no", "log_format = NOLOG\nwrite_logs = yes": "yes", "log_format =": "yes",
	} {
		var lines strings.Builder
		for i, l := range strings.Split(conf, "\n") {
			fmt.Fprintf(&lines, "%s:%d:%s\n", auditdConf, i+1, l)
		}
		d := scanFrames(t, "audit", frame("audit", "cmd", "present", "/sbin/auditd", "0"),
			frame("audit", "cmd", "files", "there "+auditdConf, "0"), frame("audit", "cmd", "lines", lines.String(), "0"))
		wantFacts(t, d, "audit", map[string]any{"config|write_logs": want})
	}
}
