package inventory

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"merlon/compliance"
)

// vaultHeader begins what ansible-vault encrypted.
const vaultHeader = "$ANSIBLE_VAULT;"

// varsEndings are the names of a variables file behind that of its group or host,
// in Ansible's order: the first that is there counts.
var varsEndings = []string{"", ".yml", ".yaml", ".json"}

// A varsDir is a group_vars or host_vars directory.
type varsDir struct {
	dir   string
	inv   *inventory
	names map[string]bool // what is in the directory
	read  map[string]vars
}

func newVarsDir(dir string, inv *inventory) *varsDir {
	d := &varsDir{dir: dir, inv: inv, names: map[string]bool{}, read: map[string]vars{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		inv.diagnose(compliance.LevelError, compliance.Source{File: dir}, "its variables are not read: %v", err)
	}
	for _, e := range entries {
		d.names[e.Name()] = true
	}
	return d
}

// of returns the variables of a group or host.
func (d *varsDir) of(name string) vars {
	if len(d.names) == 0 {
		return nil
	}
	v, done := d.read[name]
	if done {
		return v
	}
	v = vars{}
	i := slices.IndexFunc(varsEndings, func(ending string) bool { return d.names[name+ending] })
	if i >= 0 {
		for _, file := range d.files(filepath.Join(d.dir, name+varsEndings[i])) {
			maps.Copy(v, d.file(file))
		}
	}
	d.read[name] = v
	return v
}

// files returns path, or all variables files beneath it where it is a
// directory, by name.
func (d *varsDir) files(path string) []string {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() || d.inv.visit(path) != nil {
		return []string{path}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return []string{path} // reading it says why
	}
	var out []string
	for _, e := range entries {
		name, ending := e.Name(), filepath.Ext(e.Name())
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || !slices.Contains(varsEndings, ending) {
			continue
		}
		full := filepath.Join(path, name)
		info, err := os.Stat(full)
		if err == nil && info.IsDir() && ending != "" {
			continue
		}
		out = append(out, d.files(full)...)
	}
	return out
}

// file reads one variables file. Where it cannot be read, so are all variables
// that it might set: a host must not be taken for another on a guess.
func (d *varsDir) file(file string) vars {
	text, err := readBounded(file)
	at := compliance.Source{File: file, Line: 1}
	if bytes.HasPrefix(text, []byte(vaultHeader)) {
		d.inv.diagnose(compliance.LevelWarning, at, "the file is encrypted with ansible-vault; if it says how to reach hosts, put that into a file of its own")
		return nil
	}
	p := &yamlParser{inv: d.inv, file: file, left: maxNodes}
	if err == nil {
		var pairs []entry
		if pairs, err = p.mapping(text); err == nil {
			return p.vars(pairs)
		}
	}
	d.inv.diagnose(compliance.LevelError, at, "the variables in it are not read: %v", err)
	v := vars{}
	for _, name := range needed {
		v[name] = value{unreadable: "the file cannot be read", source: at}
	}
	return v
}

func (p *yamlParser) mapping(text []byte) ([]entry, error) {
	root, err := p.document(text)
	if err != nil {
		return nil, err
	}
	return p.entries(root)
}
