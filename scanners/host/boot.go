package host

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"merlon/compliance"
)

// grubConfigs are where grub.cfg and its companions lie, after those below
// /boot/efi/EFI, which only lead there or stand alone.
var grubDirs = []string{"/boot/grub", "/boot/grub2"}

// bootEntryDirs hold the entries of the Boot Loader Specification.
var bootEntryDirs = []string{"/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries"}

// readBoot reads the boot loader's configuration: who may change an entry, and the
// kernel command lines of the next boot.
func readBoot(r *reading) {
	files := r.textFiles()
	putLoader(r, files)
	putEntries(r, files)
	putDefaults(r, files)
	putKernelConfig(r, files)
	putSecureBoot(r)
}

// secureBoot is the firmware's variable: four bytes of attributes, then 1 or 0
// (UEFI specification, "Globally Defined Variables").
const secureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

func putSecureBoot(r *reading) {
	from := compliance.Source{File: secureBoot}
	entries, efi := r.dir("/sys/firmware")
	if efi.cause != "" {
		r.unknown(efi.cause, from, "secure_boot")
		return
	}
	if len(entries) == 0 {
		r.put(false, compliance.Source{File: "/sys/firmware/efi"}, "secure_boot")
		return
	}
	f := r.file(secureBoot)
	bytes := strings.Fields(f.text)
	r.putOr(len(bytes) == 5 && bytes[4] == "1", f.ok() && len(bytes) == 5, f.or("the firmware's variable cannot be read"), from, "secure_boot")
}

// bootFiles returns the files of a name in GRUB's directories and on the EFI
// partition; the cause says why it is not known which there are.
func bootFiles(files textFiles, name string) (found []textFile, cause string) {
	var paths []string
	for _, d := range grubDirs {
		paths = append(paths, d+"/"+name)
	}
	for _, p := range sortedKeys(files.byPath) {
		if strings.HasPrefix(p, "/boot/efi/EFI/") && path.Base(p) == name {
			paths = append(paths, p)
		}
	}
	for _, p := range paths {
		f := files.get(p)
		if f.cause != "" {
			cause = f.cause
		}
		if f.ok() {
			found = append(found, f)
		}
	}
	if why := files.get("/boot/efi/EFI/x/" + name).cause; why != "" && cause == "" && len(found) == 0 {
		cause = why
	}
	return found, cause
}

// grubConfigs returns the configurations that GRUB reads. One on the EFI partition
// mostly only leads to that in /boot; where it stands alone (Red Hat before 9, or
// grub2-mkconfig told to write there), GRUB reads no other.
func grubConfigs(files textFiles) (found []textFile, cause string) {
	all, cause := bootFiles(files, "grub.cfg")
	var alone, main []textFile
	for _, f := range all {
		switch leads := slices.ContainsFunc(f.lines, func(l textLine) bool { return strings.HasPrefix(strings.TrimSpace(l.text), "configfile") }); {
		case !strings.HasPrefix(f.path, "/boot/efi/"):
			main = append(main, f)
		case !leads && len(f.lines) > 0:
			alone = append(alone, f)
		}
	}
	if len(alone) > 0 {
		return alone, cause
	}
	if len(main) == 0 && len(all) > 0 && cause == "" {
		return all, all[0].path + " leads to another grub.cfg, which is not there"
	}
	return main, cause
}

// besides returns the files of a name that lie beside one of configs.
func besides(files textFiles, configs []textFile, name string) (found []textFile, cause string) {
	for _, c := range configs {
		f := files.get(path.Join(path.Dir(c.path), name))
		if f.cause != "" {
			cause = f.cause
		}
		if f.ok() {
			found = append(found, f)
		}
	}
	return found, cause
}

