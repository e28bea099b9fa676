package host

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"merlon/compliance"
)

// sampleModules are the modules of a made-up kernel, and how it asks for each.
var sampleModules = map[string]string{
	"cramfs": "fs-cramfs", "hfs": "fs-hfs", "udf": "fs-udf", "jffs2": "fs-jffs2",
	"rds": "net-pf-21", "tipc": "net-pf-30", "sctp": "net-pf-2-proto-132", "dccp": "net-pf-2-proto-33", "decnet": "net-pf-12", "ax25": "net-pf-3",
	"can": "net-pf-29", "usb-storage": "fs-usb",
}

// modprobeDirs are where Debian's kmod looks, the first of a file's name winning.
var modprobeDirs = []string{"etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d", "lib/modprobe.d"}

// TestModprobe holds what is read of modprobe.d against what modprobe would do with
// it, for each module and alias: now, where there is a modprobe, and as recorded.
func TestModprobe(t *testing.T) {
	paths, _ := filepath.Glob("../../testdata/host/modprobe/*.txtar")
	if len(paths) < 4 {
		t.Fatalf("%d trees", len(paths))
	}
	for _, tree := range paths {
		t.Run(filepath.Base(tree), func(t *testing.T) {
			archive, err := txtar.ParseFile(tree)
			if err != nil {
				t.Fatal(err)
			}
			recorded := txtarFile(archive, "modprobe")
			if _, err := exec.LookPath("modprobe"); err == nil {
				told := askModprobe(t, archive)
				if *update {
					archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "modprobe" })
					archive.Files = append(archive.Files, txtar.File{Name: "modprobe", Data: []byte(told)})
					writeFile(t, tree, string(txtar.Format(archive)))
					recorded = told
				}
				if told != recorded {
					t.Errorf("modprobe says\n%s\nrecorded is\n%s", told, recorded)
				}
			}
			if ours := foretell(archive, modprobeFacts(t, archive)); ours != recorded {
				t.Errorf("ours is\n%s\nmodprobe says\n%s", ours, recorded)
			}
		})
	}
}

