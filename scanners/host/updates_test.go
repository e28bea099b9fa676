package host

import (
	"testing"

	"merlon/compliance"
)

const dnfHere = "time 864000\ndnf\n"

func scanDnf(t *testing.T, listed string, files map[string]string) *compliance.Document {
	t.Helper()
	d := scanFrames(t, "updates", treeFrames("updates", "dnf", files), frame("updates", "dir", "/etc/yum.repos.d", "", listed), frame("updates", "cmd", "here", dnfHere, "0"))
	checkUnknowns(t, d)
	return d
}

// TestDnfOverrides follows dnf5.conf(5): drop-ins by name before dnf.conf, and
// overrides by name after the repositories, whose sections may be patterns.
func TestDnfOverrides(t *testing.T) {
	d := scanDnf(t, "0", map[string]string{
		"/etc/dnf/dnf.conf":                            "[main]\nsslverify=1\n",
		"/etc/dnf/libdnf5.conf.d/10-site.conf":         "[main]\npkg_gpgcheck=1\nlocalpkg_gpgcheck=1\nsslverify=0\n",
		"/usr/share/dnf5/libdnf.conf.d/10-site.conf":   "[main]\ngpgcheck=0\n",
		"/usr/share/dnf5/libdnf.conf.d/05-vendor.conf": "[main]\nlocalpkg_gpgcheck=0\n",
		"/etc/yum.repos.d/a.repo":                      "[fedora]\ngpgcheck=1\n[fedora-updates]\ngpgcheck=1\n[other]\nenabled=0\n",
		"/etc/dnf/repos.override.d/99-a.repo":          "[fedora*]\ngpgcheck=0\n[nosuch]\ngpgcheck=0\n",
		"/usr/share/dnf5/repos.override.d/99-a.repo":   "[other]\ngpgcheck=0\n",
		"/usr/share/dnf5/repos.override.d/50-b.repo":   "[fedora]\ngpgcheck=1\n[other]\nenabled=1\n",
	})
	wantFacts(t, d, "updates", map[string]any{
		"dnf|gpgcheck": true, "dnf|localpkg_gpgcheck": true, "dnf|sslverify": true,
		"dnf|repositories|fedora|gpgcheck": false, "dnf|repositories|fedora-updates|gpgcheck": false,
		"dnf|repositories|other|gpgcheck": true, "dnf|repositories|other|enabled": true,
	})
	if n := len(value(t, d, "updates", "dnf", "repositories").(map[string]any)); n != 3 {
		t.Errorf("there are %d repositories", n)
	}
	source, _ := d.Source(compliance.Path{"updates", "dnf", "repositories", "fedora", "gpgcheck"})
	if source.File != "/etc/dnf/repos.override.d/99-a.repo" || source.Line != 2 || len(source.Shadowed) != 2 {
		t.Errorf("the source is %+v", source)
	}
}

// TestDnfFiles follows libdnf's reader of files: names are case-sensitive, a line that
// begins with a blank goes on with the one before, what is no boolean is passed over,
// dnf.conf may hold repositories, and of one name the first counts.
func TestDnfFiles(t *testing.T) {
	d := scanDnf(t, "0", map[string]string{
		"/etc/dnf/dnf.conf":               "[main]\nGPGCHECK=1\nlocalpkg_gpgcheck=1 # yes\nsslverify=off\n[here]\ngpgcheck=0\n",
		"/etc/yum.repos.d/a.repo":         "[goes-on]\nbaseurl=https://a.example\n gpgcheck=1\n[main]\ngpgcheck=1\n[twice] ; note\ngpgcheck=0\n",
		"/etc/yum.repos.d/b.repo":         "[twice]\ngpgcheck=1\n[here]\ngpgcheck=1\n",
		"/etc/dnf/x/automatic.conf":       "[emitters]\napply_updates=yes\n",
		"/etc/dnf/dnf5/y/automatic.conf":  "[commands]\napply_updates=perhaps\n",
		"/etc/yum.repos.d/c.repo.rpmsave": "[old]\ngpgcheck=0\n",
	})
	wantFacts(t, d, "updates", map[string]any{
		"dnf|gpgcheck": false, "dnf|localpkg_gpgcheck": false, "dnf|sslverify": false,
		"dnf|repositories|here|gpgcheck": false, "dnf|repositories|goes-on|gpgcheck": false, "dnf|repositories|twice|gpgcheck": false,
	})
	if n := len(value(t, d, "updates", "dnf", "repositories").(map[string]any)); n != 3 {
		t.Errorf("there are %d repositories", n)
	}
	if v, ok := d.Value(compliance.Path{"updates", "dnf", "apply_updates"}); ok {
		t.Errorf("apply_updates is %v", v)
	}
}

