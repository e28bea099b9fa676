package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"merlon/compliance"
)

const (
	// maxNodes and maxDepth bound what a YAML file can grow into: aliases make a
	// small file large, or endless.
	maxNodes = 2_000_000
	maxDepth = 100
)

// yamlStart is a first line that INI could not have.
var yamlStart = regexp.MustCompile(`^(---|%YAML|\{|["']?[^\[\]=:\s"']+["']?\s*:(\s|$))`)

func looksLikeYAML(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, " \t\r\n")
		if len(line) > 0 && line[0] != '#' {
			return yamlStart.Match(line)
		}
	}
	return false
}

// A yamlParser reads Ansible's YAML format
// (https://docs.ansible.com/ansible/latest/collections/ansible/builtin/yaml_inventory.html).
type yamlParser struct {
	inv  *inventory
	file string
	left int // nodes that may still be visited
}

func parseYAML(inv *inventory, file string, text []byte) error {
	p := &yamlParser{inv: inv, file: file, left: maxNodes}
	root, err := p.document(text)
	if err != nil {
		return err
	}
	entries, err := p.entries(root)
	if err != nil || len(entries) == 0 {
		return fmt.Errorf("%s:%d: a YAML inventory is a mapping of groups", file, max(1, root.Line))
	}
	for _, e := range entries {
		switch {
		case e.key.Value == "plugin":
			return fmt.Errorf("%s:%d: this configures the inventory plugin %q, which Merlon does not run; save what it finds: ansible-inventory -i %s --list --yaml > hosts.yml", file, e.key.Line, e.value.Value, file)
		case e.key.Value == "_meta":
			return fmt.Errorf("%s:%d: this is what ansible-inventory --list prints as JSON; use its --yaml", file, e.key.Line)
		}
	}
	for _, e := range entries {
		if _, err := p.parseGroup(e, 0); err != nil {
			return err
		}
	}
	return nil
}

// document parses text and returns the root of its first document.
func (p *yamlParser) document(text []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("%s:%d: %s", p.file, errorLine(err), strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return &yaml.Node{}, nil
	}
	return doc.Content[0], nil
}

var lineInError = regexp.MustCompile(`line (\d+)`)

// errorLine finds the line in an error of the YAML library, 1 where it has none.
func errorLine(err error) int {
	if m := lineInError.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	return 1
}

func (p *yamlParser) at(n *yaml.Node) compliance.Source {
	return compliance.Source{File: p.file, Line: n.Line}
}

var errTooLarge = fmt.Errorf("its aliases unfold to more than %d nodes, or nest deeper than %d", maxNodes, maxDepth)

// follow resolves aliases, and counts.
func (p *yamlParser) follow(n *yaml.Node) (*yaml.Node, error) {
	if p.left--; p.left < 0 {
		return nil, fmt.Errorf("%s:%d: %w", p.file, n.Line, errTooLarge)
	}
	for hops := 0; n.Kind == yaml.AliasNode; hops++ {
		if hops > maxDepth {
			return nil, fmt.Errorf("%s:%d: %w", p.file, n.Line, errTooLarge)
		}
		n = n.Alias
	}
	return n, nil
}

// An entry is one key of a mapping with its value, aliases resolved.
type entry struct{ key, value *yaml.Node }

var errNoMapping = errors.New("not a mapping")

// entries returns the pairs of a mapping, merge keys (<<) resolved; of a key that
// stands twice, the last. Nothing (null) has none.
func (p *yamlParser) entries(n *yaml.Node) ([]entry, error) { return p.merged(n, 0) }

func (p *yamlParser) merged(n *yaml.Node, depth int) ([]entry, error) {
	n, err := p.follow(n)
	if err != nil {
		return nil, err
	}
	if isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, errNoMapping
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%s:%d: %w", p.file, n.Line, errTooLarge)
	}
	var own, inherited []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" {
			more, err := p.merge(n.Content[i+1], depth)
			if err != nil {
				return nil, err
			}
			inherited = append(inherited, more...)
			continue
		}
		key, err := p.follow(n.Content[i])
		if err != nil {
			return nil, err
		}
		val, err := p.follow(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		own = append(own, entry{key, val})
	}
	return unique(own, inherited), nil
}

