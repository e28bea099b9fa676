// Package inventory reads lists of targets: Ansible inventories, in INI or YAML,
// a file or a directory of them, with the group_vars and host_vars beside them.
// It reads as ansible-inventory does, and runs nothing: no scripts, no plugins,
// no templates, no vault.
package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"merlon/compliance"
)

const (
	// maxFile bounds one file, in bytes.
	maxFile = 32 << 20
	// maxHosts bounds an inventory, so that a range like web[1:9999999] cannot
	// eat the memory.
	maxHosts  = 100_000
	maxGroups = 10_000
	// maxFiles bounds files and directories: links can make a tree endless.
	maxFiles = 50_000
)

// A format is one way to write an inventory down.
type format struct {
	name       string
	extensions []string
	// looks tells a file without a known extension by its text.
	looks func(text []byte) bool
	parse func(inv *inventory, file string, text []byte) error
}

// formats are tried in this order; the last takes what no other wants.
var formats = []format{
	{"YAML", []string{".yml", ".yaml", ".json"}, looksLikeYAML, parseYAML},
	{"INI", []string{".ini", ".cfg"}, func([]byte) bool { return true }, parseINI},
}

// Load reads the inventory at path, a file or a directory, and returns the hosts
// that limit matches, all for "". What cannot be read of one host or one line is
// a diagnostic, and its host is left out; an error means that nothing could be
// read, or that limit names something that is not there.
//
// A limit is a list of patterns as Ansible's --limit takes it: names of hosts and
// groups, *, ?, [a-z], ~regex, group[0], group[1:3], with commas or colons
// between them; "!x" leaves out and "&x" keeps only what x matches.
func Load(path, limit string) ([]compliance.Target, []compliance.Diagnostic, error) {
	inv := newInventory()
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the inventory: %w", err)
	}
	dir := filepath.Dir(path)
	if info.IsDir() {
		dir = path
		err = inv.readDir(path)
	} else {
		err = inv.readFile(path)
	}
	if err != nil {
		return nil, inv.diagnostics, err
	}
	inv.reconcile()
	hosts, err := inv.limit(limit)
	if err != nil {
		return nil, inv.diagnostics, err
	}
	if len(inv.hosts) == 0 {
		return nil, inv.diagnostics, fmt.Errorf("the inventory %s names no host", path)
	}
	targets := inv.targets(hosts, newVarsDir(filepath.Join(dir, "group_vars"), inv), newVarsDir(filepath.Join(dir, "host_vars"), inv))
	return targets, inv.diagnostics, nil
}

// ignoredNames and ignoredEndings are what Ansible passes over in a directory:
// INVENTORY_IGNORE_EXTS and REJECT_EXTS in its configuration reference.
var (
	ignoredNames   = []string{"host_vars", "group_vars", "vars_plugins"}
	ignoredEndings = []string{".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".ini", ".cfg", ".retry"}
)

// readDir reads all inventory files in a directory, by name. A file that cannot
// be read is a diagnostic, unless none can.
func (inv *inventory) readDir(dir string) error {
	if err := inv.visit(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the inventory: %w", err)
	}
	var failed []error
	done := 0
	for _, e := range entries {
		name := e.Name()
		ending := func(s string) bool { return strings.HasSuffix(name, s) }
		if strings.HasPrefix(name, ".") || slices.Contains(ignoredNames, name) || slices.ContainsFunc(ignoredEndings, ending) {
			continue
		}
		path := filepath.Join(dir, name)
		read := inv.readFile
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			read = inv.readDir
		}
		switch err := read(path); {
		case err == nil:
			done++
		case !errors.Is(err, errNoFiles):
			failed = append(failed, err)
		}
	}
	if done == 0 && len(failed) == 0 {
		return fmt.Errorf("%s: %w", dir, errNoFiles)
	}
	if done == 0 {
		return errors.Join(failed...)
	}
	for _, err := range failed {
		inv.diagnose(compliance.LevelError, compliance.Source{File: dir}, "%v", err)
	}
	return nil
}

// visit counts a file or directory.
func (inv *inventory) visit(path string) error {
	if inv.files++; inv.files > maxFiles {
		return fmt.Errorf("%s: the inventory has more than %d files; do links lead in a circle?", path, maxFiles)
	}
	return nil
}

var errNoFiles = errors.New("the directory holds no inventory file")

func (inv *inventory) readFile(file string) error {
	if err := inv.visit(file); err != nil {
		return err
	}
	text, err := readBounded(file)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(text, []byte("#!")) {
		return fmt.Errorf("%s:1: this is a script, which Merlon does not run; save what it says: ansible-inventory -i %s --list --yaml > hosts.yml", file, file)
	}
	if bytes.HasPrefix(text, []byte(vaultHeader)) {
		return fmt.Errorf("%s:1: the file is encrypted with ansible-vault, which Merlon cannot open", file)
	}
	f := formatOf(file, text)
	if err := f.parse(inv, file, text); err != nil {
		return fmt.Errorf("%w (read as %s)", err, f.name)
	}
	return nil
}

func formatOf(file string, text []byte) format {
	for _, f := range formats {
		if slices.Contains(f.extensions, filepath.Ext(file)) {
			return f
		}
	}
	return formats[slices.IndexFunc(formats, func(f format) bool { return f.looks(text) })]
}

// readBounded reads a regular file of at most maxFile bytes.
func readBounded(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("reading the inventory: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "reading the inventory", Path: file, Err: errors.New("not a regular file")}
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading the inventory: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s is larger than %d MB", file, maxFile>>20)
	}
	return text, err
}
