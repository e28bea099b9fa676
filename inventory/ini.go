package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"merlon/compliance"
)

var (
	section   = regexp.MustCompile(`^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$`)
	groupName = regexp.MustCompile(`^([^:\]\s]+)\s*(?:#.*)?$`)
)

// An iniParser reads Ansible's INI format
// (https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ini_inventory.html).
type iniParser struct {
	inv     *inventory
	group   *group
	kind    string // "hosts", "children" or "vars"
	at      compliance.Source
	pending []reference
	// declared are the groups that have a [group] or [group:children] section here.
	declared map[string]bool
}

// A reference is the use of a group that may be declared further down.
type reference struct {
	parent *group // nil for a vars section
	name   string
	at     compliance.Source
}

func parseINI(inv *inventory, file string, text []byte) error {
	p := &iniParser{inv: inv, group: inv.group(ungrouped), kind: "hosts", declared: map[string]bool{}}
	for name := range inv.groups {
		p.declared[name] = true
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		p.at = compliance.Source{File: file, Line: i + 1}
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' || line[0] == ';' {
			continue
		}
		if !utf8.Valid(line) {
			inv.diagnose(compliance.LevelError, p.at, "the line is left out: it is not UTF-8")
			continue
		}
		if err := p.line(string(line)); err != nil {
			return fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
		if err := inv.checkSize(p.at); err != nil {
			return err
		}
	}
	p.resolve()
	return nil
}

func (p *iniParser) line(line string) error {
	if m := section.FindStringSubmatch(line); m != nil {
		return p.section(m[1], m[2])
	}
	if line[0] == '[' && line[len(line)-1] == ']' {
		// What follows would land in the wrong group: the file as a whole is not read.
		return fmt.Errorf("%s is no section; write [group], [group:vars] or [group:children], without blanks", line)
	}
	switch p.kind {
	case "hosts":
		p.hosts(line)
	case "children":
		m := groupName.FindStringSubmatch(line)
		if m == nil {
			p.inv.diagnose(compliance.LevelError, p.at, "%q is left out: it is no name of a group", line)
			return nil
		}
		p.pending = append(p.pending, reference{p.group, m[1], p.at})
	case "vars":
		name, val, found := strings.Cut(line, "=")
		if !found {
			p.inv.diagnose(compliance.LevelError, p.at, "%q is left out: a variable reads name=value", line)
			return nil
		}
		p.variable(strings.TrimSpace(name), strings.TrimSpace(val))
	}
	return nil
}

func (p *iniParser) section(name, kind string) error {
	if err := checkGroupName(name); err != nil {
		return err
	}
	switch kind {
	case "", "hosts":
		kind = "hosts"
		p.declared[name] = true
	case "children":
		p.declared[name] = true
	case "vars":
		p.pending = append(p.pending, reference{nil, name, p.at})
	default:
		return fmt.Errorf("[%s:%s]: there are only [group], [group:vars] and [group:children]", name, kind)
	}
	p.group, p.kind = p.inv.group(name), kind
	return nil
}

func (p *iniParser) hosts(line string) {
	words, err := splitWords(line)
	if err != nil || len(words) == 0 {
		p.inv.diagnose(compliance.LevelError, p.at, "%q is left out: %v", line, err)
		return
	}
	v := vars{}
	for _, word := range words[1:] {
		name, val, found := strings.Cut(word, "=")
		if !found {
			p.inv.diagnose(compliance.LevelError, p.at, "%q is left out: behind the host, %q should read name=value", line, word)
			return
		}
		v.set(name, value{text: literal(val), source: p.at})
	}
	p.inv.addHosts(p.group, words[0], v, p.at)
}

func (p *iniParser) variable(name, val string) {
	if name == "ansible_group_priority" {
		n, err := strconv.Atoi(literal(val))
		if err != nil {
			p.inv.diagnose(compliance.LevelError, p.at, "ansible_group_priority %q is no number", val)
			return
		}
		p.group.priority = n
		return
	}
	p.group.vars.set(name, value{text: literal(val), source: p.at})
}

// resolve joins children to their parents, now that all groups are known.
func (p *iniParser) resolve() {
	for _, r := range p.pending {
		switch {
		case !p.declared[r.name] && r.parent == nil:
			p.inv.diagnose(compliance.LevelError, r.at, "[%s:vars] is about a group that is declared nowhere", r.name)
		case !p.declared[r.name]:
			p.inv.diagnose(compliance.LevelError, r.at, "[%s:children] names the group %s, which is declared nowhere", r.parent.name, r.name)
		case r.parent != nil:
			if err := p.inv.adopt(r.parent, p.inv.group(r.name)); err != nil {
				p.inv.diagnose(compliance.LevelError, r.at, "%v", err)
			}
		}
	}
}

// literal reads a value as Ansible does, by Python's ast.literal_eval: quotes
// around a text go, and so does a comment behind a number or a quoted text;
// "None" is nothing. Anything else stays as it is.
func literal(s string) string {
	if m := pythonString.FindStringSubmatch(s); m != nil {
		return pythonEscapes.Replace(m[1] + m[2])
	}
	if m := pythonNumber.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	if s == "None" {
		return ""
	}
	return s
}

var (
	pythonString  = regexp.MustCompile(`^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*(?:#.*)?$`)
	pythonNumber  = regexp.MustCompile(`^([1-9][0-9]*)\s*(?:#.*)?$`)
	pythonEscapes = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\'`, `'`, `\n`, "\n", `\t`, "\t")
)

// splitWords takes a line apart as a POSIX shell would, with "#" beginning a
// comment anywhere outside of quotes (Python's shlex.split with comments).
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != '\'' && c == '\\':
			if i++; i == len(line) {
				return nil, errors.New("there is nothing behind its last backslash")
			}
			if quote == '"' && line[i] != '"' && line[i] != '\\' {
				word.WriteByte('\\')
			}
			word.WriteByte(line[i])
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, inWord = c, true
		case c == '#':
			i = len(line)
		case c == ' ' || c == '\t' || c == '\r':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote (%c) is not closed", quote)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