// merge returns what a merge key brings: a mapping's entries, or those of several,
// the first of which wins.
func (p *yamlParser) merge(n *yaml.Node, depth int) ([]entry, error) {
	n, err := p.follow(n)
	if err != nil {
		return nil, err
	}
	sources := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		sources = n.Content
	}
	var out []entry
	for _, s := range sources {
		more, err := p.merged(s, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// unique keeps the last of own entries with the same key, and of the inherited
// ones the first whose key is not among them.
func unique(own, inherited []entry) []entry {
	place := map[string]int{}
	var out []entry
	for i, e := range slices.Concat(own, inherited) {
		at, seen := place[e.key.Value]
		switch {
		case !seen:
			place[e.key.Value] = len(out)
			out = append(out, e)
		case i < len(own):
			out[at].value = e.value
		}
	}
	return out
}

func isNull(n *yaml.Node) bool { return n.Kind == 0 || n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// parseGroup reads one group; nil where it is none. Its error is that the file is
// too large to go on.
func (p *yamlParser) parseGroup(e entry, depth int) (*group, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s:%d: %w", p.file, e.key.Line, errTooLarge)
	}
	name := e.key.Value
	sections, err := p.entries(e.value)
	if errors.Is(err, errNoMapping) || e.key.Kind != yaml.ScalarNode {
		p.inv.diagnose(compliance.LevelError, p.at(e.key), "%q is left out: a group is a mapping with hosts, children and vars", name)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := checkGroupName(name); err != nil {
		p.inv.diagnose(compliance.LevelError, p.at(e.key), "%v", err)
		return nil, nil
	}
	g := p.inv.group(name)
	if err := p.inv.checkSize(p.at(e.key)); err != nil {
		return nil, err
	}
	for _, s := range sections {
		if err := p.section(g, s, depth); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (p *yamlParser) section(g *group, s entry, depth int) error {
	items, err := p.items(s.value)
	if errors.Is(err, errNoMapping) {
		p.inv.diagnose(compliance.LevelError, p.at(s.key), "%q of the group %s is left out: it is not a mapping", s.key.Value, g.name)
		return nil
	}
	if err != nil {
		return err
	}
	switch s.key.Value {
	case "hosts":
		for _, item := range items {
			if err := p.host(g, item); err != nil {
				return err
			}
		}
	case "children":
		for _, item := range items {
			if err := p.child(g, item, depth); err != nil {
				return err
			}
		}
	case "vars":
		p.groupVars(g, items)
	default:
		p.inv.diagnose(compliance.LevelWarning, p.at(s.key), "%q of the group %s is passed over: a group has hosts, children and vars", s.key.Value, g.name)
	}
	return nil
}

// items returns the entries of a section; one plain text stands for one entry.
func (p *yamlParser) items(n *yaml.Node) ([]entry, error) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		return []entry{{n, &yaml.Node{Line: n.Line}}}, nil
	}
	return p.entries(n)
}

func (p *yamlParser) child(g *group, item entry, depth int) error {
	c, err := p.parseGroup(item, depth+1)
	if err != nil || c == nil {
		return err
	}
	if err := p.inv.adopt(g, c); err != nil {
		p.inv.diagnose(compliance.LevelError, p.at(item.key), "%v", err)
	}
	return nil
}

func (p *yamlParser) groupVars(g *group, items []entry) {
	for _, item := range items {
		if item.key.Value != "ansible_group_priority" {
			g.vars.set(item.key.Value, p.value(item.value))
			continue
		}
		n, err := strconv.Atoi(item.value.Value)
		if err != nil {
			p.inv.diagnose(compliance.LevelError, p.at(item.key), "ansible_group_priority %q is no number", item.value.Value)
			continue
		}
		g.priority = n
	}
}

func (p *yamlParser) host(g *group, item entry) error {
	if item.key.Kind != yaml.ScalarNode || item.key.Tag != "!!str" {
		p.inv.diagnose(compliance.LevelError, p.at(item.key), "the host %q is left out: its name is not text; put it in quotes", item.key.Value)
		return nil
	}
	pairs, err := p.entries(item.value)
	if errors.Is(err, errNoMapping) {
		p.inv.diagnose(compliance.LevelError, p.at(item.key), "the host %q is left out: what follows it is not a mapping of variables", item.key.Value)
		return nil
	}
	if err != nil {
		return err
	}
	p.inv.addHosts(g, item.key.Value, p.vars(pairs), p.at(item.key))
	return nil
}

func (p *yamlParser) vars(pairs []entry) vars {
	v := vars{}
	for _, e := range pairs {
		v.set(e.key.Value, p.value(e.value))
	}
	return v
}

func (p *yamlParser) value(n *yaml.Node) value {
	val := value{source: p.at(n)}
	switch {
	case n.Tag == "!vault" || strings.HasPrefix(n.Value, vaultHeader):
		val.unreadable = "it is encrypted with ansible-vault"
	case isNull(n):
	case n.Kind != yaml.ScalarNode:
		val.unreadable = "it is not plain text"
	default:
		val.text = n.Value
	}
	return val
}