// putLoader tells which loader there is. None is a fact: a container, or a machine
// whose kernel is loaded from outside.
func putLoader(r *reading, files textFiles) {
	configs, cause := grubConfigs(files)
	from := compliance.Source{File: "/boot"}
	loaders := []string{"/boot/loader/loader.conf", "/efi/loader/loader.conf", "/boot/efi/loader/loader.conf"}
	sdBoot := slices.IndexFunc(loaders, func(p string) bool { return files.get(p).ok() })
	switch {
	case len(configs) > 0:
		from = compliance.Source{File: configs[0].path}
		r.put("grub", from, "loader")
	case cause != "":
		r.unknown(cause, from, "loader")
	case sdBoot >= 0:
		r.put("systemd-boot", compliance.Source{File: loaders[sdBoot]}, "loader")
		putEditor(r, files.get(loaders[sdBoot]))
	default:
		r.put("none", from, "loader")
	}
	if len(configs) > 0 || cause != "" {
		putGrub(r, files, configs, cause)
	}
}

// putEditor puts whether systemd-boot lets whoever sits at the console edit an entry
// (loader.conf(5)): it does by itself.
func putEditor(r *reading, f textFile) {
	r.put(true, compliance.Source{File: f.path, Default: true}, "editor")
	for _, l := range f.lines {
		w := strings.Fields(l.text)
		if len(w) < 2 || w[0] != "editor" {
			continue
		}
		switch value := strings.ToLower(strings.Trim(w[1], `"'`)); {
		case slices.Contains([]string{"0", "no", "n", "false", "f", "off"}, value):
			r.put(false, f.source(l), "editor")
		case slices.Contains([]string{"1", "yes", "y", "true", "t", "on"}, value):
			r.put(true, f.source(l), "editor")
		}
	}
}

// putGrub puts GRUB's users. A configuration that asks for a password is made by
// grub-mkconfig(8) on Debian; on Red Hat it looks for one in user.cfg.
func putGrub(r *reading, files textFiles, configs []textFile, cause string) {
	users, why := besides(files, configs, "user.cfg")
	custom, whyCustom := besides(files, configs, "custom.cfg")
	if cause == "" {
		cause = why + whyCustom
	}
	from := compliance.Source{File: "/boot/grub/grub.cfg"}
	if len(configs) > 0 {
		from.File = configs[0].path
	}
	if cause != "" {
		for _, k := range []string{"superusers", "passwords"} {
			r.unknown(cause, from, "grub", k)
		}
		return
	}
	g := grubUsers{passwords: map[string]string{}, from: map[string]compliance.Source{}}
	for _, f := range users {
		g.readUserCfg(f)
	}
	for _, f := range append(configs, custom...) {
		g.read(f)
	}
	r.put(anyList(g.superusers), g.fromUsers.or(from), "grub", "superusers")
	r.put(map[string]any{}, from, "grub", "passwords")
	for _, name := range sortedKeys(g.passwords) {
		r.put(g.passwords[name], g.from[name], "grub", "passwords", name)
	}
}

// sourceOr is a source that may not be known.
type sourceOr compliance.Source

func (s sourceOr) or(other compliance.Source) compliance.Source {
	if compliance.Source(s).IsZero() {
		return other
	}
	return compliance.Source(s)
}

// grubUsers are GRUB's users and how their passwords are kept.
type grubUsers struct {
	variable   string // GRUB2_PASSWORD of user.cfg, reduced to its kind
	variableAt compliance.Source
	superusers []string
	fromUsers  sourceOr
	passwords  map[string]string // pbkdf2 or plain
	from       map[string]compliance.Source
}

func (g *grubUsers) readUserCfg(f textFile) {
	for _, l := range f.lines {
		if value, ok := strings.CutPrefix(strings.TrimSpace(l.text), "GRUB2_PASSWORD="); ok && shellValue(value) != "" {
			g.variable, g.variableAt = "pbkdf2", f.source(l)
		}
	}
}

