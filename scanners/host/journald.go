package host

import (
	"slices"
	"strings"

	"merlon/compliance"
)

// putJournald puts what journald.conf(5) says, its defaults included.
func putJournald(r *reading, present map[string]bool) {
	const file = "/etc/systemd/journald.conf"
	from := compliance.Source{File: file}
	lines, cause := r.systemdSettings("journald.conf", "Journal")
	if cause != "" {
		r.unknown(cause, from, "journald")
		return
	}
	r.put(map[string]any{}, from, "journald")
	r.put(present["/usr/lib/systemd/systemd-journald"] || present["/lib/systemd/systemd-journald"], from, "journald", "installed")
	r.put(present["/var/log/journal"], compliance.Source{File: "/var/log/journal"}, "journald", "directory")
	byDefault := compliance.Source{File: file, Default: true}

	storage := []string{"volatile", "persistent", "auto", "none"}
	s, ok := lastOf(lines, "Storage", func(v string) bool { return slices.Contains(storage, v) })
	if !ok {
		s = confValue{"auto", byDefault}
	}
	r.put(s.value, s.from, "journald", "storage")

	// A number is the size from which on things are compressed; nothing stands for the default.
	s, ok = lastOf(lines, "Compress", nil)
	off, isBool := systemdBool(s.value)
	if !ok {
		s.from = byDefault
	}
	r.put(!isBool || off, s.from, "journald", "compress")

	if s, ok = lastOf(lines, "ForwardToSyslog", isSystemdBool); ok {
		forward, _ := systemdBool(s.value)
		r.put(forward, s.from, "journald", "forward_to_syslog")
	} else if forward, from, told := commentedDefault(r, file, "ForwardToSyslog"); told {
		r.put(forward, from, "journald", "forward_to_syslog")
	} else {
		r.unknown("ForwardToSyslog is not set, and its default differs between distributions", byDefault, "journald", "forward_to_syslog")
	}
	for key, name := range map[string]string{"SystemMaxUse": "system_max_use", "SystemKeepFree": "system_keep_free", "MaxRetentionSec": "max_retention", "MaxFileSec": "max_file"} {
		if s, ok := lastOf(lines, key, nil); ok && s.value != "" {
			r.put(s.value, s.from, "journald", name)
		}
	}
}

// commentedDefault returns a boolean's default as the distribution's own file shows
// it in a comment: "#ForwardToSyslog=yes".
func commentedDefault(r *reading, file, key string) (value bool, from compliance.Source, ok bool) {
	for _, f := range []string{file, strings.Replace(file, "/etc/", "/usr/lib/", 1)} {
		text := r.file(f)
		if !text.ok() {
			continue
		}
		for l := range strings.Lines(text.text) {
			if v, told := strings.CutPrefix(strings.TrimSpace(l), "#"+key+"="); told {
				value, ok = systemdBool(v)
			}
		}
		if ok {
			return value, compliance.Source{File: f, Default: true}, true
		}
	}
	return false, compliance.Source{}, false
}

// putJournalUpload puts what systemd-journal-upload would do (journal-upload.conf(5)).
func putJournalUpload(r *reading, present map[string]bool) {
	from := compliance.Source{File: "/etc/systemd/journal-upload.conf"}
	if !present["/usr/lib/systemd/systemd-journal-upload"] {
		r.put(map[string]any{"installed": false}, compliance.Source{File: "/usr/lib/systemd/systemd-journal-upload"}, "journal_upload")
		return
	}
	lines, cause := r.systemdSettings("journal-upload.conf", "Upload")
	if cause != "" {
		r.unknown(cause, from, "journal_upload")
		return
	}
	r.put(map[string]any{"installed": true}, from, "journal_upload")
	if s, ok := lastOf(lines, "URL", nil); ok && s.value != "" {
		r.put(s.value, s.from, "journal_upload", "url")
		r.put(!strings.HasPrefix(strings.ToLower(s.value), "http://"), s.from, "journal_upload", "tls")
	}
	if s, ok := lastOf(lines, "TrustedCertificateFile", nil); ok && s.value != "" {
		r.put(s.value, s.from, "journal_upload", "trusted_certificate_file")
	}
}