// TestDnfHidden: a folder that may not be listed may hold any repository.
func TestDnfHidden(t *testing.T) {
	d := scanDnf(t, statusDenied, map[string]string{"/etc/dnf/dnf.conf": "[main]\ngpgcheck=1\n"})
	if causeOf(d, "updates", "dnf", "repositories", compliance.Any) == "" {
		t.Error("the repositories are known")
	}
}

// TestAptSettings: which sources apt reads, and what unattended-upgrades takes, by what
// `apt-config dump` prints.
func TestAptSettings(t *testing.T) {
	const stock = "Dir::Etc::sourcelist \"sources.list\";\nDir::Etc::sourceparts \"sources.list.d\";\n"
	const pattern, allowed = "Unattended-Upgrade::Origins-Pattern:: ", "Unattended-Upgrade::Allowed-Origins:: "
	for name, c := range map[string]struct {
		dump      string
		security  bool
		elsewhere bool
	}{
		"Debian":           {stock + pattern + "\"origin=Debian,codename=${distro_codename},label=Debian\";\n" + pattern + "\"origin=Debian,codename=${distro_codename}-security,label=Debian-Security\";\n", true, false},
		"Ubuntu":           {stock + allowed + "\"${distro_id}:${distro_codename}\";\n" + allowed + "\"${distro_id}:${distro_codename}-security\";\n", true, false},
		"updates only":     {stock + pattern + "\"origin=Debian,codename=${distro_codename}-updates\";\n" + allowed + "\"${distro_id}:${distro_codename}\";\n", false, false},
		"all of an origin": {stock + pattern + "\"o=Debian\";\n", true, false},
		"all of all":       {stock + pattern + "\"origin=*,suite=*\";\n", true, false},
		"any suite":        {stock + allowed + "\"Ubuntu:*\";\n", true, false},
		"none":             {stock, false, false},
		"another list":     {"Dir::Etc::sourcelist \"/srv/list\";\nDir::Etc::sourceparts \"/etc/apt/sources.list.d/\";\n", false, true},
		"another folder":   {"Dir::Etc::sourcelist \"/etc/apt/sources.list\";\nDir::Etc::sourceparts \"/dev/null\";\n", false, true},
	} {
		d := scanFrames(t, "updates", treeFrames("updates", "apt", map[string]string{"/etc/apt/sources.list": "deb http://a.example x main\n"}), frame("updates", "dir", "/etc/apt/sources.list.d", "", "0"),
			frame("updates", "cmd", "here", "time 864000\napt\n", "0"), frame("updates", "cmd", "apt-config", c.dump, "0"), frame("updates", "cmd", "apt.conf", "", "0"))
		checkUnknowns(t, d)
		if v := value(t, d, "updates", "apt", "unattended_security"); v != c.security {
			t.Errorf("%s: unattended_security is %v", name, v)
		}
		if cause := causeOf(d, "updates", "apt", "sources", compliance.Any); (cause != "") != c.elsewhere {
			t.Errorf("%s: the sources are unknown because %q", name, cause)
		}
	}
}
