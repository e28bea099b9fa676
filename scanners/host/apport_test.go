package host

import "testing"

// TestApport follows what the packages of Ubuntu do: 22.04 has an init script, which asks
// /etc/default/apport, 24.04 a unit, which does not.
func TestApport(t *testing.T) {
	const (
		program = "usr/share/apport/apport"
		script  = "etc/init.d/apport"
		link    = "etc/rc2.d/S01apport"
		unit    = "usr/lib/systemd/system/apport.service"
		wanted  = "etc/systemd/system/multi-user.target.wants/apport.service"
		own     = "etc/systemd/system/apport.service"
		options = "etc/default/apport"
	)
	jammy := map[string]string{program: "#!", script: "#!", link: "-> ../init.d/apport", options: "# set this to 0 to disable apport\nenabled=1\n"}
	noble := map[string]string{program: "#!", script: "#!", unit: "[Unit]\n", wanted: "-> /usr/lib/systemd/system/apport.service", options: "enabled=1\n"}
	with := func(base, more map[string]string) map[string]string {
		files := map[string]string{}
		for _, m := range []map[string]string{base, more} {
			for name, text := range m {
				if delete(files, name); text != "" {
					files[name] = text
				}
			}
		}
		return files
	}
	for _, test := range []struct {
		name   string
		files  map[string]string
		starts bool
	}{
		{"22.04", jammy, true},
		{"22.04, switched off", with(jammy, map[string]string{options: "enabled=0\n"}), false},
		{"22.04, the last line counts", with(jammy, map[string]string{options: "enabled=0\n enabled='1' # again"}), true},
		{"22.04, a comment is none", with(jammy, map[string]string{options: "#enabled=0\nenabled=1\n"}), true},
		{"22.04, without the file", with(jammy, map[string]string{options: ""}), true},
		{"22.04, a word that is not 1", with(jammy, map[string]string{options: "enabled=yes\n"}), false},
		{"22.04, update-rc.d disable", with(jammy, map[string]string{link: "", "etc/rc2.d/K01apport": "-> ../init.d/apport"}), false},
		{"22.04, masked", with(jammy, map[string]string{own: "-> /dev/null"}), false},
		{"24.04", noble, true},
		{"24.04, switched off, which does nothing", with(noble, map[string]string{options: "enabled=0\n"}), true},
		{"24.04, disabled", with(noble, map[string]string{wanted: ""}), false},
		{"24.04, disabled, the links of the script left", with(noble, map[string]string{wanted: "", link: "-> ../init.d/apport"}), false},
		{"24.04, masked", with(noble, map[string]string{own: "-> /dev/null"}), false},
		{"24.04, a unit of one's own", with(noble, map[string]string{own: "[Unit]\n"}), true},
		{"24.04, the handler purged", with(noble, map[string]string{unit: "", script: ""}), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := scanImage(t, image(t, wholeImage(test.files)), "limits")
			wantFacts(t, d, "limits", map[string]any{"apport|installed": true, "apport|starts": test.starts})
		})
	}
	d := scanImage(t, image(t, wholeImage(nil)), "limits")
	wantFacts(t, d, "limits", map[string]any{"apport": map[string]any{"installed": false}})
}