func (g *grubUsers) read(f textFile) {
	for _, l := range f.lines {
		w := strings.Fields(l.text)
		switch {
		case len(w) >= 2 && w[0] == "set" && strings.HasPrefix(w[1], "superusers="):
			value := shellValue(strings.TrimPrefix(strings.Join(w[1:], " "), "superusers="))
			g.superusers, g.fromUsers = strings.FieldsFunc(value, isGrubListBreak), sourceOr(f.source(l))
		case len(w) >= 3 && w[0] == "password":
			g.passwords[w[1]], g.from[w[1]] = "plain", f.source(l)
		case len(w) >= 3 && w[0] == "password_pbkdf2" && strings.Contains(w[2], "GRUB2_PASSWORD"):
			if g.variable == "" { // the block is skipped, with its superusers
				g.superusers, g.fromUsers = nil, sourceOr{}
				continue
			}
			g.passwords[w[1]], g.from[w[1]] = g.variable, g.variableAt
		case len(w) >= 3 && w[0] == "password_pbkdf2":
			g.passwords[w[1]], g.from[w[1]] = "pbkdf2", f.source(l)
		}
	}
}

// isGrubListBreak separates names of superusers: blanks, commas, semicolons, pipes
// and ampersands (GRUB manual, "superusers").
func isGrubListBreak(c rune) bool { return strings.ContainsRune(" ,;|&", c) }

// A bootEntry is one kernel command line of the next boot.
type bootEntry struct {
	kernel, args string
	from         compliance.Source
}

// putEntries puts the kernel command lines that the loader offers.
func putEntries(r *reading, files textFiles) {
	entries, cause := bootEntries(files)
	from := compliance.Source{File: "/boot"}
	list := make([]any, len(entries))
	sources := make([]compliance.Source, len(entries))
	for i, e := range entries {
		args := cmdline(e.args)
		_, single := args["single"]
		_, recovery := args["recovery"]
		list[i] = map[string]any{"kernel": e.kernel, "args": args, "recovery": single || recovery}
		sources[i] = e.from
	}
	r.put(list, from, "entries")
	r.putSources(sources, "entries")
	switch images, listed := r.dir(kernelImages); {
	case cause != "":
	case len(images) > 0:
		cause = "the command line within " + images[0] + " is not read"
	case strings.HasSuffix(listed.cause, needsRoot):
		cause = listed.cause
	}
	if cause != "" {
		r.unknown(cause, from, "entries", compliance.Any)
	}
}

// kernelImages holds kernels that bring their command line along (Boot Loader
// Specification, type 2).
const kernelImages = "/boot/efi/EFI/Linux"

func bootEntries(files textFiles) (entries []bootEntry, cause string) {
	configs, cause := grubConfigs(files)
	for _, f := range configs {
		for _, l := range f.lines {
			w := strings.Fields(l.text)
			if len(w) >= 2 && slices.Contains([]string{"linux", "linuxefi", "linux16"}, w[0]) && !strings.HasPrefix(path.Base(w[1]), "memtest") {
				entries = append(entries, bootEntry{w[1], strings.Join(w[2:], " "), f.source(l)})
			}
		}
	}
	variables, why := grubVariables(files, configs)
	if cause == "" {
		cause = why
	}
	for _, dir := range bootEntryDirs {
		if hidden := files.get(dir + "/x.conf").cause; hidden != "" && cause == "" {
			cause = hidden
		}
		for _, name := range files.in(dir, ".conf") {
			f := files.get(name)
			if f.cause != "" && cause == "" {
				cause = f.cause
			}
			if e, ok := loaderEntry(f, variables); ok {
				entries = append(entries, e)
			}
		}
	}
	return entries, cause
}