func txtarFile(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// sampleNames are all that is asked for: modules, aliases of modules, and what the
// tree names besides.
func sampleNames(a *txtar.Archive) []string {
	names := strings.Fields(txtarFile(a, "ask"))
	for module, alias := range sampleModules {
		names = append(names, module, alias)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// foretell tells from facts what modprobe does with each name.
func foretell(a *txtar.Archive, d *compliance.Document) string {
	has := func(part, name string) (any, bool) {
		return d.Value(compliance.Path{"kernel_modules", part, moduleName(name)})
	}
	var b strings.Builder
	for _, name := range sampleNames(a) {
		var answers []string
		if _, ok := sampleModules[name]; ok {
			answers = []string{loaded(has, name)}
		}
		for _, module := range slices.Sorted(maps.Keys(sampleModules)) {
			aliases, _ := has("aliases", module)
			list, _ := aliases.([]any)
			asks := slices.ContainsFunc(list, func(alias any) bool {
				ok, _ := path.Match(alias.(string), moduleName(name))
				return ok
			})
			if _, ok := has("blacklist", module); asks && !ok {
				answers = append(answers, loaded(has, module))
			}
		}
		if command, ok := has("install", name); ok {
			answers = []string{fmt.Sprintf("install %s", command)}
		}
		if _, ok := has("off", name); ok || len(answers) == 0 {
			answers = []string{"nothing"}
		}
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(answers, ", "))
	}
	return b.String()
}

// loaded is what modprobe does for a module.
func loaded(has func(part, name string) (any, bool), module string) string {
	if command, ok := has("install", module); ok {
		return fmt.Sprintf("install %s", command)
	}
	return "insmod " + module
}

// modprobeFacts reads the tree as if a target had sent it.
func modprobeFacts(t *testing.T, a *txtar.Archive) *compliance.Document {
	t.Helper()
	var dep, alias strings.Builder
	for module, name := range sampleModules {
		fmt.Fprintf(&dep, "kernel/%s.ko:\n", module)
		fmt.Fprintf(&alias, "alias %s %s\n", name, strings.ReplaceAll(module, "-", "_"))
	}
	frames := []string{
		frame("kernel_modules", "cmd", "release", "6.1.0", "0"), frame("kernel_modules", "file", "/proc/modules", "", "0"),
		frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.builtin", "", "0"),
		frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.dep", dep.String(), "0"),
		frame("kernel_modules", "file", "/lib/modules/6.1.0/modules.alias", alias.String(), "0"),
	}
	have := map[string]string{}
	for _, f := range a.Files {
		if folder := filepath.Dir(f.Name); strings.HasSuffix(f.Name, ".conf") {
			have[strings.TrimSuffix("/"+folder, "/modprobe.d")] += "/" + f.Name + "\n"
			frames = append(frames, frame("kernel_modules", "file", "/"+f.Name, string(f.Data), "0"))
		}
	}
	return scanFrames(t, "kernel_modules", append(frames, noDropIns("kernel_modules", "modprobe.d", have))...)
}

// askModprobe lays the tree out with a kernel's modules, and asks for each name.
func askModprobe(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Files {
		at := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, at, string(f.Data))
	}
	kernel := filepath.Join(dir, "lib/modules/6.1.0/kernel")
	if err := os.MkdirAll(kernel, 0o755); err != nil {
		t.Fatal(err)
	}
	for module, alias := range sampleModules {
		writeFile(t, filepath.Join(kernel, module+".ko"), moduleFileOf(module, alias))
	}
	if out, err := exec.Command("depmod", "-b", dir, "6.1.0").CombinedOutput(); err != nil {
		t.Fatalf("depmod: %v: %s", err, out)
	}
	args := []string{"-d", dir, "-S", "6.1.0", "-n", "-v"}
	for _, folder := range modprobeDirs {
		args = append(args, "-C", filepath.Join(dir, folder))
	}
	var b strings.Builder
	for _, name := range sampleNames(a) {
		out, err := exec.Command("modprobe", append(slices.Clone(args), name)...).Output()
		if err != nil && !strings.Contains(txtarFile(a, "ask"), name+"\n") {
			t.Fatalf("modprobe %s: %v", name, err)
		}
		var said []string
		for l := range strings.Lines(string(out)) {
			l = strings.Join(strings.Fields(l), " ")
			if file, ok := strings.CutPrefix(l, "insmod "); ok {
				l = "insmod " + strings.TrimSuffix(filepath.Base(file), ".ko")
			}
			said = append(said, l)
		}
		if len(said) > 1 && !strings.Contains(txtarFile(a, "ask"), "\n") { // what a softdep line brings along comes first
			said = said[len(said)-1:]
		}
		slices.Sort(said)
		if len(said) == 0 {
			said = []string{"nothing"}
		}
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(said, ", "))
	}
	return b.String()
}

// moduleFileOf is the least that depmod takes for a module: an ELF file of three
// sections (elf(5)), one of them .modinfo.
func moduleFileOf(name, alias string) string {
	info := "license=GPL\x00name=" + name + "\x00alias=" + alias + "\x00depends=\x00vermagic=6.1.0 SMP\x00"
	names := "\x00.modinfo\x00.shstrtab\x00"
	const header, section = 64, 64
	var b bytes.Buffer
	put := func(v ...any) {
		for _, x := range v {
			_ = binary.Write(&b, binary.LittleEndian, x) // a buffer takes all
		}
	}
	put([]byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"), uint16(1), uint16(62), uint32(1), uint64(0), uint64(0),
		uint64(header+len(info)+len(names)), uint32(0), uint16(header), uint16(0), uint16(0), uint16(section), uint16(3), uint16(2))
	put([]byte(info), []byte(names), make([]byte, section))
	put(uint32(1), uint32(1), uint64(2), uint64(0), uint64(header), uint64(len(info)), uint32(0), uint32(0), uint64(1), uint64(0))
	put(uint32(10), uint32(3), uint64(0), uint64(0), uint64(header+len(info)), uint64(len(names)), uint32(0), uint32(0), uint64(1), uint64(0))
	return b.String()
}