// loaderEntry reads an entry of the Boot Loader Specification; its options may name
// variables of GRUB, of which one that is not set is empty.
func loaderEntry(f textFile, variables map[string]string) (e bootEntry, ok bool) {
	for _, l := range f.lines {
		text := strings.TrimSpace(l.text)
		key, _, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
		value := strings.TrimSpace(text[len(key):])
		switch key {
		case "linux":
			e.kernel, ok = value, true
			if e.from.IsZero() {
				e.from = f.source(l)
			}
		case "options":
			value = grubVariable.ReplaceAllStringFunc(value, func(v string) string { return variables[strings.Trim(v, "${}")] })
			e.args, e.from, ok = strings.TrimSpace(e.args+" "+value), f.source(l), true
		}
	}
	return e, ok
}

var grubVariable = regexp.MustCompile(`\$(\w+|\{\w+\})`)

// grubVariables reads what entries may name: kernelopts and tuned_params. What grub.cfg
// sets of tuned_params comes after grubenv; it sets kernelopts only where grubenv does not.
func grubVariables(files textFiles, configs []textFile) (variables map[string]string, cause string) {
	env := files.get("/boot/grub2/grubenv")
	variables = map[string]string{}
	for _, l := range env.lines {
		if name, value, ok := strings.Cut(l.text, "="); ok {
			variables[name] = value
		}
	}
	for _, f := range configs {
		for _, l := range f.lines {
			set, ok := strings.CutPrefix(strings.TrimSpace(l.text), "set ")
			name, value, _ := strings.Cut(set, "=")
			if ok && name != "superusers" && (variables[name] == "" || name != "kernelopts") {
				variables[name] = shellValue(value)
			}
		}
	}
	return variables, env.cause
}

// putDefaults puts the arguments from which the next configuration will be made:
// /etc/default/grub with Debian's drop-ins, and /etc/kernel/cmdline.
func putDefaults(r *reading, files textFiles) {
	const main = "/etc/default/grub"
	text := map[string]string{}
	from := compliance.Source{File: main}
	cause := ""
	for _, name := range append([]string{main}, files.in("/etc/default/grub.d", ".cfg")...) {
		f := files.get(name)
		if f.cause != "" {
			cause = f.cause
		}
		for _, l := range f.lines {
			key, value, _ := strings.Cut(strings.TrimSpace(l.text), "=")
			if key != "GRUB_CMDLINE_LINUX" && key != "GRUB_CMDLINE_LINUX_DEFAULT" {
				continue
			}
			text[key], from = strings.ReplaceAll(shellValue(value), "$"+key, text[key]), f.source(l)
		}
	}
	at := []string{"defaults", "grub"}
	if cause != "" {
		r.unknown(cause, from, at...)
	} else if !files.get(main).absent {
		r.put(cmdline(text["GRUB_CMDLINE_LINUX"]+" "+text["GRUB_CMDLINE_LINUX_DEFAULT"]), from, at...)
	}
	const kernel = "/etc/kernel/cmdline"
	f := r.file(kernel)
	at = []string{"defaults", "kernel"}
	switch {
	case f.cause != "":
		r.unknown(f.cause, compliance.Source{File: kernel}, at...)
	case !f.absent:
		r.put(cmdline(f.text), compliance.Source{File: kernel, Line: 1}, at...)
	}
}

// putKernelConfig puts the options that the running kernel was built with, of those
// that a command line can also give. Where no file tells, they are unknown.
func putKernelConfig(r *reading, files textFiles) {
	for _, name := range sortedKeys(files.byPath) {
		f := files.byPath[name]
		if !strings.HasPrefix(name, "/boot/config-") && !strings.HasPrefix(name, "/lib/modules/") || !f.ok() {
			continue
		}
		r.put(map[string]any{}, compliance.Source{File: name}, "kernel_config")
		for _, l := range f.lines {
			key, value, ok := strings.Cut(l.text, "=")
			if key, is := strings.CutPrefix(key, "CONFIG_"); ok && is && value == "y" && plainName(key) {
				r.put(true, f.source(l), "kernel_config", key)
			}
		}
		return
	}
	r.unknown("the kernel's configuration is not in /boot or /lib/modules, or cannot be read", compliance.Source{File: "/boot"}, "kernel_config")
}
